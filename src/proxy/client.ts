/** The client's side of a session: accept, bytes, and every way in which it can end. */
import type { Connection } from "../backend/connection.ts";
import { claimConnection, unclaim } from "../backend/pool-lend.ts";
import { giveBack } from "../backend/pool-line.ts";
import { unpark } from "../backend/pool-parked.ts";
import type { PoolEvents } from "../backend/pool-state.ts";
import { giveBackPlace, takePlace } from "../lib/places.ts";
import { earlyErrBytes } from "../mysql/err.ts";
import { ER_CON_COUNT_ERROR } from "../mysql/errors.ts";
import { sendAll } from "../net/send.ts";
import { destroy, pause } from "../net/transport.ts";
import type { Wire, WireHandler } from "../net/wire.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { pump } from "./command.ts";
import { statementLost } from "./end-of-statement.ts";
import { greet, startDeadline } from "./handshake.ts";
import { abandon, leaveLine, setPins } from "./hold.ts";
import { fillInbox, inboxLength } from "./inbox.ts";
import { killAbandoned } from "./kill.ts";
import { isProfileSettled } from "./listener.ts";
import { newSession } from "./new-session.ts";
import { onConnectionTaken, onInsertId } from "./parked.ts";
import { stopPassing } from "./passing.ts";
import { closeAllPrepared } from "./prepared.ts";
import { onBackendDrain, onClientDrain, onConnectionLost, onResponse } from "./relay.ts";
import { closeInOrder } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import type { Listener, Session, SessionPhase } from "./session.ts";
import { describeSession, heldSinceMs } from "./session-report.ts";
import { leaveUser } from "./user-count.ts";

/** A session at work lets this much of its client's next commands wait; then the client's socket is left unread. */
const INBOX_BYTES_MAX = 64 * 1024;

/** Phases in which the session's connection is not at a clean boundary. */
const AT_WORK: readonly SessionPhase[] = ["busy", "waiting", "streaming", "local-infile", "dedicated"];

/** What the sockets of clients call. */
export const clientHandler: WireHandler<Session> = {
  onOpen(session) {
    if (isProfileSettled(session.listener)) greet(session);
    else session.listener.ungreeted.add(session);
  },
  onData(session, bytes) {
    add(session.listener.counters, LISTENER.slots.bytes.client_in, bytes.length);
    if (session.phase === "closed" || session.wire.isFinishing) return;
    fillInbox(session.inbox, bytes);
    guard(session, pump);
    if (session.phase !== "ready" && inboxLength(session.inbox) > INBOX_BYTES_MAX) pause(session.wire);
  },
  onDrain: onClientDrain,
  onEnd(session) {
    session.hasClientEnded = true;
    // A running answer still goes out: the client may have closed only its own half. Who logs in is going to be asked more.
    const isLoggingIn = !session.isLoggedIn || session.passing !== null;
    const isAnswerDue = !isLoggingIn && (session.phase === "busy" || session.phase === "waiting");
    if (!isAnswerDue || hasMoreToCome(session.request)) closeInOrder(session);
    else abandonLater(session);
  },
  onClose: closeSession,
};

/**
 * A client that has hung up while its statement runs most often waits for no answer. When bytes of it go out, the client's
 * kernel tells; until then nothing does, so the statement is given some time.
 */
function abandonLater(session: Session): void {
  const { clock, config } = session.listener;
  // It keeps its connection for nothing that anybody is known to wait for: so far as the pool's reserve goes, it rests.
  if (session.connection !== null) session.connection.restSinceMs = clock.monotonicMs();
  session.cancelDeadline();
  session.cancelDeadline = clock.after(config.limits.timeout_abandoned_ms, () => {
    const isRunning = session.phase === "busy" || session.phase === "waiting";
    if (isRunning && session.answered === 0) destroy(session.wire, "the client hung up in the middle of a statement");
  });
}

/** What the connections of pools call. */
export const poolEvents: PoolEvents<Session> = {
  describe: describeSession,
  heldSinceMs,
  originOf: ({ attributes, remoteAddress, remotePort, wire }) => ({
    attributes: attributes.ofLibrary,
    address: remoteAddress,
    port: remotePort,
    localAddress: wire.localAddress,
    localPort: wire.localPort,
  }),
  onResponse(session, connection, bytes) {
    onResponse(session, connection, bytes);
    if (session.phase !== "busy") guard(session, pump);
  },
  onDrain: onBackendDrain,
  onLost(session, connection, reason) {
    onConnectionLost(session, connection, reason);
    guard(session, pump);
  },
  onTaken: onConnectionTaken,
  onInsertId(session, value) {
    onInsertId(session, value);
    guard(session, pump);
  },
  onForgotten(session, connection) {
    const { last } = session;
    if (session.claim === connection) session.claim = null;
    if (last.connection === connection) last.connection = null;
    if (last.foundRowsConnection === connection) last.foundRowsConnection = null;
  },
};

/** A bug in the handling of one session ends that session and no other. */
function guard(session: Session, work: (session: Session) => void): void {
  try {
    work(session);
  } catch (error) {
    session.listener.log.error("session ended by a defect in pisanix", { session: session.id, error: String(error) });
    destroy(session.wire, "internal error");
  }
}

/** Makes the session of a new connection, with an id of `nextId` where no server's will do; null when there may be no more of them. */
export function acceptClient(listener: Listener, wire: Wire<Session>, nextId: () => number): Session | null {
  const { counters, config } = listener;
  add(counters, LISTENER.slots.accepted, 1);
  const { sessions_max } = config.limits;
  if (!takePlace(listener.places, sessions_max)) {
    add(counters, LISTENER.slots.refused.sessions_max, 1);
    const fields = { domain: config.name, client: wire.remoteAddress, sessions_max };
    logLimited(listener.logLimit, listener.log, "warn", "sessions_max", "client refused: too many connections", fields);
    sendAll(wire, earlyErrBytes(ER_CON_COUNT_ERROR, "Too many connections"));
    return null;
  }
  const session = newSession(listener, wire);
  session.claim = claimFor(session);
  session.id = session.claim === null ? nextId() : session.claim.serverConnectionId;
  listener.lastSessionId = session.id;
  listener.sessions.set(session.id, session);
  add(counters, LISTENER.slots.open, 1);
  startDeadline(session);
  return session;
}

/**
 * A connection whose id is above those of the open sessions, as a server's next one would be, and not that of the session
 * before: clients see by the id that they have been connected anew.
 */
function claimFor(session: Session): Connection<Session> | null {
  const { lastSessionId, sessions } = session.listener;
  const next = claimAbove(session, lastSessionId);
  if (next !== null) return next;
  for (const { wire } of sessions.values()) if (!wire.isFinishing) return null;
  const first = claimAbove(session, 0);
  if (first?.serverConnectionId !== lastSessionId) return first;
  unclaim(first);
  return null;
}

/** Several servers may have the same ids, so that workers, which do not know of each other's sessions, all look at the first only. */
function claimAbove(session: Session, floor: number): Connection<Session> | null {
  const { setup } = session.listener;
  for (const pool of setup.pools.values()) {
    const connection = claimConnection(pool, session, floor);
    if (connection !== null || setup.share !== null) return connection;
  }
  return null;
}

/** Greets the clients that waited for a word of the servers, once there is one. */
export function greetWaiting(listener: Listener): void {
  if (listener.ungreeted.size === 0 || !isProfileSettled(listener)) return;
  for (const session of listener.ungreeted) greet(session);
  listener.ungreeted.clear();
}

/** The client's socket is gone: everything that the session held goes back or is destroyed. */
function closeSession(session: Session): void {
  const { listener, connection, pool, claim } = session;
  const wasAtWork = AT_WORK.includes(session.phase);
  const wasLoggingIn = session.passing !== null;
  stopPassing(session);
  session.cancelDeadline();
  session.phase = "closed";
  listener.ungreeted.delete(session);
  listener.sessions.delete(session.id);
  giveBackPlace(listener.places);
  add(listener.counters, LISTENER.slots.open, -1);
  leaveLine(session);
  leaveUser(session);
  if (claim !== null) unclaim(claim);
  closeAllPrepared(session);
  if (connection !== null && pool !== null) {
    if (wasAtWork || wasLoggingIn) {
      if (!wasLoggingIn) killAbandoned(session, listener);
      abandon(session, "its client went away in the middle of a statement");
    } else {
      if (connection.state === "parked") unpark(pool, connection);
      if (session.pins !== 0) connection.isDirty = true;
      setPins(session, 0);
      giveBack(pool, connection);
    }
  }
  statementLost(session);
}
