/** Names in a text: compared without decoding them, decoded where somebody wants to see one. */
import { CLASS_BACK_QUOTE, CLASS_LETTER, CLASS_QUOTE, CLASSES } from "./character.ts";
import type { Tokens } from "./tokens.ts";

/** The name that the token is, without its quotes. Bytes that are not UTF-8 become U+FFFD. */
export function nameText(tokens: Tokens, token: number): string {
  const start = nameStart(tokens, token);
  const end = nameEnd(tokens, token);
  const text = Buffer.prototype.toString.call(tokens.bytes, "utf8", start, end);
  if (start === tokens.starts[token]) return text;
  const quote = String.fromCharCode(tokens.bytes[start - 1]!);
  return text.replaceAll(quote + quote, quote);
}

/** The token as it is written. Bytes that are not UTF-8 become U+FFFD. */
export function rawText(tokens: Tokens, token: number): string {
  return Buffer.prototype.toString.call(tokens.bytes, "utf8", tokens.starts[token], tokens.ends[token]);
}

/** Whether two tokens are the same name, byte by byte. A quote that is doubled in one is doubled in the other. */
export function isSameName(tokens: Tokens, a: number, b: number): boolean {
  const { bytes, starts, ends } = tokens;
  const written = ends[a]! - starts[a]!;
  if (ends[b]! - starts[b]! === written && isSameText(bytes, starts[a]!, starts[b]!, written)) return true;
  const startA = nameStart(tokens, a);
  const startB = nameStart(tokens, b);
  const length = nameEnd(tokens, a) - startA;
  if (nameEnd(tokens, b) - startB !== length) return false;
  return isSameText(bytes, startA, startB, length);
}

function isSameText(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** Whether two tokens are the same name whatever the case of ASCII letters. */
export function isSameFoldedName(tokens: Tokens, a: number, b: number): boolean {
  const { bytes } = tokens;
  const startA = nameStart(tokens, a);
  const startB = nameStart(tokens, b);
  const length = nameEnd(tokens, a) - startA;
  if (nameEnd(tokens, b) - startB !== length) return false;
  for (let i = 0; i < length; i++) if (lower(bytes[startA + i]!) !== lower(bytes[startB + i]!)) return false;
  return true;
}

/** Length, first and last letter of the name, by which most names differ, whatever the case of ASCII letters. */
export function nameKey(tokens: Tokens, token: number): number {
  const { bytes } = tokens;
  let start = tokens.starts[token]!;
  let end = tokens.ends[token]!;
  if (CLASSES[bytes[start]!] !== CLASS_LETTER) {
    start = nameStart(tokens, token);
    end = nameEnd(tokens, token);
  }
  return ((end - start) << 16) | (lower(bytes[start]!) << 8) | lower(bytes[end - 1]!);
}

/** Where the name begins that the token is, behind its quote or the signs of a variable. */
export function nameStart(tokens: Tokens, token: number): number {
  let start = tokens.starts[token]!;
  while (tokens.bytes[start] === 0x40) start += 1;
  return isQuote(tokens.bytes[start]!) ? start + 1 : start;
}

/** Where the name ends, before its quote. */
export function nameEnd(tokens: Tokens, token: number): number {
  const end = tokens.ends[token]!;
  let start = tokens.starts[token]!;
  while (tokens.bytes[start] === 0x40) start += 1;
  return isQuote(tokens.bytes[start]!) ? end - 1 : end;
}

function isQuote(byte: number): boolean {
  const kind = CLASSES[byte];
  return kind === CLASS_BACK_QUOTE || kind === CLASS_QUOTE;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
