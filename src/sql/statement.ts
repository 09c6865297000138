/** One statement as the governance and routing rooms see it: made once per session, refilled for every command. */
import type { StatementKind } from "./kind.ts";

export interface Statement {
  /** COM_QUERY, COM_STMT_PREPARE, COM_STMT_EXECUTE, ... */
  command: number;
  /** The buffer that holds the SQL text in [start, end). Valid until the statement's answer is complete. */
  bytes: Uint8Array;
  start: number;
  end: number;
  kind: StatementKind;
  /** Session effects seen in the text, a set of EFFECT_* bits (effects.ts). */
  effects: number;
  /** SQL_MODE_* bits of the session (sql-mode.ts). The session sets it when the server reports a change; reading keeps it. */
  sqlMode: number;
  /** Decoded text, "" until textOf() is asked for it. Empty statements decode to "" again, which costs nothing. */
  text: string;
}
