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
  CLASSES,
  NAME_BYTES,
} from "./character.ts";
import { comment, skipComment } from "./comment.ts";
import {
  TOKEN_ASSIGN,
  TOKEN_AT_AT,
  TOKEN_AT_SIGN,
  TOKEN_DOT,
  TOKEN_DOT_DOT,
  TOKEN_END_OF_TEXT,
  TOKEN_IDENT,
  TOKEN_INVALID,
  TOKEN_NULL,
  TOKEN_SEMICOLON,
  TOKEN_USER_VARIABLE,
} from "./grammar.ts";
import { INTEREST_WORD } from "./interest.ts";
import { readFraction, readNumber } from "./number.ts";
import { readOperator } from "./operator.ts";
import { cutPlain } from "./plain.ts";
import { escapeByteOf, readQuotedName, readString } from "./quoted.ts";
import { NOTHING, scan } from "./scan.ts";
import { SQL_MODE_ANSI_QUOTES } from "./sql-mode.ts";
import { type Dialect, growTokens, SPARE_TOKENS, type Tokens } from "./tokens.ts";
import { endOfName, interestOfQuoted, readWord } from "./word.ts";

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
  const escapeByte = escapeByteOf(dialect);
  let before = NOTHING; // the token right before, where nothing lies between
  tokens.count = 0;
  scan.end = tokens.start;
  for (;;) {
    before = cutPlain(tokens, scan.end, before, escapeByte);
    const start = scan.end;
    if (start >= tokens.end) return;
    if (tokens.count + SPARE_TOKENS >= tokens.kinds.length) {
      growTokens(tokens);
      continue;
    }
    before = readAny(tokens, start, before, dialect);
    if (before === NOTHING) continue;
    tokens.kinds[tokens.count] = before;
    tokens.starts[tokens.count] = start;
    tokens.ends[tokens.count] = scan.end;
    tokens.count += 1;
  }
}

/** What begins at `start`, whatever it is, with its end in `scan`; NOTHING for a comment. */
function readAny(tokens: Tokens, start: number, before: number, dialect: Dialect): number {
  const { bytes, end } = tokens;
  const kind = CLASSES[bytes[start]!]!;
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
  tokens.interest |= interestOfQuoted(tokens.bytes, start, scan.end);
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
