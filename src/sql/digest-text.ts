/** Writes a digest as text into bytes that are kept. */
import { FOLD } from "./character.ts";
import {
  DIGEST_BYTES_MAX,
  DIGEST_CHARSET,
  DIGEST_HINT_AT,
  DIGEST_HINT_END,
  DIGEST_HINT_NAME,
  DIGEST_HINT_START,
  DIGEST_IN_VALUES,
  DIGEST_NUMBER,
  DIGEST_ROW,
  DIGEST_ROW_OF_ONE,
  DIGEST_ROWS,
  DIGEST_ROWS_OF_ONE,
  DIGEST_VALUE,
  DIGEST_VALUES,
  type DigestTokens,
} from "./digest-tokens.ts";
import { DIGEST_WORDS } from "./digest-words.ts";
import { TOKEN_AT_SIGN, TOKEN_DOLLAR_STRING, TOKEN_IDENT, TOKEN_NOT_EQUALS, TOKEN_WITH_ROLLUP } from "./grammar.ts";
import { findWord } from "./words.ts";

const SPACE = 0x20;
/** A longer name is written as three dots. */
const NAME_BYTES_MAX = 64;
/** No token of TOKEN_BYTES is written longer than this, a name no longer than its bytes and two quotes. */
const WRITTEN_BYTES_MAX = 40;

/** The text of the last digest. */
export interface DigestText {
  bytes: Uint8Array;
  length: number;
  /** A name is too long to be written. */
  hasOmission: boolean;
}

/** No text. */
export function newDigestText(): DigestText {
  return { bytes: new Uint8Array((DIGEST_BYTES_MAX / 2) * WRITTEN_BYTES_MAX), length: 0, hasOmission: false };
}

const FIXED: readonly (Uint8Array | null)[] = fixedTexts();

/** Refills `text` from the tokens of a digest, whose text is in `source`. */
export function writeDigest(text: DigestText, digest: DigestTokens, source: Uint8Array): void {
  text.length = 0;
  text.hasOmission = false;
  for (let i = 0; i < digest.count; i++) {
    const kind = digest.kinds[i]!;
    if (kind === DIGEST_HINT_AT) dropSpace(text);
    const hasSpace = writeToken(text, kind, source, digest.starts[i]!, digest.ends[i]!);
    if (hasSpace) text.bytes[text.length++] = SPACE;
  }
  dropSpace(text);
}

function dropSpace(text: DigestText): void {
  if (text.length > 0 && text.bytes[text.length - 1] === SPACE) text.length -= 1;
}

/** Writes a token; whether a space follows it. */
function writeToken(text: DigestText, kind: number, source: Uint8Array, start: number, end: number): boolean {
  if (kind === TOKEN_IDENT || kind === DIGEST_HINT_NAME) return writeName(text, source, start, end);
  const fixed = FIXED[kind] ?? (FOLD[source[start]!] === 0 ? null : DIGEST_WORDS[findWord(source, start, end)]);
  if (fixed !== null && fixed !== undefined) {
    for (let i = 0; i < fixed.length; i++) text.bytes[text.length++] = fixed[i]!;
    return kind !== TOKEN_AT_SIGN && kind !== DIGEST_HINT_AT;
  }
  for (let position = start; position < end; position++) {
    const byte = source[position]!;
    text.bytes[text.length++] = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
  }
  return true;
}

/**
 * Names stand in back quotes as they are: one that is doubled in the statement is written once. The server writes no name
 * that is too long, and an empty one not at all.
 */
function writeName(text: DigestText, source: Uint8Array, start: number, end: number): boolean {
  const quote = source[start]!;
  const isQuoted = quote === 0x60 || quote === 0x22;
  const begin = text.length;
  text.bytes[text.length++] = 0x60;
  for (let position = isQuoted ? start + 1 : start; position < (isQuoted ? end - 1 : end); position++) {
    text.bytes[text.length++] = source[position]!;
    if (isQuoted && source[position] === quote) position += 1;
  }
  text.bytes[text.length++] = 0x60;
  const length = text.length - begin - 2;
  if (length > 0 && length <= NAME_BYTES_MAX) return true;
  text.length = begin;
  text.hasOmission = true;
  if (length > 0) {
    text.bytes.fill(0x2e, begin, begin + 3);
    text.length = begin + 3;
  }
  return false;
}

function fixedTexts(): (Uint8Array | null)[] {
  const texts: readonly (readonly [kind: number, text: string])[] = [
    [DIGEST_VALUE, "?"],
    [DIGEST_VALUES, "?, ..."],
    [DIGEST_ROW_OF_ONE, "(?)"],
    [DIGEST_ROWS_OF_ONE, "(?) /* , ... */"],
    [DIGEST_ROW, "(...)"],
    [DIGEST_ROWS, "(...) /* , ... */"],
    [DIGEST_IN_VALUES, "(...)"],
    [DIGEST_CHARSET, "(_charset)"],
    [TOKEN_DOLLAR_STRING, "(unknown)"],
    [DIGEST_HINT_START, "/*+"],
    [DIGEST_HINT_END, "*/"],
    [DIGEST_HINT_AT, "@"],
    [TOKEN_AT_SIGN, "@"],
    [TOKEN_NOT_EQUALS, "!="],
    [TOKEN_WITH_ROLLUP, "WITH ROLLUP"],
  ];
  const fixed: (Uint8Array | null)[] = Array.from({ length: DIGEST_NUMBER + 10 }, () => null);
  for (const [kind, text] of texts) fixed[kind] = new TextEncoder().encode(text);
  return fixed;
}
