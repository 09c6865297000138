/** One statement as the governance and routing rooms see it: made once per session, refilled for every command. */
import type { StatementKind } from "./kind.ts";
import type { Dialect } from "./tokens.ts";

/** The dialect is the session's: who knows of a change sets it, reading keeps it. */
export interface Statement extends Dialect {
  /** COM_QUERY, COM_STMT_PREPARE, COM_STMT_EXECUTE, ... */
  command: number;
  /** The buffer that holds the SQL text in [start, end). Valid until the statement's answer is complete. */
  bytes: Uint8Array;
  start: number;
  end: number;
  kind: StatementKind;
  /** Session effects seen in the text, a set of EFFECT_* bits (effects.ts). */
  effects: number;
  /** Decoded text, "" until textOf() is asked for it. Empty statements decode to "" again, which costs nothing. */
  text: string;
  /** Tells whether the tokens that were read last are those of this text (reading.ts). */
  serial: number;
}
