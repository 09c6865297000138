/** Tokens, and the state of the lexer between two of them. */
import { assert } from "../lib/assert.ts";

export const TOKEN_END = 0;
/** An unquoted name or keyword; `lexer.keyword` has its id. */
export const TOKEN_WORD = 1;
/** A name in back quotes, or in double quotes under ANSI_QUOTES; `lexer.keyword` as for a word. */
export const TOKEN_QUOTED_NAME = 2;
export const TOKEN_STRING = 3;
export const TOKEN_NUMBER = 4;
/** `@name`, `@'name'`. */
export const TOKEN_USER_VARIABLE = 5;
/** `@@name`, `@@scope.name`; `lexer.keyword` has the id of the last part, `lexer.isScoped` whether there are more. */
export const TOKEN_SYSTEM_VARIABLE = 6;
export const TOKEN_PARAMETER = 7;
export const TOKEN_PAREN_OPEN = 8;
export const TOKEN_PAREN_CLOSE = 9;
export const TOKEN_SEMICOLON = 10;
/** `:=` */
export const TOKEN_ASSIGN = 11;
export const TOKEN_EQUALS = 12;
export const TOKEN_DOT = 13;
/** Any other byte. Operators of several bytes come byte by byte. */
export const TOKEN_OPERATOR = 14;

/** A place in a text. The token last read is bytes[start .. position). */
export interface Lexer {
  bytes: Uint8Array;
  position: number;
  end: number;
  /** SQL_MODE_* bits. */
  sqlMode: number;
  start: number;
  /** The id of the keyword that was read, 0 for none. */
  keyword: number;
  isScoped: boolean;
  /** A comment was met that only servers of some version or make execute. */
  hasVersionComment: boolean;
  isInExecutableComment: boolean;
  /** Where the last name ended: a dot right there is a separator, not a decimal point. */
  nameEnd: number;
  /** Where the last separating dot ended: a word right there is a name. */
  dotEnd: number;
}

/** A lexer without a text, to be started by startLexer(). */
export function newLexer(): Lexer {
  return {
    bytes: new Uint8Array(0),
    position: 0,
    end: 0,
    sqlMode: 0,
    start: 0,
    keyword: 0,
    isScoped: false,
    hasVersionComment: false,
    isInExecutableComment: false,
    nameEnd: -1,
    dotEnd: -1,
  };
}

/** Puts the lexer at the beginning of bytes[start .. end). It keeps `bytes` until the next call. */
export function startLexer(lexer: Lexer, bytes: Uint8Array, start: number, end: number, sqlMode: number): void {
  assert(0 <= start && start <= end && end <= bytes.length, "a text lies inside of its buffer");
  lexer.bytes = bytes;
  lexer.position = start;
  lexer.end = end;
  lexer.sqlMode = sqlMode;
  lexer.start = start;
  lexer.keyword = 0;
  lexer.isScoped = false;
  lexer.hasVersionComment = false;
  lexer.isInExecutableComment = false;
  lexer.nameEnd = -1;
  lexer.dotEnd = -1;
}
