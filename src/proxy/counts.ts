/** What ROW_COUNT() and FOUND_ROWS() of a session say, as far as the answers to its statements tell. */
import { COUNT_MAX, type Counts, UNKNOWN_COUNT } from "../backend/counts.ts";
import {
  COM_INIT_DB,
  COM_PING,
  COM_PROCESS_INFO,
  COM_QUERY,
  COM_STATISTICS,
  COM_STMT_EXECUTE,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
} from "../mysql/commands.ts";
import type { ResponseTracker } from "../mysql/response-tracker.ts";
import {
  EFFECT_CALC_FOUND_ROWS,
  EFFECT_CALL,
  EFFECT_FOUND_ROWS,
  EFFECT_MULTI,
  EFFECT_OFFSET,
  EFFECT_ROW_COUNT,
} from "../sql/effects.ts";
import { textOf } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";

/** Those of a session that has just logged in. */
export function newCounts(): Counts {
  return { rowCount: 0, foundRows: 0 };
}

/** Takes the answer to the command in hand into account. */
export function countAnswer(
  counts: Counts,
  command: number,
  statement: Statement,
  tracker: ResponseTracker,
  isMariadb: boolean,
): void {
  switch (command) {
    case COM_STMT_PREPARE:
      if (tracker.errorCode !== 0) counts.rowCount = -1;
      return;
    case COM_STATISTICS:
    case COM_PROCESS_INFO:
      return;
    case COM_QUERY:
    case COM_STMT_EXECUTE:
    case COM_INIT_DB:
      counts.rowCount = rowCountAfter(statement, tracker);
      counts.foundRows = foundRowsAfter(counts.foundRows, statement, tracker, isMariadb);
      return;
    case COM_PING:
    case COM_STMT_RESET:
      counts.rowCount = 0;
      return;
    default:
      counts.rowCount = UNKNOWN_COUNT;
      counts.foundRows = UNKNOWN_COUNT;
  }
}

function rowCountAfter({ effects }: Statement, tracker: ResponseTracker): number {
  if (tracker.errorCode !== 0) return -1;
  if ((effects & EFFECT_CALL) !== 0) return UNKNOWN_COUNT;
  return tracker.hasRows ? -1 : tracker.affectedRows;
}

/** An offset counts rows that were not sent, and what becomes of the count behind other statements depends on the server. */
const EFFECTS_HIDE_FOUND_ROWS = EFFECT_CALC_FOUND_ROWS | EFFECT_CALL | EFFECT_OFFSET | EFFECT_MULTI;

function foundRowsAfter(before: number, statement: Statement, tracker: ResponseTracker, isMariadb: boolean): number {
  const { kind, effects } = statement;
  if (tracker.errorCode !== 0 || (effects & EFFECTS_HIDE_FOUND_ROWS) !== 0) return UNKNOWN_COUNT;
  if (kind === "SELECT") return tracker.hasRows && !tracker.isCursorWanted ? tracker.rows : UNKNOWN_COUNT;
  if (kind === "DO" && !/\bselect\b/i.test(textOf(statement))) return isMariadb ? before : 1;
  return keepsFoundRows(kind) ? before : UNKNOWN_COUNT;
}

/** True for statements that leave FOUND_ROWS() as it is, on every server. */
export function keepsFoundRows(kind: Statement["kind"]): boolean {
  switch (kind) {
    case "BEGIN":
    case "COMMIT":
    case "ROLLBACK":
    case "SAVEPOINT":
    case "RELEASE":
    case "SET":
    case "USE":
    case "DELETE":
      return true;
    default:
      return false;
  }
}

/** What a connection has to be told before a statement with `effects`; null when it asks for a count that cannot be told. */
export function countsToTell({ rowCount, foundRows }: Counts, effects: number): Counts | null {
  const told = {
    rowCount: (effects & EFFECT_ROW_COUNT) !== 0 ? rowCount : -1,
    foundRows: (effects & EFFECT_FOUND_ROWS) !== 0 ? foundRows : 0,
  };
  return isTellable(told.rowCount) && isTellable(told.foundRows) ? told : null;
}

function isTellable(count: number): boolean {
  return count !== UNKNOWN_COUNT && count <= COUNT_MAX;
}
