/** KILL: the id that a client saw in its greeting is ours, and what it means is a connection to a server. */
import { killOnServer } from "../backend/kill.ts";
import { COM_PROCESS_KILL } from "../mysql/commands.ts";
import { ER_NO_SUCH_THREAD, ER_UNKNOWN_ERROR } from "../mysql/errors.ts";
import { destroy } from "../net/transport.ts";
import { type KillTarget, readKillTarget } from "../sql/kill-target.ts";
import { refuse } from "./execute.ts";
import { replyOk } from "./reply.ts";
import type { Listener, Session } from "./session.ts";

/** Ids from here on are given by the proxy; servers count from 1. */
export const OWN_CONNECTION_ID_MIN = 0x80000001;
/** Statements of vanished clients that are being killed at once; more end when the server notices. */
const CLEANUP_MAX = 32;

/** Kills what the client means if the id is ours. False: the server knows better. */
export function killOwn(session: Session): boolean {
  const target = targetOf(session);
  if (target === null || target.connectionId < OWN_CONNECTION_ID_MIN) return false;
  const victim = session.listener.sessions.get(target.connectionId);
  if (victim === undefined || victim.user !== session.user) {
    refuse(session, ER_NO_SUCH_THREAD, `Unknown thread id: ${target.connectionId}`);
    return true;
  }
  const { connection, phase } = victim;
  const isRunning = connection !== null && phase === "busy";
  if (!isRunning) {
    replyOk(session);
    if (!target.isQueryOnly) destroy(victim.wire, "killed");
    return true;
  }
  session.phase = "waiting";
  const { endpoint, attributes } = connection.owner;
  const { clock, config } = session.listener;
  const edges = { clock, attributes, timeoutConnectMs: config.limits.timeout_connect_ms };
  const scope = target.isQueryOnly ? "QUERY" : "CONNECTION";
  killOnServer(endpoint, scope, connection.serverConnectionId, edges, (failure) => {
    if (session.phase === "closed") return;
    session.phase = "ready";
    if (failure === null) replyOk(session);
    else
      refuse(session, ER_UNKNOWN_ERROR, `KILL could not be sent to ${endpoint.name} (${endpoint.server}): ${failure}`);
    if (!target.isQueryOnly) destroy(victim.wire, "killed");
    session.listener.pump(session);
  });
  return true;
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
  const { endpoint, attributes } = connection.owner;
  const edges = { clock: listener.clock, attributes, timeoutConnectMs: listener.config.limits.timeout_connect_ms };
  killOnServer(endpoint, "CONNECTION", connection.serverConnectionId, edges, (failure) => {
    listener.cleanups--;
    if (failure !== null)
      listener.log.debug("abandoned statement not killed", { endpoint: endpoint.name, reason: failure });
  });
}
