/** ORDER BY, GROUP BY and LIMIT of queries. */
import { blockBefore, blocks, openBlockOf } from "./fact-blocks.ts";
import { findAliases, moveColumns } from "./fact-columns.ts";
import { takeFact } from "./fact-list.ts";
import { type Facts, type LimitFact, NONE, type OrderFact } from "./facts.ts";
import {
  TOKEN_ASC,
  TOKEN_COMMA,
  TOKEN_DESC,
  TOKEN_LIMIT,
  TOKEN_OFFSET,
  TOKEN_OFFSET_CLAUSE,
  TOKEN_ROWS,
} from "./grammar.ts";
import type { Tokens } from "./tokens.ts";

const PENDING_MAX = 1024;

/** Items of lists that are still open; those of windows and of functions are never kept. */
const pending = {
  count: 0,
  firsts: new Int32Array(PENDING_MAX),
  ends: new Int32Array(PENDING_MAX),
  isDescending: new Uint8Array(PENDING_MAX),
};

/** Begins a statement. */
export function startOrders(): void {
  pending.count = 0;
}

/** Adds an item of a list of ORDER BY or GROUP BY. */
export function addOrderItem(_facts: Facts, tokens: Tokens, first: number, end: number): void {
  dropFrom(first);
  if (pending.count === PENDING_MAX) pending.count = 0;
  const i = pending.count;
  const last = tokens.kinds[end - 1];
  const hasDirection = last === TOKEN_DESC || last === TOKEN_ASC;
  pending.firsts[i] = first;
  pending.ends[i] = hasDirection ? end - 1 : end;
  pending.isDescending[i] = last === TOKEN_DESC ? 1 : 0;
  pending.count = i + 1;
}

/** GROUP BY. */
export function addGroups(facts: Facts, tokens: Tokens, first: number): void {
  openBlockOf(facts).isGrouped = true;
  findAliases(facts, tokens, first);
  keepOrders(facts, true, first, blocks.open);
}

/** ORDER BY of a query, which stands behind it. */
export function addQueryOrder(facts: Facts, tokens: Tokens, first: number, end: number): void {
  blocks.ordered = blockBefore(facts, tokens.kinds, first);
  blocks.orderEnd = end;
  moveColumns(facts, tokens, first, blocks.ordered);
  keepOrders(facts, false, first, blocks.ordered);
}

/** ORDER BY of an UPDATE or DELETE. */
export function addRowOrder(facts: Facts, _tokens: Tokens, first: number): void {
  keepOrders(facts, false, first, blocks.open);
}

/** LIMIT of a query. */
export function addQueryLimit(facts: Facts, tokens: Tokens, first: number, end: number): void {
  addLimit(facts, tokens, first, end, blockBefore(facts, tokens.kinds, first));
}

/** LIMIT of an UPDATE or DELETE. */
export function addRowLimit(facts: Facts, tokens: Tokens, first: number, end: number): void {
  addLimit(facts, tokens, first, end, blocks.open);
}

/** Keeps the items from the token `first` on as those of the order or the groups of `block`. */
function keepOrders(facts: Facts, isGroup: boolean, first: number, block: number): void {
  const { count } = pending;
  dropFrom(first);
  for (let i = pending.count; i < count; i++) {
    const order = takeFact(facts.orders, newOrder);
    if (order === null) {
      facts.isTruncated = true;
      return;
    }
    order.block = block;
    order.isGroup = isGroup;
    order.isDescending = pending.isDescending[i] === 1;
    order.first = pending.firsts[i]!;
    order.end = pending.ends[i]!;
  }
}

/** Forgets the items that begin with the token `first` or behind it. */
function dropFrom(first: number): void {
  while (pending.count > 0 && pending.firsts[pending.count - 1]! >= first) pending.count -= 1;
}

/** Adds the LIMIT of `block`, or what MariaDB has instead. */
function addLimit(facts: Facts, tokens: Tokens, first: number, end: number, block: number): void {
  const limit = takeFact(facts.limits, newLimit);
  if (limit === null) {
    facts.isTruncated = true;
    return;
  }
  const { kinds } = tokens;
  limit.block = block;
  limit.first = first;
  limit.end = end;
  limit.count = NONE;
  limit.offset = NONE;
  if (kinds[first] === TOKEN_LIMIT && kinds[first + 1] !== TOKEN_ROWS) {
    const isOffsetFirst = first + 3 < end && kinds[first + 2] === TOKEN_COMMA;
    const hasOffset =
      first + 3 < end && (kinds[first + 2] === TOKEN_OFFSET || kinds[first + 2] === TOKEN_OFFSET_CLAUSE);
    limit.count = isOffsetFirst ? first + 3 : first + 1;
    if (isOffsetFirst) limit.offset = first + 1;
    else if (hasOffset) limit.offset = first + 3;
  } else if (kinds[first] === TOKEN_OFFSET_CLAUSE) {
    limit.offset = first + 1;
    if (end > first + 6) limit.count = first + 5; // OFFSET n ROWS FETCH FIRST n ROWS ONLY
  } else if (end > first + 4) {
    limit.count = first + 2; // FETCH FIRST n ROWS ONLY
  }
}

function newOrder(): OrderFact {
  return { block: NONE, isGroup: false, isDescending: false, first: NONE, end: NONE };
}

function newLimit(): LimitFact {
  return { block: NONE, first: NONE, end: NONE, count: NONE, offset: NONE };
}
