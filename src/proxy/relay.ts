/**
 * The way back: bytes of an answer from the database to the client, unchanged but for OK packets that tell what the
 * client did not ask to hear (design D1).
 */

import { type Connection, destroyConnection, joinRest } from "../backend/connection.ts";
import {
  type Baseline,
  hasOwnCharacterSet,
  hasTextVariable,
  type Settings,
  settingOf,
  withNames,
  withUserVariable,
  withVariables,
} from "../backend/settings.ts";
import { addStatement } from "../backend/statements.ts";
import { assert, unreachable } from "../lib/assert.ts";
import { CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { ERR_HEADER } from "../mysql/err.ts";
import { ER_NEED_REPREPARE, ER_NET_READ_ERROR, ER_UNKNOWN_STMT_HANDLER, ProtocolError } from "../mysql/errors.ts";
import { readSessionState, withoutSessionState } from "../mysql/ok.ts";
import { track } from "../mysql/response.ts";
import { pause, resume, send } from "../net/transport.ts";
import { EFFECT_SET, EFFECT_USE, EFFECT_USER_VARIABLE_READ, EFFECT_USER_VARIABLE_WRITE } from "../sql/effects.ts";
import { readSetTargets, type SetTarget } from "../sql/set-targets.ts";
import { readSqlMode } from "../sql/sql-mode.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { statementEnded, statementLost } from "./end-of-statement.ts";
import { executeAgain, refuse } from "./execute.ts";
import { pinSession } from "./hold.ts";
import { PIN_SESSION_STATE } from "./pin.ts";
import { rememberPrepared } from "./prepared.ts";
import { closeInOrder, replyErrAndClose } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import type { Session } from "./session.ts";

/** Header, number, SQLSTATE. */
const ERR_BYTES_MIN = 13;

/** A SET may do these and still be given to another connection; what it assigns tells. */
const EFFECTS_OF_SET = EFFECT_SET | EFFECT_USER_VARIABLE_READ | EFFECT_USER_VARIABLE_WRITE;

/** Passes an answer's bytes on, as far as they are known to be whole, and notices its end. */
export function onResponse(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  add(session.listener.counters, LISTENER.slots.bytes.backend_in, bytes.length);
  const { tracker } = connection;
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
    while (at < all.length && !tracker.isDone) {
      const next = track(tracker, all, at, all.length);
      if (tracker.statementIdAt >= 0) nameForClient(session, connection, all);
      if (tracker.errorCode !== 0 && isStatementGone(session, tracker.errorCode)) {
        executeAgain(session, connection);
        return;
      }
      if (tracker.stateAt >= 0) passState(session, connection, all, at, next);
      else pass(session, connection, all, at, next);
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
  else statementEnded(session, connection);
}

/** A server says something to a session at rest to say goodbye: what its client would have heard of it, too. */
function spokeUnasked(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  const isGoodbye = session.phase === "ready" && bytes.length > ERR_BYTES_MIN && bytes[4] === ERR_HEADER;
  if (isGoodbye) {
    pass(session, connection, bytes, 0, bytes.length);
    session.phase = "closed";
    closeInOrder(session);
  }
  destroyConnection(connection, "protocol", "the server spoke unasked");
}

/** The head of COM_STMT_PREPARE's answer: the client is told an id of its own. */
function nameForClient(session: Session, connection: Connection<Session>, bytes: Uint8Array): void {
  const { statementId, statementIdAt } = connection.tracker;
  const prepared = rememberPrepared(session, connection);
  const { prepared_statements_per_connection_max } = session.listener.config.limits;
  addStatement(connection, prepared.shared, statementId, prepared_statements_per_connection_max);
  session.lastPrepared = prepared;
  new DataView(bytes.buffer, bytes.byteOffset + statementIdAt, 4).setUint32(0, prepared.id, true);
}

/** True when an execution failed, before it began, because the server has not got the statement as it was prepared. */
function isStatementGone(session: Session, errorCode: number): boolean {
  const isGone = errorCode === ER_NEED_REPREPARE || errorCode === ER_UNKNOWN_STMT_HANDLER;
  const { running, answered, hasRetried, request } = session;
  return (
    isGone && running !== null && running.held === null && answered === 0 && !hasRetried && !hasMoreToCome(request)
  );
}

function pass(session: Session, connection: Connection<Session>, bytes: Uint8Array, start: number, end: number): void {
  if (end === start) return;
  session.answered += end - start;
  add(session.listener.counters, LISTENER.slots.bytes.client_out, end - start);
  if (!send(session.wire, bytes, start, end) && connection.wire !== null) pause(connection.wire);
}

/** Passes [start, end), whose last packet is an OK that reports a changed session state. */
function passState(
  session: Session,
  connection: Connection<Session>,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { stateAt } = connection.tracker;
  readSessionState(bytes, stateAt, session.state);
  applyState(session, connection);
  if ((session.capabilities & CLIENT_SESSION_TRACK) !== 0) {
    pass(session, connection, bytes, start, end);
    return;
  }
  pass(session, connection, bytes, start, stateAt);
  const plain = withoutSessionState(bytes, stateAt);
  pass(session, connection, plain, 0, plain.length);
}

/** Takes over what the server says has changed: a schema can be set again elsewhere, anything else pins. */
function applyState(session: Session, connection: Connection<Session>): void {
  const { state, statement } = session;
  if (state.schema !== null) {
    session.schema = state.schema;
    connection.schema = state.schema;
    // Its schema was dropped: a connection can be given another one, but not none.
    if (state.schema === "") pinSession(session, PIN_SESSION_STATE);
  }
  if (!state.hasStateChange && state.variables.length === 0) return;
  // USE and COM_INIT_DB report a state change besides the schema, and change nothing else.
  const isUse = statement.kind === "USE" && statement.effects === EFFECT_USE;
  if (isUse && state.schema !== null && state.variables.length === 0) return;
  if (!takeSettings(session, connection)) pinSession(session, PIN_SESSION_STATE);
}

/** Takes over what a SET has changed. False when not all of it is known by name and value. */
function takeSettings(session: Session, connection: Connection<Session>): boolean {
  const { state, statement } = session;
  if (statement.kind !== "SET" || (statement.effects & ~EFFECTS_OF_SET) !== 0) return false;
  const baseline = connection.owner.endpoint.baselines.get(connection.shape.collation);
  const targets = readSetTargets(statement.bytes, statement.start, statement.end, statement.sqlMode);
  if (baseline === undefined || targets === null) return false;
  let settings: Settings | null = connection.settings;
  for (const target of targets) {
    settings = withTarget(settings, target, state.variables, baseline);
    if (settings === null) return false;
  }
  // A text has the character set that was there when it was assigned: it could not be replayed in another one.
  if (hasTextVariable(settings) && hasOwnCharacterSet(settings)) return false;
  session.settings = settings;
  session.hasTakenSettings = true;
  connection.settings = settings;
  statement.sqlMode = readSqlMode(settingOf(settings, baseline, "sql_mode"));
  return true;
}

/** The settings with one assignment of a SET more; null when it is not known by name and value. */
function withTarget(
  settings: Settings,
  target: SetTarget,
  reported: readonly string[],
  baseline: Baseline,
): Settings | null {
  switch (target.kind) {
    case "names":
      return withNames(settings, target.clause);
    case "user":
      return withUserVariable(settings, target.name, target.literal);
    case "variables": {
      const values: string[] = [];
      for (const names of target.names) {
        // MariaDB does not report `@@name = ...`, also where it reports its neighbours.
        const at = reported.findIndex((name, i) => i % 2 === 0 && names.includes(name) && baseline.has(name));
        if (at < 0) return null;
        values.push(reported[at] as string, reported[at + 1] as string);
      }
      return withVariables(settings, values, baseline);
    }
    default:
      return unreachable(target);
  }
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
  const { name, server } = connection.owner.endpoint;
  const { log, logLimit, config } = session.listener;
  const isRunning = session.phase !== "ready";
  const canGoOn = isRunning && session.pins === 0 && session.answered === 0 && !hasMoreToCome(session.request);
  statementLost(session);
  if (session.phase === "closed") return;
  const fields = { domain: config.name, endpoint: name, server, reason };
  logLimited(logLimit, log, "warn", `lost ${name}`, "connection lost", fields);
  const message = `Lost connection to ${name} (${server}): ${reason}`;
  if (connection.destroyReason === "backend_closed") {
    session.phase = "closed";
    closeInOrder(session);
  } else if (canGoOn) {
    refuse(session, ER_NET_READ_ERROR, message);
  } else if (isRunning && session.answered > 0) {
    closeInOrder(session);
  } else {
    replyErrAndClose(session, isRunning ? session.request.sequence + 1 : 0, ER_NET_READ_ERROR, message);
  }
}
