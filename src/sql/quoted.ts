/** Strings, and names in quotes. https://dev.mysql.com/doc/refman/en/string-literals.html */
import { CHARSET_PLAIN, characterBytes } from "./charset.ts";
import { TOKEN_IDENT, TOKEN_INVALID, TOKEN_STRING } from "./grammar.ts";
import { scan } from "./scan.ts";
import { SQL_MODE_NO_BACKSLASH_ESCAPES } from "./sql-mode.ts";
import type { Dialect } from "./tokens.ts";

/** 1 for bytes inside of a string that may be more than themselves: quotes, the backslash, and in wide sets halves of characters. */
const STOPS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x27 || byte === 0x22 || byte === 0x5c ? 1 : 0,
);
const STOPS_WIDE: Uint8Array = STOPS.map((stop, byte) => (byte >= 0x80 ? 1 : stop));

/** The end of the string that begins with the quote at `start` if no byte in it means anything but itself; -1 for any other. */
export function endOfPlainString(bytes: Uint8Array, start: number, end: number): number {
  const quote = bytes[start]!;
  for (let position = start + 1; position < end; position++) {
    const byte = bytes[position]!;
    if (byte === 0x5c) return -1;
    if (byte !== quote) continue;
    position += 1;
    return position < end && bytes[position] === quote ? -1 : position;
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
 * Reads the string that begins with the quote at `start` into `scan`. A doubled quote is one quote inside of it, a
 * backslash escapes the byte after it. A string without an end is no token that a server takes.
 */
export function readString(bytes: Uint8Array, start: number, end: number, dialect: Dialect): void {
  const quote = bytes[start];
  const { charset } = dialect;
  const stops = charset === CHARSET_PLAIN ? STOPS : STOPS_WIDE;
  let position = start + 1;
  for (;;) {
    while (position < end && stops[bytes[position]!] === 0) position += 1;
    if (position >= end) break;
    const byte = bytes[position]!;
    if (byte === quote) {
      position += 1;
      if (position >= end || bytes[position] !== quote) {
        scan.kind = TOKEN_STRING;
        scan.end = position;
        return;
      }
      position += 1;
    } else if (byte === 0x5c && (dialect.sqlMode & SQL_MODE_NO_BACKSLASH_ESCAPES) === 0) {
      position +=
        charset === CHARSET_PLAIN || position + 1 >= end ? 2 : 1 + characterBytes(charset, bytes, position + 1, end);
    } else {
      position += byte < 0x80 ? 1 : characterBytes(charset, bytes, position, end);
    }
  }
  scan.kind = TOKEN_INVALID;
  scan.end = end;
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
