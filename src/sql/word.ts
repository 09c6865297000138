/** Unquoted names and keywords. https://dev.mysql.com/doc/refman/en/identifiers.html */
import { CLASS_SPACE, CLASSES, NAME_BYTES } from "./character.ts";
import { CHARSET_PLAIN, characterBytes } from "./charset.ts";
import {
  TOKEN_AT_AT,
  TOKEN_BIT_NUMBER,
  TOKEN_DOLLAR_STRING,
  TOKEN_DOT,
  TOKEN_FOR,
  TOKEN_FOR_SYSTEM_TIME,
  TOKEN_HEX_NUMBER,
  TOKEN_IDENT,
  TOKEN_INVALID,
  TOKEN_NATIONAL_STRING,
  TOKEN_NOT,
  TOKEN_NOT_HIGH,
  TOKEN_ROLLUP,
  TOKEN_SYSTEM,
  TOKEN_SYSTEM_TIME,
  TOKEN_WITH,
  TOKEN_WITH_ROLLUP,
  TOKEN_WITH_SYSTEM,
} from "./grammar.ts";
import { readString } from "./quoted.ts";
import { NOTHING, scan } from "./scan.ts";
import { SQL_MODE_HIGH_NOT_PRECEDENCE, SQL_MODE_IGNORE_SPACE } from "./sql-mode.ts";
import type { Dialect, Tokens } from "./tokens.ts";
import { findWord, WORD_INTEREST, WORD_IS_FUNCTION, WORD_KINDS } from "./words.ts";

const DOLLAR = 0x24;

/** The end of the unquoted name at `start`, which may be empty. */
export function endOfName(bytes: Uint8Array, start: number, end: number, charset: number): number {
  let position = start;
  for (;;) {
    while (position < end && NAME_BYTES[bytes[position]!] === 1) position += 1;
    if (position >= end || NAME_BYTES[bytes[position]!] === 0) return position;
    position += charset === CHARSET_PLAIN ? 1 : characterBytes(charset, bytes, position, end);
  }
}

/**
 * Where a word ends so that it is only to be looked up: not before a quote (x'1f'), a dot (a name), or a byte that goes on
 * with it.
 */
export const IS_END_OF_WORD: Uint8Array = NAME_BYTES.map((kind, byte) =>
  kind === 0 && byte !== 0x27 && byte !== 0x2e ? 1 : 0,
);

/**
 * What the word at `start` is, as the next token of `tokens`; `before` is the token right before it. Leaves where it ends in
 * `scan`. NOTHING when the token before now has another kind and ends where this word ends.
 */
export function readWord(tokens: Tokens, start: number, before: number, dialect: Dialect): number {
  const { bytes } = tokens;
  if (bytes[start] === DOLLAR && before !== TOKEN_DOT && !dialect.isMariaDb) {
    const tagEnd = endOfTag(bytes, start, tokens.end);
    if (tagEnd > 0) return readDollarString(tokens, start, tagEnd);
  }
  const end = endOfName(bytes, start, tokens.end, dialect.charset);
  const next = end < tokens.end ? bytes[end]! : 0;
  scan.end = end;
  if (before === TOKEN_DOT) return TOKEN_IDENT;
  if (next === 0x27 && end === start + 1) {
    const kind = readPrefixed(tokens, start, dialect);
    if (kind !== 0) return kind;
  }
  // A name before a dot is no keyword, unless it is the scope of a system variable.
  if (next === 0x2e && end + 1 < tokens.end && NAME_BYTES[bytes[end + 1]!] !== 0 && before !== TOKEN_AT_AT) {
    return TOKEN_IDENT;
  }
  const word = findWord(bytes, start, end);
  if (word === 0) return TOKEN_IDENT;
  tokens.interest |= WORD_INTEREST[word]!;
  const server = dialect.isMariaDb ? 1 : 0;
  if (WORD_IS_FUNCTION[server][word] === 1 && !isCalled(tokens, end, dialect.sqlMode)) return TOKEN_IDENT;
  const kind = WORD_KINDS[server][word]!;
  switch (kind) {
    case TOKEN_NOT:
      return (dialect.sqlMode & SQL_MODE_HIGH_NOT_PRECEDENCE) === 0 ? TOKEN_NOT : TOKEN_NOT_HIGH;
    case TOKEN_ROLLUP:
      return join(tokens, TOKEN_WITH, TOKEN_WITH_ROLLUP) ? NOTHING : kind;
    case TOKEN_SYSTEM:
      return dialect.isMariaDb && join(tokens, TOKEN_WITH, TOKEN_WITH_SYSTEM) ? NOTHING : kind;
    case TOKEN_SYSTEM_TIME:
      return join(tokens, TOKEN_FOR, TOKEN_FOR_SYSTEM_TIME) ? NOTHING : kind;
    default:
      return kind;
  }
}

/** The INTEREST_* bits of the name in the quotes at `start` and before `end`: the servers take `get_lock`() for GET_LOCK(). */
export function interestOfQuoted(bytes: Uint8Array, start: number, end: number): number {
  return end - start > 2 ? WORD_INTEREST[findWord(bytes, start + 1, end - 1)]! : 0;
}

/** The end of the tag `$name$` that begins a string in dollar signs at `start`; 0 where a name begins instead. */
function endOfTag(bytes: Uint8Array, start: number, end: number): number {
  let position = start + 1;
  while (position < end && bytes[position] !== DOLLAR && NAME_BYTES[bytes[position]!] !== 0) position += 1;
  return position < end && bytes[position] === DOLLAR ? position + 1 : 0;
}

/** Reads from one tag to the next that is the same. https://dev.mysql.com/doc/refman/9.7/en/create-procedure.html */
function readDollarString(tokens: Tokens, start: number, tagEnd: number): number {
  const { bytes, end } = tokens;
  const length = tagEnd - start;
  for (let position = tagEnd; position + length <= end; position++) {
    if (bytes[position] !== DOLLAR) continue;
    let same = 1;
    // A tag has no dollar sign inside, so no byte is compared twice.
    while (same < length && bytes[position + same] === bytes[start + same]) same += 1;
    if (same < length) continue;
    scan.end = position + length;
    return TOKEN_DOLLAR_STRING;
  }
  scan.end = end;
  return TOKEN_INVALID;
}

/** x'1f', b'101', n'text'; 0 for any other letter. */
function readPrefixed(tokens: Tokens, start: number, dialect: Dialect): number {
  const letter = tokens.bytes[start]! | 0x20;
  if (letter !== 0x78 && letter !== 0x62 && letter !== 0x6e) return 0;
  readString(tokens.bytes, start + 1, tokens.end, dialect);
  if (scan.kind === TOKEN_INVALID) return TOKEN_INVALID;
  if (letter === 0x6e) return TOKEN_NATIONAL_STRING;
  const isHex = letter === 0x78;
  if (!isAllDigits(tokens.bytes, start + 2, scan.end - 1, isHex)) return TOKEN_INVALID;
  return isHex ? TOKEN_HEX_NUMBER : TOKEN_BIT_NUMBER;
}

function isAllDigits(bytes: Uint8Array, start: number, end: number, isHex: boolean): boolean {
  if (isHex && (end - start) % 2 === 1) return false;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    const letter = byte | 0x20;
    const isDigit = byte >= 0x30 && byte <= (isHex ? 0x39 : 0x31);
    if (!isDigit && !(isHex && letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}

/** A built-in function's name is one only right before its parenthesis. */
function isCalled(tokens: Tokens, end: number, sqlMode: number): boolean {
  let position = end;
  if ((sqlMode & SQL_MODE_IGNORE_SPACE) !== 0) {
    while (position < tokens.end && CLASSES[tokens.bytes[position]!] === CLASS_SPACE) position += 1;
  }
  return position < tokens.end && tokens.bytes[position] === 0x28;
}

function join(tokens: Tokens, first: number, joined: number): boolean {
  const { count } = tokens;
  if (count === 0 || tokens.kinds[count - 1] !== first) return false;
  tokens.kinds[count - 1] = joined;
  tokens.ends[count - 1] = scan.end;
  return true;
}
