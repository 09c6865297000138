/** What the first word of a statement says: its kind, and the effects that every such statement has. */
import {
  EFFECT_CALL,
  EFFECT_DIAGNOSTICS,
  EFFECT_HANDLER,
  EFFECT_PREPARE,
  EFFECT_SET,
  EFFECT_TABLE_LOCK,
  EFFECT_TRANSACTION,
  EFFECT_UNKNOWN,
  EFFECT_USE,
  EFFECT_XA,
} from "./effects.ts";
import * as t from "./grammar.ts";
import type { StatementKind } from "./kind.ts";

const FIRST_WORDS: readonly (readonly [first: number, kind: StatementKind, effects: number])[] = [
  [t.TOKEN_SELECT, "SELECT", 0],
  [t.TOKEN_TABLE, "SELECT", 0],
  [t.TOKEN_VALUES, "SELECT", 0],
  [t.TOKEN_WITH, "SELECT", 0],
  [t.TOKEN_INSERT, "INSERT", 0],
  [t.TOKEN_UPDATE, "UPDATE", 0],
  [t.TOKEN_DELETE, "DELETE", 0],
  [t.TOKEN_REPLACE, "REPLACE", 0],
  [t.TOKEN_CALL, "CALL", EFFECT_CALL],
  [t.TOKEN_DO, "DO", 0],
  [t.TOKEN_LOAD, "LOAD", 0],
  [t.TOKEN_IMPORT, "IMPORT", 0],
  [t.TOKEN_HANDLER, "HANDLER", EFFECT_HANDLER],

  [t.TOKEN_BEGIN, "BEGIN", EFFECT_TRANSACTION],
  [t.TOKEN_COMMIT, "COMMIT", EFFECT_TRANSACTION],
  [t.TOKEN_ROLLBACK, "ROLLBACK", EFFECT_TRANSACTION],
  [t.TOKEN_SAVEPOINT, "SAVEPOINT", EFFECT_TRANSACTION],
  [t.TOKEN_RELEASE, "RELEASE", EFFECT_TRANSACTION],
  [t.TOKEN_XA, "XA", EFFECT_XA | EFFECT_TRANSACTION],
  [t.TOKEN_LOCK, "LOCK", EFFECT_TABLE_LOCK],
  [t.TOKEN_UNLOCK, "UNLOCK", EFFECT_TABLE_LOCK],

  [t.TOKEN_SET, "SET", EFFECT_SET],
  [t.TOKEN_USE, "USE", EFFECT_USE],
  [t.TOKEN_PREPARE, "PREPARE", EFFECT_PREPARE],
  [t.TOKEN_EXECUTE, "EXECUTE", EFFECT_PREPARE],
  [t.TOKEN_DEALLOCATE, "DEALLOCATE", EFFECT_PREPARE],

  [t.TOKEN_SHOW, "SHOW", 0],
  [t.TOKEN_EXPLAIN, "EXPLAIN", 0],
  [t.TOKEN_DESCRIBE, "EXPLAIN", 0],
  [t.TOKEN_DESC, "EXPLAIN", 0],
  [t.TOKEN_HELP, "HELP", 0],
  [t.TOKEN_GET, "GET", 0],
  [t.TOKEN_CHECKSUM, "CHECKSUM", 0],

  [t.TOKEN_CREATE, "CREATE", 0],
  [t.TOKEN_ALTER, "ALTER", 0],
  [t.TOKEN_DROP, "DROP", 0],
  [t.TOKEN_TRUNCATE, "TRUNCATE", 0],
  [t.TOKEN_RENAME, "RENAME", 0],
  [t.TOKEN_GRANT, "GRANT", 0],
  [t.TOKEN_REVOKE, "REVOKE", 0],

  [t.TOKEN_ANALYZE, "ANALYZE", 0],
  [t.TOKEN_BACKUP, "BACKUP", EFFECT_TABLE_LOCK],
  [t.TOKEN_BINLOG, "BINLOG", 0],
  [t.TOKEN_CACHE, "CACHE", 0],
  [t.TOKEN_CHANGE, "CHANGE", 0],
  [t.TOKEN_CHECK, "CHECK", 0],
  [t.TOKEN_CLONE, "CLONE", 0],
  [t.TOKEN_FLUSH, "FLUSH", 0],
  [t.TOKEN_INSTALL, "INSTALL", 0],
  [t.TOKEN_KILL, "KILL", 0],
  [t.TOKEN_OPTIMIZE, "OPTIMIZE", 0],
  [t.TOKEN_PURGE, "PURGE", 0],
  [t.TOKEN_REPAIR, "REPAIR", 0],
  [t.TOKEN_RESET, "RESET", 0],
  [t.TOKEN_RESIGNAL, "RESIGNAL", EFFECT_DIAGNOSTICS],
  [t.TOKEN_RESTART, "RESTART", 0],
  [t.TOKEN_SHUTDOWN, "SHUTDOWN", 0],
  [t.TOKEN_SIGNAL, "SIGNAL", 0],
  [t.TOKEN_START, "START", 0],
  [t.TOKEN_STOP, "STOP", 0],
  [t.TOKEN_UNINSTALL, "UNINSTALL", 0],

  // MariaDB runs compound statements outside of routines.
  [t.TOKEN_CASE, "OTHER", EFFECT_CALL],
  [t.TOKEN_DECLARE, "OTHER", EFFECT_CALL],
  [t.TOKEN_FOR, "OTHER", EFFECT_CALL],
  [t.TOKEN_IF, "OTHER", EFFECT_CALL],
  [t.TOKEN_LOOP, "OTHER", EFFECT_CALL],
  [t.TOKEN_REPEAT, "OTHER", EFFECT_CALL],
  [t.TOKEN_WHILE, "OTHER", EFFECT_CALL],
];

/** The kind of a statement by its first token. */
export const KIND_BY_FIRST_TOKEN: readonly StatementKind[] = kindTable();

/** The effects of a statement by its first token. */
export const EFFECTS_BY_FIRST_TOKEN: Int32Array = effectTable();

function kindTable(): StatementKind[] {
  const kinds = new Array<StatementKind>(t.TERMINAL_COUNT).fill("OTHER");
  for (const [first, kind] of FIRST_WORDS) kinds[first] = kind;
  return kinds;
}

function effectTable(): Int32Array {
  const effects = new Int32Array(t.TERMINAL_COUNT).fill(EFFECT_UNKNOWN);
  for (const [first, , effect] of FIRST_WORDS) effects[first] = effect;
  return effects;
}
