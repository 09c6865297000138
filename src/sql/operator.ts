/** Operators and punctuation. https://dev.mysql.com/doc/refman/en/non-typed-operators.html */
import {
  TOKEN_AMPERSAND,
  TOKEN_AND_AND,
  TOKEN_ARROW,
  TOKEN_ARROW_UNQUOTE,
  TOKEN_ASSIGN,
  TOKEN_ASTERISK,
  TOKEN_AT_LEAST,
  TOKEN_AT_MOST,
  TOKEN_BANG,
  TOKEN_BAR,
  TOKEN_BRACE_CLOSE,
  TOKEN_BRACE_OPEN,
  TOKEN_CARET,
  TOKEN_COLON,
  TOKEN_COMMA,
  TOKEN_CONCAT_PIPES,
  TOKEN_DOT,
  TOKEN_EQUALS,
  TOKEN_GREATER,
  TOKEN_INVALID,
  TOKEN_LESS_THAN,
  TOKEN_MINUS_SIGN,
  TOKEN_NOT_EQUALS,
  TOKEN_NULL_SAFE_EQUALS,
  TOKEN_OR_OR,
  TOKEN_PARAMETER,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_PERCENT,
  TOKEN_PLUS,
  TOKEN_SEMICOLON,
  TOKEN_SHIFT_LEFT,
  TOKEN_SHIFT_RIGHT,
  TOKEN_SLASH,
  TOKEN_TILDE,
} from "./grammar.ts";
import { scan } from "./scan.ts";
import { SQL_MODE_PIPES_AS_CONCAT } from "./sql-mode.ts";

/** The token that a byte is by itself; TOKEN_INVALID where it is none, and for a semicolon, which the lexer takes note of. */
export const BYTE_TOKENS = byteTokens();

/** Reads the longest operator at `start` into `scan`. */
export function readOperator(bytes: Uint8Array, start: number, end: number, sqlMode: number): void {
  const second = start + 1 < end ? bytes[start + 1]! : 0;
  const third = start + 2 < end ? bytes[start + 2]! : 0;
  switch (bytes[start]) {
    case 0x3a: // :
      if (second === 0x3d) return take(start, TOKEN_ASSIGN, 2);
      return take(start, TOKEN_COLON, 1);
    case 0x3c: // <
      if (second === 0x3d)
        return third === 0x3e ? take(start, TOKEN_NULL_SAFE_EQUALS, 3) : take(start, TOKEN_AT_MOST, 2);
      if (second === 0x3e) return take(start, TOKEN_NOT_EQUALS, 2);
      if (second === 0x3c) return take(start, TOKEN_SHIFT_LEFT, 2);
      return take(start, TOKEN_LESS_THAN, 1);
    case 0x3e: // >
      if (second === 0x3d) return take(start, TOKEN_AT_LEAST, 2);
      if (second === 0x3e) return take(start, TOKEN_SHIFT_RIGHT, 2);
      return take(start, TOKEN_GREATER, 1);
    case 0x21: // !
      if (second === 0x3d) return take(start, TOKEN_NOT_EQUALS, 2);
      return take(start, TOKEN_BANG, 1);
    case 0x26: // &
      if (second === 0x26) return take(start, TOKEN_AND_AND, 2);
      return take(start, TOKEN_AMPERSAND, 1);
    case 0x7c: // |
      if (second !== 0x7c) return take(start, TOKEN_BAR, 1);
      return take(start, (sqlMode & SQL_MODE_PIPES_AS_CONCAT) !== 0 ? TOKEN_CONCAT_PIPES : TOKEN_OR_OR, 2);
    case 0x2d: // -
      if (second !== 0x3e) return take(start, TOKEN_MINUS_SIGN, 1);
      return third === 0x3e ? take(start, TOKEN_ARROW_UNQUOTE, 3) : take(start, TOKEN_ARROW, 2);
    case 0x3b: // ;
      return take(start, TOKEN_SEMICOLON, 1);
    default:
      return take(start, BYTE_TOKENS[bytes[start]!]!, 1);
  }
}

function take(start: number, kind: number, length: number): void {
  scan.kind = kind;
  scan.end = start + length;
}

function byteTokens(): Uint8Array {
  const tokens = new Uint8Array(256).fill(TOKEN_INVALID);
  const singles: readonly [string, number][] = [
    ["(", TOKEN_PAREN_OPEN],
    [")", TOKEN_PAREN_CLOSE],
    [",", TOKEN_COMMA],
    ["?", TOKEN_PARAMETER],
    ["+", TOKEN_PLUS],
    ["*", TOKEN_ASTERISK],
    ["/", TOKEN_SLASH],
    ["%", TOKEN_PERCENT],
    ["^", TOKEN_CARET],
    ["~", TOKEN_TILDE],
    ["{", TOKEN_BRACE_OPEN],
    ["}", TOKEN_BRACE_CLOSE],
    ["=", TOKEN_EQUALS],
    [".", TOKEN_DOT],
    ["-", TOKEN_MINUS_SIGN],
    ["<", TOKEN_LESS_THAN],
    [">", TOKEN_GREATER],
    ["!", TOKEN_BANG],
    ["&", TOKEN_AMPERSAND],
    ["|", TOKEN_BAR],
    [":", TOKEN_COLON],
  ];
  for (const [character, token] of singles) tokens[character.charCodeAt(0)] = token;
  return tokens;
}
