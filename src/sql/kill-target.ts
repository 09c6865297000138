/** What a KILL statement is to end. https://dev.mysql.com/doc/refman/9.7/en/kill.html */
import { CHARSET_PLAIN } from "./charset.ts";
import {
  TOKEN_CONNECTION,
  TOKEN_END_OF_TEXT,
  TOKEN_HARD,
  TOKEN_INTEGER,
  TOKEN_KILL,
  TOKEN_QUERY,
  TOKEN_SEMICOLON,
  TOKEN_SOFT,
} from "./grammar.ts";
import { lex } from "./lexer.ts";
import { rawText } from "./names.ts";
import { newTokens } from "./tokens.ts";

export interface KillTarget {
  isQueryOnly: boolean;
  connectionId: number;
}

const tokens = newTokens();
/** MariaDB's words are those of both servers here. */
const dialect = { sqlMode: 0, charset: CHARSET_PLAIN, isMariaDb: true, version: 0 };

/** Reads `KILL [HARD | SOFT] [CONNECTION | QUERY] number` in bytes[start .. end); null for every other form, which only a server understands. */
export function readKillTarget(bytes: Uint8Array, start: number, end: number, sqlMode: number): KillTarget | null {
  dialect.sqlMode = sqlMode;
  lex(tokens, bytes, start, end, dialect);
  const { kinds } = tokens;
  if (kinds[0] !== TOKEN_KILL) return null;
  let at = 1;
  if (kinds[at] === TOKEN_HARD || kinds[at] === TOKEN_SOFT) at += 1;
  const isQueryOnly = kinds[at] === TOKEN_QUERY;
  if (isQueryOnly || kinds[at] === TOKEN_CONNECTION) at += 1;
  if (kinds[at] !== TOKEN_INTEGER) return null;
  if (kinds[at + 1] !== TOKEN_END_OF_TEXT && kinds[at + 1] !== TOKEN_SEMICOLON) return null;
  const written = rawText(tokens, at);
  return written.length <= 10 ? { isQueryOnly, connectionId: Number(written) } : null;
}
