/** Opening, setting up and resetting connections. What they are for is their owner's business. */

import type { Cursor } from "../mysql/cursor.ts";
import type { ErrPacket } from "../mysql/err.ts";
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
import { resetStatements } from "./adopt.ts";
import type { AuthenticateResult } from "./auth-exchange.ts";
import { authenticate } from "./authenticate.ts";
import { globalsCheck, startTracking } from "./baseline.ts";
import type { ClientLogin } from "./client-login.ts";
import {
  addressOf,
  armDeadline,
  type Connection,
  type ConnectionOwner,
  destroyConnection,
  newConnection,
  type Origin,
  type OwnAnswer,
  type OwnStatement,
  type Shape,
} from "./connection.ts";
import { ask, readOwnAnswer } from "./own-statement.ts";
import { readPackets } from "./read-packets.ts";
import { setUpOwn } from "./set-up.ts";
import { waitTimeoutMsOf } from "./settings.ts";

/** Opens a connection for `owner`, which hears onOpened or onOpenFailed; to `address` where only that one will do. */
export function openConnection<Holder>(
  owner: ConnectionOwner<Holder>,
  shape: Shape,
  origin: Origin | null,
  address: string | null = null,
): Connection<Holder> {
  return open(newConnection(owner, shape, origin), address);
}

/** Opens a connection for a client that logs in itself, to `schema`; "" for none. */
export function openForLogin<Holder>(
  owner: ConnectionOwner<Holder>,
  shape: Shape,
  origin: Origin,
  login: ClientLogin,
  schema: string,
): Connection<Holder> {
  const connection = newConnection(owner, shape, origin, login);
  connection.schema = schema;
  return open(connection, null);
}

function armOpening<Holder>(connection: Connection<Holder>): void {
  const { clock, timeoutConnectMs } = connection.owner;
  connection.cancelDeadline = clock.after(timeoutConnectMs, () =>
    openFailed(connection, "timeout", `no answer within ${timeoutConnectMs} ms`),
  );
}

function open<Holder>(connection: Connection<Holder>, address: string | null): Connection<Holder> {
  const { owner } = connection;
  armOpening(connection);
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
      const onEnd = (result: AuthenticateResult) => authenticated(connection, result);
      authenticate(connection, endpoint, attributes, onEnd, () => armOpening(connection));
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
    openFailed(connection, failureOfCode(result.code), result.reason, result.error);
    return;
  }
  if (connection.login !== null) {
    connection.tracker.status = result.status;
    return setUpOwn(connection, () => opened(connection));
  }
  connection.tracker.status = connection.owner.endpoint.profile?.status ?? 0;
  startTracking(connection, (trouble) => {
    if (trouble === null) opened(connection);
    else openFailed(connection, "protocol", trouble);
  });
}

function opened<Holder>(connection: Connection<Holder>): void {
  connection.cancelDeadline();
  connection.waitTimeoutMs = waitTimeoutMsOf(connection.baseline?.get("wait_timeout")) ?? Number.POSITIVE_INFINITY;
  connection.state = "resetting"; // clean and nobody's, as behind a reset: what becomes of it is no failure to connect
  connection.owner.onOpened(connection);
}

/** Gives up a connection that is still being opened. */
export function stopOpening<Holder>(connection: Connection<Holder>, reason: string): void {
  openFailed(connection, "closed", reason);
}

function openFailed<Holder>(
  connection: Connection<Holder>,
  failure: ConnectFailure,
  reason: string,
  error: ErrPacket | null = null,
): void {
  if (connection.state !== "connecting") return;
  connection.cancelDeadline();
  connection.cancelAttempt();
  connection.state = "closed";
  if (!connection.isReached) addressFailed(connection.owner.endpoint.addresses, addressOf(connection), true);
  if (connection.wire !== null) destroy(connection.wire, reason);
  connection.owner.onOpenFailed(connection, failure, reason, error);
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
  const [reset, ...others] = resetStatements(connection, done);
  const check = globalsCheck(connection, () => owner.onGlobalsChanged(connection));
  ask(connection, [...before, reset as OwnStatement, ...check, ...others]);
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
