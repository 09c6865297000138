/** What a KILL statement is to end. https://dev.mysql.com/doc/refman/9.7/en/kill.html */
import { nextToken } from "./lexer.ts";
import { type Lexer, newLexer, startLexer, TOKEN_END, TOKEN_NUMBER, TOKEN_SEMICOLON, TOKEN_WORD } from "./token.ts";

export interface KillTarget {
  isQueryOnly: boolean;
  connectionId: number;
}

const lexer: Lexer = newLexer();
const ascii = new TextDecoder("latin1");

/** Reads `KILL [HARD | SOFT] [CONNECTION | QUERY] number` in bytes[start .. end); null for every other form, which only a server understands. */
export function readKillTarget(bytes: Uint8Array, start: number, end: number, sqlMode: number): KillTarget | null {
  startLexer(lexer, bytes, start, end, sqlMode);
  if (nextToken(lexer) !== TOKEN_WORD || tokenText() !== "kill") return null;
  let token = nextToken(lexer);
  let isQueryOnly = false;
  if (token === TOKEN_WORD && (tokenText() === "hard" || tokenText() === "soft")) token = nextToken(lexer);
  if (token === TOKEN_WORD) {
    const scope = tokenText();
    if (scope !== "query" && scope !== "connection") return null;
    isQueryOnly = scope === "query";
    token = nextToken(lexer);
  }
  if (token !== TOKEN_NUMBER) return null;
  const written = tokenText();
  const after = nextToken(lexer);
  if (after !== TOKEN_END && after !== TOKEN_SEMICOLON) return null;
  return /^\d{1,10}$/.test(written) ? { isQueryOnly, connectionId: Number(written) } : null;
}

function tokenText(): string {
  return ascii.decode(lexer.bytes.subarray(lexer.start, lexer.position)).toLowerCase();
}
