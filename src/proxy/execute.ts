/** From a command to a database: rules, route, a connection, and the bytes on their way. */
import { adopt, isFit, prepare } from "../backend/adopt.ts";
import { type Connection, destroyConnection } from "../backend/connection.ts";
import { takeConnection, takeUntouched, waitConnection } from "../backend/pool-line.ts";
import { wantEndpoint } from "../backend/pool-retry.ts";
import type { Pool, WaitFailure } from "../backend/pool-state.ts";
import { flushCloses } from "../backend/statements.ts";
import { release } from "../governance/chain.ts";
import { assert } from "../lib/assert.ts";
import { asksForCursor } from "../mysql/com-stmt-execute.ts";
import {
  COM_STMT_BULK_EXECUTE,
  COM_STMT_EXECUTE,
  COM_STMT_SEND_LONG_DATA,
  commandName,
  isEndless,
} from "../mysql/commands.ts";
import {
  ER_CONNECT_TO_FOREIGN_DATA_SOURCE,
  ER_TOO_MANY_USER_CONNECTIONS,
  ER_UNKNOWN_ERROR,
  ProtocolError,
} from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES } from "../mysql/packet.ts";
import { beginResponse } from "../mysql/response-tracker.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { route } from "../routing/route.ts";
import { beginSql, cancelSql } from "../telemetry/metrics.ts";
import { takeBaseline } from "./assigned.ts";
import {
  abandon,
  hold,
  leaveRetired,
  pinSession,
  preferredIn,
  restBetweenStatements,
  setPins,
  takeUp,
} from "./hold.ts";
import {
  asksLastStatement,
  endsDiagnostics,
  isLastThere,
  keepsOverPrepare,
  lastStatementLost,
  loseDiagnostics,
  recallLastStatement,
} from "./last-statement.ts";
import { livePoolOf, poolOf, seriesFor, whyNoEndpoint } from "./listener.ts";
import { PIN_LAST_INSERT_ID, PIN_LONG_DATA, PIN_POOL_MODE } from "./pin.ts";
import { closeOnServer, holdStatement, learnTypes, nameOnServer, onServer, tellTypes } from "./prepared.ts";
import { malformed, refuse } from "./refuse.ts";
import { closeInOrder } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import type { PreparedStatement, Session } from "./session.ts";
import { sendOn } from "./stream.ts";

/** Sends the command in hand to the session's connection, or to one that routing finds. */
export function execute(session: Session): void {
  session.answered = 0;
  if (session.pool?.isRetired === true) leaveRetired(session);
  const { connection } = session;
  if (connection !== null) {
    takeUp(session, connection);
    if (asksLastStatement(session)) serveHeld(session, connection, connection === session.last.connection);
    else forward(session, connection);
  } else if (session.isInsertIdOnItsWay) {
    session.phase = "waiting"; // onInsertId goes on
  } else if (!takeLastConnection(session)) {
    findConnection(session, null);
  }
}

/** Goes on with the very connection of the last statement where the one in hand asks about it, whatever its endpoint. */
function takeLastConnection(session: Session): boolean {
  const { last, listener } = session;
  if (last.connection === null || !asksLastStatement(session) || !isLastThere(session)) return false;
  const pool = livePoolOf(listener, last.connection);
  if (pool === null) return false;
  session.pool = pool;
  if (last.connection.isPinged) last.isRowCountAhead = true;
  takeUntouched(pool, last.connection, session);
  serveOn(session, last.connection, true);
  return true;
}

/** `avoid` is the endpoint that has just failed this statement. */
export function findConnection(session: Session, avoid: EndpointView | null): void {
  const { setup } = session.listener;
  assert(!session.isOfAccount, "an account of the server has no connection but its own");
  // Who keeps its connection writes on it sooner or later.
  const isKept = setup.config.pool_mode !== "transaction";
  const endpoint = route(setup.router, session.statement, isKept, avoid);
  if (endpoint === null) {
    for (const each of setup.pools.values()) wantEndpoint(each);
    refuseAdmitted(session, ER_CONNECT_TO_FOREIGN_DATA_SOURCE, whyNoEndpoint(setup));
    return;
  }
  const pool = poolOf(setup, endpoint);
  session.pool = pool;
  const last = isLastThere(session) ? session.last.connection : null;
  const connection = takeConnection(pool, session.shape, session, last ?? preferredIn(session, pool));
  if (connection !== null) {
    serveOn(session, connection, connection === last);
    return;
  }
  waitFor(session, pool, endpoint);
}

function waitFor(session: Session, pool: Pool<Session>, endpoint: EndpointView): void {
  session.phase = "waiting";
  let isOver = false;
  const waiter = waitConnection(
    pool,
    session.shape,
    session,
    (ready) => {
      isOver = true;
      session.waiter = null;
      serveOn(session, ready, false);
      // The rest of a large command has come meanwhile, and its client may have been stopped.
      session.listener.pump(session);
    },
    (failure) => {
      isOver = true;
      session.waiter = null;
      waitFailed(session, endpoint, pool.endpoint.server, failure);
    },
  );
  // What was over at once may have begun another wait.
  if (!isOver) session.waiter = waiter;
}

function waitFailed(session: Session, endpoint: EndpointView, server: string, failure: WaitFailure): void {
  if (session.phase === "closed") return;
  if (failure.kind === "unreachable" || failure.kind === "retired") {
    // It is out of service now, so the router has one less to choose from each time.
    findConnection(session, endpoint);
    if (session.phase !== "waiting") session.listener.pump(session);
    return;
  }
  refuseAdmitted(
    session,
    ER_TOO_MANY_USER_CONNECTIONS,
    `No connection to ${endpoint.name} (${server}): ${failure.reason}`,
  );
  session.listener.pump(session);
}

/** Refuses a statement that the rules have let pass: what it holds of them goes back. */
function refuseAdmitted(session: Session, code: number, message: string, sqlState?: string): void {
  release(session.chain, session, session.verdict);
  refuse(session, code, message, sqlState);
}

/** Takes a connection and has it run the command. `isLast`: it ran the session's last statement, and nothing since. */
function serveOn(session: Session, connection: Connection<Session>, isLast: boolean): void {
  const mayLeave = session.statement.kind === "USE" && session.lastInsertId === "";
  if (session.schema === "" && connection.schema !== "" && !mayLeave) {
    // A connection can be given another schema, but not none; and with a USE that fails it would go again.
    connection.holder = null;
    destroyConnection(connection, "surplus", "its session has no schema");
    findConnection(session, null);
    return;
  }
  hold(session, connection);
  if (connection.baseline !== session.baseline) takeBaseline(session, connection);
  serveHeld(session, connection, isLast);
}

/** Makes the session's connection fit for the command in hand, then sends that. */
function serveHeld(session: Session, connection: Connection<Session>, isLast: boolean): void {
  if (!recallLastStatement(session, connection, isLast)) {
    refuseAdmitted(session, ER_UNKNOWN_ERROR, lastStatementLost(session));
    // With pool_mode session it would be kept, and it has nothing of the session's yet.
    if (session.pins === PIN_POOL_MODE && !isFit(connection, session)) setPins(session, 0);
    restBetweenStatements(session);
    return;
  }
  if (isFit(connection, session)) {
    forward(session, connection);
    return;
  }
  adoptFirst(session, connection);
}

function adoptFirst(session: Session, connection: Connection<Session>): void {
  session.phase = "waiting";
  if (session.lastInsertId !== "") pinSession(session, PIN_LAST_INSERT_ID);
  if (session.countsToTell !== null) loseDiagnostics(session);
  adopt(connection, session, (error) => {
    if (error === null) {
      session.lastInsertId = "";
      session.countsToTell = null;
      forward(session, connection);
    } else {
      abandon(session, "its session's settings were refused");
      if (session.countsToTell === null) refuseAdmitted(session, error.code, error.message, error.sqlState);
      else refuseAdmitted(session, ER_UNKNOWN_ERROR, `${lastStatementLost(session)} (${error.message})`);
      if (session.isOfAccount) closeInOrder(session);
    }
    session.listener.pump(session);
  });
}

/** The command's bytes go to the database as they came, but for the id of a prepared statement. */
function forward(session: Session, connection: Connection<Session>): void {
  const { request, running, listener, last } = session;
  if (running !== null && !nameStatement(session, connection, running)) return;
  flushCloses(connection);
  if (request.command === COM_STMT_SEND_LONG_DATA) {
    pinSession(session, PIN_LONG_DATA);
    sendOn(session, connection, request.bytes, request.start, request.end);
    session.phase = hasMoreToCome(request) ? "streaming" : "ready";
    connection.restSinceMs = listener.clock.monotonicMs();
    return;
  }
  session.phase = isEndless(request.command) ? "dedicated" : "busy";
  if (last.hasLostDiagnostics && endsDiagnostics(session, connection)) last.hasLostDiagnostics = false;
  session.hasTakenSettings = false;
  session.startedMs = listener.clock.monotonicMs();
  // It does not come back to those in line: so far as the pool's reserve goes, its session rests.
  if (session.phase === "dedicated") connection.restSinceMs = session.startedMs;
  const type = session.statement.kind === "EMPTY" ? commandName(request.command) : session.statement.kind;
  session.series = seriesFor(listener, connection.owner.endpoint, type);
  beginSql(session.series);
  const isCursorWanted = running !== null && wantsCursor(session);
  connection.answeredBytes = 0;
  beginResponse(connection.tracker, request.command, connection.capabilities, isCursorWanted);
  sendOn(session, connection, request.bytes, request.start, request.end);
}

/** Makes the command in hand say what the server calls its statement. False when it has to be prepared there first, or cannot be said. */
function nameStatement(session: Session, connection: Connection<Session>, running: PreparedStatement): boolean {
  const { request } = session;
  const { command } = request;
  const isExecution = command === COM_STMT_EXECUTE || command === COM_STMT_BULK_EXECUTE;
  const hasTypes = isExecution && learnTypes(session, running, connection);
  const statement = onServer(running, connection);
  if (statement === undefined) {
    prepareFirst(session, connection, running);
    return false;
  }
  try {
    if (hasTypes) tellTypes(session, running, statement);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    refuseAdmitted(session, error.code, malformed(session));
    restBetweenStatements(session);
    return false;
  }
  const isLongData = command === COM_STMT_SEND_LONG_DATA;
  if (isLongData) running.hasLongData = true;
  if (isLongData || wantsCursor(session) || running.isUnshared) holdStatement(running, connection);
  nameOnServer(request, statement);
  return true;
}

/** A routine gets none, whatever its client asks for. */
function wantsCursor({ request, statement }: Session): boolean {
  const { command, bytes, start, end } = request;
  if (command !== COM_STMT_EXECUTE || statement.kind === "CALL") return false;
  return asksForCursor(bytes, start + PACKET_HEADER_BYTES, end);
}

/** Prepares the statement on a connection that has not got it, then sends the command. */
function prepareFirst(session: Session, connection: Connection<Session>, running: PreparedStatement): void {
  session.phase = "waiting";
  if (!keepsOverPrepare(session, connection)) loseDiagnostics(session);
  prepare(
    connection,
    running.shared,
    session.listener.config.limits.prepared_statements_per_connection_max,
    ({ error, isFit: isAsBefore }) => {
      if (error === null) {
        forward(session, connection);
      } else {
        const hasLostState = !isAsBefore && session.pins !== 0;
        refuseAdmitted(session, error.code, error.message, error.sqlState);
        if (isAsBefore) restBetweenStatements(session);
        else abandon(session, "its session's settings were refused");
        if (hasLostState) closeInOrder(session);
      }
      session.listener.pump(session);
    },
  );
}

/** Sends the command once more: the server has lost the statement that it is about, and is told it again. */
export function executeAgain(session: Session, connection: Connection<Session>): void {
  const { running } = session;
  assert(running !== null, "only executions are sent again");
  session.hasRetried = true;
  connection.tracker.isDone = true;
  closeOnServer(running, connection);
  if (session.series !== null) cancelSql(session.series);
  session.series = null;
  forward(session, connection);
}
