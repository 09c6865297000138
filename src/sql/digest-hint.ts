/** Optimizer hints in digests: they have a lexer of their own. https://dev.mysql.com/doc/refman/9.7/en/optimizer-hints.html */
import { CLASS_DIGIT, CLASS_DOLLAR, CLASS_LETTER, CLASS_QUOTE, CLASS_SPACE, CLASSES, FOLD } from "./character.ts";
import {
  addName,
  addParenClose,
  addToken,
  addValue,
  DIGEST_HINT_AT,
  DIGEST_HINT_END,
  DIGEST_HINT_NAME,
  DIGEST_HINT_START,
  DIGEST_HINT_SYMBOL,
  DIGEST_HINT_WORD,
  type DigestTokens,
} from "./digest-tokens.ts";
import { HINT_WORDS } from "./digest-words.ts";
import { TOKEN_AT_SIGN, TOKEN_COMMA, TOKEN_PAREN_OPEN } from "./grammar.ts";
import type { Tokens } from "./tokens.ts";

const MARK_BYTES = 3; // "/*+"
const END_BYTES = 2;
const ascii = new TextDecoder("latin1");

/** Adds the tokens of the hint that `tokens` has as number `hint`; one without any leaves no trace. */
export function addHint(digest: DigestTokens, tokens: Tokens, hint: number): void {
  const { bytes } = tokens;
  const from = tokens.hints[hint * 3]! + MARK_BYTES;
  const end = tokens.hints[hint * 3 + 1]! - END_BYTES;
  let position = endOfSpaces(bytes, from, end);
  if (position >= end) return;
  addToken(digest, DIGEST_HINT_START, 0, 0);
  while (position < end) {
    position = addHintToken(digest, bytes, position, end);
    position = endOfSpaces(bytes, position, end);
  }
  addToken(digest, DIGEST_HINT_END, 0, 0);
}

/** Adds the token at `start`; returns where it ends. */
function addHintToken(digest: DigestTokens, bytes: Uint8Array, start: number, end: number): number {
  const byte = bytes[start]!;
  switch (CLASSES[byte]) {
    case CLASS_QUOTE: {
      const after = endOfQuoted(bytes, start, end);
      addValue(digest, false);
      return after;
    }
    case CLASS_LETTER:
    case CLASS_DOLLAR:
      return addWord(digest, bytes, start, end);
    case CLASS_DIGIT: {
      const after = endOfNumber(bytes, start, end);
      if (after < 0) return addWord(digest, bytes, start, end);
      addValue(digest, false);
      return after;
    }
  }
  if (byte === 0x60) {
    const after = endOfQuoted(bytes, start, end);
    addName(digest, DIGEST_HINT_NAME, start, after, after - start - 2);
    return addBlock(digest, bytes, after, end);
  }
  if (byte === 0x29) addParenClose(digest, start, start + 1);
  else addToken(digest, symbolOf(byte), start, start + 1);
  return start + 1;
}

function symbolOf(byte: number): number {
  if (byte === 0x28) return TOKEN_PAREN_OPEN;
  if (byte === 0x2c) return TOKEN_COMMA;
  return byte === 0x40 ? TOKEN_AT_SIGN : DIGEST_HINT_SYMBOL;
}

function addWord(digest: DigestTokens, bytes: Uint8Array, start: number, end: number): number {
  let after = start;
  while (after < end && FOLD[bytes[after]!] !== 0) after += 1;
  const text = ascii.decode(bytes.subarray(start, after)).toUpperCase();
  if (HINT_WORDS.has(text)) {
    addToken(digest, DIGEST_HINT_WORD, start, after);
    return after;
  }
  addName(digest, DIGEST_HINT_NAME, start, after, after - start);
  return addBlock(digest, bytes, after, end);
}

/** `t@block`: right behind a name the sign binds to it. */
function addBlock(digest: DigestTokens, bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || bytes[start] !== 0x40) return start;
  addToken(digest, DIGEST_HINT_AT, start, start + 1);
  return start + 1;
}

/** The end of a number, with a K, M or G behind it; -1 where a name begins with digits. */
function endOfNumber(bytes: Uint8Array, start: number, end: number): number {
  let after = start;
  while (after < end && (CLASSES[bytes[after]!] === CLASS_DIGIT || bytes[after] === 0x2e)) after += 1;
  if (after < end && "kmg".includes(String.fromCharCode(bytes[after]! | 0x20))) after += 1;
  return after < end && FOLD[bytes[after]!] !== 0 ? -1 : after;
}

function endOfQuoted(bytes: Uint8Array, start: number, end: number): number {
  let position = start + 1;
  while (position < end) {
    if (bytes[position++] !== bytes[start]) continue;
    if (position >= end || bytes[position] !== bytes[start]) return position;
    position += 1;
  }
  return end;
}

function endOfSpaces(bytes: Uint8Array, position: number, end: number): number {
  let index = position;
  while (index < end && CLASSES[bytes[index]!] === CLASS_SPACE) index += 1;
  return index;
}
