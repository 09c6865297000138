/** Numbers. https://dev.mysql.com/doc/refman/en/number-literals.html */
import { CLASS_DIGIT, CLASSES, FOLD } from "./character.ts";
import {
  TOKEN_BIT_NUMBER,
  TOKEN_DECIMAL_NUMBER,
  TOKEN_FLOAT_NUMBER,
  TOKEN_HEX_NUMBER,
  TOKEN_INTEGER,
  TOKEN_INVALID,
} from "./grammar.ts";
import { scan } from "./scan.ts";

/** More digits make a decimal number, as no 64-bit integer has them. */
export const INTEGER_DIGITS_MAX = 20;

/** The end of the number whose dot is at `dot` if nothing but digits follows; -1 for any other. */
export function endOfPlainFraction(bytes: Uint8Array, dot: number, end: number): number {
  if (dot + 1 < end && bytes[dot + 1] === 0x2e) return -1;
  const after = endOfDigits(bytes, dot + 1, end);
  return after < end && FOLD[bytes[after]!] !== 0 ? -1 : after;
}

/**
 * Reads the number that begins with the digit at `start` into `scan`. `scan.end` is `start` where a name begins with
 * that digit: `1e5`, `0x1f` and `0b01` are numbers, `1st`, `1e` and `0xyz` are names.
 */
export function readNumber(bytes: Uint8Array, start: number, end: number): void {
  const digits = endOfDigits(bytes, start + 1, end);
  const next = digits < end ? bytes[digits]! : 0;
  if (next === 0x2e && !(digits + 1 < end && bytes[digits + 1] === 0x2e)) {
    readFraction(bytes, digits, end);
    return;
  }
  scan.kind = digits - start > INTEGER_DIGITS_MAX ? TOKEN_DECIMAL_NUMBER : TOKEN_INTEGER;
  scan.end = digits;
  if (FOLD[next] === 0) return;
  const word = endOfName(bytes, digits, end);
  scan.end = start;
  if (digits === start + 1 && bytes[start] === 0x30) {
    if (next === 0x78) return readRadix(bytes, start + 2, word, TOKEN_HEX_NUMBER);
    if (next === 0x62) return readRadix(bytes, start + 2, word, TOKEN_BIT_NUMBER);
  }
  const exponent = endOfExponent(bytes, digits, end);
  if (exponent === digits || exponent < word) return;
  scan.kind = TOKEN_FLOAT_NUMBER;
  scan.end = exponent;
}

/** Reads the rest of a number from its dot on, whatever follows, into `scan`. */
export function readFraction(bytes: Uint8Array, dot: number, end: number): void {
  const digits = endOfDigits(bytes, dot + 1, end);
  scan.kind = TOKEN_DECIMAL_NUMBER;
  scan.end = digits;
  if (digits >= end || (bytes[digits]! | 0x20) !== 0x65) return;
  const exponent = endOfExponent(bytes, digits, end);
  // Behind a dot an `e` begins an exponent or nothing.
  scan.kind = exponent === digits ? TOKEN_INVALID : TOKEN_FLOAT_NUMBER;
  scan.end = exponent === digits ? endOfSign(bytes, digits + 1, end) : exponent;
}

function endOfSign(bytes: Uint8Array, position: number, end: number): number {
  return position < end && (bytes[position] === 0x2b || bytes[position] === 0x2d) ? position + 1 : position;
}

/** Only lower-case `0x` and `0b` begin such a number, as in the servers. */
function readRadix(bytes: Uint8Array, start: number, end: number, kind: number): void {
  const last = kind === TOKEN_HEX_NUMBER ? 0x39 : 0x31;
  for (let position = start; position < end; position++) {
    const folded = FOLD[bytes[position]!]!;
    const isDigit = folded >= 0x30 && folded <= last;
    if (!isDigit && !(kind === TOKEN_HEX_NUMBER && folded >= 0x61 && folded <= 0x66)) return;
  }
  if (start === end) return;
  scan.kind = kind;
  scan.end = end;
}

/** The end of an exponent such as `e+10` at `position`, or `position` where none stands. */
function endOfExponent(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end || (bytes[position]! | 0x20) !== 0x65) return position;
  let digits = position + 1;
  if (digits < end && (bytes[digits] === 0x2b || bytes[digits] === 0x2d)) digits += 1;
  const after = endOfDigits(bytes, digits, end);
  return after === digits ? position : after;
}

function endOfDigits(bytes: Uint8Array, position: number, end: number): number {
  let index = position;
  while (index < end && CLASSES[bytes[index]!] === CLASS_DIGIT) index += 1;
  return index;
}

function endOfName(bytes: Uint8Array, position: number, end: number): number {
  let index = position;
  while (index < end && FOLD[bytes[index]!] !== 0) index += 1;
  return index;
}
