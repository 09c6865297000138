/** Strings, and names in quotes. https://dev.mysql.com/doc/refman/en/string-literals.html */
import { CHARSET_PLAIN, characterBytes } from "./charset.ts";
import { TOKEN_IDENT, TOKEN_INVALID, TOKEN_STRING } from "./grammar.ts";
import { scan } from "./scan.ts";
import { SQL_MODE_ANSI_QUOTES, SQL_MODE_NO_BACKSLASH_ESCAPES } from "./sql-mode.ts";
import type { Dialect } from "./tokens.ts";

/** Where bytes of a string may be halves of characters, or a double quote begins a name. */
export const QUOTES_NOT_PLAIN = -1;
const BACKSLASH = 0x5c;
const NO_BYTE = 0x100;

/** The byte that makes a plain character of the one behind it in a string; QUOTES_NOT_PLAIN where more is to be known. */
export function escapeByteOf(dialect: Dialect): number {
  if (dialect.charset !== CHARSET_PLAIN || (dialect.sqlMode & SQL_MODE_ANSI_QUOTES) !== 0) return QUOTES_NOT_PLAIN;
  return (dialect.sqlMode & SQL_MODE_NO_BACKSLASH_ESCAPES) === 0 ? BACKSLASH : NO_BYTE;
}

/** The end of the string that begins with the quote at `start`, -1 if it has none. A doubled quote is one quote inside of it. */
export function endOfString(bytes: Uint8Array, start: number, end: number, escapeByte: number): number {
  const quote = bytes[start]!;
  let position = start + 1;
  while (position < end) {
    const byte = bytes[position]!;
    position += 1;
    if (byte === escapeByte) {
      position += 1;
    } else if (byte === quote) {
      if (position >= end || bytes[position] !== quote) return position;
      position += 1;
    }
  }
  return -1;
}

/** The end of the name that begins with the quote at `start` if no quote is in it; -1 for any other. */
export function endOfPlainName(bytes: Uint8Array, start: number, end: number): number {
  const quote = bytes[start]!;
  let position = start + 1;
  while (position < end && bytes[position] !== quote) position += 1;
  if (position >= end) return -1;
  position += 1;
  return position < end && bytes[position] === quote ? -1 : position;
}

/**
 * Reads the string that begins with the quote at `start` into `scan`. A string without an end is no token that a server
 * takes.
 */
export function readString(bytes: Uint8Array, start: number, end: number, dialect: Dialect): void {
  const escapeByte = (dialect.sqlMode & SQL_MODE_NO_BACKSLASH_ESCAPES) === 0 ? BACKSLASH : NO_BYTE;
  const { charset } = dialect;
  const after =
    charset === CHARSET_PLAIN
      ? endOfString(bytes, start, end, escapeByte)
      : endOfWideString(bytes, start, end, escapeByte, charset);
  scan.kind = after < 0 ? TOKEN_INVALID : TOKEN_STRING;
  scan.end = after < 0 ? end : after;
}

/** The same where a quote or a backslash may be half of a character, which then neither ends nor escapes anything. */
function endOfWideString(bytes: Uint8Array, start: number, end: number, escapeByte: number, charset: number): number {
  const quote = bytes[start]!;
  let position = start + 1;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === quote) {
      position += 1;
      if (position >= end || bytes[position] !== quote) return position;
      position += 1;
    } else if (byte === escapeByte && position + 1 < end) {
      position += 1 + characterBytes(charset, bytes, position + 1, end);
    } else {
      position += byte < 0x80 ? 1 : characterBytes(charset, bytes, position, end);
    }
  }
  return -1;
}

/** Reads the name that begins with the quote at `start` into `scan`. A backslash is a character like any other in it. */
export function readQuotedName(bytes: Uint8Array, start: number, end: number, dialect: Dialect): void {
  const quote = bytes[start];
  const isWide = dialect.charset !== CHARSET_PLAIN;
  let position = start + 1;
  scan.kind = TOKEN_IDENT;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte === quote) {
      position += 1;
      if (position >= end || bytes[position] !== quote) {
        scan.end = position;
        return;
      }
      position += 1;
    } else {
      position += byte >= 0x80 && isWide ? characterBytes(dialect.charset, bytes, position, end) : 1;
    }
  }
  scan.kind = TOKEN_INVALID;
  scan.end = end;
}
