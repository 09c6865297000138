/** KILL: what a client may name by the ids that it has seen. */
import { type Connection, destroyConnection } from "../backend/connection.ts";
import { killFrom, killOnServer } from "../backend/kill.ts";
import { COM_PROCESS_KILL } from "../mysql/commands.ts";
import { ER_CONNECTION_KILLED, ER_NO_SUCH_THREAD, ER_QUERY_INTERRUPTED, ER_UNKNOWN_ERROR } from "../mysql/errors.ts";
import { type KillTarget, readKillTarget } from "../sql/kill-target.ts";
import { endConnections, leaveLine } from "./hold.ts";
import type { KillOrder, KillOutcome } from "./kill-order.ts";
import { poolsOf } from "./listener.ts";
import { PIN_CONNECTION_ID } from "./pin.ts";
import { refuse } from "./refuse.ts";
import { hangUpOn, replyOk } from "./reply.ts";
import type { Listener, Session } from "./session.ts";
import { isMariadbSession } from "./shape.ts";

/** Ids from here on are given by the proxy; servers count from 1. */
export const OWN_CONNECTION_ID_MIN = 0x40000001;
/** Drivers read ids as signed numbers. */
export const OWN_CONNECTION_ID_MAX = 0x7fffffff;
/** Statements of vanished clients that are being killed at once; more end when the server notices. */
const CLEANUP_MAX = 32;

/** What an id means here: a session, or an idle connection. */
interface Found {
  readonly victim: Session | null;
  readonly connection: Connection<Session> | null;
}

/**
 * Kills what the client means: a session of this listener by the id of the connection that it has, which CONNECTION_ID()
 * and the process list show, or by that of its greeting. False when it is neither: the server knows better. Where there are
 * other workers these are asked before, and `goOn` is called when they know nothing either.
 */
export function killOwn(session: Session, goOn: (session: Session) => void): boolean {
  const target = targetOf(session);
  if (target === null) return false;
  const { listener, user } = session;
  const { crew } = listener;
  const found = find(listener, target.connectionId);
  if (found?.victim === session) {
    killSelf(session, target.isQueryOnly);
    return true;
  }
  if (found === null && crew === null) return false;
  if (session.isOfAccount && found !== null && found.victim === null) return false; // its server decides
  let isLater = false;
  session.phase = "waiting";
  const done = (outcome: KillOutcome) => {
    if (session.phase !== "waiting") return;
    session.phase = "ready";
    if (outcome.kind === "unknown") goOn(session);
    else answer(session, target, outcome);
    if (isLater) session.listener.pump(session);
  };
  const own = sharedServer(session, found);
  if (own !== null) killAsAccount(own, target, done);
  else if (found !== null) kill(found, user, target, done);
  else crew?.killElsewhere({ listener: listener.config.name, user, target }, done);
  isLater = true;
  return true;
}

/** Carries out what a client of another worker wants. `done` is called once, at once or later. */
export function killOrdered(
  listener: Listener,
  { user, target }: KillOrder,
  done: (outcome: KillOutcome) => void,
): void {
  const found = find(listener, target.connectionId);
  if (found === null) done({ kind: "unknown" });
  else kill(found, user, target, done);
}

function answer(session: Session, { connectionId }: KillTarget, outcome: KillOutcome): void {
  switch (outcome.kind) {
    case "done":
      return replyOk(session);
    case "failed":
      return refuse(session, ER_UNKNOWN_ERROR, outcome.reason);
    case "refused":
      return refuse(session, outcome.error.code, outcome.error.message, outcome.error.sqlState);
    default:
      refuse(session, ER_NO_SUCH_THREAD, `Unknown thread id: ${connectionId}`);
  }
}

/** The connection of an account of the server, and that of its victim on the same server; null where it is not so. */
interface OwnKill {
  readonly connection: Connection<Session>;
  readonly victim: Connection<Session>;
}

function sharedServer({ isOfAccount, connection }: Session, found: Found | null): OwnKill | null {
  const victim = found?.victim?.connection ?? null;
  if (!isOfAccount || connection === null || victim === null) return null;
  return victim.owner.endpoint === connection.owner.endpoint ? { connection, victim } : null;
}

/** The server knows whom its account may kill. */
function killAsAccount(
  { connection, victim }: OwnKill,
  { isQueryOnly }: KillTarget,
  done: (outcome: KillOutcome) => void,
): void {
  killFrom(connection, victim, isQueryOnly ? "QUERY" : "CONNECTION", (error) => {
    done(error === null ? { kind: "done" } : { kind: "refused", error });
  });
}

function find(listener: Listener, id: number): Found | null {
  const connection = connectionWithId(listener, id);
  const victim = holderThatAsked(connection) ?? listener.sessions.get(id) ?? connection?.holder ?? null;
  return victim === null && connection === null ? null : { victim, connection };
}

/** The connection that a server calls `id`; of several servers' the one that a session has told its id. */
function connectionWithId(listener: Listener, id: number): Connection<Session> | null {
  if (id >= OWN_CONNECTION_ID_MIN) return null;
  let found: Connection<Session> | null = null;
  for (const pool of poolsOf(listener)) {
    for (const connection of pool.connections) {
      if (connection.serverConnectionId !== id || connection.state === "connecting") continue;
      if (holderThatAsked(connection) !== undefined) return connection;
      if (found === null || connection.holder !== null) found = connection;
    }
  }
  return found;
}

/** The session that has the connection because it asked for CONNECTION_ID(): it goes before one that was greeted with the id. */
function holderThatAsked(connection: Connection<Session> | null): Session | undefined {
  const holder = connection?.holder ?? null;
  return holder !== null && (holder.pins & PIN_CONNECTION_ID) !== 0 ? holder : undefined;
}

function kill(
  { victim, connection }: Found,
  user: string,
  target: KillTarget,
  done: (outcome: KillOutcome) => void,
): void {
  if (victim === null) {
    if (!target.isQueryOnly && connection !== null) destroyConnection(connection, "unclean", "killed");
    done({ kind: "done" });
  } else if (victim.user === user) killSession(victim, target, false, done);
  else if (victim.isOfAccount && user === victim.listener.config.user) killSession(victim, target, true, done);
  else done({ kind: "forbidden" });
}

/** `mayBeRefused`: it is somebody else's, so that the server decides in any case. */
function killSession(
  victim: Session,
  { isQueryOnly }: KillTarget,
  mayBeRefused: boolean,
  done: (outcome: KillOutcome) => void,
): void {
  const { connection, phase } = victim;
  const isRunning =
    connection !== null && (mayBeRefused || phase === "busy" || phase === "waiting" || phase === "dedicated");
  if (!isRunning) {
    done({ kind: "done" });
    if (!isQueryOnly) endKilled(victim);
    return;
  }
  if (!isQueryOnly && !mayBeRefused) victim.isKilled = true;
  const { endpoint } = connection.owner;
  // Whoever would get the connection before the KILL gets there would be hit in its place.
  connection.isKillPending = true;
  killOnServer(connection, isQueryOnly ? "QUERY" : "CONNECTION", (failure, refusal) => {
    connection.isKillPending = false;
    // Of its own sessions an account may end all but what runs, though the endpoint's account may not.
    if (!isQueryOnly && (failure !== null || refusal !== null) && !mayBeRefused) endKilled(victim);
    if (refusal !== null && (isQueryOnly || mayBeRefused)) return done({ kind: "refused", error: refusal });
    const reason = `KILL could not be sent to ${endpoint.name} (${endpoint.server}): ${failure}`;
    done(failure === null ? { kind: "done" } : { kind: "failed", reason });
  });
}

/** In the servers' words. */
function killSelf(session: Session, isQueryOnly: boolean): void {
  if (isQueryOnly || !isMariadbSession(session))
    refuse(session, ER_QUERY_INTERRUPTED, "Query execution was interrupted");
  else refuse(session, ER_CONNECTION_KILLED, "Connection was killed");
  if (!isQueryOnly) endKilled(session);
}

/** Ends a session that has been killed, as a server does: without a word. What it had on its connection is gone at once. */
export function endKilled(session: Session): void {
  if (session.phase === "closed") return;
  leaveLine(session);
  endConnections(session, "its session was killed");
  session.phase = "closed";
  hangUpOn(session, "killed");
}

function targetOf(session: Session): KillTarget | null {
  const { request, statement } = session;
  if (request.command !== COM_PROCESS_KILL) {
    return readKillTarget(statement.bytes, statement.start, statement.end, statement.sqlMode);
  }
  const { bytes, start, end } = request;
  if (end - start < 9) return null;
  const connectionId = new DataView(bytes.buffer, bytes.byteOffset + start + 5, 4).getUint32(0, true);
  return { isQueryOnly: false, connectionId };
}

/** Ends the statement of a client that went away: the server would run it to its end for nobody. */
export function killAbandoned(session: Session, listener: Listener): void {
  const { connection } = session;
  if (connection === null || listener.cleanups >= CLEANUP_MAX) return;
  listener.cleanups++;
  const { endpoint } = connection.owner;
  killOnServer(connection, "CONNECTION", (failure, refusal) => {
    listener.cleanups--;
    const reason = failure ?? refusal?.message;
    if (reason !== undefined) listener.log.debug("abandoned statement not killed", { endpoint: endpoint.name, reason });
  });
}
