/**
 * Cuts SQL text into the terminals of the grammar, in place: bytes in, columns of numbers out, linear. It follows the
 * servers' lexers where a difference could hide a statement: executable comments are read as SQL by the server's version,
 * a name after a dot is no keyword, quotes and backslashes obey `sql_mode` and the client's character set.
 * https://dev.mysql.com/doc/refman/en/language-structure.html
 */
import { assert } from "../lib/assert.ts";
import {
  CLASS_AT,
  CLASS_BACK_QUOTE,
  CLASS_DIGIT,
  CLASS_DOLLAR,
  CLASS_DOT,
  CLASS_LETTER,
  CLASS_MINUS,
  CLASS_QUOTE,
  CLASS_SINGLE,
  CLASS_SPACE,
  CLASSES,
  FOLD,
  NAME_ASCII,
  NAME_BYTES,
} from "./character.ts";
import { CHARSET_PLAIN } from "./charset.ts";
import { comment, skipComment } from "./comment.ts";
import {
  TOKEN_ASSIGN,
  TOKEN_AT_AT,
  TOKEN_AT_SIGN,
  TOKEN_DECIMAL_NUMBER,
  TOKEN_DOT,
  TOKEN_DOT_DOT,
  TOKEN_END_OF_TEXT,
  TOKEN_IDENT,
  TOKEN_INTEGER,
  TOKEN_INVALID,
  TOKEN_NULL,
  TOKEN_SEMICOLON,
  TOKEN_STRING,
  TOKEN_USER_VARIABLE,
} from "./grammar.ts";
import { INTEREST_WORD } from "./interest.ts";
import { endOfPlainFraction, INTEGER_DIGITS_MAX, readFraction, readNumber } from "./number.ts";
import { BYTE_TOKENS, readOperator } from "./operator.ts";
import { endOfPlainString, readQuotedName, readString } from "./quoted.ts";
import { scan } from "./scan.ts";
import { SQL_MODE_ANSI_QUOTES } from "./sql-mode.ts";
import { type Dialect, growTokens, type Tokens } from "./tokens.ts";
import { endOfName, IS_END_OF_WORD, noteQuotedName, readWord } from "./word.ts";
import { findWord, SPECIAL_CALLED, WORD_INTEREST, WORD_KINDS, WORD_SPECIALS } from "./words.ts";

/** No token: a comment, white space. */
const NOTHING = -1;
/** What is not simple enough to be read in passing. */
const UNREAD = -2;

/** Refills `tokens` with the text in bytes[start .. end). Keeps `bytes` until the next call. */
export function lex(tokens: Tokens, bytes: Uint8Array, start: number, end: number, dialect: Dialect): void {
  assert(0 <= start && start <= end && end <= bytes.length, "a text lies inside of its buffer");
  tokens.bytes = bytes;
  tokens.start = start;
  tokens.end = end;
  tokens.isMariaDb = dialect.isMariaDb;
  tokens.interest = 0;
  tokens.hasVersionComment = false;
  tokens.commentCount = 0;
  tokens.hintCount = 0;
  comment.isInside = false;
  comment.isOpen = false;
  cut(tokens, dialect);
  if (comment.isInside || comment.isOpen) {
    place(tokens, TOKEN_INVALID);
    tokens.count += 1;
  }
  place(tokens, TOKEN_END_OF_TEXT);
}

function place(tokens: Tokens, kind: number): void {
  tokens.kinds[tokens.count] = kind;
  tokens.starts[tokens.count] = tokens.end;
  tokens.ends[tokens.count] = tokens.end;
}

function cut(tokens: Tokens, dialect: Dialect): void {
  const { bytes, end } = tokens;
  const hasPlainStrings = dialect.charset === CHARSET_PLAIN && (dialect.sqlMode & SQL_MODE_ANSI_QUOTES) === 0;
  const wordKinds = WORD_KINDS[dialect.isMariaDb ? 1 : 0];
  let { kinds, starts, ends } = tokens;
  let position = tokens.start;
  let count = 0;
  let before = NOTHING; // the token right before, where nothing lies between
  while (position < end) {
    const byte = bytes[position]!;
    const kind = CLASSES[byte]!;
    let token = UNREAD;
    let after = position + 1;
    if (kind === CLASS_SPACE) {
      token = NOTHING;
    } else if (kind === CLASS_SINGLE) {
      token = BYTE_TOKENS[byte]!;
    } else if (kind === CLASS_LETTER) {
      while (after < end && NAME_BYTES[bytes[after]!] === NAME_ASCII) after += 1;
      const next = after < end ? bytes[after]! : 0;
      if (byte < 0x80 && before !== TOKEN_DOT && IS_END_OF_WORD[next] === 1) {
        const word = findWord(bytes, position, after);
        const special = WORD_SPECIALS[word]!;
        // A function's name right before its parenthesis, the most common of special words, is that without a doubt.
        if (special === 0 || (special === SPECIAL_CALLED && next === 0x28)) token = wordKinds[word]!;
        tokens.interest |= WORD_INTEREST[word]!;
      } else if (byte < 0x80 && isBesideDot(bytes, after, end, before)) {
        token = TOKEN_IDENT;
      }
    } else if (before === TOKEN_DOT || before === TOKEN_AT_AT) {
      token = UNREAD; // Digits may be a name there.
    } else if (kind === CLASS_DIGIT) {
      while (after < end && CLASSES[bytes[after]!] === CLASS_DIGIT) after += 1;
      const next = after < end ? bytes[after]! : 0;
      if (next === 0x2e) {
        after = endOfPlainFraction(bytes, after, end);
        if (after > 0) token = TOKEN_DECIMAL_NUMBER;
      } else if (FOLD[next] === 0 && after - position <= INTEGER_DIGITS_MAX) token = TOKEN_INTEGER;
    } else if (kind === CLASS_QUOTE && hasPlainStrings) {
      after = endOfPlainString(bytes, position, end);
      if (after > 0) token = TOKEN_STRING;
    }
    if (token === UNREAD) {
      tokens.count = count;
      token = readAny(tokens, position, kind, before, dialect);
      after = scan.end;
    }
    if (token >= 0) {
      kinds[count] = token;
      starts[count] = position;
      ends[count] = after;
      count += 1;
      // Two places are kept for what comes behind the last token.
      if (count + 2 > kinds.length) ({ kinds, starts, ends } = growTokens(tokens));
    }
    before = token;
    position = after;
  }
  tokens.count = count;
}

/** Whether a word that ends at `after` is a part of a name with dots in it, and so no keyword. */
function isBesideDot(bytes: Uint8Array, after: number, end: number, before: number): boolean {
  const next = after < end ? bytes[after]! : 0;
  if (before === TOKEN_DOT) return NAME_BYTES[next] === 0;
  return next === 0x2e && before !== TOKEN_AT_AT && after + 1 < end && NAME_BYTES[bytes[after + 1]!] !== 0;
}

/** What begins with a byte of class `kind` at `start`, with its end in `scan`; NOTHING for a comment. */
function readAny(tokens: Tokens, start: number, kind: number, before: number, dialect: Dialect): number {
  const { bytes, end } = tokens;
  switch (kind) {
    case CLASS_QUOTE:
      if (bytes[start] === 0x22 && (dialect.sqlMode & SQL_MODE_ANSI_QUOTES) !== 0) readName(tokens, start, dialect);
      else readString(bytes, start, end, dialect);
      return scan.kind;
    case CLASS_DIGIT:
      if (before === TOKEN_DOT || before === TOKEN_AT_AT) scan.end = start;
      else readNumber(bytes, start, end);
      if (scan.end !== start) return isSwallowed(tokens, dialect) ? NOTHING : scan.kind;
      scan.end = endOfName(bytes, start, end, dialect.charset);
      return TOKEN_IDENT;
    case CLASS_LETTER:
    case CLASS_DOLLAR:
      return readWord(tokens, start, before, dialect);
    case CLASS_BACK_QUOTE:
      readName(tokens, start, dialect);
      return scan.kind;
    case CLASS_DOT:
      scan.end = start + 1;
      if (start + 1 < end && bytes[start + 1] === 0x2e && dialect.isMariaDb) {
        scan.end = start + 2;
        return TOKEN_DOT_DOT;
      }
      if (start + 1 >= end || CLASSES[bytes[start + 1]!] !== CLASS_DIGIT) return TOKEN_DOT;
      if (before === TOKEN_IDENT) return TOKEN_DOT;
      readFraction(bytes, start, end);
      return isSwallowed(tokens, dialect) ? NOTHING : scan.kind;
    case CLASS_AT:
      tokens.interest |= INTEREST_WORD;
      return readVariable(tokens, start, dialect);
    default:
      if (dialect.isMariaDb && bytes[start] === 0x5c && start + 1 < end && bytes[start + 1] === 0x4e) {
        scan.end = start + 2;
        return TOKEN_NULL;
      }
      if (kind >= CLASS_MINUS) {
        scan.end = skipComment(tokens, dialect, start, kind);
        if (scan.end !== start) return NOTHING;
      }
      readOperator(bytes, start, end, dialect.sqlMode);
      if (scan.kind === TOKEN_ASSIGN || scan.kind === TOKEN_SEMICOLON) tokens.interest |= INTEREST_WORD;
      return scan.kind;
  }
}

/**
 * Whether MySQL reads over a number that it cannot read: `1.e` right before punctuation is as good as a space to it. Who
 * wants to hide a statement from a filter writes `select(1)from 1.e.t`.
 */
function isSwallowed(tokens: Tokens, dialect: Dialect): boolean {
  if (scan.kind !== TOKEN_INVALID || dialect.isMariaDb || scan.end >= tokens.end) return false;
  const next = CLASSES[tokens.bytes[scan.end]!]!;
  return next === CLASS_SINGLE || next >= CLASS_DOT;
}

function readName(tokens: Tokens, start: number, dialect: Dialect): void {
  readQuotedName(tokens.bytes, start, tokens.end, dialect);
  noteQuotedName(tokens, start, scan.end);
}

/** `@name`, `@'name'`, or the two signs before a system variable, which is read as words and dots. */
function readVariable(tokens: Tokens, start: number, dialect: Dialect): number {
  const { bytes, end } = tokens;
  const next = start + 1 < end ? bytes[start + 1]! : 0;
  if (next === 0x40) {
    scan.end = start + 2;
    const after = start + 2 < end ? bytes[start + 2]! : 0;
    return NAME_BYTES[after] !== 0 || after === 0x60 ? TOKEN_AT_AT : TOKEN_INVALID;
  }
  if (next === 0x27 || next === 0x22 || next === 0x60) {
    if (next === 0x60) readQuotedName(bytes, start + 1, end, dialect);
    else readString(bytes, start + 1, end, dialect);
    return scan.kind === TOKEN_INVALID ? TOKEN_INVALID : TOKEN_USER_VARIABLE;
  }
  let position = start + 1;
  while (position < end && (NAME_BYTES[bytes[position]!] !== 0 || bytes[position] === 0x2e)) {
    position = bytes[position] === 0x2e ? position + 1 : endOfName(bytes, position, end, dialect.charset);
  }
  scan.end = position;
  return position > start + 1 ? TOKEN_USER_VARIABLE : TOKEN_AT_SIGN;
}
