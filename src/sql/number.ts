/** Numbers. https://dev.mysql.com/doc/refman/en/number-literals.html */
import { CLASS_DIGIT, CLASSES, FOLD } from "./character.ts";
import type { Lexer } from "./token.ts";

/**
 * The end of the number that begins with the digit at `start`; `start` itself where a name begins with that digit:
 * `1e5`, `0x1f` and `0b01` are numbers, `1st`, `1e` and `0xyz` are names.
 */
export function endOfNumber(lexer: Lexer, start: number): number {
  const { bytes, end } = lexer;
  const digits = endOfDigits(lexer, start);
  const next = digits < end ? bytes[digits]! : 0;
  if (next === 0x2e) return endOfExponent(lexer, endOfDigits(lexer, digits + 1));
  if (FOLD[next] === 0) return digits;
  const word = endOfWord(lexer, digits);
  if (digits === start + 1 && bytes[start] === 0x30) {
    if (next === 0x78) return isRadixNumber(lexer, start + 2, word, 16) ? word : start;
    if (next === 0x62) return isRadixNumber(lexer, start + 2, word, 2) ? word : start;
  }
  const exponent = endOfExponent(lexer, digits);
  return exponent > digits && exponent >= word ? exponent : start;
}

/** The end of the fraction that begins with the dot at `start`, whatever follows; a digit must. */
export function endOfFraction(lexer: Lexer, start: number): number {
  return endOfExponent(lexer, endOfDigits(lexer, start + 1));
}

/** The end of an exponent such as `e+10` at `position`, or `position` where none stands. */
function endOfExponent(lexer: Lexer, position: number): number {
  const { bytes, end } = lexer;
  if (position >= end || (bytes[position]! | 0x20) !== 0x65) return position;
  let digits = position + 1;
  if (digits < end && (bytes[digits] === 0x2b || bytes[digits] === 0x2d)) digits += 1;
  const after = endOfDigits(lexer, digits);
  return after === digits ? position : after;
}

function endOfDigits(lexer: Lexer, position: number): number {
  const { bytes, end } = lexer;
  let index = position;
  while (index < end && CLASSES[bytes[index]!] === CLASS_DIGIT) index += 1;
  return index;
}

function endOfWord(lexer: Lexer, position: number): number {
  const { bytes, end } = lexer;
  let index = position;
  while (index < end && FOLD[bytes[index]!] !== 0) index += 1;
  return index;
}

/** Only lower-case `0x` and `0b` begin such a number, as in the server. */
function isRadixNumber(lexer: Lexer, start: number, end: number, radix: 2 | 16): boolean {
  for (let index = start; index < end; index++) {
    const folded = FOLD[lexer.bytes[index]!]!;
    const isDigit = folded >= 0x30 && folded <= (radix === 16 ? 0x39 : 0x31);
    if (!isDigit && !(radix === 16 && folded >= 0x61 && folded <= 0x66)) return false;
  }
  return start < end;
}
