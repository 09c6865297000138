/**
 * Statements that define tables, look at them or look after them, and what they do with them: a table's actions are the
 * privileges that the servers ask for.
 */
import { actOnTargets, addTable, nameTable, tables } from "./fact-tables.ts";
import {
  ACTION_ALTER,
  ACTION_CREATE,
  ACTION_CREATE_TEMPORARY,
  ACTION_CREATE_VIEW,
  ACTION_DELETE,
  ACTION_DROP,
  ACTION_INDEX,
  ACTION_INSERT,
  ACTION_LOCK_TABLES,
  ACTION_NAME,
  ACTION_REFERENCES,
  ACTION_SELECT,
  ACTION_SHOW,
  ACTION_TRIGGER,
  ACTION_UPDATE,
  type Facts,
} from "./facts.ts";
import { TOKEN_ALTER, TOKEN_CACHE, TOKEN_CHECK, TOKEN_CHECKSUM, TOKEN_LOAD } from "./grammar.ts";
import type { Tokens } from "./tokens.ts";

/** What was seen in the statement and matters at its end. One for all: reading is not re-entrant. */
const seen = {
  hasOrReplace: false,
  hasSource: false,
  isRenamed: false,
  isExchanged: false,
  isTemporary: false,
};

const EXCHANGE_ACTIONS = ACTION_ALTER | ACTION_DROP | ACTION_CREATE | ACTION_INSERT;

/** Begins a statement. */
export function startDefinitions(): void {
  seen.hasOrReplace = false;
  seen.hasSource = false;
  seen.isRenamed = false;
  seen.isExchanged = false;
  seen.isTemporary = false;
}

/** CREATE OR REPLACE. */
export function noteOrReplace(): void {
  seen.hasOrReplace = true;
}

/** CREATE TEMPORARY, DROP TEMPORARY. */
export function noteTemporary(): void {
  seen.isTemporary = true;
}

/** CREATE TABLE ... SELECT. */
export function noteSource(): void {
  seen.hasSource = true;
}

/** CREATE TABLE. */
export function onCreateTable(facts: Facts): void {
  const actions = ACTION_CREATE | (seen.hasSource ? ACTION_INSERT : 0) | (seen.hasOrReplace ? ACTION_DROP : 0);
  actOnTargets(facts, seen.isTemporary ? ACTION_CREATE_TEMPORARY : actions);
}

/** CREATE TABLE ... LIKE. */
export function onLikeTable(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.last, ACTION_SELECT);
}

/** UNION = (t1, t2), the tables that a MERGE table puts together. */
export function onUnionTable(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.last, ACTION_SELECT | ACTION_UPDATE | ACTION_DELETE);
}

/** REFERENCES of a foreign key. */
export function onReferences(facts: Facts, tokens: Tokens, first: number): void {
  addTable(facts, tokens, first + 1, ACTION_REFERENCES);
}

/** ALTER TABLE ... RENAME TO. */
export function onRenameTo(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.last, ACTION_CREATE | ACTION_INSERT);
  seen.isRenamed = true;
}

/** RENAME TABLE t1 TO t2. */
export function onRename(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.before, ACTION_ALTER | ACTION_DROP);
  addTable(facts, tokens, tables.last, ACTION_CREATE | ACTION_INSERT);
}

/** ALTER TABLE ... EXCHANGE PARTITION. */
export function onExchange(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.last, EXCHANGE_ACTIONS);
  seen.isExchanged = true;
}

/** ALTER TABLE. */
export function onAlterTable(facts: Facts): void {
  actOnTargets(facts, ACTION_ALTER | (seen.isRenamed ? ACTION_DROP : 0) | (seen.isExchanged ? EXCHANGE_ACTIONS : 0));
}

/** DROP TABLE. Who has a temporary table may drop it. */
export function onDropTable(facts: Facts): void {
  actOnTargets(facts, seen.isTemporary ? ACTION_NAME : ACTION_DROP);
}

/** DROP VIEW, TRUNCATE. */
export function onDrop(facts: Facts): void {
  actOnTargets(facts, ACTION_DROP);
}

/** CREATE INDEX, DROP INDEX. */
export function onIndex(facts: Facts): void {
  actOnTargets(facts, ACTION_INDEX);
}

/** CREATE TRIGGER. */
export function onTrigger(facts: Facts): void {
  actOnTargets(facts, ACTION_TRIGGER);
}

/** CREATE VIEW, ALTER VIEW. */
export function onCreateView(facts: Facts, tokens: Tokens, first: number): void {
  const isReplaced = seen.hasOrReplace || tokens.kinds[first] === TOKEN_ALTER;
  actOnTargets(facts, ACTION_CREATE_VIEW | (isReplaced ? ACTION_DROP : 0));
}

/** ANALYZE, OPTIMIZE, REPAIR, CHECK, CHECKSUM, CACHE INDEX, LOAD INDEX. */
export function onMaintain(facts: Facts, tokens: Tokens, first: number): void {
  actOnTargets(facts, maintainActions(tokens.kinds[first]!));
}

function maintainActions(verb: number): number {
  switch (verb) {
    case TOKEN_CHECK:
    case TOKEN_CHECKSUM:
      return ACTION_SELECT;
    case TOKEN_CACHE:
    case TOKEN_LOAD:
      return ACTION_INDEX;
    default:
      return ACTION_SELECT | ACTION_INSERT;
  }
}

/** HANDLER ... OPEN. */
export function onHandler(facts: Facts): void {
  actOnTargets(facts, ACTION_SELECT);
}

/** SHOW and DESCRIBE of a table. */
export function onShow(facts: Facts): void {
  actOnTargets(facts, ACTION_SHOW);
}

/** FLUSH TABLES t. */
export function onFlush(facts: Facts): void {
  actOnTargets(facts, ACTION_NAME);
}

/** SHOW COLUMNS FROM t FROM s. */
export function onSchema(facts: Facts, _tokens: Tokens, first: number): void {
  const table = facts.tables.items[facts.tables.count - 1];
  if (facts.tables.count > tables.start && table !== undefined && table.actions === 0) table.schema = first + 1;
}

/** NEXT VALUE FOR s and the like. */
export function onSequence(facts: Facts, tokens: Tokens): void {
  addTable(facts, tokens, tables.last, ACTION_SELECT | ACTION_INSERT);
}

/** A table of LOCK TABLES. */
export function onLockTable(facts: Facts, tokens: Tokens, first: number): void {
  const table = addTable(facts, tokens, first, ACTION_LOCK_TABLES | ACTION_SELECT);
  if (table !== null && tables.lastAlias >= table.end) nameTable(table, tokens, tables.lastAlias);
}
