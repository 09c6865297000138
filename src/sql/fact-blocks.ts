/** Query blocks: which is open while a statement's nodes go by. The first block of a statement stands for itself. */
import { takeFact } from "./fact-list.ts";
import { type BlockFact, type Facts, NONE } from "./facts.ts";
import {
  TOKEN_ALL,
  TOKEN_DISTINCT,
  TOKEN_EXCEPT,
  TOKEN_INTERSECT,
  TOKEN_PAREN_CLOSE,
  TOKEN_PAREN_OPEN,
  TOKEN_UNION,
} from "./grammar.ts";
import { STACK_MAX } from "./parser.ts";

/** One for all: reading is not re-entrant. */
export const blocks = {
  /** The number of the innermost open block. */
  open: NONE,
  /** The number of the block that was closed last. */
  last: NONE,
  /** How many parentheses around that block are closed before the token `scanned`. */
  closed: 0,
  scanned: 0,
  /** The token behind the last ORDER BY of a query, and the block that it is about. */
  orderEnd: NONE,
  ordered: NONE,
  depth: 0,
  /** For each open block the number of the first column read in it. */
  columnStarts: new Int32Array(STACK_MAX + 1),
};

function newBlock(): BlockFact {
  return {
    parent: NONE,
    first: 0,
    end: 0,
    sources: 0,
    lastTable: NONE,
    isDistinct: false,
    isGrouped: false,
    hasAggregate: false,
  };
}

/** Opens the block that stands for a statement. */
export function startBlocks(facts: Facts, first: number): void {
  blocks.open = NONE;
  blocks.depth = 0;
  openBlock(facts, first);
  blocks.last = blocks.open;
  blocks.orderEnd = NONE;
}

/** Opens a block inside of the open one. */
export function openBlock(facts: Facts, first: number): void {
  const block = takeFact(facts.blocks, newBlock);
  if (block === null) {
    facts.isTruncated = true;
    return;
  }
  blocks.columnStarts[blocks.depth] = facts.columns.count;
  blocks.depth += 1;
  block.parent = blocks.open;
  block.first = first;
  block.end = first;
  block.sources = 0;
  block.lastTable = NONE;
  block.isDistinct = false;
  block.isGrouped = false;
  block.hasAggregate = false;
  blocks.open = facts.blocks.count - 1;
}

/** Closes the open block, whose tokens are [first, end). Returns the number of the first column that was read in it. */
export function closeBlock(facts: Facts, first: number, end: number): number {
  const block = facts.blocks.items[blocks.open]!;
  block.first = first;
  block.end = end;
  blocks.depth -= 1;
  blocks.last = blocks.open;
  blocks.closed = 0;
  blocks.scanned = end;
  blocks.open = block.parent;
  return blocks.columnStarts[blocks.depth]!;
}

/** The number of the block that an ORDER BY or LIMIT at the token `at` is about; behind a UNION it is the one around. */
export function blockBefore(facts: Facts, kinds: Uint16Array, at: number): number {
  if (at === blocks.orderEnd) return blocks.ordered;
  if (blocks.last === blocks.open) return blocks.open;
  countClosed(kinds, at);
  const before = facts.blocks.items[blocks.last]!.first - blocks.closed - 1;
  return before >= 0 && isSetOperator(kinds[before]!) ? blocks.open : blocks.last;
}

function countClosed(kinds: Uint16Array, at: number): void {
  let depth = 0;
  for (; blocks.scanned < at; blocks.scanned++) {
    const kind = kinds[blocks.scanned];
    if (kind === TOKEN_PAREN_OPEN) depth += 1;
    else if (kind === TOKEN_PAREN_CLOSE && depth > 0) depth -= 1;
    else if (kind === TOKEN_PAREN_CLOSE) blocks.closed += 1;
  }
}

function isSetOperator(kind: number): boolean {
  switch (kind) {
    case TOKEN_UNION:
    case TOKEN_EXCEPT:
    case TOKEN_INTERSECT:
    case TOKEN_ALL:
    case TOKEN_DISTINCT:
      return true;
    default:
      return false;
  }
}

/** Takes back the blocks behind the token `first`; all of them are closed. */
export function forgetBlocks(facts: Facts, first: number): void {
  const { items } = facts.blocks;
  while (facts.blocks.count > blocks.open + 1 && items[facts.blocks.count - 1]!.first >= first) facts.blocks.count -= 1;
  blocks.last = blocks.open;
}

/** The open block. */
export function openBlockOf(facts: Facts): BlockFact {
  return facts.blocks.items[blocks.open]!;
}
