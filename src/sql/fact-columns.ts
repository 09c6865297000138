/** Columns, and the tables that they belong to as far as the text tells. */
import { blocks, closeBlock } from "./fact-blocks.ts";
import { type FactList, newFactList, takeFact } from "./fact-list.ts";
import { tables } from "./fact-tables.ts";
import { type ColumnFact, type Facts, NONE } from "./facts.ts";
import { TOKEN_DOT } from "./grammar.ts";
import { isSameFoldedName, isSameName, nameKey } from "./names.ts";
import type { Tokens } from "./tokens.ts";

/** Another table than those of the text's names, or one of several: looking further out would not help. */
const UNKNOWN = -2;

/** The aliases of select lists. One for all: reading is not re-entrant. */
const aliases: FactList<{ name: number; block: number }> = newFactList();

/** Begins a statement. */
export function startColumns(): void {
  aliases.count = 0;
}

/** Adds a column. */
export function addColumn(facts: Facts, _tokens: Tokens, first: number, end: number): void {
  const column = takeFact(facts.columns, newColumn);
  if (column === null) {
    facts.isTruncated = true;
    return;
  }
  column.name = end - 1;
  column.first = first;
  column.end = end;
  column.table = NONE;
  column.block = blocks.open;
  column.isAssigned = false;
  column.isAlias = false;
}

/** Marks the column that begins with the token `first` as one that is assigned. */
export function markAssigned(facts: Facts, _tokens: Tokens, first: number): void {
  const column = columnAt(facts, first);
  if (column >= 0) facts.columns.items[column]!.isAssigned = true;
}

/** The number of the column that begins with the token `first`, NONE if none does. */
export function columnAt(facts: Facts, first: number): number {
  const { items, count } = facts.columns;
  let low = 0;
  let high = count - 1;
  // Columns are found in the order of the text.
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = items[middle]!.first;
    if (at === first) return middle;
    if (at < first) low = middle + 1;
    else high = middle - 1;
  }
  return NONE;
}

/** Notes the alias of an item of the open block's select list. */
export function noteSelectAlias(facts: Facts, _tokens: Tokens, _first: number, end: number): void {
  const alias = takeFact(aliases, newAlias);
  if (alias === null) {
    facts.isTruncated = true;
    return;
  }
  alias.name = end - 1;
  alias.block = blocks.open;
}

/** GROUP BY or HAVING of the open block: its columns from the token `first` on may be items of the select list. */
export function findAliases(facts: Facts, tokens: Tokens, first: number): void {
  const { items, count } = facts.columns;
  for (let i = count - 1; i >= 0 && items[i]!.first >= first; i--) {
    const column = items[i]!;
    if (column.block === blocks.open && isSelectAlias(tokens, column)) markAlias(column);
  }
}

/** ORDER BY behind `block`: its columns from the token `first` on are those of the block. */
export function moveColumns(facts: Facts, tokens: Tokens, first: number, block: number): void {
  const { items, count } = facts.columns;
  for (let i = count - 1; i >= 0 && items[i]!.first >= first; i--) {
    const column = items[i]!;
    if (column.block !== blocks.open) continue;
    column.block = block;
    // Behind a UNION there are only the names of the result.
    if (block === blocks.open || isSelectAlias(tokens, column)) markAlias(column);
    else column.table = findTable(facts, tokens, column, block);
  }
}

function markAlias(column: ColumnFact): void {
  column.isAlias = true;
  column.table = UNKNOWN;
}

function isSelectAlias(tokens: Tokens, column: ColumnFact): boolean {
  if (column.end !== column.first + 1) return false;
  for (let i = aliases.count - 1; i >= 0; i--) {
    const { name, block } = aliases.items[i]!;
    if (block === column.block && isSameFoldedName(tokens, name, column.name)) return true;
  }
  return false;
}

/** Closes the open block, whose tokens are [first, end), and finds the tables of its columns; those of blocks around it are left to them. */
export function closeColumns(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const block = blocks.open;
  const start = closeBlock(facts, first, end);
  for (let i = start; i < facts.columns.count; i++) {
    const column = facts.columns.items[i]!;
    if (column.table === NONE) column.table = findTable(facts, tokens, column, block);
  }
  if (blocks.open !== NONE) return;
  for (let i = start; i < facts.columns.count; i++) {
    const column = facts.columns.items[i]!;
    if (column.table === UNKNOWN) column.table = NONE;
  }
}

/** The number of the table of `block` that the column belongs to, NONE where the text alone does not tell. */
export function tableOf(facts: Facts, tokens: Tokens, column: ColumnFact, block: number): number {
  return Math.max(NONE, findTable(facts, tokens, column, block));
}

function findTable(facts: Facts, tokens: Tokens, column: ColumnFact, block: number): number {
  if (column.end === column.first + 1) return onlyTableOf(facts, block);
  const qualifier = column.end - 3; // schema . table . column, or table . column, or . table . column
  const schema = qualifier > column.first && tokens.kinds[column.first] !== TOKEN_DOT ? column.first : NONE;
  const key = nameKey(tokens, qualifier);
  let folded = NONE;
  for (let i = facts.blocks.items[block]!.lastTable; i !== NONE; i = facts.tables.items[i]!.previous) {
    const table = facts.tables.items[i]!;
    const name = table.alias === NONE ? table.name : table.alias;
    if (table.key !== key) continue;
    const isSame = isSameName(tokens, name, qualifier);
    if (!isSame && !isSameFoldedName(tokens, name, qualifier)) continue;
    if (schema !== NONE && table.schema !== NONE && !isSameFoldedName(tokens, schema, table.schema)) continue;
    if (isSame) return i;
    folded = i;
  }
  if (folded !== NONE) return folded;
  for (let i = 0; i < tables.derived.count; i++) {
    const derived = tables.derived.items[i]!;
    if (derived.block === block && isSameFoldedName(tokens, derived.alias, qualifier)) return UNKNOWN;
  }
  return NONE;
}

/** The only table of a block; UNKNOWN where it has several or derived ones, NONE where it has none. */
function onlyTableOf(facts: Facts, block: number): number {
  const { sources, lastTable } = facts.blocks.items[block]!;
  if (lastTable === NONE) return sources === 0 ? NONE : UNKNOWN;
  return sources <= 1 && facts.tables.items[lastTable]!.previous === NONE ? lastTable : UNKNOWN;
}

function newColumn(): ColumnFact {
  return { name: NONE, first: NONE, end: NONE, table: NONE, block: NONE, isAssigned: false, isAlias: false };
}

function newAlias(): { name: number; block: number } {
  return { name: NONE, block: NONE };
}
