/** OK_Packet, also in its shape as the end of a result set. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html */
import { type Cursor, readLenencInt, readLenencText, readUint8, readUint16, skip } from "./cursor.ts";
import { payloadLengthAt, sequenceAt } from "./packet.ts";
import { SERVER_SESSION_STATE_CHANGED } from "./status-flags.ts";
import {
  beginPacket,
  endPacket,
  newWriter,
  type Writer,
  writeBytes,
  writeLenencBytes,
  writeLenencInt,
  writeUint8,
  writeUint16,
  writeZeros,
  writtenBytes,
} from "./writer.ts";

export const OK_HEADER = 0x00;
/** Header of the OK that ends a result set when CLIENT_DEPRECATE_EOF is set, and of EOF_Packet. */
export const EOF_HEADER = 0xfe;

/** Entries of the session state block, by type. */
export const SESSION_TRACK_SYSTEM_VARIABLES = 0x00;
export const SESSION_TRACK_SCHEMA = 0x01;
export const SESSION_TRACK_STATE_CHANGE = 0x02;
export const SESSION_TRACK_GTIDS = 0x03;
export const SESSION_TRACK_TRANSACTION_CHARACTERISTICS = 0x04;
export const SESSION_TRACK_TRANSACTION_STATE = 0x05;

/** What a session state block said; filled anew by readSessionState. */
export interface SessionState {
  /** The new current schema; null when it did not change. */
  schema: string | null;
  /** name, value, name, value, ... */
  variables: string[];
  hasStateChange: boolean;
}

/** Writes an OK packet without info and session state. */
export function writeOk(writer: Writer, sequence: number, status: number, affectedRows = 0): void {
  beginPacket(writer, sequence);
  writeUint8(writer, OK_HEADER);
  writeLenencInt(writer, affectedRows);
  writeLenencInt(writer, 0); // last insert id
  writeUint16(writer, status);
  writeUint16(writer, 0); // warnings
  endPacket(writer);
}

/** Writes the OK of a log-in with a schema, as a client with CLIENT_SESSION_TRACK is told of it. */
export function writeOkWithSchema(writer: Writer, sequence: number, status: number, schema: string): void {
  const name = Buffer.from(schema);
  const entry = newWriter(name.length + 16);
  writeLenencBytes(entry, name);
  const data = writtenBytes(entry);
  const block = newWriter(data.length + 16);
  writeUint8(block, SESSION_TRACK_SCHEMA);
  writeLenencBytes(block, data);
  beginPacket(writer, sequence);
  writeUint8(writer, OK_HEADER);
  writeZeros(writer, 2); // affected rows, last insert id
  writeUint16(writer, status | SERVER_SESSION_STATE_CHANGED);
  writeUint16(writer, 0); // warnings
  writeLenencInt(writer, 0); // info
  writeLenencBytes(writer, writtenBytes(block));
  endPacket(writer);
}

/** Writes an OK packet with the header of EOF, as it ends COM_SET_OPTION under CLIENT_DEPRECATE_EOF. */
export function writeEof(writer: Writer, sequence: number, status: number, isOkShaped: boolean): void {
  beginPacket(writer, sequence);
  writeUint8(writer, EOF_HEADER);
  if (isOkShaped)
    writeZeros(writer, 2); // affected rows, last insert id
  else writeUint16(writer, 0); // warnings come first in EOF_Packet
  writeUint16(writer, status);
  if (isOkShaped) writeUint16(writer, 0); // warnings
  endPacket(writer);
}

/** The status flags of an OK packet's payload. @throws ProtocolError when it ends before them. */
export function readOkStatus(cursor: Cursor): number {
  readUint8(cursor, "header");
  readLenencInt(cursor, "affected rows");
  readLenencInt(cursor, "last insert id");
  return readUint16(cursor, "status flags");
}

/** Places of an OK packet's fields, relative to the buffer that it was read from. */
export interface OkLayout {
  statusAt: number;
  /** Behind warnings and, when it is not empty, info: where the packet ends for a client without CLIENT_SESSION_TRACK. */
  plainEnd: number;
  /** Behind info; where the session state block starts, if there is one. */
  stateAt: number;
}

/**
 * Finds the status flags and the session state block of the OK packet whose header starts at `start`.
 * The connection must have CLIENT_SESSION_TRACK.
 * @throws ProtocolError when a length points past the packet.
 */
export function okLayout(bytes: Uint8Array, start: number): OkLayout {
  const end = start + 4 + payloadLengthAt(bytes, start);
  const cursor: Cursor = { bytes, at: start + 5, end };
  readLenencInt(cursor, "affected rows");
  readLenencInt(cursor, "last insert id");
  const statusAt = cursor.at;
  readUint16(cursor, "status flags");
  readUint16(cursor, "warnings");
  const infoAt = cursor.at;
  const infoLength = cursor.at < end ? readLenencInt(cursor, "info") : 0;
  skip(cursor, infoLength, "info");
  return { statusAt, plainEnd: infoLength > 0 ? cursor.at : infoAt, stateAt: cursor.at };
}

/** Reads the session state block of the OK packet whose header starts at `start` into `state`. @throws ProtocolError. */
export function readSessionState(bytes: Uint8Array, start: number, state: SessionState): void {
  state.schema = null;
  state.variables.length = 0;
  state.hasStateChange = false;
  const end = start + 4 + payloadLengthAt(bytes, start);
  const cursor: Cursor = { bytes, at: okLayout(bytes, start).stateAt, end };
  if (cursor.at >= end) return;
  cursor.end = readLenencInt(cursor, "session state") + cursor.at;
  if (cursor.end > end) cursor.end = end;
  while (cursor.at < cursor.end) readEntry(cursor, state);
}

function readEntry(cursor: Cursor, state: SessionState): void {
  const type = readUint8(cursor, "session state type");
  const entry = readEntryData(cursor);
  if (type === SESSION_TRACK_SYSTEM_VARIABLES) {
    while (entry.at < entry.end) {
      state.variables.push(readLenencText(entry, "variable name"));
      state.variables.push(readLenencText(entry, "variable value"));
    }
  } else if (type === SESSION_TRACK_SCHEMA) {
    state.schema = readLenencText(entry, "schema");
  } else if (type === SESSION_TRACK_STATE_CHANGE) {
    state.hasStateChange = true;
  }
}

/** A cursor over an entry's data, over which `cursor` steps. */
function readEntryData(cursor: Cursor): Cursor {
  const length = readLenencInt(cursor, "session state entry");
  const { bytes, at } = cursor;
  skip(cursor, length, "session state entry");
  return { bytes, at, end: cursor.at };
}

/**
 * Copies the OK packet at `start` with those entries of its session state block that `isWanted` lets through: it is asked
 * for the type, and of a system variable for the name. @throws ProtocolError on a broken block.
 */
export function withSessionState(
  bytes: Uint8Array,
  start: number,
  isWanted: (type: number, name: string) => boolean,
): Uint8Array {
  const { stateAt } = okLayout(bytes, start);
  const end = start + 4 + payloadLengthAt(bytes, start);
  const cursor: Cursor = { bytes, at: stateAt, end };
  cursor.end = stateAt < end ? Math.min(end, readLenencInt(cursor, "session state") + cursor.at) : stateAt;
  // MySQL says that something has changed, and not what, when a transaction is ended by the beginning of another.
  if (cursor.at === cursor.end) return bytes.subarray(start, end);
  const kept: Uint8Array[] = [];
  let keptLength = 0;
  while (cursor.at < cursor.end) {
    const entryAt = cursor.at;
    const type = readUint8(cursor, "session state type");
    const entry = readEntryData(cursor);
    const name = type === SESSION_TRACK_SYSTEM_VARIABLES ? readLenencText(entry, "variable name") : "";
    if (!isWanted(type, name)) continue;
    kept.push(bytes.subarray(entryAt, cursor.at));
    keptLength += cursor.at - entryAt;
  }
  if (kept.length === 0) return withoutSessionState(bytes, start);
  const writer = newWriter(end - start);
  beginPacket(writer, sequenceAt(bytes, start));
  writeBytes(writer, bytes.subarray(start + 4, stateAt));
  writeLenencInt(writer, keptLength);
  for (const entry of kept) writeBytes(writer, entry);
  endPacket(writer);
  return writtenBytes(writer);
}

/**
 * Copies the OK packet at `start` without its session state block, for a client that did not ask for
 * CLIENT_SESSION_TRACK: the flag is cleared and nothing else changes.
 */
export function withoutSessionState(bytes: Uint8Array, start: number): Uint8Array {
  const layout = okLayout(bytes, start);
  const copy = bytes.slice(start, layout.plainEnd);
  const length = copy.length - 4;
  copy[0] = length & 0xff;
  copy[1] = (length >>> 8) & 0xff;
  copy[2] = length >>> 16;
  const at = layout.statusAt - start + 1;
  copy[at] = (copy[at] as number) & ~(SERVER_SESSION_STATE_CHANGED >>> 8);
  return copy;
}
