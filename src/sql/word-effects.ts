/** What words inside of a statement say about its effects. Each is judged by the word before it and the kind at most. */
import {
  EFFECT_CALC_FOUND_ROWS,
  EFFECT_CALL,
  EFFECT_CONNECTION_ID,
  EFFECT_DIAGNOSTICS,
  EFFECT_FOUND_ROWS,
  EFFECT_LAST_INSERT_ID,
  EFFECT_LIMIT,
  EFFECT_LOCKING_READ,
  EFFECT_NAMED_LOCK,
  EFFECT_OFFSET,
  EFFECT_ROW_COUNT,
  EFFECT_SEQUENCE,
  EFFECT_SET_TRANSACTION,
  EFFECT_TABLE_LOCK,
  EFFECT_TEMPORARY_TABLE,
} from "./effects.ts";
import { KEYWORD_ID_END, type Keyword, keywordId } from "./keyword.ts";
import type { StatementKind } from "./kind.ts";

const BEGIN = keywordId("begin");
const DIAGNOSTICS = keywordId("diagnostics");
const ERRORS = keywordId("errors");
const EXPORT = keywordId("export");
const FOR = keywordId("for");
const IN = keywordId("in");
const LIMIT = keywordId("limit");
const LOCK = keywordId("lock");
const NEXT = keywordId("next");
const NOT = keywordId("not");
const OFFSET = keywordId("offset");
const PREVIOUS = keywordId("previous");
const READ = keywordId("read");
const RETURNING = keywordId("returning");
const SHARE = keywordId("share");
const SQL_CALC_FOUND_ROWS = keywordId("sql_calc_found_rows");
const TEMPORARY = keywordId("temporary");
const UPDATE = keywordId("update");
const VALUE = keywordId("value");
const WARNINGS = keywordId("warnings");

/** The effects of a keyword that follows the keyword `previous` (0 for anything else) in a statement of `kind`. */
export function effectsOfWord(keyword: number, previous: number, kind: StatementKind): number {
  switch (keyword) {
    case UPDATE:
      return previous === FOR ? EFFECT_LOCKING_READ : 0;
    case SHARE:
      return previous === FOR || previous === IN ? EFFECT_LOCKING_READ : 0;
    case LOCK:
      return previous === READ ? EFFECT_TABLE_LOCK : 0;
    case RETURNING:
      // An answer with rows has no room for the id.
      return kind === "INSERT" || kind === "REPLACE" ? EFFECT_LAST_INSERT_ID : 0;
    case LIMIT:
      return EFFECT_LIMIT;
    case OFFSET:
      return EFFECT_OFFSET;
    case EXPORT:
      return previous === FOR ? EFFECT_TABLE_LOCK : 0;
    case SQL_CALC_FOUND_ROWS:
      return EFFECT_CALC_FOUND_ROWS;
    case TEMPORARY:
      return kind === "CREATE" || kind === "DROP" ? EFFECT_TEMPORARY_TABLE : 0;
    case DIAGNOSTICS:
      return EFFECT_DIAGNOSTICS;
    case WARNINGS:
    case ERRORS:
      return kind === "SHOW" ? EFFECT_DIAGNOSTICS : 0;
    case VALUE:
      return previous === NEXT || previous === PREVIOUS ? EFFECT_SEQUENCE : 0;
    case NOT:
      return previous === BEGIN ? EFFECT_CALL : 0; // MariaDB's BEGIN NOT ATOMIC
    default:
      return 0;
  }
}

/** The effects of calling a function, by the id of its name: a `(` must follow. */
export const EFFECTS_BY_FUNCTION: Int32Array = effectTable([
  ["get_lock", EFFECT_NAMED_LOCK],
  ["release_lock", EFFECT_NAMED_LOCK],
  ["release_all_locks", EFFECT_NAMED_LOCK],
  ["service_get_read_locks", EFFECT_NAMED_LOCK],
  ["service_get_write_locks", EFFECT_NAMED_LOCK],
  ["service_release_locks", EFFECT_NAMED_LOCK],
  ["last_insert_id", EFFECT_LAST_INSERT_ID],
  ["connection_id", EFFECT_CONNECTION_ID],
  ["found_rows", EFFECT_FOUND_ROWS],
  ["row_count", EFFECT_ROW_COUNT],
  ["nextval", EFFECT_SEQUENCE],
  ["lastval", EFFECT_SEQUENCE],
  ["setval", EFFECT_SEQUENCE],
]);

/** The effects of naming a system variable as `@@name` or `@@scope.name`, by the id of its name. */
export const EFFECTS_BY_VARIABLE: Int32Array = effectTable([
  ["last_insert_id", EFFECT_LAST_INSERT_ID],
  ["identity", EFFECT_LAST_INSERT_ID],
  ["last_gtid", EFFECT_LAST_INSERT_ID],
  ["warning_count", EFFECT_DIAGNOSTICS],
  ["error_count", EFFECT_DIAGNOSTICS],
  ["pseudo_thread_id", EFFECT_CONNECTION_ID],
]);

/** The effects of assigning to a system variable as `@@name`, without a scope: some then hold for one transaction only. */
export const EFFECTS_BY_UNSCOPED_VARIABLE: Int32Array = effectTable([
  ["transaction_isolation", EFFECT_SET_TRANSACTION],
  ["transaction_read_only", EFFECT_SET_TRANSACTION],
  ["tx_isolation", EFFECT_SET_TRANSACTION],
  ["tx_read_only", EFFECT_SET_TRANSACTION],
]);

function effectTable(rows: readonly (readonly [word: Keyword, effects: number])[]): Int32Array {
  const effects = new Int32Array(KEYWORD_ID_END);
  for (const [word, effect] of rows) effects[keywordId(word)] = effect;
  return effects;
}
