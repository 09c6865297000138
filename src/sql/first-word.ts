/** What the first word of a statement says: its kind, and the effects that every such statement has. */
import {
  EFFECT_CALL,
  EFFECT_HANDLER,
  EFFECT_PREPARE,
  EFFECT_SET,
  EFFECT_TABLE_LOCK,
  EFFECT_TRANSACTION,
  EFFECT_UNKNOWN,
  EFFECT_USE,
  EFFECT_XA,
} from "./effects.ts";
import { KEYWORD_ID_END, type Keyword, keywordId } from "./keyword.ts";
import type { StatementKind } from "./kind.ts";

const FIRST_WORDS: readonly (readonly [word: Keyword, kind: StatementKind, effects: number])[] = [
  ["select", "SELECT", 0],
  ["table", "SELECT", 0],
  ["values", "SELECT", 0],
  ["with", "SELECT", 0],
  ["insert", "INSERT", 0],
  ["update", "UPDATE", 0],
  ["delete", "DELETE", 0],
  ["replace", "REPLACE", 0],
  ["call", "CALL", EFFECT_CALL],
  ["do", "DO", 0],
  ["load", "LOAD", 0],
  ["import", "IMPORT", 0],
  ["handler", "HANDLER", EFFECT_HANDLER],

  ["begin", "BEGIN", EFFECT_TRANSACTION],
  ["commit", "COMMIT", EFFECT_TRANSACTION],
  ["rollback", "ROLLBACK", EFFECT_TRANSACTION],
  ["savepoint", "SAVEPOINT", EFFECT_TRANSACTION],
  ["release", "RELEASE", EFFECT_TRANSACTION],
  ["xa", "XA", EFFECT_XA | EFFECT_TRANSACTION],
  ["lock", "LOCK", EFFECT_TABLE_LOCK],
  ["unlock", "UNLOCK", EFFECT_TABLE_LOCK],

  ["set", "SET", EFFECT_SET],
  ["use", "USE", EFFECT_USE],
  ["prepare", "PREPARE", EFFECT_PREPARE],
  ["execute", "EXECUTE", EFFECT_PREPARE],
  ["deallocate", "DEALLOCATE", EFFECT_PREPARE],

  ["show", "SHOW", 0],
  ["explain", "EXPLAIN", 0],
  ["describe", "EXPLAIN", 0],
  ["desc", "EXPLAIN", 0],
  ["help", "HELP", 0],
  ["get", "GET", 0],
  ["checksum", "CHECKSUM", 0],

  ["create", "CREATE", 0],
  ["alter", "ALTER", 0],
  ["drop", "DROP", 0],
  ["truncate", "TRUNCATE", 0],
  ["rename", "RENAME", 0],
  ["grant", "GRANT", 0],
  ["revoke", "REVOKE", 0],

  ["analyze", "ANALYZE", 0],
  ["backup", "BACKUP", EFFECT_TABLE_LOCK],
  ["binlog", "BINLOG", 0],
  ["cache", "CACHE", 0],
  ["change", "CHANGE", 0],
  ["check", "CHECK", 0],
  ["clone", "CLONE", 0],
  ["flush", "FLUSH", 0],
  ["install", "INSTALL", 0],
  ["kill", "KILL", 0],
  ["optimize", "OPTIMIZE", 0],
  ["purge", "PURGE", 0],
  ["repair", "REPAIR", 0],
  ["reset", "RESET", 0],
  ["resignal", "RESIGNAL", 0],
  ["restart", "RESTART", 0],
  ["shutdown", "SHUTDOWN", 0],
  ["signal", "SIGNAL", 0],
  ["start", "START", 0],
  ["stop", "STOP", 0],
  ["uninstall", "UNINSTALL", 0],

  // MariaDB runs compound statements outside of routines.
  ["case", "OTHER", EFFECT_CALL],
  ["declare", "OTHER", EFFECT_CALL],
  ["for", "OTHER", EFFECT_CALL],
  ["if", "OTHER", EFFECT_CALL],
  ["loop", "OTHER", EFFECT_CALL],
  ["repeat", "OTHER", EFFECT_CALL],
  ["while", "OTHER", EFFECT_CALL],
];

/** The kind of a statement by the id of its first keyword. */
export const KIND_BY_FIRST_WORD: readonly StatementKind[] = kindTable();

/** The effects of a statement by the id of its first keyword. */
export const EFFECTS_BY_FIRST_WORD: Int32Array = effectTable();

function kindTable(): StatementKind[] {
  const kinds = new Array<StatementKind>(KEYWORD_ID_END).fill("OTHER");
  for (const [word, kind] of FIRST_WORDS) kinds[keywordId(word)] = kind;
  return kinds;
}

function effectTable(): Int32Array {
  const effects = new Int32Array(KEYWORD_ID_END).fill(EFFECT_UNKNOWN);
  for (const [word, , effect] of FIRST_WORDS) effects[keywordId(word)] = effect;
  return effects;
}
