/** Tables: what statements name, what they do with it, and which names are those of common table expressions. */
import { blocks, openBlockOf } from "./fact-blocks.ts";
import { type FactList, newFactList, takeFact } from "./fact-list.ts";
import { ACTION_SELECT, type Facts, NONE, type TableFact } from "./facts.ts";
import { TOKEN_DOT, TOKEN_RECURSIVE } from "./grammar.ts";
import { isSameFoldedName, isSameName, nameKey } from "./names.ts";
import type { Tokens } from "./tokens.ts";

/** A common table expression: its name, where its text ends, and where a statement may use it. */
interface CommonTable {
  name: number;
  end: number;
  /** The end of the query that it belongs to, NONE until that is known. */
  scopeEnd: number;
  isRecursive: boolean;
}

/** A derived table, which has no name but its alias. */
interface DerivedTable {
  alias: number;
  block: number;
}

const COMMON_TABLES_MAX = 256;
const DERIVED_TABLES_MAX = 256;

/** One for all: reading is not re-entrant. */
export const tables = {
  /** The number of the statement's first table. */
  start: 0,
  /** The first tokens of the last names of tables, the last and the one before it. */
  last: NONE,
  before: NONE,
  lastAlias: NONE,
  common: newFactList() as FactList<CommonTable>,
  derived: newFactList() as FactList<DerivedTable>,
};

/** Begins a statement. */
export function startTables(facts: Facts): void {
  tables.start = facts.tables.count;
  tables.last = NONE;
  tables.before = NONE;
  tables.lastAlias = NONE;
  tables.common.count = 0;
  tables.derived.count = 0;
}

/** Takes back the tables behind the token `first`; what was done with those before it was done behind it. */
export function forgetTables(facts: Facts, first: number): void {
  const { items } = facts.tables;
  while (facts.tables.count > tables.start && items[facts.tables.count - 1]!.first >= first) facts.tables.count -= 1;
  for (let i = tables.start; i < facts.tables.count; i++) items[i]!.actions = 0;
  const block = openBlockOf(facts);
  while (block.lastTable >= facts.tables.count) block.lastTable = items[block.lastTable]!.previous;
  block.sources = 0;
  tables.common.count = 0;
  tables.derived.count = 0;
}

/** Notes the name of a table, which a node behind it says more about. */
export function noteTableName(_facts: Facts, _tokens: Tokens, first: number): void {
  tables.before = tables.last;
  tables.last = first;
}

/** Notes an alias; it belongs to the table right before it, or to a node that ends with it. */
export function noteAlias(facts: Facts, tokens: Tokens, first: number, end: number): void {
  tables.lastAlias = end - 1;
  const last = facts.tables.items[facts.tables.count - 1];
  if (last !== undefined && facts.tables.count > tables.start && last.end === first) nameTable(last, tokens, end - 1);
}

/** Adds the table whose name begins with the token `first`. */
export function addTable(facts: Facts, tokens: Tokens, first: number, actions: number): TableFact | null {
  const table = takeFact(facts.tables, newTable);
  if (table === null) {
    facts.isTruncated = true;
    return null;
  }
  const { kinds } = tokens;
  const start = kinds[first] === TOKEN_DOT ? first + 1 : first;
  const hasSchema = start === first && kinds[first + 1] === TOKEN_DOT;
  table.first = first;
  table.schema = hasSchema ? first : NONE;
  table.name = hasSchema ? first + 2 : start;
  table.end = table.name + 1;
  table.alias = NONE;
  table.key = nameKey(tokens, table.name);
  table.actions = actions;
  table.block = blocks.open;
  table.isCommonTable = false;
  const block = openBlockOf(facts);
  table.previous = block.lastTable;
  block.lastTable = facts.tables.count - 1;
  return table;
}

/** Adds a table that a query reads; its node goes from its name to behind its alias and index hints. */
export function addSource(facts: Facts, tokens: Tokens, first: number, end: number): void {
  const table = addTable(facts, tokens, first, ACTION_SELECT);
  openBlockOf(facts).sources += 1;
  if (table !== null && tables.lastAlias >= table.end && tables.lastAlias < end)
    nameTable(table, tokens, tables.lastAlias);
}

/** Gives the table an alias, whose name is the token `alias`. */
export function nameTable(table: TableFact, tokens: Tokens, alias: number): void {
  table.alias = alias;
  table.key = nameKey(tokens, alias);
}

/** Adds a derived table whose node has the alias that was noted last. */
export function addDerived(facts: Facts): void {
  openBlockOf(facts).sources += 1;
  const derived = takeFact(tables.derived, newDerivedTable, DERIVED_TABLES_MAX);
  if (derived === null) {
    facts.isTruncated = true;
    return;
  }
  derived.alias = tables.lastAlias;
  derived.block = blocks.open;
}

/** Gives the statement's tables that have no action yet, the ones that it is about, `actions`. */
export function actOnTargets(facts: Facts, actions: number): void {
  const { items, count } = facts.tables;
  for (let i = count - 1; i >= tables.start; i--) if (items[i]!.actions === 0) items[i]!.actions = actions;
}

/** Adds a common table expression, whose node goes from its name to the end of its query. */
export function addCommonTable(facts: Facts, _tokens: Tokens, first: number, end: number): void {
  const common = takeFact(tables.common, newCommonTable, COMMON_TABLES_MAX);
  if (common === null) {
    facts.isTruncated = true;
    return;
  }
  common.name = first;
  common.end = end;
  common.scopeEnd = NONE;
  common.isRecursive = false;
}

/** Ends the scope of the common table expressions of a statement or query that begins with WITH. */
export function endScope(_facts: Facts, tokens: Tokens, first: number, end: number): void {
  const isRecursive = tokens.kinds[first + 1] === TOKEN_RECURSIVE;
  const { items, count } = tables.common;
  for (let i = count - 1; i >= 0 && items[i]!.name >= first; i--) {
    const common = items[i]!;
    if (common.scopeEnd !== NONE) continue;
    common.scopeEnd = end;
    common.isRecursive = isRecursive;
  }
}

/** Marks the statement's tables that are common table expressions. To MySQL the case of their names counts. */
export function findCommonTables(facts: Facts, tokens: Tokens): void {
  if (tables.common.count === 0) return;
  for (let i = tables.start; i < facts.tables.count; i++) {
    const table = facts.tables.items[i]!;
    if (table.schema !== NONE || (table.actions & ~ACTION_SELECT) !== 0) continue;
    if (!isCommonTable(tokens, table.name)) continue;
    table.isCommonTable = true;
    table.actions = 0;
  }
}

/** A recursive one is seen in itself, and by MariaDB in those before it; any other only by what stands behind it. */
function isCommonTable(tokens: Tokens, name: number): boolean {
  const { isMariaDb } = tokens;
  for (let i = 0; i < tables.common.count; i++) {
    const common = tables.common.items[i]!;
    const from = common.isRecursive ? (isMariaDb ? 0 : common.name) : common.end;
    if (name < from || (common.scopeEnd !== NONE && name >= common.scopeEnd)) continue;
    if (isMariaDb ? isSameFoldedName(tokens, common.name, name) : isSameName(tokens, common.name, name)) return true;
  }
  return false;
}

function newCommonTable(): CommonTable {
  return { name: NONE, end: NONE, scopeEnd: NONE, isRecursive: false };
}

function newDerivedTable(): DerivedTable {
  return { alias: NONE, block: NONE };
}

function newTable(): TableFact {
  return {
    schema: NONE,
    name: NONE,
    alias: NONE,
    key: 0,
    actions: 0,
    first: NONE,
    end: NONE,
    block: NONE,
    isCommonTable: false,
    previous: NONE,
  };
}
