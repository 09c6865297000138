/** An answer as lines that do not depend on how its ends are spelt (EOF or OK), so that any two can be compared. */
import { CLIENT_DEPRECATE_EOF } from "../mysql/capabilities.ts";
import { COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import {
  type Cursor,
  newCursor,
  readLenencBigInt,
  readLenencBytes,
  readLenencInt,
  readUint16,
  skip,
  textOfBytes,
} from "../mysql/cursor.ts";
import { readErr } from "../mysql/err.ts";
import { SERVER_SESSION_STATE_CHANGED } from "../mysql/status-flags.ts";
import type { RawPacket } from "./packet-stream.ts";
import { statusFlagNames } from "./status-names.ts";

interface Reader {
  readonly packets: readonly RawPacket[];
  readonly isEofDeprecated: boolean;
  readonly isBinary: boolean;
  at: number;
}

/** Every field of an answer that a client can see: columns, rows, affected rows, insert id, warnings, status flags, info, errors. */
export function describeAnswer(command: number, capabilities: number, packets: readonly RawPacket[]): string[] {
  const isEofDeprecated = (capabilities & CLIENT_DEPRECATE_EOF) !== 0;
  const reader: Reader = { packets, isEofDeprecated, isBinary: command === COM_STMT_EXECUTE, at: 0 };
  const lines: string[] = [];
  if (command === COM_STMT_PREPARE) describePrepared(reader, lines);
  else while (reader.at < packets.length) describeResult(reader, lines);
  return lines;
}

function next(reader: Reader): Uint8Array {
  const packet = reader.packets[reader.at++];
  if (packet === undefined) throw new Error("the answer ends too early");
  return packet.payload;
}

function describeResult(reader: Reader, lines: string[]): void {
  const first = next(reader);
  if (first[0] === 0xff) lines.push(errLine(first));
  else if (first[0] === 0x00 || first[0] === 0xfe) lines.push(okLine("OK", first));
  else describeRows(reader, readLenencInt(newCursor(first)), lines);
}

function describeRows(reader: Reader, columns: number, lines: string[]): void {
  for (let i = 0; i < columns; i++) lines.push(columnLine(next(reader)));
  if (!reader.isEofDeprecated) next(reader);
  for (;;) {
    const row = next(reader);
    if (row[0] === 0xff) lines.push(errLine(row));
    else if (row[0] === 0xfe && row.length < 0xffffff) lines.push(endLine(reader, row));
    else lines.push(rowLine(reader, row));
    if (row[0] === 0xff || (row[0] === 0xfe && row.length < 0xffffff)) return;
  }
}

function describePrepared(reader: Reader, lines: string[]): void {
  const head = next(reader);
  if (head[0] === 0xff) {
    lines.push(errLine(head));
    return;
  }
  const cursor = newCursor(head);
  skip(cursor, 5); // OK header, statement id
  const columns = readUint16(cursor);
  const parameters = readUint16(cursor);
  skip(cursor, 1); // filler
  lines.push(`PREPARED columns=${columns} parameters=${parameters} warnings=${readUint16(cursor)}`);
}

function errLine(payload: Uint8Array): string {
  const { code, sqlState, message } = readErr(newCursor(payload));
  // The server's ids of prepared statements count up over all connections.
  return `ERR ${code} (${sqlState}) ${message.replace(/handler \(\d+\)/, "handler (n)")}`;
}

function okLine(kind: string, payload: Uint8Array): string {
  const cursor = newCursor(payload, 1);
  const affected = readLenencBigInt(cursor);
  const insertId = readLenencBigInt(cursor);
  const flags = readUint16(cursor);
  const status = statusFlagNames(flags);
  const warnings = readUint16(cursor);
  const tail = (flags & SERVER_SESSION_STATE_CHANGED) === 0 ? textOfBytes(payload.subarray(cursor.at)) : tailOf(cursor);
  return `${kind} affected=${affected} insertId=${insertId} warnings=${warnings} status=${status} info=${tail}`;
}

/** The info and what has changed of the session; MariaDB tells it in no order. */
function tailOf(cursor: Cursor): string {
  const info = cursor.at < cursor.end ? textOfBytes(readLenencBytes(cursor)) : "";
  if (cursor.at >= cursor.end) return `${info}, nothing told`;
  const block = newCursor(readLenencBytes(cursor));
  const entries: string[] = [];
  while (block.at < block.end) {
    const type = block.bytes[block.at++];
    entries.push(`${type}:${Buffer.from(readLenencBytes(block)).toString("latin1")}`);
  }
  return [info, ...entries.sort()].join(", ");
}

/** The end of rows; an EOF has no room for more than this. */
function endLine(reader: Reader, payload: Uint8Array): string {
  const cursor = newCursor(payload, 1);
  if (reader.isEofDeprecated) {
    readLenencInt(cursor); // affected rows
    readLenencInt(cursor); // last insert id
    const status = readUint16(cursor);
    const warnings = readUint16(cursor);
    const tail = (status & SERVER_SESSION_STATE_CHANGED) === 0 ? "" : ` info=${tailOf(cursor)}`;
    return `END warnings=${warnings} status=${statusFlagNames(status)}${tail}`;
  }
  const warnings = readUint16(cursor);
  return `END warnings=${warnings} status=${statusFlagNames(readUint16(cursor))}`;
}

/** schema, table, original table, name, original name; then character set, length, type, flags and decimals as bytes. */
function columnLine(payload: Uint8Array): string {
  const cursor = newCursor(payload);
  readLenencBytes(cursor); // catalog, always "def"
  const names = Array.from({ length: 5 }, () => textOfBytes(readLenencBytes(cursor)));
  return `column ${names.join(".")} ${hex(payload.subarray(cursor.at))}`;
}

function rowLine(reader: Reader, payload: Uint8Array): string {
  if (reader.isBinary)
    return `row ${hex(payload)} ${Buffer.from(payload)
      .toString("latin1")
      .replaceAll(/[^ -~]+/g, " ")}`;
  const cursor = newCursor(payload);
  const values: string[] = [];
  while (cursor.at < cursor.end) values.push(readValue(cursor));
  return `row ${values.join(" | ")}`;
}

function readValue(cursor: Cursor): string {
  if (cursor.bytes[cursor.at] !== 0xfb) return Buffer.from(readLenencBytes(cursor)).toString("latin1");
  cursor.at++;
  return "NULL";
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
