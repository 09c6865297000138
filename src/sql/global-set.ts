/** Whether a SET changes what sessions that begin later start with. */
import { CHARSET_PLAIN } from "./charset.ts";
import * as t from "./grammar.ts";
import { lex } from "./lexer.ts";
import { newTokens } from "./tokens.ts";

const tokens = newTokens();
const dialect = { sqlMode: 0, charset: CHARSET_PLAIN, isMariaDb: false, version: 0 };

/** True when the SET in bytes[start .. end), or a statement behind it, names GLOBAL or PERSIST variables, be it to read one. */
export function namesGlobals(bytes: Uint8Array, start: number, end: number, sqlMode: number): boolean {
  dialect.sqlMode = sqlMode;
  lex(tokens, bytes, start, end, dialect);
  for (let at = 0; tokens.kinds[at] !== t.TOKEN_END_OF_TEXT; at++) {
    const kind = tokens.kinds[at];
    if (kind === t.TOKEN_GLOBAL || kind === t.TOKEN_PERSIST) return true;
  }
  return false;
}
