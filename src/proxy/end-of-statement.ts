/** What happens when an answer is complete, or will never be. */
import type { Connection } from "../backend/connection.ts";
import { renewDefaults } from "../backend/defaults.ts";
import { isMariadb } from "../backend/endpoint.ts";
import { statementAnswered } from "../backend/outlier.ts";
import { NO_SETTINGS } from "../backend/settings.ts";
import { NO_FILTERS, release } from "../governance/chain.ts";
import {
  COM_STMT_BULK_EXECUTE,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
} from "../mysql/commands.ts";
import {
  ER_PARSE_ERROR,
  ER_STMT_HAS_NO_OPEN_CURSOR,
  ER_UNKNOWN_COM_ERROR,
  ER_UNKNOWN_STMT_HANDLER,
} from "../mysql/errors.ts";
import {
  SERVER_STATUS_AUTOCOMMIT,
  SERVER_STATUS_CURSOR_EXISTS,
  SERVER_STATUS_IN_TRANS,
  SERVER_STATUS_LAST_ROW_SENT,
  SESSION_STATUS_FLAGS,
} from "../mysql/status-flags.ts";
import {
  EFFECT_CALL,
  EFFECT_LAST_INSERT_ID,
  EFFECT_SET,
  EFFECT_UNKNOWN,
  EFFECT_USER_VARIABLE_WRITE,
} from "../sql/effects.ts";
import { namesGlobals } from "../sql/global-set.ts";
import { forgetText } from "../sql/read-statement.ts";
import { endSql } from "../telemetry/metrics.ts";
import { countAnswer } from "./counts.ts";
import { abandon, restBetweenStatements, setPins } from "./hold.ts";
import { startIdle } from "./idle.ts";
import { endKilled } from "./kill.ts";
import { endsDiagnostics, rememberLast } from "./last-statement.ts";
import { poolsOf } from "./listener.ts";
import { askLocks, mustAskLocks, pinsStillOwned } from "./owned.ts";
import {
  PIN_FOUND_ROWS,
  PIN_LAST_INSERT_ID,
  PIN_POOL_MODE,
  PIN_SESSION_STATE,
  PIN_TRANSACTION,
  PIN_WARNINGS,
  PINS_OF_LAST_STATEMENT,
  PINS_OF_PREPARED,
  pinsOfEffects,
} from "./pin.ts";
import { pinsOfPrepared, releaseStatement } from "./prepared.ts";
import { closeInOrder } from "./reply.ts";
import { forgetBytes, hasMoreToCome } from "./request.ts";
import type { PreparedStatement, Session } from "./session.ts";

const AT = 0x40;

/** What servers say of a command or a statement that they do not know, either. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([ER_UNKNOWN_COM_ERROR, ER_PARSE_ERROR]);

/** Errors of a COM_STMT_FETCH. */
const HAVE_NO_CURSOR: ReadonlySet<number> = new Set([ER_STMT_HAS_NO_OPEN_CURSOR, ER_UNKNOWN_STMT_HANDLER]);

/** The last packet of the answer has gone to the client. */
export function statementEnded(session: Session, connection: Connection<Session>): void {
  const { tracker } = connection;
  session.status = tracker.status & SESSION_STATUS_FLAGS;
  if (session.request.command === COM_STMT_PREPARE && tracker.errorCode !== 0) session.lastPrepared = null;
  countAnswer(
    session.counts,
    session.request.command,
    session.statement,
    tracker,
    isMariadb(connection.owner.endpoint),
  );
  if (session.running !== null) settle(session.running, session.request.command, connection);
  rememberLast(session, connection);
  setPins(session, pinsAfter(session, connection));
  if (session.schema === "" && connection.schema !== "" && !session.isOfAccount) leaveForeignSchema(session);
  countEnd(session, connection);
  if (hasMoreToCome(session.request)) {
    // The server answered before the client had sent everything: what is left belongs to nobody. A session that had a
    // transaction or settings on the connection cannot go on as if it still had them.
    const hasLostState = (session.pins & ~PIN_WARNINGS) !== 0;
    abandon(session, "the answer came before the end of the command");
    session.phase = "discarding";
    session.last.hasLostDiagnostics = true;
    setPins(session, 0);
    if (hasLostState) closeInOrder(session);
    return;
  }
  if (session.isKilled) return endKilled(session);
  if (mustAskLocks(session, connection)) askLocksFirst(session, connection);
  else rest(session);
}

function askLocksFirst(session: Session, connection: Connection<Session>): void {
  session.phase = "waiting";
  askLocks(session, connection, () => {
    if (session.phase !== "waiting") return;
    rest(session);
    session.listener.pump(session);
  });
}

/** The session waits for its client's next command. */
function rest(session: Session): void {
  restBetweenStatements(session);
  session.phase = "ready";
  // The chunk that the command came in may be large, and the client silent for hours.
  forgetBytes(session.request);
  forgetText(session.statement);
  if (session.settings !== NO_SETTINGS) startIdle(session);
}

/** A USE that failed leaves a session that has no schema on a connection that has one: nothing else may run there. */
function leaveForeignSchema(session: Session): void {
  if ((session.pins & PIN_WARNINGS) !== 0) session.last.hasLostDiagnostics = true;
  setPins(session, 0);
}

/** What keeps the connection now that the statement is over. */
function pinsAfter(session: Session, connection: Connection<Session>): number {
  const { tracker } = connection;
  const effects = effectsOf(session, tracker.errorCode);
  let pins = session.pins & ~PINS_OF_LAST_STATEMENT;
  // FOUND_ROWS() is of the last SELECT, so another SELECT ends what SQL_CALC_FOUND_ROWS needed.
  if (session.statement.kind === "SELECT") pins &= ~PIN_FOUND_ROWS;
  pins |= pinsOfEffects(effects);
  const isAutocommit = (tracker.status & SERVER_STATUS_AUTOCOMMIT) !== 0;
  if ((tracker.status & SERVER_STATUS_IN_TRANS) !== 0 || !isAutocommit) pins |= PIN_TRANSACTION;
  // An ERR carries no status flags: a routine may have begun a transaction before it failed. The next answer tells.
  if (tracker.errorCode !== 0 && (effects & EFFECT_CALL) !== 0) pins |= PIN_TRANSACTION;
  if (hasLeftWarnings(connection)) {
    pins |= PIN_WARNINGS;
    connection.hasWarnings = true;
  } else if (connection.hasWarnings && endsDiagnostics(session, connection)) connection.hasWarnings = false;
  else pins |= session.pins & PIN_WARNINGS; // and MariaDB counts none in the answer
  if (tracker.hasUntoldState || isUntoldSet(session, connection)) pins |= PIN_SESSION_STATE;
  if (hasSetGlobals(session, connection)) {
    // What it has set is for others: it goes on with what it began with.
    pins |= PIN_SESSION_STATE;
    for (const pool of poolsOf(session.listener)) {
      if (pool.endpoint === connection.owner.endpoint) renewDefaults(pool, connection);
    }
  }
  if (tracker.hasInsertId || (effects & EFFECT_LAST_INSERT_ID) !== 0) pins |= PIN_LAST_INSERT_ID;
  if (!isKept(session)) pins &= ~PIN_POOL_MODE;
  const isHeld = session.running !== null && session.running.held !== null;
  if (isHeld || (pins & PINS_OF_PREPARED) !== 0) pins = (pins & ~PINS_OF_PREPARED) | pinsOfPrepared(session);
  return pinsStillOwned(session, connection, pins);
}

/** Whether the listener's pool_mode still gives the session the connection that it has. */
function isKept({ listener, pool }: Session): boolean {
  return listener.config.pool_mode !== "transaction" && pool?.isRetired === false;
}

/** On MariaDB those of a statement stay when the ones behind it, in the same command, use no table. */
function hasLeftWarnings({ tracker, owner }: Connection<Session>): boolean {
  if (tracker.warnings > 0 || tracker.errorCode !== 0) return true;
  return tracker.hasWarned && isMariadb(owner.endpoint);
}

/** What the statement may have left on the connection. */
function effectsOf({ request, statement, hasTakenSettings }: Session, errorCode: number): number {
  // Nothing has run.
  if (request.command === COM_STMT_PREPARE) return 0;
  if (statement.effects === EFFECT_UNKNOWN && NOT_UNDERSTOOD.has(errorCode)) return 0;
  return hasTakenSettings ? statement.effects & ~EFFECT_USER_VARIABLE_WRITE : statement.effects;
}

/** What is left in a prepared statement now that the server has answered. */
function settle(running: PreparedStatement, command: number, connection: Connection<Session>): void {
  const { status, errorCode, isCursorWanted } = connection.tracker;
  switch (command) {
    case COM_STMT_EXECUTE:
    case COM_STMT_BULK_EXECUTE:
      running.hasLongData = false;
      running.hasCursor = errorCode === 0 && isCursorWanted && (status & SERVER_STATUS_CURSOR_EXISTS) !== 0;
      break;
    case COM_STMT_FETCH:
      // One that was interrupted may have left it open: the server knows.
      if (errorCode === 0) running.hasCursor = (status & SERVER_STATUS_LAST_ROW_SENT) === 0;
      else if (HAVE_NO_CURSOR.has(errorCode)) running.hasCursor = false;
      break;
    case COM_STMT_RESET:
      running.hasLongData = false;
      running.hasCursor = false;
  }
  releaseStatement(running, connection);
}

/** True for a SET of which the server reported nothing: MariaDB is silent about `SET @@sql_mode = ...`. */
function isUntoldSet(session: Session, { tracker }: Connection<Session>): boolean {
  const { effects, bytes, start, end } = session.statement;
  if ((effects & EFFECT_SET) === 0 || tracker.hasToldState || tracker.errorCode !== 0) return false;
  if (session.hasTakenSettings) return false; // it has been asked
  if (session.request.command === COM_STMT_PREPARE) return false;
  for (let at = bytes.indexOf(AT, start); at >= 0 && at < end; at = bytes.indexOf(AT, at + 1)) {
    if (bytes[at + 1] === AT) return true;
  }
  return false;
}

function hasSetGlobals({ statement, request }: Session, { tracker }: Connection<Session>): boolean {
  if ((statement.effects & EFFECT_SET) === 0 || tracker.errorCode !== 0) return false;
  return request.command !== COM_STMT_PREPARE && namesGlobals(statement);
}

/** `connection` is the one that has answered; null when none has. */
function countEnd(session: Session, connection: Connection<Session> | null): void {
  if (session.series !== null) {
    const durationMs = session.listener.clock.monotonicMs() - session.startedMs;
    endSql(session.series, durationMs);
    if (connection !== null) statementAnswered(connection.owner.endpoint, durationMs);
    session.series = null;
  }
  release(session.chain, session, session.verdict);
  session.chain = NO_FILTERS;
}

/** The statement ends without an answer: permits go back, the connection is no longer the session's. */
export function statementLost(session: Session): void {
  countEnd(session, null);
  session.connection = null;
  setPins(session, 0);
}
