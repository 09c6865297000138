/**
 * What applications say in comments: hints to pisanix, as `pisanix: key=value, other='a value'`, and the tags of
 * sqlcommenter, as `key='value',other='value'` with percent-encoded keys and values. Found by the lexer, so that what looks like a
 * comment inside of a string is none. https://google.github.io/sqlcommenter/spec/
 */
import { type FactList, newFactList, takeFact } from "./fact-list.ts";
import { tokensOf } from "./reading.ts";
import type { Statement } from "./statement.ts";

/** One key and its value, as places in the statement's bytes. */
export interface Hint {
  /** Written for pisanix; otherwise a tag of sqlcommenter. */
  isOwn: boolean;
  keyStart: number;
  keyEnd: number;
  /** Without quotes; escapes and percent signs are as they are written. */
  valueStart: number;
  valueEnd: number;
}

/** More than these in one text are not read. */
export const HINTS_MAX = 64;

const PREFIX = new TextEncoder().encode("pisanix:");
const QUOTE = 0x27;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const EQUALS = 0x3d;

const hints: FactList<Hint> = newFactList();
/** Where reading is in a comment. */
let at = 0;

/** The hints and tags in the comments of the statement's text, in their order. Valid until they are asked for again. */
export function hintsOf(statement: Statement): FactList<Hint> {
  const { bytes, comments, commentCount } = tokensOf(statement);
  hints.count = 0;
  for (let i = 0; i < commentCount; i++) readComment(bytes, comments[i * 2]! + 2, comments[i * 2 + 1]! - 2);
  return hints;
}

/** The value of a hint as its writer meant it. */
export function hintValue(statement: Statement, hint: Hint): string {
  return decoded(statement, hint.valueStart, hint.valueEnd, hint.isOwn);
}

/** The key of a hint. */
export function hintKey(statement: Statement, hint: Hint): string {
  return decoded(statement, hint.keyStart, hint.keyEnd, hint.isOwn);
}

function decoded(statement: Statement, start: number, end: number, isOwn: boolean): string {
  const written = Buffer.prototype.toString.call(statement.bytes, "utf8", start, end).replaceAll("\\'", "'");
  if (isOwn || !written.includes("%")) return written;
  try {
    return decodeURIComponent(written);
  } catch {
    return written; // a percent sign that encodes nothing
  }
}

/** Adds the pairs in bytes[start .. end) if these are nothing but pairs; a comment in prose may have one by chance. */
function readComment(bytes: Uint8Array, start: number, end: number): void {
  const before = hints.count;
  at = start;
  skipSpace(bytes, end);
  const isOwn = takePrefix(bytes, end);
  do {
    skipSpace(bytes, end);
    if (at >= end && isOwn) return; // a comma at the end, or no hint at all
    if (!readPair(bytes, end, isOwn)) {
      hints.count = before;
      return;
    }
    skipSpace(bytes, end);
  } while (takeComma(bytes, end) || (isOwn && at < end));
  if (at < end) hints.count = before;
}

function readPair(bytes: Uint8Array, end: number, isOwn: boolean): boolean {
  const keyStart = at;
  while (at < end && isKey(bytes[at]!)) at += 1;
  const keyEnd = at;
  if (keyEnd === keyStart || at >= end || bytes[at] !== EQUALS) return false;
  at += 1;
  const isQuoted = at < end && bytes[at] === QUOTE;
  if (!isQuoted && !isOwn) return false;
  const valueStart = isQuoted ? at + 1 : at;
  const valueEnd = isQuoted ? endOfQuoted(bytes, end) : endOfBare(bytes, end);
  if (valueEnd < 0) return false;
  const hint = takeFact(hints, newHint, HINTS_MAX);
  if (hint === null) return true;
  hint.isOwn = isOwn;
  hint.keyStart = keyStart;
  hint.keyEnd = keyEnd;
  hint.valueStart = valueStart;
  hint.valueEnd = valueEnd;
  return true;
}

/** Steps over a value in quotes, in which a backslash keeps the next byte; where the value ends, -1 where nothing ends it. */
function endOfQuoted(bytes: Uint8Array, end: number): number {
  for (at += 1; at < end; at++) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) {
      at += 1;
      return at - 1;
    }
  }
  return -1;
}

function endOfBare(bytes: Uint8Array, end: number): number {
  const start = at;
  while (at < end && bytes[at] !== COMMA && bytes[at]! > 0x20) at += 1;
  return at > start ? at : -1;
}

function skipSpace(bytes: Uint8Array, end: number): void {
  while (at < end && bytes[at]! <= 0x20) at += 1;
}

function takePrefix(bytes: Uint8Array, end: number): boolean {
  if (at + PREFIX.length > end) return false;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[at + i] !== PREFIX[i]) return false;
  at += PREFIX.length;
  return true;
}

function takeComma(bytes: Uint8Array, end: number): boolean {
  if (at >= end || bytes[at] !== COMMA) return false;
  at += 1;
  return true;
}

/** Letters, digits and what else stands unencoded in a URL; and the percent sign of what is encoded. */
function isKey(byte: number): boolean {
  const letter = byte | 0x20;
  const isLetter = letter >= 0x61 && letter <= 0x7a;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return isLetter || isDigit || byte === 0x5f || byte === 0x2d || byte === 0x2e || byte === 0x7e || byte === 0x25;
}

function newHint(): Hint {
  return { isOwn: false, keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };
}
