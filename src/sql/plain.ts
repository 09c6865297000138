/**
 * The tokens that nearly all text consists of, where a look at their bytes tells all: words, numbers, names and strings in
 * quotes, punctuation. It is one loop because it is the one that takes the time.
 */
import {
  CLASS_BACK_QUOTE,
  CLASS_DIGIT,
  CLASS_DOT,
  CLASS_LETTER,
  CLASS_QUOTE,
  CLASS_SINGLE,
  CLASS_SPACE,
  CLASSES,
  FOLD,
  NAME_ASCII,
  NAME_BYTES,
} from "./character.ts";
import {
  TOKEN_AT_AT,
  TOKEN_DECIMAL_NUMBER,
  TOKEN_DOT,
  TOKEN_IDENT,
  TOKEN_INTEGER,
  TOKEN_INVALID,
  TOKEN_STRING,
} from "./grammar.ts";
import { endOfPlainFraction, INTEGER_DIGITS_MAX } from "./number.ts";
import { BYTE_TOKENS } from "./operator.ts";
import { endOfPlainName, endOfString, QUOTES_NOT_PLAIN } from "./quoted.ts";
import { NOTHING, scan } from "./scan.ts";
import { SPARE_TOKENS, type Tokens } from "./tokens.ts";
import { IS_END_OF_WORD, interestOfQuoted } from "./word.ts";
import { findHashed, hashOn, SPECIAL_CALLED, WORD_INTEREST, WORD_KINDS, WORD_SPECIALS } from "./words.ts";

/**
 * Adds tokens from `start` on, up to one that is not plain, the end of the text or that of the columns: `scan` has where.
 * Takes and returns the token right before; `escapeByte` is escapeByteOf() the dialect. Whatever is called in the loop has to be
 * small enough to be inlined: only then are the columns looked up once and not for every token, which is a third of the time.
 */
export function cutPlain(tokens: Tokens, start: number, last: number, escapeByte: number): number {
  const { bytes, end, kinds, starts, ends } = tokens;
  const wordKinds = WORD_KINDS[tokens.isMariaDb ? 1 : 0];
  const room = kinds.length - SPARE_TOKENS;
  let { count, interest } = tokens;
  let position = start;
  let before = last;
  while (position < end && count < room) {
    let byte = bytes[position]!;
    while (CLASSES[byte] === CLASS_SPACE) {
      before = NOTHING;
      position += 1;
      byte = position < end ? bytes[position]! : 0;
    }
    const kind = CLASSES[byte]!;
    let after = position + 1;
    let token = TOKEN_INVALID;
    if (kind === CLASS_SINGLE) {
      token = BYTE_TOKENS[byte]!;
    } else if (kind === CLASS_LETTER && byte < 0x80) {
      let hash = hashOn(0, byte);
      for (; after < end && NAME_BYTES[bytes[after]!] === NAME_ASCII; after++) hash = hashOn(hash, bytes[after]!);
      const next = after < end ? bytes[after]! : 0;
      if (before !== TOKEN_DOT && IS_END_OF_WORD[next] === 1) {
        const word = findHashed(bytes, position, after, hash);
        if (isPlainWord(word, next)) token = wordKinds[word]!;
        interest |= WORD_INTEREST[word]!;
      } else if (isBesideDot(bytes, after, end, before)) token = TOKEN_IDENT;
    } else if (kind === CLASS_DIGIT) {
      if (before === TOKEN_DOT || before === TOKEN_AT_AT) break; // It may be a name.
      while (after < end && CLASSES[bytes[after]!] === CLASS_DIGIT) after += 1;
      const next = after < end ? bytes[after]! : 0;
      if (next === 0x2e) {
        after = endOfPlainFraction(bytes, after, end);
        if (after > 0) token = TOKEN_DECIMAL_NUMBER;
      } else if (FOLD[next] === 0 && after - position <= INTEGER_DIGITS_MAX) token = TOKEN_INTEGER;
    } else if (kind === CLASS_QUOTE && escapeByte !== QUOTES_NOT_PLAIN) {
      after = endOfString(bytes, position, end, escapeByte);
      if (after > 0) token = TOKEN_STRING;
    } else if (kind === CLASS_BACK_QUOTE && escapeByte !== QUOTES_NOT_PLAIN) {
      after = endOfPlainName(bytes, position, end);
      if (after < 0) break;
      token = TOKEN_IDENT;
      interest |= interestOfQuoted(bytes, position, after);
    } else if (kind >= CLASS_DOT && isAlone(kind, after < end ? bytes[after]! : 0, before)) {
      token = BYTE_TOKENS[byte]!;
    }
    if (token === TOKEN_INVALID) break;
    kinds[count] = token;
    starts[count] = position;
    ends[count] = after;
    count += 1;
    before = token;
    position = after;
  }
  tokens.count = count;
  tokens.interest = interest;
  scan.end = position;
  return before;
}

/**
 * Whether the word is what its terminal says before the byte `next`. The most common of special words, a function's name
 * right before its parenthesis, is.
 */
function isPlainWord(word: number, next: number): boolean {
  const special = WORD_SPECIALS[word]!;
  return special === 0 || (special === SPECIAL_CALLED && next === 0x28);
}

/** Whether a word that ends at `after` is a part of a name with dots in it, and so no keyword. */
function isBesideDot(bytes: Uint8Array, after: number, end: number, before: number): boolean {
  const next = after < end ? bytes[after]! : 0;
  if (before === TOKEN_DOT) return NAME_BYTES[next] === 0;
  return next === 0x2e && before !== TOKEN_AT_AT && after + 1 < end && NAME_BYTES[bytes[after + 1]!] !== 0;
}

/** Whether a dot, or a byte that may begin a longer operator or a comment, is a token by itself before the byte `next`. */
function isAlone(kind: number, next: number, before: number): boolean {
  const nextKind = CLASSES[next]!;
  if (nextKind >= CLASS_DOT || next === 0x3d) return false;
  return kind !== CLASS_DOT || nextKind !== CLASS_DIGIT || before === TOKEN_IDENT;
}
