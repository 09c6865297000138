/**
 * Comparisons of a column with values, and whether a row that a clause lets through fulfils them: those that only AND and
 * parentheses connect with the whole clause.
 */
import { blocks } from "./fact-blocks.ts";
import { columnAt, findAliases } from "./fact-columns.ts";
import { takeFact } from "./fact-list.ts";
import {
  CLAUSE_HAVING,
  CLAUSE_NONE,
  CLAUSE_ON,
  CLAUSE_WHERE,
  type ComparisonFact,
  type Facts,
  NONE,
  OPERATOR_BETWEEN,
  OPERATOR_EQUALS,
  OPERATOR_IN,
  OPERATOR_NULL_SAFE_EQUALS,
  OPERATOR_OTHER,
} from "./facts.ts";
import * as t from "./grammar.ts";
import type { Tokens } from "./tokens.ts";
import { isConstant } from "./values.ts";

/** More expressions than these, side by side and not yet joined, are forgotten: nothing is then certain of them. */
const CERTAIN_MAX = 1024;

/**
 * Expressions of which something is certain: their tokens, and the first and last of the comparisons that hold wherever they
 * do, which are linked. A stack, in the order of the text; what lies inside of a later one is taken off.
 */
const certain = {
  count: 0,
  firsts: new Int32Array(CERTAIN_MAX),
  ends: new Int32Array(CERTAIN_MAX),
  heads: new Int32Array(CERTAIN_MAX),
  tails: new Int32Array(CERTAIN_MAX),
};

/** Where an expression begins and ends with the parentheses around it. */
const outer = { first: 0, end: 0 };

/** Begins a statement. */
export function startComparisons(): void {
  certain.count = 0;
}

/** Adds what a comparison says about a column, on whichever side it stands. */
export function addComparison(facts: Facts, tokens: Tokens, first: number, end: number, node: number): void {
  const { kinds } = tokens;
  // In `a = 1 = 2` the left side is no column but `a = 1`.
  const left = isBegunBy(first) ? NONE : columnAt(facts, first);
  const leftEnd = left === NONE ? NONE : facts.columns.items[left]!.end;
  let fact = NONE;
  if (leftEnd !== NONE && leftEnd < end) {
    const operator = operatorOf(node, kinds[leftEnd]!);
    if (operator === OPERATOR_IN) fact = add(facts, tokens, left, operator, leftEnd + 2, end - 1);
    else if (operator !== NONE) fact = add(facts, tokens, left, operator, leftEnd + 1, end);
  }
  const isMirrorable = node !== t.NODE_IN && node !== t.NODE_BETWEEN;
  if (fact === NONE && isMirrorable && !isBegunBy(first)) fact = addMirrored(facts, tokens, node, first, end);
  push(first, end, fact, fact);
}

/** Whether an expression that was noted begins with the token `first`; those that begin behind it are looked at once and dropped. */
function isBegunBy(first: number): boolean {
  dropFrom(first + 1);
  return certain.count > 0 && certain.firsts[certain.count - 1] === first;
}

/** `value = column`: the column is what the comparison ends with. */
function addMirrored(facts: Facts, tokens: Tokens, node: number, first: number, end: number): number {
  const { items, count } = facts.columns;
  const column = items[count - 1];
  if (column === undefined || column.end !== end || column.first <= first + 1) return NONE;
  const operator = operatorOf(node, tokens.kinds[column.first - 1]!);
  return operator === NONE ? NONE : add(facts, tokens, count - 1, operator, first, column.first - 1);
}

function operatorOf(node: number, token: number): number {
  switch (node) {
    case t.NODE_EQUALS:
      return token === t.TOKEN_EQUALS ? OPERATOR_EQUALS : NONE;
    case t.NODE_NULL_SAFE_EQUALS:
      return token === t.TOKEN_NULL_SAFE_EQUALS ? OPERATOR_NULL_SAFE_EQUALS : NONE;
    case t.NODE_IN:
      return token === t.TOKEN_IN ? OPERATOR_IN : NONE;
    case t.NODE_BETWEEN:
      return token === t.TOKEN_BETWEEN ? OPERATOR_BETWEEN : NONE;
    default:
      return token >= t.TOKEN_NOT_EQUALS && token <= t.TOKEN_AT_LEAST ? OPERATOR_OTHER : NONE;
  }
}

function add(facts: Facts, tokens: Tokens, column: number, operator: number, first: number, end: number): number {
  const comparison = takeFact(facts.comparisons, newComparison);
  if (comparison === null) {
    facts.isTruncated = true;
    return NONE;
  }
  comparison.column = column;
  comparison.operator = operator;
  comparison.first = first;
  comparison.end = end;
  comparison.isConstant = isConstant(tokens, first, end);
  comparison.requiredIn = CLAUSE_NONE;
  comparison.block = blocks.open;
  comparison.next = NONE;
  return facts.comparisons.count - 1;
}

/** Notes an expression that says nothing certain: an OR, a NOT. */
export function addOpaque(_facts: Facts, _tokens: Tokens, first: number, end: number): void {
  push(first, end, NONE, NONE);
}

/** An AND: what is certain of one of its sides is certain of it. */
export function joinByAnd(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const { kinds } = tokens;
  let head = NONE;
  let tail = NONE;
  let i = certain.count - 1;
  if (i >= 0 && certain.firsts[i]! > first) {
    findOuter(kinds, i, first, end);
    if (outer.end === end && isAnd(kinds[outer.first - 1]!)) {
      head = certain.heads[i]!;
      tail = certain.tails[i]!;
      i -= 1;
    }
  }
  for (; i >= 0 && certain.firsts[i]! >= first; i--) {
    findOuter(kinds, i, first, end);
    if (outer.first !== first || !isAnd(kinds[outer.end]!)) continue;
    const leftTail = certain.tails[i]!;
    if (leftTail === NONE) break;
    facts.comparisons.items[leftTail]!.next = head;
    head = certain.heads[i]!;
    if (tail === NONE) tail = leftTail;
    break;
  }
  push(first, end, head, tail);
}

/** WHERE. */
export function requireInWhere(facts: Facts, tokens: Tokens, first: number, end: number): void {
  requireIn(facts, tokens, CLAUSE_WHERE, first + 1, end);
}

/** ON. */
export function requireInOn(facts: Facts, tokens: Tokens, first: number, end: number): void {
  requireIn(facts, tokens, CLAUSE_ON, first + 1, end);
}

/** HAVING. */
export function requireInHaving(facts: Facts, tokens: Tokens, first: number, end: number): void {
  findAliases(facts, tokens, first);
  requireIn(facts, tokens, CLAUSE_HAVING, first + 1, end);
}

/** A clause whose expression is the tokens [first, end) lets only rows through for which that holds. */
function requireIn(facts: Facts, tokens: Tokens, clause: number, first: number, end: number): void {
  const top = certain.count - 1;
  if (top >= 0 && certain.firsts[top]! >= first) {
    findOuter(tokens.kinds, top, first, end);
    if (outer.first === first && outer.end === end) {
      for (let i = certain.heads[top]!; i !== NONE; i = facts.comparisons.items[i]!.next) {
        facts.comparisons.items[i]!.requiredIn = clause;
      }
    }
  }
  dropFrom(first);
}

/** Forgets the expressions that begin with the token `first` or behind it. */
function dropFrom(first: number): void {
  while (certain.count > 0 && certain.firsts[certain.count - 1]! >= first) certain.count -= 1;
}

function push(first: number, end: number, head: number, tail: number): void {
  dropFrom(first);
  if (certain.count === CERTAIN_MAX) certain.count = 0;
  const i = certain.count;
  certain.firsts[i] = first;
  certain.ends[i] = end;
  certain.heads[i] = head;
  certain.tails[i] = tail;
  certain.count = i + 1;
}

/** Sets `outer` to expression `i` with its parentheses, as far as they lie in [first, end). */
function findOuter(kinds: Uint16Array, i: number, first: number, end: number): void {
  let from = certain.firsts[i]!;
  let to = certain.ends[i]!;
  while (from > first && to < end && kinds[from - 1] === t.TOKEN_PAREN_OPEN && kinds[to] === t.TOKEN_PAREN_CLOSE) {
    from -= 1;
    to += 1;
  }
  outer.first = from;
  outer.end = to;
}

function isAnd(kind: number): boolean {
  return kind === t.TOKEN_AND || kind === t.TOKEN_AND_AND;
}

function newComparison(): ComparisonFact {
  return {
    column: NONE,
    operator: 0,
    first: NONE,
    end: NONE,
    isConstant: false,
    requiredIn: CLAUSE_NONE,
    block: NONE,
    next: NONE,
  };
}
