/**
 * The digest of a text: what is the same in statements that differ in their literals only. The text equals that of MySQL's
 * STATEMENT_DIGEST_TEXT(); the id is our own, because the server's hashes numbers that differ between versions.
 */
import { addHint } from "./digest-hint.ts";
import { BEFORE_NULL_VALUE, CONTINUES_EXPRESSION, ENDS_ORDER, IS_LITERAL, IS_VALUE } from "./digest-kinds.ts";
import {
  addName,
  addParenClose,
  addToken,
  addValue,
  DIGEST_CHARSET,
  DIGEST_NUMBER,
  DIGEST_VALUE,
  DIGEST_VALUES,
  type DigestTokens,
  kindBefore,
  makeList,
  startDigest,
} from "./digest-tokens.ts";
import {
  TOKEN_ALTER,
  TOKEN_AT_AT,
  TOKEN_AT_SIGN,
  TOKEN_BY,
  TOKEN_CHARSET_MARK,
  TOKEN_COMMA,
  TOKEN_CREATE,
  TOKEN_CUBE,
  TOKEN_GROUP,
  TOKEN_IDENT,
  TOKEN_INTEGER,
  TOKEN_IS,
  TOKEN_NATIONAL_STRING,
  TOKEN_NOT,
  TOKEN_NULL,
  TOKEN_ORDER,
  TOKEN_PARAMETER,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_PARTITION,
  TOKEN_ROLLUP,
  TOKEN_SEMICOLON,
  TOKEN_STRING,
  TOKEN_USER_VARIABLE,
} from "./grammar.ts";
import type { Tokens } from "./tokens.ts";

/** Numbers of columns in ORDER BY are kept up to this one. */
const COLUMN_NUMBER_MAX = 0xffffffff;
const BACK_QUOTE = 0x60;

/** The parenthesis depth of the list of ORDER BY, GROUP BY or PARTITION BY that is being read, -1 outside of one. */
const order = { depth: -1 };

/** Refills `digest` from the tokens of a text. */
export function digestTokens(digest: DigestTokens, tokens: Tokens): void {
  const { kinds, starts, ends } = tokens;
  startDigest(digest);
  order.depth = -1;
  let depth = 0;
  let hint = 0;
  const last = endOfStatements(tokens);
  for (let i = 0; i < last && !digest.isFull; i++) {
    while (hint < tokens.hintCount && tokens.hints[hint * 3 + 2] === i) addHint(digest, tokens, hint++);
    const kind = kinds[i]!;
    if (IS_LITERAL[kind] === 1) {
      addLiteral(digest, tokens, i, depth);
      i = addList(digest, kinds, i);
      continue;
    }
    switch (kind) {
      case TOKEN_IDENT:
        addIdent(digest, tokens, starts[i]!, ends[i]!);
        continue;
      case TOKEN_PAREN_CLOSE:
        if (depth === order.depth) order.depth = -1;
        depth -= 1;
        addParenClose(digest, starts[i]!, ends[i]!);
        continue;
      case TOKEN_PAREN_OPEN:
        depth += 1;
        if (isGroupingSet(kindBefore(digest, 1)) && kindBefore(digest, 2) === TOKEN_BY) order.depth = depth;
        break;
      case TOKEN_BY:
        if (isOrdering(kindBefore(digest, 1))) order.depth = depth;
        break;
      case TOKEN_NULL:
        if (!isNullValue(digest, kinds[0]!)) break;
        addValue(digest, false);
        i = addList(digest, kinds, i);
        continue;
      case TOKEN_PARAMETER:
        addValue(digest, false);
        i = addList(digest, kinds, i);
        continue;
      case TOKEN_USER_VARIABLE:
        addVariable(digest, tokens, starts[i]!, ends[i]!);
        continue;
      case TOKEN_AT_SIGN:
        addToken(digest, kind, starts[i]!, ends[i]!);
        addValue(digest, false);
        continue;
      case TOKEN_AT_AT:
        addToken(digest, TOKEN_AT_SIGN, starts[i]!, starts[i]! + 1);
        addToken(digest, TOKEN_AT_SIGN, starts[i]! + 1, ends[i]!);
        continue;
      case TOKEN_CHARSET_MARK:
        addToken(digest, DIGEST_CHARSET, starts[i]!, ends[i]!);
        continue;
    }
    if (ENDS_ORDER[kind] === 1 && depth === order.depth) order.depth = -1;
    addToken(digest, kind, starts[i]!, ends[i]!);
  }
}

/** Semicolons at the end of a text are no part of its digest. */
function endOfStatements(tokens: Tokens): number {
  let last = tokens.count;
  while (last > 0 && tokens.kinds[last - 1] === TOKEN_SEMICOLON) last -= 1;
  return last;
}

/** GROUP BY ROLLUP (1, 2) has its list in parentheses. */
function isGroupingSet(kind: number): boolean {
  return kind === TOKEN_ROLLUP || kind === TOKEN_CUBE;
}

function isOrdering(kind: number): boolean {
  return kind === TOKEN_ORDER || kind === TOKEN_GROUP || kind === TOKEN_PARTITION;
}

function addLiteral(digest: DigestTokens, tokens: Tokens, i: number, depth: number): void {
  const { kinds, starts, ends } = tokens;
  if (kinds[i] === TOKEN_INTEGER && depth === order.depth && isWholeItem(digest, kinds[i + 1]!)) {
    let start = starts[i]!;
    while (start < ends[i]! - 1 && tokens.bytes[start] === 0x30) start += 1;
    const number = numberOf(tokens.bytes, start, ends[i]!);
    if (number > 0 && number <= COLUMN_NUMBER_MAX) {
      addName(digest, DIGEST_NUMBER, start, ends[i]!, ends[i]! - start);
      return;
    }
  }
  // Signs belong to numbers only.
  addValue(digest, kinds[i] !== TOKEN_STRING && kinds[i] !== TOKEN_NATIONAL_STRING);
}

/** Makes one list of the value at `i` and those that follow, each behind a comma. Returns the last that is in it. */
function addList(digest: DigestTokens, kinds: Uint16Array, i: number): number {
  if (!isValueBehind(kinds, i) || !makeList(digest)) return i;
  let last = i + 2;
  while (isValueBehind(kinds, last)) last += 2;
  return last;
}

function isValueBehind(kinds: Uint16Array, i: number): boolean {
  return kinds[i + 1] === TOKEN_COMMA && IS_VALUE[kinds[i + 2]!] === 1;
}

/** Whether a number that comes now is all of an item of ORDER BY or GROUP BY. After a value it makes a list with it first. */
function isWholeItem(digest: DigestTokens, next: number): boolean {
  const before = kindBefore(digest, 1);
  const beforeComma = kindBefore(digest, 2);
  if (before === TOKEN_COMMA && (beforeComma === DIGEST_VALUE || beforeComma === DIGEST_VALUES)) return false;
  return (
    (before === TOKEN_BY || before === TOKEN_COMMA || before === TOKEN_PAREN_OPEN) && CONTINUES_EXPRESSION[next] === 0
  );
}

function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let position = start; position < end; position++) number = number * 10 + bytes[position]! - 0x30;
  return number;
}

/** NULL is a value but for IS [NOT] NULL and, where columns are defined, what follows a type or NOT. */
function isNullValue(digest: DigestTokens, first: number): boolean {
  const before = kindBefore(digest, 1);
  if (BEFORE_NULL_VALUE[before] === 0) return false;
  if (before !== TOKEN_NOT) return true;
  return kindBefore(digest, 2) !== TOKEN_IS && first !== TOKEN_CREATE && first !== TOKEN_ALTER;
}

/** A name; its length is that of what is in the quotes, doubled ones counted once. */
function addIdent(digest: DigestTokens, tokens: Tokens, start: number, end: number): void {
  const { bytes } = tokens;
  const quote = bytes[start];
  if (quote !== BACK_QUOTE && quote !== 0x22) {
    addName(digest, TOKEN_IDENT, start, end, end - start);
    return;
  }
  let length = end - start - 2;
  for (let position = start + 1; position < end - 1; position++) {
    if (bytes[position] !== quote) continue;
    position += 1;
    length -= 1;
  }
  addName(digest, TOKEN_IDENT, start, end, length);
}

/** `@name` is a sign and a value, @`name` a sign and a name. */
function addVariable(digest: DigestTokens, tokens: Tokens, start: number, end: number): void {
  addToken(digest, TOKEN_AT_SIGN, start, start + 1);
  if (tokens.bytes[start + 1] === BACK_QUOTE) addIdent(digest, tokens, start + 1, end);
  else addValue(digest, false);
}
