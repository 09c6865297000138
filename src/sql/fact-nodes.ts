/** What each node of a parse says, by its number. A node that is not in the list says nothing. */
import { openBlock, openBlockOf } from "./fact-blocks.ts";
import { addAggregate, addBuiltIn, addNamedCall, addProcedure } from "./fact-calls.ts";
import * as changes from "./fact-changes.ts";
import { addColumn, closeColumns, markAssigned, noteSelectAlias } from "./fact-columns.ts";
import {
  addComparison,
  addOpaque,
  joinByAnd,
  requireInHaving,
  requireInOn,
  requireInWhere,
} from "./fact-comparisons.ts";
import * as definitions from "./fact-definitions.ts";
import { addGroups, addOrderItem, addQueryLimit, addQueryOrder, addRowLimit, addRowOrder } from "./fact-orders.ts";
import { addInsertColumn, addRow, forgetRows } from "./fact-rows.ts";
import { addCommonTable, addDerived, addSource, endScope, noteAlias, noteTableName } from "./fact-tables.ts";
import {
  addAssignment,
  addIntoVariable,
  addSetItem,
  addSetNames,
  addSetTransaction,
  addSystemVariable,
  addUserVariable,
} from "./fact-variables.ts";
import type { Facts } from "./facts.ts";
import * as t from "./grammar.ts";
import type { Tokens } from "./tokens.ts";

/** Takes in the node `node`, whose tokens are [first, end). */
type NodeReader = (facts: Facts, tokens: Tokens, first: number, end: number, node: number) => void;

const READERS: readonly (readonly [node: number, reader: NodeReader])[] = [
  [t.NODE_BLOCK_BEGIN, beginBlock],
  [t.NODE_BLOCK, closeColumns],
  [t.NODE_TABLE_BLOCK, onTableBlock],
  [t.NODE_VALUES_BLOCK, onValuesBlock],
  [t.NODE_DISTINCT, onDistinct],
  [t.NODE_SELECT_ALIAS, noteSelectAlias],
  [t.NODE_INTO_FILE, onFile],
  [t.NODE_COLUMN, addColumn],
  [t.NODE_STAR, addColumn],
  [t.NODE_TABLE_NAME, noteTableName],
  [t.NODE_ALIAS, noteAlias],
  [t.NODE_TABLE, addSource],
  [t.NODE_DERIVED, addDerived],
  [t.NODE_CTE, addCommonTable],
  [t.NODE_WITH, endScope],

  [t.NODE_EQUALS, addComparison],
  [t.NODE_NULL_SAFE_EQUALS, addComparison],
  [t.NODE_COMPARE, addComparison],
  [t.NODE_IN, addComparison],
  [t.NODE_BETWEEN, addComparison],
  [t.NODE_AND, joinByAnd],
  [t.NODE_OPAQUE, addOpaque],
  [t.NODE_WHERE, requireInWhere],
  [t.NODE_ON, requireInOn],
  [t.NODE_HAVING, requireInHaving],

  [t.NODE_GROUP, addGroups],
  [t.NODE_GROUP_ITEM, addOrderItem],
  [t.NODE_ORDER_ITEM, addOrderItem],
  [t.NODE_QUERY_ORDER, addQueryOrder],
  [t.NODE_ROW_ORDER, addRowOrder],
  [t.NODE_LIMIT, addQueryLimit],
  [t.NODE_ROW_LIMIT, addRowLimit],

  [t.NODE_CALL, addNamedCall],
  [t.NODE_PROCEDURE, addProcedure],
  [t.NODE_BUILTIN, addBuiltIn],
  [t.NODE_AGGREGATE, addAggregate],
  [t.NODE_USER_VARIABLE, addUserVariable],
  [t.NODE_INTO_VARIABLE, addIntoVariable],
  [t.NODE_ASSIGN, addAssignment],
  [t.NODE_SYSTEM_VARIABLE, addSystemVariable],
  [t.NODE_SET_ITEM, addSetItem],
  [t.NODE_SET_NAMES, addSetNames],
  [t.NODE_SET_CHARSET, addSetNames],
  [t.NODE_SET_TRANSACTION, addSetTransaction],

  [t.NODE_TARGET, changes.addTarget],
  [t.NODE_ASSIGNMENT, markAssigned],
  [t.NODE_INSERT_COLUMN, addInsertColumn],
  [t.NODE_ROW, addRow],
  [t.NODE_DUPLICATE_KEY, changes.noteDuplicateKey],
  [t.NODE_RETURNING, changes.noteReturning],
  [t.NODE_INSERT, changes.onInsert],
  [t.NODE_REPLACE, changes.onReplace],
  [t.NODE_LOAD_REPLACE, changes.noteLoadReplace],
  [t.NODE_LOAD, changes.onLoad],
  [t.NODE_UPDATE, changes.onUpdate],
  [t.NODE_DELETE, changes.onDelete],
  [t.NODE_DELETE_TARGET, changes.noteDeleted],
  [t.NODE_DELETE_MANY, changes.onDeleteMany],

  [t.NODE_OR_REPLACE, definitions.noteOrReplace],
  [t.NODE_TEMPORARY, definitions.noteTemporary],
  [t.NODE_TABLE_SOURCE, definitions.noteSource],
  [t.NODE_CREATE_TABLE, definitions.onCreateTable],
  [t.NODE_LIKE_TABLE, definitions.onLikeTable],
  [t.NODE_UNION_TABLE, definitions.onUnionTable],
  [t.NODE_REFERENCES, definitions.onReferences],
  [t.NODE_RENAME_TO, definitions.onRenameTo],
  [t.NODE_RENAME, definitions.onRename],
  [t.NODE_EXCHANGE, definitions.onExchange],
  [t.NODE_ALTER_TABLE, definitions.onAlterTable],
  [t.NODE_DROP_TABLE, definitions.onDropTable],
  [t.NODE_DROP_VIEW, definitions.onDrop],
  [t.NODE_TRUNCATE, definitions.onDrop],
  [t.NODE_CREATE_INDEX, definitions.onIndex],
  [t.NODE_DROP_INDEX, definitions.onIndex],
  [t.NODE_CREATE_TRIGGER, definitions.onTrigger],
  [t.NODE_CREATE_VIEW, definitions.onCreateView],
  [t.NODE_MAINTAIN, definitions.onMaintain],
  [t.NODE_HANDLER, definitions.onHandler],
  [t.NODE_SHOW_TABLE, definitions.onShow],
  [t.NODE_DESCRIBE, definitions.onShow],
  [t.NODE_FLUSH_TABLES, definitions.onFlush],
  [t.NODE_IN_SCHEMA, definitions.onSchema],
  [t.NODE_SEQUENCE, definitions.onSequence],
  [t.NODE_LOCK_TABLE, definitions.onLockTable],
];

/** By node; a call by number costs less than a long switch. */
export const NODE_READERS: readonly NodeReader[] = readersByNode();

function readersByNode(): NodeReader[] {
  const readers = new Array<NodeReader>(t.NODE_NAMES.split(" ").length).fill(ignore);
  for (const [node, reader] of READERS) readers[node] = reader;
  return readers;
}

function ignore(): void {}

function beginBlock(facts: Facts, _tokens: Tokens, first: number): void {
  openBlock(facts, first);
}

/** TABLE t. */
function onTableBlock(facts: Facts, tokens: Tokens, first: number, end: number): void {
  openBlock(facts, first);
  addSource(facts, tokens, first + 1, end);
  closeColumns(facts, tokens, first, end);
}

/** VALUES ROW(1), ROW(2). */
function onValuesBlock(facts: Facts, tokens: Tokens, first: number, end: number): void {
  openBlock(facts, first);
  closeColumns(facts, tokens, first, end);
  forgetRows(facts, first);
}

/** INTO OUTFILE, INTO DUMPFILE. */
function onFile(facts: Facts): void {
  facts.writesFile = true;
}

function onDistinct(facts: Facts): void {
  openBlockOf(facts).isDistinct = true;
}
