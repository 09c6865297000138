/** Opening, setting up and resetting connections. What they are for is their owner's business. */
import { CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { COM_QUERY, COM_RESET_CONNECTION } from "../mysql/commands.ts";
import type { Cursor } from "../mysql/cursor.ts";
import {
  ER_ACCESS_DENIED_ERROR,
  ER_BAD_DB_ERROR,
  ER_CON_COUNT_ERROR,
  ER_TOO_MANY_USER_CONNECTIONS,
} from "../mysql/errors.ts";
import { connect, destroy, type WireHandler } from "../net/transport.ts";
import type { ConnectFailure } from "../telemetry/metrics-table.ts";
import { type AuthenticateResult, authenticate } from "./authenticate.ts";
import {
  type Connection,
  type ConnectionOwner,
  destroyConnection,
  newConnection,
  readPackets,
  type Shape,
} from "./connection.ts";
import { ask, newOwnStatement, type OwnAnswer, readOwnAnswer } from "./own-statement.ts";

/** What we want to hear of. `session_track_system_variables = '*'` would report `statement_id` with every answer. */
const TRACKING = "session_track_schema = ON, session_track_state_change = ON";
const CHARACTER_SETS = "SELECT @@character_set_client, @@character_set_results, @@collation_connection";

/** Opens a connection for `owner`, which hears onOpened or onOpenFailed. */
export function openConnection<Holder>(owner: ConnectionOwner<Holder>, shape: Shape): Connection<Holder> {
  const connection = newConnection(owner, shape);
  connection.cancelDeadline = owner.clock.after(owner.timeoutConnectMs, () =>
    openFailed(connection, "timeout", `no answer within ${owner.timeoutConnectMs} ms`),
  );
  const { host, port } = owner.endpoint;
  connection.wire = connect({ host, port }, owner.handler, connection);
  return connection;
}

/** What the sockets of an owner's connections call. */
export function newConnectionHandler<Holder>(): WireHandler<Connection<Holder>> {
  return {
    onOpen(connection) {
      const { endpoint, attributes } = connection.owner;
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
      if (connection.state === "connecting") openFailed(connection, failureOf(reason), reason);
      else connection.owner.onLost(connection, reason);
    },
  };
}

/** What arrives while no session has the connection: the connection phase, answers to our own statements, or a surprise. */
function readOutside<Holder>(connection: Connection<Holder>, bytes: Uint8Array): void {
  if (connection.state === "idle") {
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
  else readOwnAnswer(connection, packet);
}

function authenticated<Holder>(connection: Connection<Holder>, result: AuthenticateResult): void {
  if (result.kind === "failed") {
    openFailed(connection, failureOfCode(result.code), result.reason);
    return;
  }
  const { endpoint } = connection.owner;
  connection.tracker.status = endpoint.profile?.status ?? 0;
  if ((connection.capabilities & CLIENT_SESSION_TRACK) === 0) {
    opened(connection);
    return;
  }
  const { collation } = connection.shape;
  ask(connection, [
    newOwnStatement(COM_QUERY, `SET SESSION ${TRACKING}`, (answer) => {
      if (answer.kind === "error") openFailed(connection, "protocol", `session tracking: ${answer.error.message}`);
      else if (endpoint.characterSets.has(collation)) opened(connection);
      else learnCharacterSet(connection);
    }),
  ]);
}

function learnCharacterSet<Holder>(connection: Connection<Holder>): void {
  const read = (answer: OwnAnswer) => {
    if (answer.kind === "error") {
      openFailed(connection, "protocol", answer.error.message);
      return;
    }
    const [client, results, collation] = answer.rows[0] ?? [];
    const characterSet = { client: client ?? "NULL", results: results ?? "NULL", collation: collation ?? "NULL" };
    connection.owner.endpoint.characterSets.set(connection.shape.collation, characterSet);
    opened(connection);
  };
  ask(connection, [newOwnStatement(COM_QUERY, CHARACTER_SETS, read)]);
}

function opened<Holder>(connection: Connection<Holder>): void {
  connection.cancelDeadline();
  connection.owner.onOpened(connection);
}

function openFailed<Holder>(connection: Connection<Holder>, failure: ConnectFailure, reason: string): void {
  if (connection.state !== "connecting") return;
  connection.cancelDeadline();
  connection.state = "closed";
  if (connection.wire !== null) destroy(connection.wire, reason);
  connection.owner.onOpenFailed(connection, failure, reason);
}

/**
 * Makes a connection as new for another session: COM_RESET_CONNECTION, then what a reset forgets of ours, in one
 * segment. The owner hears onReset; a server that refuses or stays silent is disconnected.
 */
export function resetConnection<Holder>(connection: Connection<Holder>): void {
  const { owner } = connection;
  connection.state = "resetting";
  connection.cancelDeadline = owner.clock.after(owner.timeoutConnectMs, () => destroyConnection(connection, "timeout"));
  const characterSet = owner.endpoint.characterSets.get(connection.shape.collation);
  const done = (answer: OwnAnswer) => {
    if (answer.kind === "error") destroyConnection(connection, "reset_failed", answer.error.message);
    if (answer.kind === "error" || connection.ownStatements.length > 0) return;
    connection.cancelDeadline();
    connection.isDirty = false;
    owner.onReset(connection);
  };
  const statements = [newOwnStatement(COM_RESET_CONNECTION, "", done)];
  if (characterSet !== undefined) {
    const { client, results, collation } = characterSet;
    // MySQL puts the character sets of a reset session to the server's defaults, MariaDB to those of the handshake.
    const names = `character_set_client = ${client}, character_set_results = ${results}, collation_connection = ${collation}`;
    statements.push(newOwnStatement(COM_QUERY, `SET SESSION ${TRACKING}, ${names}`, done));
  }
  ask(connection, statements);
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
