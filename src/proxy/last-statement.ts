/** What a session's last statement left on its connection for the next one to ask: counts, warnings, errors. */
import type { Connection } from "../backend/connection.ts";
import { isMariadb } from "../backend/endpoint.ts";
import { isUntouched } from "../backend/pool-line.ts";
import {
  COM_INIT_DB,
  COM_PING,
  COM_PROCESS_INFO,
  COM_QUERY,
  COM_STATISTICS,
  COM_STMT_BULK_EXECUTE,
  COM_STMT_EXECUTE,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
} from "../mysql/commands.ts";
import { EFFECT_DIAGNOSTICS, EFFECT_FOUND_ROWS, EFFECT_ROW_COUNT } from "../sql/effects.ts";
import type { Statement } from "../sql/statement.ts";
import { usesTables } from "../sql/uses-tables.ts";
import { countsToTell, keepsFoundRows } from "./counts.ts";
import { setPins } from "./hold.ts";
import { PIN_WARNINGS } from "./pin.ts";
import type { Session } from "./session.ts";

const NAMES: ReadonlyArray<readonly [effect: number, name: string]> = [
  [EFFECT_DIAGNOSTICS, "its warnings and errors"],
  [EFFECT_FOUND_ROWS, "FOUND_ROWS()"],
  [EFFECT_ROW_COUNT, "ROW_COUNT()"],
];

const ASKS = EFFECT_ROW_COUNT | EFFECT_FOUND_ROWS | EFFECT_DIAGNOSTICS;

/** What is answered where an answer would be another session's: what was lost, and how it is kept. */
export function lastStatementLost({ statement, listener: { config } }: Session): string {
  const lost = NAMES.filter(([effect]) => (statement.effects & effect) !== 0).map(([, name]) => name);
  return (
    `What the last statement left is gone (${lost.join(", ")}): the connection that knew it has been used for something else since, or is closed. ` +
    `Ask within one transaction, which keeps its connection, or raise pool_size (${config.pool_size}) of listener ${config.name}`
  );
}

/** True when the statement in hand asks what the last one left. */
export function asksLastStatement({ statement }: Session): boolean {
  return (statement.effects & ASKS) !== 0;
}

/** True when the connection of the last statement is idle and nobody else has had it. */
export function isLastThere(session: Session): boolean {
  return session.last.connection !== null && isUntouched(session.last.connection, session);
}

/**
 * Finds out how the statement in hand can be told what it asks: by `connection`, which it is going to run on, or by
 * `countsToTell`. False when it cannot. `isLast`: the connection has run the session's last statement, and nothing since.
 */
export function recallLastStatement(session: Session, connection: Connection<Session>, isLast: boolean): boolean {
  const { last, statement } = session;
  const { effects } = statement;
  session.countsToTell = null;
  // Another session has had it since; commands that leave no counts must not have it look as if none had.
  if (!isLast && last.connection === connection) last.connection = null;
  if (!isLast && last.foundRowsConnection === connection) last.foundRowsConnection = null;
  if ((effects & ASKS) === 0) return true;
  if ((effects & EFFECT_DIAGNOSTICS) !== 0 && last.hasLostDiagnostics) return false;
  const isKnown =
    ((effects & EFFECT_ROW_COUNT) === 0 || (isLast && !last.isRowCountAhead)) &&
    ((effects & EFFECT_FOUND_ROWS) === 0 || last.foundRowsConnection === connection) &&
    ((effects & EFFECT_DIAGNOSTICS) === 0 || knowsDiagnostics(session, connection, isLast));
  if (isKnown) return true;
  session.countsToTell = countsToTell(session.counts, effects);
  last.foundRowsConnection = null; // it is told something in place of what it knew
  return session.countsToTell !== null;
}

/** True when the diagnostics of the connection are the session's: they may be older, and another one's. */
function knowsDiagnostics({ pins }: Session, { hasWarnings }: Connection<Session>, isLast: boolean): boolean {
  return (pins & PIN_WARNINGS) !== 0 || (isLast && !hasWarnings);
}

/**
 * True when the command in hand ends what statements before it have left, whatever it leaves itself. MySQL forgets that with
 * the next statement, but for one that shows it; MariaDB with the next one that uses a table. Commands without a text leave it.
 */
export function endsDiagnostics({ request, statement }: Session, { owner }: Connection<Session>): boolean {
  switch (request.command) {
    case COM_QUERY:
    case COM_STMT_PREPARE:
    case COM_STMT_EXECUTE:
    case COM_STMT_BULK_EXECUTE:
      return isMariadb(owner.endpoint) ? usesTables(statement) : !showsDiagnostics(statement);
    default:
      return false;
  }
}

/** SHOW WARNINGS, GET DIAGNOSTICS, RESIGNAL; on MySQL reading @@warning_count ends what it counts. */
function showsDiagnostics({ kind, effects }: Statement): boolean {
  return (effects & EFFECT_DIAGNOSTICS) !== 0 && (kind === "SHOW" || kind === "GET" || kind === "RESIGNAL");
}

/** True when there are warnings to ask for behind the command in hand, which has not failed. */
export function hasDiagnostics(session: Session, connection: Connection<Session>): boolean {
  if (connection.tracker.warnings > 0) return true;
  return (session.pins & PIN_WARNINGS) !== 0 && !endsDiagnostics(session, connection);
}

/** True when what was left is still there behind a COM_STMT_PREPARE of our own of the statement in hand. */
export function keepsOverPrepare(session: Session, connection: Connection<Session>): boolean {
  // Long data comes without its text.
  if (session.request.command === COM_STMT_SEND_LONG_DATA || !isMariadb(connection.owner.endpoint)) return false;
  return !endsDiagnostics(session, connection);
}

/** Statements of our own are about to run on the session's connection: the warnings there are gone. */
export function loseDiagnostics(session: Session): void {
  if ((session.pins & PIN_WARNINGS) === 0) return;
  session.last.hasLostDiagnostics = true;
  setPins(session, session.pins & ~PIN_WARNINGS);
}

/** The command in hand has run on `connection`: that is the one to ask from now on for what it has set. */
export function rememberLast(session: Session, connection: Connection<Session>): void {
  const { request, statement, last } = session;
  const { tracker, owner } = connection;
  const isFailed = tracker.errorCode !== 0;
  // What it has left is what there is to know now; but MySQL adds to the rest what is not a statement's.
  if (last.hasLostDiagnostics && (isFailed || tracker.warnings > 0)) {
    last.hasLostDiagnostics = !isMariadb(owner.endpoint) && !endsDiagnostics(session, connection);
  }
  switch (request.command) {
    case COM_STATISTICS:
    case COM_PROCESS_INFO:
      return;
    case COM_STMT_PREPARE:
      if (!isFailed) return;
      break;
    case COM_PING:
    case COM_INIT_DB:
    case COM_STMT_RESET:
      break;
    default:
      if (last.foundRowsConnection === connection) break;
      if (statement.kind === "SELECT" && !isFailed) last.foundRowsConnection = connection;
      else if (!keepsFoundRows(statement.kind)) last.foundRowsConnection = null;
  }
  last.connection = connection;
  last.isRowCountAhead = false;
}
