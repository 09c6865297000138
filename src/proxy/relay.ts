/**
 * The way back: bytes of an answer from the database to the client, unchanged but for OK packets that tell what the
 * client did not ask to hear (design D1).
 */

import { type Connection, destroyConnection } from "../backend/connection.ts";
import { statementBroken } from "../backend/outlier.ts";
import { joinRest } from "../backend/read-packets.ts";
import { addStatement } from "../backend/statements.ts";
import { assert } from "../lib/assert.ts";
import { COM_STMT_BULK_EXECUTE, COM_STMT_EXECUTE } from "../mysql/commands.ts";
import { newCursor } from "../mysql/cursor.ts";
import { ERR_HEADER, readErr } from "../mysql/err.ts";
import { ER_NEED_REPREPARE, ER_NET_READ_ERROR, ER_UNKNOWN_STMT_HANDLER, ProtocolError } from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES, replaceUint32, sequenceAt } from "../mysql/packet.ts";
import { track } from "../mysql/response.ts";
import { send } from "../net/send.ts";
import { destroy, pause, resume } from "../net/transport.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { statementEnded, statementLost } from "./end-of-statement.ts";
import { executeAgain } from "./execute.ts";
import { endClaim } from "./hold.ts";
import { rememberPrepared } from "./prepared.ts";
import { refuse } from "./refuse.ts";
import { closeInOrder, hangUpOn, replyErrAndClose } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import { mayRunAgain, runAgain } from "./retry.ts";
import { leavesSandbox } from "./sandbox.ts";
import type { Session } from "./session.ts";
import { learnsTracking, learnsUntold, takeState } from "./session-changes.ts";

/** Header, number, SQLSTATE. */
const ERR_BYTES_MIN = 13;

/** Passes an answer's bytes on, as far as they are known to be whole, and notices its end. */
export function onResponse(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  add(session.listener.counters, LISTENER.slots.bytes.backend_in, bytes.length);
  const { tracker } = connection;
  connection.answeredBytes += bytes.length;
  if (session.phase === "dedicated") {
    pass(session, connection, bytes, 0, bytes.length);
    return;
  }
  if (tracker.isDone) {
    spokeUnasked(session, connection, bytes);
    return;
  }
  const all = joinRest(connection, bytes);
  let at = 0;
  try {
    if (session.answered === 0) checkOrder(session, all);
    while (at < all.length && !tracker.isDone) {
      const next = track(tracker, all, at, all.length);
      if (tracker.statementIdAt >= 0) nameForClient(session, connection, all);
      if (tracker.errorCode !== 0 && session.answered === 0 && sequenceAt(all, 0) === 0) {
        saidGoodbye(session, connection, all);
        return;
      }
      if (tracker.errorCode !== 0 && isStatementGone(session, tracker.errorCode)) {
        executeAgain(session, connection);
        return;
      }
      const told = tracker.stateAt >= 0 ? takeState(session, connection, all) : null;
      pass(session, connection, all, at, told === null ? next : tracker.stateAt);
      if (told !== null) pass(session, connection, told, 0, told.length);
      at = next;
      if (tracker.stateAt < 0) break;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    destroyConnection(connection, "protocol", error.message);
    return;
  }
  if (tracker.wantsFile && session.phase === "busy") session.phase = "local-infile";
  if (!tracker.isDone) {
    if (at < all.length) connection.rest = all.subarray(at);
    return;
  }
  if (at < all.length) destroyConnection(connection, "protocol", "the server sent more than the answer");
  else if (connection.isSandboxed && leavesSandbox(session, connection, endLater)) return;
  else if (!learnsTracking(session, connection, endLater) && !learnsUntold(session, connection, endLater)) {
    statementEnded(session, connection);
  }
}

function endLater(session: Session, connection: Connection<Session>): void {
  statementEnded(session, connection);
  session.listener.pump(session);
}

/**
 * An answer that is not numbered behind the command is another one's, which nobody may see. Refusals of large commands
 * come when they come.
 * @throws ProtocolError.
 */
function checkOrder({ request }: Session, bytes: Uint8Array): void {
  const isRefusal = bytes[PACKET_HEADER_BYTES] === ERR_HEADER;
  if (bytes.length <= PACKET_HEADER_BYTES || isRefusal || hasMoreToCome(request)) return;
  if (sequenceAt(bytes, 0) !== ((request.sequence + 1) & 0xff)) {
    throw new ProtocolError("the server's packets are out of order");
  }
}

/**
 * An ERR that answers nothing: answers count their packets on from the command's. The server has closed a connection that
 * it found silent, and had not read what was on its way to it.
 */
function saidGoodbye(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  connection.hasGoodbye = true;
  const { message } = readErr(newCursor(bytes, PACKET_HEADER_BYTES));
  if (!mayRunAgain(session, connection)) passLastWords(session, connection, bytes);
  destroyConnection(connection, "backend_closed", message);
}

/** The client hears what its server has said last, and nothing more. */
function passLastWords(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  pass(session, connection, bytes, 0, bytes.length);
  session.phase = "closed";
  endClaim(session, "its server ended the session");
  closeInOrder(session);
}

/** A server says something to a session at rest to say goodbye: what its client would have heard of it, too. */
function spokeUnasked(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  const isGoodbye =
    session.phase === "ready" && bytes.length > ERR_BYTES_MIN && bytes[PACKET_HEADER_BYTES] === ERR_HEADER;
  if (isGoodbye) passLastWords(session, connection, bytes);
  destroyConnection(connection, "protocol", "the server spoke unasked");
}

/** The head of COM_STMT_PREPARE's answer: the client is told an id of its own. */
function nameForClient(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  const { statementId, statementIdAt } = connection.tracker;
  const prepared = rememberPrepared(session, connection);
  const { prepared_statements_per_connection_max } = session.listener.config.limits;
  addStatement(connection, prepared.shared, statementId, prepared_statements_per_connection_max);
  session.lastPrepared = prepared;
  replaceUint32(bytes, statementIdAt, prepared.id);
}

/** True when an execution failed, before it began, because the server has not got the statement as it was prepared. */
function isStatementGone(session: Session, errorCode: number): boolean {
  const isGone = errorCode === ER_NEED_REPREPARE || errorCode === ER_UNKNOWN_STMT_HANDLER;
  const { running, answered, hasRetried, request } = session;
  if (!isGone || running === null || answered !== 0 || hasRetried || hasMoreToCome(request)) return false;
  // What is in the statement is lost with it; rows of a cursor are not wanted any more by whoever executes it again.
  const isExecution = request.command === COM_STMT_EXECUTE || request.command === COM_STMT_BULK_EXECUTE;
  return running.held === null || (isExecution && !running.hasLongData);
}

function pass(session: Session, connection: Connection<Session>, bytes: Uint8Array, start: number, end: number): void {
  if (end === start) return;
  session.answered += end - start;
  add(session.listener.counters, LISTENER.slots.bytes.client_out, end - start);
  if (!send(session.wire, bytes, start, end) && connection.wire !== null) pause(connection.wire);
}

/** The database takes bytes again: so does the client's wire. */
export function onBackendDrain(session: Session): void {
  resume(session.wire);
}

/** The client takes bytes again: the database may go on. */
export function onClientDrain(session: Session): void {
  const wire = session.connection?.wire;
  if (wire !== null && wire !== undefined) resume(wire);
  if (session.phase === "ready") session.listener.pump(session);
}

/**
 * The session's connection broke. A server that hung up has told its client nothing, so neither do we: drivers know what a
 * closed connection means. Where the connection was given up here, the client hears why; who had nothing on it but the
 * running statement goes on.
 */
export function onConnectionLost(session: Session, connection: Connection<Session>, reason: string): void {
  assert(session.connection === connection, "a session hears of its own connection");
  const withoutSchema = session.listener.schemaChecks.get(session);
  if (withoutSchema !== undefined) {
    session.connection = null;
    withoutSchema();
    return;
  }
  const { name, server } = connection.owner.endpoint;
  const { log, logLimit, config } = session.listener;
  const isRunning = session.phase !== "ready";
  const isBroken = connection.destroyReason === "backend_closed";
  if (isRunning && session.pool !== null && isBroken && !connection.isKillPending) {
    statementBroken(session.pool, reason);
  }
  if (mayRunAgain(session, connection)) {
    runAgain(session, connection);
    return;
  }
  const canGoOn = isRunning && session.pins === 0 && session.answered === 0 && !hasMoreToCome(session.request);
  statementLost(session);
  if (session.phase === "closed") return;
  const fields = { domain: config.name, endpoint: name, server, reason };
  logLimited(logLimit, log, "warn", `lost ${name}`, "connection lost", fields);
  const message = `Lost connection to ${name} (${server}): ${reason}`;
  if (isBroken) {
    session.phase = "closed";
    endClaim(session, reason);
    // MariaDB resets who was silent for too long, and drivers tell that from a connection that was closed.
    if (!isRunning && reason.startsWith("ECONNRESET")) destroy(session.wire, reason);
    else hangUpOn(session, reason);
  } else if (canGoOn) {
    refuse(session, ER_NET_READ_ERROR, message);
  } else if (isRunning && session.answered > 0) {
    closeInOrder(session);
  } else {
    replyErrAndClose(session, isRunning ? session.request.sequence + 1 : 0, ER_NET_READ_ERROR, message);
  }
}
