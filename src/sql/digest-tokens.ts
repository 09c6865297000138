/**
 * The tokens of a digest: a statement's tokens with literals as values, and lists of values as one. MySQL keeps at most
 * max_digest_length bytes of them, 1024 by default; what comes after is not part of the digest.
 * https://dev.mysql.com/doc/refman/9.7/en/performance-schema-statement-digests.html
 */

import { STARTS_EXPRESSION } from "./digest-kinds.ts";
import { TOKEN_COMMA, TOKEN_IN, TOKEN_MINUS_SIGN, TOKEN_PAREN_CLOSE, TOKEN_PAREN_OPEN, TOKEN_PLUS } from "./grammar.ts";

/** Kinds beyond those of the grammar. */
export const DIGEST_VALUE = 1001;
export const DIGEST_VALUES = 1002;
export const DIGEST_ROW_OF_ONE = 1003;
export const DIGEST_ROWS_OF_ONE = 1004;
export const DIGEST_ROW = 1005;
export const DIGEST_ROWS = 1006;
/** The list of IN with nothing but values in it. */
export const DIGEST_IN_VALUES = 1007;
/** A column by its number in ORDER BY or GROUP BY; its text is kept. */
export const DIGEST_NUMBER = 1008;
export const DIGEST_CHARSET = 1009;
export const DIGEST_HINT_START = 1010;
export const DIGEST_HINT_END = 1011;
export const DIGEST_HINT_WORD = 1012;
export const DIGEST_HINT_NAME = 1013;
/** @ between a name and a query block in a hint: no space before it. */
export const DIGEST_HINT_AT = 1014;
export const DIGEST_HINT_SYMBOL = 1015;

/** max_digest_length of a server that was not told otherwise. */
export const DIGEST_BYTES_MAX = 1024;
const TOKEN_BYTES = 2;
const NAME_BYTES = 4;

/** Made once, refilled for every text. */
export interface DigestTokens {
  count: number;
  /** What the tokens take of DIGEST_BYTES_MAX. */
  bytes: number;
  isFull: boolean;
  kinds: Int16Array;
  /** Where the token's text is. */
  starts: Int32Array;
  ends: Int32Array;
}

/** Tokens of no digest. */
export function newDigestTokens(): DigestTokens {
  const most = DIGEST_BYTES_MAX / TOKEN_BYTES;
  return {
    count: 0,
    bytes: 0,
    isFull: false,
    kinds: new Int16Array(most),
    starts: new Int32Array(most),
    ends: new Int32Array(most),
  };
}

/** Forgets the last digest. */
export function startDigest(digest: DigestTokens): void {
  digest.count = 0;
  digest.bytes = 0;
  digest.isFull = false;
}

/** Adds a token whose text says nothing that its kind does not say. */
export function addToken(digest: DigestTokens, kind: number, start: number, end: number): void {
  store(digest, kind, start, end, TOKEN_BYTES);
}

/** Adds a name, or a number that is kept; `length` is that of its text as the server keeps it. */
export function addName(digest: DigestTokens, kind: number, start: number, end: number, length: number): void {
  store(digest, kind, start, end, NAME_BYTES + length);
}

/** Adds a literal. A sign before it belongs to it where an expression begins; a value after a comma makes a list. */
export function addValue(digest: DigestTokens, canHaveSign: boolean): void {
  if (digest.isFull) return;
  while (canHaveSign && isSign(kindBefore(digest, 1)) && STARTS_EXPRESSION[kindBefore(digest, 2)] === 1) drop(digest);
  if (kindBefore(digest, 1) !== TOKEN_COMMA) {
    store(digest, DIGEST_VALUE, 0, 0, TOKEN_BYTES);
    return;
  }
  const list = kindBefore(digest, 2);
  if (list === DIGEST_VALUE || list === DIGEST_VALUES) {
    drop(digest);
    digest.kinds[digest.count - 1] = DIGEST_VALUES;
  } else {
    store(digest, DIGEST_VALUE, 0, 0, TOKEN_BYTES);
  }
}

/**
 * Makes a list of the last token as a comma and another value would. False where it is no value, and where there is no room
 * for the comma, with which the digest ends then.
 */
export function makeList(digest: DigestTokens): boolean {
  const value = kindBefore(digest, 1);
  if (value !== DIGEST_VALUE && value !== DIGEST_VALUES) return false;
  if (digest.isFull || digest.bytes + TOKEN_BYTES > DIGEST_BYTES_MAX) return false;
  digest.kinds[digest.count - 1] = DIGEST_VALUES;
  return true;
}

/** Adds a closing parenthesis: around nothing but values it makes a row, and rows with commas between them make a list. */
export function addParenClose(digest: DigestTokens, start: number, end: number): void {
  if (digest.isFull) return;
  const inside = kindBefore(digest, 1);
  const isRow = (inside === DIGEST_VALUE || inside === DIGEST_VALUES) && kindBefore(digest, 2) === TOKEN_PAREN_OPEN;
  if (!isRow) {
    store(digest, TOKEN_PAREN_CLOSE, start, end, TOKEN_BYTES);
    return;
  }
  drop(digest);
  const row = inside === DIGEST_VALUE ? DIGEST_ROW_OF_ONE : DIGEST_ROW;
  const rows = inside === DIGEST_VALUE ? DIGEST_ROWS_OF_ONE : DIGEST_ROWS;
  digest.kinds[digest.count - 1] = row;
  const before = kindBefore(digest, 2);
  if (before === TOKEN_IN) {
    digest.kinds[digest.count - 1] = DIGEST_IN_VALUES;
  } else if (before === TOKEN_COMMA && (kindBefore(digest, 3) === row || kindBefore(digest, 3) === rows)) {
    drop(digest);
    drop(digest);
    digest.kinds[digest.count - 1] = rows;
  }
}

/** The kind of the token `back` places before the next one, 0 where there is none. */
export function kindBefore(digest: DigestTokens, back: number): number {
  return digest.count >= back ? digest.kinds[digest.count - back]! : 0;
}

function isSign(kind: number): boolean {
  return kind === TOKEN_MINUS_SIGN || kind === TOKEN_PLUS;
}

function store(digest: DigestTokens, kind: number, start: number, end: number, bytes: number): void {
  if (digest.isFull || digest.bytes + bytes > DIGEST_BYTES_MAX) {
    digest.isFull = true;
    return;
  }
  digest.kinds[digest.count] = kind;
  digest.starts[digest.count] = start;
  digest.ends[digest.count] = end;
  digest.count += 1;
  digest.bytes += bytes;
}

/** Takes back the last token, which is no name. */
function drop(digest: DigestTokens): void {
  digest.count -= 1;
  digest.bytes -= TOKEN_BYTES;
}
