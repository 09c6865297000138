/**
 * Statements that change rows, and what they do with their tables: a table's actions are the privileges that the servers
 * ask for.
 */
import { blocks, openBlockOf } from "./fact-blocks.ts";
import { tableOf } from "./fact-columns.ts";
import { type FactList, newFactList, takeFact } from "./fact-list.ts";
import { actOnTargets, addTable, endScope, findCommonTables, tables } from "./fact-tables.ts";
import {
  ACTION_DELETE,
  ACTION_INSERT,
  ACTION_SELECT,
  ACTION_UPDATE,
  type ColumnFact,
  type Facts,
  NONE,
} from "./facts.ts";
import { TOKEN_DOT, TOKEN_IDENT, TOKEN_WITH } from "./grammar.ts";
import { isSameFoldedName } from "./names.ts";
import type { Tokens } from "./tokens.ts";

/** What was seen in the statement and matters at its end. One for all: reading is not re-entrant. */
const seen = {
  hasDuplicateKey: false,
  hasLoadReplace: false,
  hasReturning: false,
  /** DELETE t1, t2 FROM ...: the names of the tables to delete from. */
  deleted: newFactList() as FactList<{ first: number }>,
};

/** Begins a statement. */
export function startChanges(): void {
  seen.hasDuplicateKey = false;
  seen.hasLoadReplace = false;
  seen.hasReturning = false;
  seen.deleted.count = 0;
}

/** The table that a statement is about; its actions come with the statement's own node. */
export function addTarget(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.last, 0);
}

/** ON DUPLICATE KEY UPDATE. */
export function noteDuplicateKey(): void {
  seen.hasDuplicateKey = true;
}

/** LOAD DATA ... REPLACE. */
export function noteLoadReplace(): void {
  seen.hasLoadReplace = true;
}

/** MariaDB's RETURNING. */
export function noteReturning(): void {
  seen.hasReturning = true;
}

/** INSERT. MariaDB wants to read a table whose rows may be updated or are returned, MySQL where a column is read. */
export function onInsert(facts: Facts, tokens: Tokens): void {
  const isRead = tokens.isMariaDb ? seen.hasDuplicateKey || seen.hasReturning : readsColumns(facts, tokens);
  actOnTargets(facts, ACTION_INSERT | (seen.hasDuplicateKey ? ACTION_UPDATE : 0) | (isRead ? ACTION_SELECT : 0));
}

/** REPLACE. */
export function onReplace(facts: Facts): void {
  actOnTargets(facts, ACTION_INSERT | ACTION_DELETE | (seen.hasReturning ? ACTION_SELECT : 0));
}

/** LOAD DATA, LOAD XML. */
export function onLoad(facts: Facts): void {
  actOnTargets(facts, ACTION_INSERT | (seen.hasLoadReplace ? ACTION_DELETE : 0));
}

/**
 * UPDATE: the tables whose columns are assigned are updated, and read only where a column of them is; all others are read.
 * Where the text does not tell which table a column is of, any may be meant.
 */
export function onUpdate(facts: Facts, tokens: Tokens, first: number, end: number): void {
  endCommonTables(facts, tokens, first, end);
  const { items, count } = facts.columns;
  const block = openBlockOf(facts);
  setActions(facts, block.lastTable, 0, 0);
  for (let i = count - 1; i >= 0 && items[i]!.first >= block.first; i--) markColumn(facts, tokens, items[i]!);
  setActions(facts, block.lastTable, ACTION_UPDATE, ACTION_SELECT);
}

/** Gives the tables of the block whose actions lack `unless` the actions `actions`. */
function setActions(facts: Facts, lastTable: number, unless: number, actions: number): void {
  for (let i = lastTable; i !== NONE; i = facts.tables.items[i]!.previous) {
    const table = facts.tables.items[i]!;
    if (!table.isCommonTable && (table.actions & unless) === 0) table.actions = actions;
  }
}

function markColumn(facts: Facts, tokens: Tokens, column: ColumnFact): void {
  const { open } = blocks;
  if (column.block !== open && column.table !== NONE) return;
  const table = tableOf(facts, tokens, column, open);
  const actions = column.isAssigned ? ACTION_UPDATE : ACTION_SELECT;
  if (table !== NONE) {
    facts.tables.items[table]!.actions |= actions;
    return;
  }
  if (column.end > column.first + 1) return; // of a derived table
  for (let i = openBlockOf(facts).lastTable; i !== NONE; i = facts.tables.items[i]!.previous) {
    const any = facts.tables.items[i]!;
    if (!any.isCommonTable) any.actions |= actions | ACTION_SELECT;
  }
}

/** DELETE from one table. */
export function onDelete(facts: Facts, tokens: Tokens, first: number, end: number): void {
  endCommonTables(facts, tokens, first, end);
  actOnTargets(facts, ACTION_DELETE | (readsColumns(facts, tokens) ? ACTION_SELECT : 0));
}

/** A table that is named before FROM, or after it with USING. */
export function noteDeleted(facts: Facts): void {
  const target = takeFact(seen.deleted, newDeleted);
  if (target === null) facts.isTruncated = true;
  else target.first = tables.last;
}

/** DELETE from several tables: each that was named, by its alias or its name. */
export function onDeleteMany(facts: Facts, tokens: Tokens, first: number, end: number): void {
  endCommonTables(facts, tokens, first, end);
  for (let i = 0; i < seen.deleted.count; i++) deleteFrom(facts, tokens, seen.deleted.items[i]!.first);
}

function deleteFrom(facts: Facts, tokens: Tokens, first: number): void {
  const hasSchema = tokens.kinds[first + 1] === TOKEN_DOT && tokens.kinds[first + 2] === TOKEN_IDENT;
  const name = hasSchema ? first + 2 : first;
  let isFound = false;
  for (let i = openBlockOf(facts).lastTable; i !== NONE; i = facts.tables.items[i]!.previous) {
    const table = facts.tables.items[i]!;
    if (!isSameFoldedName(tokens, table.alias === NONE ? table.name : table.alias, name)) continue;
    if (hasSchema && table.schema !== NONE && !isSameFoldedName(tokens, table.schema, first)) continue;
    table.actions |= ACTION_DELETE;
    isFound = true;
  }
  if (!isFound) addTable(facts, tokens, first, ACTION_DELETE);
}

/** The common table expressions of WITH ... UPDATE and WITH ... DELETE are those of the whole statement. */
function endCommonTables(facts: Facts, tokens: Tokens, first: number, end: number): void {
  if (tokens.kinds[first] !== TOKEN_WITH) return;
  endScope(facts, tokens, first, end);
  findCommonTables(facts, tokens);
}

/** Whether the statement reads a column of the tables that it is about, in itself or in a query inside. */
function readsColumns(facts: Facts, tokens: Tokens): boolean {
  const { items, count } = facts.columns;
  const { open } = blocks;
  const { first } = openBlockOf(facts);
  for (let i = count - 1; i >= 0 && items[i]!.first >= first; i--) {
    const column = items[i]!;
    if (column.isAssigned) continue;
    if (column.block === open || (column.table === NONE && tableOf(facts, tokens, column, open) !== NONE)) return true;
  }
  return false;
}

function newDeleted(): { first: number } {
  return { first: NONE };
}
