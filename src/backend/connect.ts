/** Opening, setting up and resetting connections. What they are for is their owner's business. */
import { CLIENT_INTERACTIVE, CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import type { Cursor } from "../mysql/cursor.ts";
import {
  ER_ACCESS_DENIED_ERROR,
  ER_BAD_DB_ERROR,
  ER_CON_COUNT_ERROR,
  ER_TOO_MANY_USER_CONNECTIONS,
} from "../mysql/errors.ts";
import { writeProxyHeader } from "../net/proxy-protocol.ts";
import { sendAll } from "../net/send.ts";
import { destroy } from "../net/transport.ts";
import type { WireHandler } from "../net/wire.ts";
import type { ConnectFailure } from "../telemetry/metrics-table.ts";
import { addressFailed, whenKnown } from "./addresses.ts";
import { resetStatements, trackingClause } from "./adopt.ts";
import { type AuthenticateResult, authenticate } from "./authenticate.ts";
import {
  addressOf,
  armDeadline,
  baselineKey,
  baselineOf,
  type Connection,
  type ConnectionOwner,
  destroyConnection,
  newConnection,
  type Origin,
  type OwnAnswer,
  type OwnStatement,
  type Shape,
} from "./connection.ts";
import { isMariadb } from "./endpoint.ts";
import { ask, newOwnStatement, readOwnAnswer } from "./own-statement.ts";
import { readPackets } from "./read-packets.ts";
import { waitTimeoutMsOf } from "./settings.ts";
import { TRACKED_VARIABLES } from "./tracked-variables.ts";
import { TRACKING_VARIABLES, trackingOf } from "./tracking.ts";

/** Opens a connection for `owner`, which hears onOpened or onOpenFailed; to `address` where only that one will do. */
export function openConnection<Holder>(
  owner: ConnectionOwner<Holder>,
  shape: Shape,
  origin: Origin | null,
  address: string | null = null,
): Connection<Holder> {
  const connection = newConnection(owner, shape, origin);
  connection.cancelDeadline = owner.clock.after(owner.timeoutConnectMs, () =>
    openFailed(connection, "timeout", `no answer within ${owner.timeoutConnectMs} ms`),
  );
  if (address !== null) {
    connection.candidates = [address];
    connection.isLastLookup = true;
    tryCandidate(connection);
    return connection;
  }
  const { addresses } = owner.endpoint;
  whenKnown(addresses, owner.clock, owner.lookup, (candidates, failure) => {
    if (connection.state !== "connecting") return;
    connection.candidates = candidates;
    if (candidates.length > 0) tryCandidate(connection);
    else openFailed(connection, "name_not_found", `cannot look up ${addresses.host}: ${failure}`);
  });
  return connection;
}

/** Each of several candidates has its part of the time, so that one that stays silent leaves some for the next. */
function tryCandidate<Holder>(connection: Connection<Holder>): void {
  const { owner, candidates, candidateAt } = connection;
  const { clock, endpoint, timeoutConnectMs } = owner;
  const wire = owner.transport.connect({ host: addressOf(connection), port: endpoint.port }, owner.handler, connection);
  connection.wire = wire;
  if (candidateAt === candidates.length - 1) return;
  const timeoutMs = timeoutConnectMs / candidates.length;
  connection.cancelAttempt = clock.after(timeoutMs, () => destroy(wire, `no answer within ${timeoutMs} ms`));
}

/** The candidate could not be connected to. False when there is no other. */
function tryNext<Holder>(connection: Connection<Holder>, reason: string): boolean {
  const { owner, candidates, candidateAt } = connection;
  connection.cancelAttempt();
  if (candidateAt === candidates.length - 1) return tryNewAddresses(connection, reason);
  addressFailed(owner.endpoint.addresses, addressOf(connection), false);
  connection.candidateAt++;
  tryCandidate(connection);
  return true;
}

/** None of the addresses could be connected to: the name may stand for others by now. False when it has been asked again already. */
function tryNewAddresses<Holder>(connection: Connection<Holder>, reason: string): boolean {
  const { owner, candidates, isLastLookup } = connection;
  const { addresses } = owner.endpoint;
  if (!addresses.isName || isLastLookup) return false;
  connection.isLastLookup = true;
  addressFailed(addresses, addressOf(connection), true);
  whenKnown(addresses, owner.clock, owner.lookup, (known) => {
    if (connection.state !== "connecting") return;
    const others = known.filter((address) => !candidates.includes(address));
    if (others.length === 0) return openFailed(connection, failureOf(reason), reason);
    connection.candidates = others;
    connection.candidateAt = 0;
    tryCandidate(connection);
  });
  return true;
}

/** What the sockets of an owner's connections call. */
export function newConnectionHandler<Holder>(): WireHandler<Connection<Holder>> {
  return {
    onOpen(connection) {
      connection.isReached = true;
      connection.cancelAttempt();
      const { endpoint, attributes } = connection.owner;
      if (endpoint.proxyProtocol !== null && connection.wire !== null) {
        sendAll(connection.wire, writeProxyHeader(endpoint.proxyProtocol, connection.origin));
      }
      authenticate(connection, endpoint, attributes, (result) => authenticated(connection, result));
    },
    onData(connection, bytes) {
      if (connection.state === "busy") connection.owner.onResponse(connection, bytes);
      else readOutside(connection, bytes);
    },
    onDrain(connection) {
      connection.owner.onDrain(connection);
    },
    onEnd(connection) {
      if (connection.wire !== null) destroy(connection.wire, "the server closed the connection");
    },
    onClose(connection, reason) {
      if (connection.state === "closed") return;
      const isConnecting = connection.state === "connecting";
      if (isConnecting && !connection.isReached && tryNext(connection, reason)) return;
      if (isConnecting) openFailed(connection, failureOf(reason), reason);
      else connection.owner.onLost(connection, reason);
    },
  };
}

/** What arrives while no session has the connection: the connection phase, answers to our own statements, or a surprise. */
function readOutside<Holder>(connection: Connection<Holder>, bytes: Uint8Array): void {
  if (connection.state === "idle" || connection.state === "parked") {
    // An idle server says something only to say goodbye (ER_CLIENT_INTERACTION_TIMEOUT, shutdown).
    destroyConnection(connection, "backend_closed", "the server spoke unasked");
    return;
  }
  try {
    readPackets(connection, bytes, readPacket);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (connection.state === "connecting") openFailed(connection, "protocol", reason);
    else destroyConnection(connection, "protocol", reason);
  }
}

function readPacket<Holder>(connection: Connection<Holder>, packet: Cursor, sequence: number): void {
  if (connection.phase !== null) connection.phase(connection, packet, sequence);
  else readOwnAnswer(connection, packet, sequence);
}

function authenticated<Holder>(connection: Connection<Holder>, result: AuthenticateResult): void {
  if (result.kind === "failed") {
    openFailed(connection, failureOfCode(result.code), result.reason);
    return;
  }
  const { endpoint } = connection.owner;
  connection.tracker.status = endpoint.profile?.status ?? 0;
  if ((connection.capabilities & CLIENT_SESSION_TRACK) === 0) opened(connection);
  else if (baselineOf(connection) === undefined || endpoint.staleBaselines.has(baselineKey(connection.shape)))
    learnBaseline(connection);
  else startTracking(connection);
}

/** Tells what roles a log-in has on MySQL since 8.0; other servers do not have it. */
const ROLES_VARIABLE = "activate_all_roles_on_login";

/** Asks which of the variables that can be tracked this server has, and what they are in a new session. */
function learnBaseline<Holder>(connection: Connection<Holder>): void {
  const names = [...TRACKED_VARIABLES, ...TRACKING_VARIABLES, ROLES_VARIABLE].map((name) => `'${name}'`).join(",");
  const text = `SHOW SESSION VARIABLES WHERE Variable_name IN (${names})`;
  const learn = (answer: OwnAnswer) => {
    if (answer.kind === "error") {
      openFailed(connection, "protocol", answer.error.message);
      return;
    }
    const baseline = new Map(rowsOf(answer).map(([name, value]) => [name ?? "", value ?? ""]));
    const { endpoint } = connection.owner;
    const roles = baseline.get(ROLES_VARIABLE);
    if (roles !== undefined) endpoint.rolesOfLogin = roles === "ON" ? "ALL" : "DEFAULT";
    endpoint.tracking = trackingOf(baseline);
    for (const name of [...TRACKING_VARIABLES, ROLES_VARIABLE]) baseline.delete(name);
    // No value, which no SET takes.
    if (baseline.get("default_tmp_storage_engine") === "") baseline.delete("default_tmp_storage_engine");
    endpoint.baselines.set(baselineKey(connection.shape), baseline);
    endpoint.staleBaselines.delete(baselineKey(connection.shape));
    if (roles === undefined) learnRole(connection);
    else startTracking(connection);
  };
  ask(connection, [...waitTimeoutStatements(connection), newOwnStatement(COM_QUERY, text, learn)]);
}

/** Asks what a reset leaves of wait_timeout, where that is not what the log-in has set. */
function waitTimeoutStatements<Holder>({ owner, shape }: Connection<Holder>): OwnStatement[] {
  const { endpoint } = owner;
  if (!isMariadb(endpoint) || (shape.capabilities & CLIENT_INTERACTIVE) === 0) return [];
  const learn = (answer: OwnAnswer) => {
    endpoint.waitTimeoutOfReset = rowsOf(answer)[0]?.[0] ?? "";
  };
  return [newOwnStatement(COM_QUERY, "SELECT @@GLOBAL.wait_timeout", learn)];
}

/** The rows of an answer; none of one that has none. */
function rowsOf(answer: OwnAnswer): Array<Array<string | null>> {
  return answer.kind === "rows" ? answer.rows : [];
}

/** Asks which role MariaDB gives a log-in: there is no word for it in SET ROLE. A server without roles answers with an error. */
function learnRole<Holder>(connection: Connection<Holder>): void {
  const learn = (answer: OwnAnswer) => {
    const role = answer.kind === "rows" ? (answer.rows[0]?.[0] ?? null) : "";
    connection.owner.endpoint.rolesOfLogin = role === null ? "NONE" : role === "" ? "" : `\`${role}\``;
    startTracking(connection);
  };
  ask(connection, [newOwnStatement(COM_QUERY, "SELECT CURRENT_ROLE()", learn)]);
}

function startTracking<Holder>(connection: Connection<Holder>): void {
  const started = (answer: OwnAnswer) => {
    if (answer.kind === "error") openFailed(connection, "protocol", `session tracking: ${answer.error.message}`);
    else opened(connection);
  };
  ask(connection, [newOwnStatement(COM_QUERY, `SET ${trackingClause(connection)}`, started)]);
}

function opened<Holder>(connection: Connection<Holder>): void {
  connection.cancelDeadline();
  connection.waitTimeoutMs = waitTimeoutMsOf(baselineOf(connection)?.get("wait_timeout")) ?? Number.POSITIVE_INFINITY;
  connection.state = "resetting"; // clean and nobody's, as behind a reset: what becomes of it is no failure to connect
  connection.owner.onOpened(connection);
}

/** Gives up a connection that is still being opened. */
export function stopOpening<Holder>(connection: Connection<Holder>, reason: string): void {
  openFailed(connection, "closed", reason);
}

function openFailed<Holder>(connection: Connection<Holder>, failure: ConnectFailure, reason: string): void {
  if (connection.state !== "connecting") return;
  connection.cancelDeadline();
  connection.cancelAttempt();
  connection.state = "closed";
  if (!connection.isReached) addressFailed(connection.owner.endpoint.addresses, addressOf(connection), true);
  if (connection.wire !== null) destroy(connection.wire, reason);
  connection.owner.onOpenFailed(connection, failure, reason);
}

/**
 * Makes a connection as new for another session. The owner hears onReset; a server that refuses or stays silent is
 * disconnected. Statements `before` are asked first, in the same segment.
 */
export function resetConnection<Holder>(connection: Connection<Holder>, before: readonly OwnStatement[] = []): void {
  const { owner } = connection;
  connection.state = "resetting";
  connection.lastHolder = null; // what its last statement left is gone, or is ours
  armDeadline(connection);
  const done = (answer: OwnAnswer) => {
    if (answer.kind === "error") destroyConnection(connection, "reset_failed", answer.error.message);
    if (answer.kind === "error" || connection.ownStatements.length > 0) return;
    connection.cancelDeadline();
    owner.onReset(connection);
  };
  ask(connection, [...before, ...resetStatements(connection, done)]);
}

function failureOf(reason: string): ConnectFailure {
  if (reason.includes("refused")) return "refused";
  if (/ENOTFOUND|EAI_|getaddrinfo|DNS/i.test(reason)) return "name_not_found";
  if (/unreach/i.test(reason)) return "unreachable";
  if (reason.startsWith("TLS") || /certificate/i.test(reason)) return "tls";
  return "closed";
}

function failureOfCode(code: number): ConnectFailure {
  switch (code) {
    case ER_ACCESS_DENIED_ERROR:
      return "access_denied";
    case ER_BAD_DB_ERROR:
      return "unknown_schema";
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
      return "too_many_connections";
    default:
      return "protocol";
  }
}
