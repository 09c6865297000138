/**
 * What a text's statements do, read from their parse. Places are numbers of tokens; the tokens of the text have the bytes
 * (names.ts), so that facts of one text are those of every text with the same digest and as many tokens.
 */
import { type FactList, newFactList } from "./fact-list.ts";
import { FAILURE_NONE } from "./tree.ts";

// What a statement does with a table: the privileges that a server asks for.
export const ACTION_SELECT = 1 << 0;
export const ACTION_INSERT = 1 << 1;
export const ACTION_UPDATE = 1 << 2;
export const ACTION_DELETE = 1 << 3;
export const ACTION_CREATE = 1 << 4;
export const ACTION_DROP = 1 << 5;
export const ACTION_ALTER = 1 << 6;
export const ACTION_INDEX = 1 << 7;
export const ACTION_CREATE_VIEW = 1 << 8;
export const ACTION_TRIGGER = 1 << 9;
export const ACTION_REFERENCES = 1 << 10;
export const ACTION_LOCK_TABLES = 1 << 11;
/** SHOW and DESCRIBE: any privilege will do. */
export const ACTION_SHOW = 1 << 12;
/** Named where no privilege of its own is asked for: FLUSH TABLES t, GRANT ... ON t, CACHE INDEX t. */
export const ACTION_NAME = 1 << 13;
/** CREATE TEMPORARY TABLE: the privilege is one of the schema. */
export const ACTION_CREATE_TEMPORARY = 1 << 14;

/** The names of ACTION_*, by bit. */
export const ACTION_NAMES: readonly string[] = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "DROP",
  "ALTER",
  "INDEX",
  "CREATE VIEW",
  "TRIGGER",
  "REFERENCES",
  "LOCK TABLES",
  "SHOW",
  "NAME",
  "CREATE TEMPORARY TABLES",
];

/** Not there, or not known. */
export const NONE = -1;

/** One mention of a table or view. */
export interface TableFact {
  /** Tokens; NONE where the statement says none. */
  schema: number;
  name: number;
  alias: number;
  /** For the reader: what the name that columns call it by begins with (names.ts). */
  key: number;
  /** ACTION_* bits. */
  actions: number;
  /** The tokens of schema and name. */
  first: number;
  end: number;
  /** The number of the query block that reads it; 0 is the statement itself. */
  block: number;
  /** The name is that of a common table expression: no table is meant. */
  isCommonTable: boolean;
  /** The table of the same block that comes before it, NONE for the first. */
  previous: number;
}

/** One mention of a column. */
export interface ColumnFact {
  /** The token of the column's own name, the last of [first, end). */
  name: number;
  first: number;
  end: number;
  /** The number of its table; NONE where the text alone does not tell. */
  table: number;
  block: number;
  isAssigned: boolean;
  /** In GROUP BY, HAVING or ORDER BY: an item of the select list has that name, and may be meant. */
  isAlias: boolean;
}

// What a column is compared by.
export const OPERATOR_EQUALS = 0;
export const OPERATOR_NULL_SAFE_EQUALS = 1;
export const OPERATOR_IN = 2;
export const OPERATOR_BETWEEN = 3;
/** Less, greater, not equal; the token between column and value tells. */
export const OPERATOR_OTHER = 4;

// Where a comparison stands.
export const CLAUSE_NONE = 0;
export const CLAUSE_WHERE = 1;
export const CLAUSE_ON = 2;
export const CLAUSE_HAVING = 3;

/** `column = value`, `column IN (values)`, `column BETWEEN value AND value`. */
export interface ComparisonFact {
  /** The number of the column. */
  column: number;
  operator: number;
  /** The tokens of the value, or of the list without its parentheses. */
  first: number;
  end: number;
  /** Literals and parameters only. */
  isConstant: boolean;
  /** CLAUSE_* of the clause that holds for no row without it; CLAUSE_NONE where OR, NOT or a function stand in between. */
  requiredIn: number;
  block: number;
  /** For the reader: the next of those that hold together with it. */
  next: number;
}

// What is called.
export const CALL_BUILT_IN = 0;
export const CALL_AGGREGATE = 1;
/** A stored or loadable function, or a procedure: it may do anything. */
export const CALL_UNKNOWN = 2;

/** One call. */
export interface CallFact {
  schema: number;
  name: number;
  first: number;
  end: number;
  kind: number;
  block: number;
}

// Which kind of variable.
export const VARIABLE_USER = 0;
export const VARIABLE_SYSTEM = 1;

// The scope that a system variable is named with.
export const SCOPE_NONE = 0;
export const SCOPE_SESSION = 1;
export const SCOPE_GLOBAL = 2;
export const SCOPE_PERSIST = 3;

/** One mention of a variable. SET NAMES, SET CHARACTER SET and SET TRANSACTION are mentions of a variable of that name. */
export interface VariableFact {
  kind: number;
  scope: number;
  name: number;
  isAssigned: boolean;
  /** The tokens of the value where it is assigned, else NONE. */
  first: number;
  end: number;
  /** The value is a literal, a word such as ON, or DEFAULT. */
  isLiteral: boolean;
}

/** One query block; the first stands for the statement itself. */
export interface BlockFact {
  /** The number of the block around it, NONE for the first. */
  parent: number;
  first: number;
  end: number;
  /** How many tables and derived tables it reads. */
  sources: number;
  /** The number of its last table. */
  lastTable: number;
  isDistinct: boolean;
  isGrouped: boolean;
  hasAggregate: boolean;
}

/** An item of ORDER BY or GROUP BY. */
export interface OrderFact {
  block: number;
  isGroup: boolean;
  isDescending: boolean;
  first: number;
  end: number;
}

/** LIMIT. */
export interface LimitFact {
  /** The block after which, or around which, it stands. */
  block: number;
  first: number;
  end: number;
  /** Tokens; NONE where there is none. */
  count: number;
  offset: number;
}

export interface Facts {
  /** FAILURE_* of the first statement that was not understood. */
  failure: number;
  /** The token where that was. */
  failedAt: number;
  /** There were more than FACTS_MAX of one sort: what is here is true, but not all. */
  isTruncated: boolean;
  statements: number;
  /** EFFECT_* bits. */
  effects: number;
  /** SELECT ... INTO OUTFILE or DUMPFILE: a file on the server. */
  writesFile: boolean;
  tables: FactList<TableFact>;
  columns: FactList<ColumnFact>;
  comparisons: FactList<ComparisonFact>;
  calls: FactList<CallFact>;
  variables: FactList<VariableFact>;
  blocks: FactList<BlockFact>;
  orders: FactList<OrderFact>;
  limits: FactList<LimitFact>;
  /** Tokens of the columns that INSERT or REPLACE names; none where it names none. */
  insertColumns: FactList<{ name: number }>;
  /** The tokens of INSERT's rows, from the first parenthesis to behind the last; NONE where there are none. */
  rowsFirst: number;
  rowsEnd: number;
  rows: number;
}

/** Facts of nothing. */
export function newFacts(): Facts {
  return {
    failure: FAILURE_NONE,
    failedAt: NONE,
    isTruncated: false,
    statements: 0,
    effects: 0,
    writesFile: false,
    tables: newFactList(),
    columns: newFactList(),
    comparisons: newFactList(),
    calls: newFactList(),
    variables: newFactList(),
    blocks: newFactList(),
    orders: newFactList(),
    limits: newFactList(),
    insertColumns: newFactList(),
    rowsFirst: NONE,
    rowsEnd: NONE,
    rows: 0,
  };
}

/** Forgets everything but the objects. */
export function clearFacts(facts: Facts): void {
  facts.failure = FAILURE_NONE;
  facts.failedAt = NONE;
  facts.isTruncated = false;
  facts.statements = 0;
  facts.effects = 0;
  facts.writesFile = false;
  facts.tables.count = 0;
  facts.columns.count = 0;
  facts.comparisons.count = 0;
  facts.calls.count = 0;
  facts.variables.count = 0;
  facts.blocks.count = 0;
  facts.orders.count = 0;
  facts.limits.count = 0;
  facts.insertColumns.count = 0;
  facts.rowsFirst = NONE;
  facts.rowsEnd = NONE;
  facts.rows = 0;
}

/** A copy that is kept, without objects that wait. */
export function copyFacts(facts: Facts): Facts {
  return {
    ...facts,
    tables: copyList(facts.tables),
    columns: copyList(facts.columns),
    comparisons: copyList(facts.comparisons),
    calls: copyList(facts.calls),
    variables: copyList(facts.variables),
    blocks: copyList(facts.blocks),
    orders: copyList(facts.orders),
    limits: copyList(facts.limits),
    insertColumns: copyList(facts.insertColumns),
  };
}

/** How many numbers there are in it, about. */
export function weightOfFacts(facts: Facts): number {
  const { tables, columns, comparisons, calls, variables, blocks, orders, limits, insertColumns } = facts;
  const some = tables.count + columns.count + comparisons.count + calls.count + variables.count + blocks.count;
  return (some + orders.count + limits.count + insertColumns.count) * 8;
}

function copyList<T extends object>(list: FactList<T>): FactList<T> {
  return { items: list.items.slice(0, list.count).map((item) => ({ ...item })), count: list.count };
}
