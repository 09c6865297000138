/**
 * Statements that a client has prepared. They are its own by their ids; on servers they are prepared where they are
 * executed, and shared with other clients that have prepared the same.
 */
import type { Connection, ServerStatement } from "../backend/connection.ts";
import { isMariadb } from "../backend/endpoint.ts";
import {
  closeStatement,
  dropStatement,
  flushCloses,
  moveStatement,
  returnStatement,
  shareStatement,
  takeStatement,
  useStatement,
} from "../backend/statements.ts";
import { assert } from "../lib/assert.ts";
import { type ExecuteTypes, executeTypes, firstTypes, newExecuteTypes, withTypes } from "../mysql/com-stmt-execute.ts";
import { STATEMENT_ID_AT } from "../mysql/com-stmt-prepare.ts";
import { COM_STMT_BULK_EXECUTE, COM_STMT_EXECUTE } from "../mysql/commands.ts";
import { ER_NET_PACKET_TOO_LARGE, ER_WRONG_ARGUMENTS, ProtocolError } from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES, PACKET_PAYLOAD_MAX, replaceUint32, uint32At } from "../mysql/packet.ts";
import { areKnown, kindsAfter } from "../mysql/parameter-types.ts";
import { beginPacket, endPackets, newWriter, writeBytes, writtenBytes } from "../mysql/writer.ts";
import { PIN_CURSOR, PIN_LONG_DATA, PIN_PARAMETER_TYPES } from "./pin.ts";
import { payloadOf } from "./request.ts";
import type { PreparedStatement, Request, Session } from "./session.ts";

/** Names the statement that was prepared last, whatever its id: MariaDB's clients do not wait for it. */
const LAST_PREPARED = 0xffffffff;
const STATEMENT_ID_BYTES = 4;

/** Of the execution in hand; nothing is kept between two commands. */
const place: ExecuteTypes = newExecuteTypes();

/** The server has prepared the statement in hand. Returns the id that the client is to know it by. */
export function rememberPrepared(session: Session, connection: Connection<Session>): PreparedStatement {
  const { statement, listener } = session;
  const { bytes, start, end, kind, effects } = statement;
  const shared = shareStatement(listener.book, bytes.subarray(start, end), connection.schema, session.assigned);
  const prepared: PreparedStatement = {
    id: session.nextPreparedId++,
    shared,
    kind,
    effects,
    parameters: connection.tracker.parameters,
    text: statement.text,
    types: null,
    held: null,
    isUnshared: false,
    hasCursor: false,
    hasLongData: false,
    failure: null,
  };
  session.prepared.set(prepared.id, prepared);
  return prepared;
}

/** The statement that the command at [start, end) names, or null. @throws ProtocolError when it is too short to hold an id. */
export function preparedAt(session: Session, bytes: Uint8Array, start: number, end: number): PreparedStatement | null {
  const id = statementIdAt(bytes, start, end);
  return (id === LAST_PREPARED ? session.lastPrepared : session.prepared.get(id)) ?? null;
}

/** @throws ProtocolError when the command is too short to hold an id. */
export function statementIdAt(bytes: Uint8Array, start: number, end: number): number {
  const at = start + PACKET_HEADER_BYTES + STATEMENT_ID_AT;
  if (end - at < STATEMENT_ID_BYTES) throw new ProtocolError("the statement id is missing");
  return uint32At(bytes, at);
}

/** The statement on the connection, if it is prepared there. */
export function onServer(prepared: PreparedStatement, connection: Connection<Session>): ServerStatement | undefined {
  return prepared.held ?? useStatement(connection, prepared.shared);
}

/** Has the statement to itself from now on, because something is going to be left in it. */
export function holdStatement(prepared: PreparedStatement, connection: Connection<Session>): void {
  prepared.held ??= takeStatement(connection, prepared.shared);
}

/** The server wants the statement prepared anew. */
export function closeOnServer(prepared: PreparedStatement, connection: Connection<Session>): void {
  if (prepared.held === null) closeStatement(connection, prepared.shared);
  else connection.closing.push(prepared.held.id);
  prepared.held = null;
}

/** Shares the statement again when nothing is in it any more. */
export function releaseStatement(prepared: PreparedStatement, connection: Connection<Session>): void {
  if (prepared.held === null || prepared.isUnshared || prepared.hasCursor || prepared.hasLongData) return;
  returnStatement(connection, prepared.shared, prepared.held);
  prepared.held = null;
}

/** Writes the server's id into the command in hand. */
export function nameOnServer({ bytes, start }: Request, statement: ServerStatement): void {
  const at = start + PACKET_HEADER_BYTES + STATEMENT_ID_AT;
  replaceUint32(bytes, at, statement.id);
}

/**
 * Remembers the types of the parameters of the execution in hand where it says them; values of kinds that were not known
 * make it the execution of another shared statement, and values of other kinds than before that of a statement which the
 * client has to itself. False when the execution has no types, or is broken.
 */
export function learnTypes(session: Session, prepared: PreparedStatement, connection: Connection<Session>): boolean {
  const { request } = session;
  const { parameters } = prepared;
  // A view would be garbage with every execution.
  const isOnePacket = request.sequence === 0;
  const bytes = isOnePacket ? request.bytes : payloadOf(request);
  const start = isOnePacket ? request.start + PACKET_HEADER_BYTES : 0;
  const end = isOnePacket ? request.end : bytes.length;
  try {
    if (!executeTypes(place, bytes, start, end, parameters, session.capabilities)) return false;
    if (place.hasTypes) {
      const isSame =
        prepared.types !== null && isAt(prepared.types, bytes, start + place.typesAt, start + place.typesEnd);
      if (isSame && areKnown(prepared.shared.kinds, parameters)) return true;
      if (!isSame) prepared.types = bytes.slice(start + place.typesAt, start + place.typesEnd);
    } else if (areKnown(prepared.shared.kinds, parameters)) {
      return true;
    }
    learnKinds(session, prepared, connection, payloadOf(request));
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false; // the server knows what to say to it
    throw error;
  }
}

/** True when [at, end) of `bytes` are `wanted`. */
function isAt(wanted: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (wanted.length !== end - at) return false;
  for (let i = 0; i < wanted.length; i++) if (wanted[i] !== bytes[at + i]) return false;
  return true;
}

function learnKinds(
  session: Session,
  prepared: PreparedStatement,
  connection: Connection<Session>,
  payload: Uint8Array,
): void {
  const { types, parameters, shared, isUnshared } = prepared;
  // MariaDB derives types anew with every execution.
  if (types === null || isUnshared || place.nullsAt < 0 || isMariadb(connection.owner.endpoint)) return;
  const kinds = kindsAfter(shared.kinds, types, parameters, place.hasNames, payload, place.nullsAt);
  if (kinds === null) prepared.isUnshared = true;
  else if (kinds !== shared.kinds) prepared.shared = moveStatement(session.listener.book, shared, kinds, connection);
}

/**
 * Makes the execution in hand, about which learnTypes() has just returned true, say the types of its parameters where the
 * server does not know them.
 * @throws ProtocolError when they cannot be added to it.
 */
export function tellTypes(session: Session, prepared: PreparedStatement, statement: ServerStatement): void {
  const { request, capabilities } = session;
  if (place.hasTypes) {
    statement.types = prepared.types;
    return;
  }
  if (prepared.types === statement.types) return;
  // Those of another client would be taken for them.
  const types = prepared.types === null ? null : firstTypes(prepared.types, place.count, capabilities);
  if (types === null) throw new ProtocolError("the types of the parameters are missing", ER_WRONG_ARGUMENTS);
  replacePayload(request, withTypes(payloadOf(request), place, types));
  statement.types = types.length === prepared.types?.length ? prepared.types : null;
}

/** Keeps the types that the command in hand says, which no server has heard: its client leaves them out from now on. */
export function rememberTypes(session: Session, prepared: PreparedStatement): void {
  const { command, bytes, start, end } = session.request;
  if (command !== COM_STMT_EXECUTE && command !== COM_STMT_BULK_EXECUTE) return;
  const payloadAt = start + PACKET_HEADER_BYTES;
  try {
    if (!executeTypes(place, bytes, payloadAt, end, prepared.parameters, session.capabilities)) return;
  } catch (error) {
    if (error instanceof ProtocolError) return; // it has none that could be read
    throw error;
  }
  if (place.hasTypes) prepared.types = bytes.slice(payloadAt + place.typesAt, payloadAt + place.typesEnd);
}

/** True when the execution whose payload is at [payloadAt, end) leaves out types that a server may have to be told. */
export function leavesOutTypes(
  prepared: PreparedStatement,
  bytes: Uint8Array,
  payloadAt: number,
  end: number,
  capabilities: number,
): boolean {
  if (prepared.types === null) return false;
  return executeTypes(place, bytes, payloadAt, end, prepared.parameters, capabilities) && !place.hasTypes;
}

/** Another payload for the command in hand, all of which is here; it must fit as many packets, which are counted. */
function replacePayload(request: Request, payload: Uint8Array): void {
  if (Math.floor(payload.length / PACKET_PAYLOAD_MAX) !== request.sequence) {
    throw new ProtocolError("the types of the parameters have no room in its packets", ER_NET_PACKET_TOO_LARGE);
  }
  const writer = newWriter(payload.length + PACKET_HEADER_BYTES * (request.sequence + 1));
  beginPacket(writer, 0);
  writeBytes(writer, payload);
  endPackets(writer);
  request.bytes = writtenBytes(writer);
  request.start = 0;
  request.end = request.bytes.length;
}

/** The pins of what is in the session's statements. */
export function pinsOfPrepared(session: Session): number {
  let pins = 0;
  for (const { hasCursor, hasLongData, isUnshared } of session.prepared.values()) {
    if (isUnshared) pins |= PIN_PARAMETER_TYPES;
    if (hasCursor) pins |= PIN_CURSOR;
    if (hasLongData) pins |= PIN_LONG_DATA;
  }
  return pins;
}

/** The client has closed the statement, which frees what is in it, too. */
export function closePrepared(session: Session, prepared: PreparedStatement): void {
  const { connection, listener } = session;
  session.prepared.delete(prepared.id);
  if (session.lastPrepared === prepared) session.lastPrepared = null;
  if (prepared.held !== null) {
    assert(connection !== null, "a session keeps the connection that holds its cursors");
    connection.closing.push(prepared.held.id);
    prepared.held = null;
  }
  dropStatement(listener.book, prepared.shared);
  if (connection !== null && session.phase === "ready") flushCloses(connection);
}

/** All of the session's statements are gone: it ends, or starts anew. */
export function closeAllPrepared(session: Session): void {
  for (const { shared, held } of session.prepared.values()) {
    if (held !== null) session.connection?.closing.push(held.id);
    dropStatement(session.listener.book, shared);
  }
  session.prepared.clear();
  session.lastPrepared = null;
}
