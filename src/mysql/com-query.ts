/** COM_QUERY: where its SQL text starts. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html */
import { CLIENT_QUERY_ATTRIBUTES } from "./capabilities.ts";
import { type Cursor, readLenencInt, readUint8, readUint16, skip, skipLenenc } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { type Writer, writeLenencInt } from "./writer.ts";

/** Bytes of a fixed-length value, by the low byte of its type. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  1: 1, // MYSQL_TYPE_TINY
  2: 2, // MYSQL_TYPE_SHORT
  3: 4, // MYSQL_TYPE_LONG
  4: 4, // MYSQL_TYPE_FLOAT
  5: 8, // MYSQL_TYPE_DOUBLE
  6: 0, // MYSQL_TYPE_NULL
  8: 8, // MYSQL_TYPE_LONGLONG
  9: 4, // MYSQL_TYPE_INT24
  13: 2, // MYSQL_TYPE_YEAR
};
/** Types whose value starts with its own length in one byte: TIMESTAMP, DATE, TIME, DATETIME. */
const COUNTED_TYPES: ReadonlySet<number> = new Set([7, 10, 11, 12]);

/**
 * The place of the SQL text in a COM_QUERY payload that starts at `payloadAt`: behind the command byte and, with
 * CLIENT_QUERY_ATTRIBUTES, behind the attributes.
 * @throws ProtocolError when the attributes point past the packet.
 */
export function queryTextAt(bytes: Uint8Array, payloadAt: number, payloadEnd: number, capabilities: number): number {
  if ((capabilities & CLIENT_QUERY_ATTRIBUTES) === 0) return payloadAt + 1;
  // Nearly always: no attribute, one set of them.
  if (payloadEnd - payloadAt >= 3 && bytes[payloadAt + 1] === 0 && bytes[payloadAt + 2] === 1) return payloadAt + 3;
  const cursor: Cursor = { bytes, at: payloadAt + 1, end: payloadEnd };
  const count = readLenencInt(cursor, "query attribute count");
  readLenencInt(cursor, "query attribute set count");
  if (count > 0) skipAttributes(cursor, count);
  return cursor.at;
}

/** What stands between the command byte and the text when CLIENT_QUERY_ATTRIBUTES is set and there are none. */
export function writeNoAttributes(writer: Writer): void {
  writeLenencInt(writer, 0); // attributes
  writeLenencInt(writer, 1); // sets of them
}

function skipAttributes(cursor: Cursor, count: number): void {
  if (count > 0xffff) throw new ProtocolError(`${count} query attributes are more than the protocol allows`);
  const nullsAt = cursor.at;
  skip(cursor, (count + 7) >> 3, "query attribute NULL bitmap");
  const hasTypes = readUint8(cursor, "new_params_bind_flag");
  if (hasTypes !== 1) throw new ProtocolError("query attributes without types");
  const types: number[] = [];
  for (let i = 0; i < count; i++) {
    types.push(readUint16(cursor, "query attribute type") & 0xff);
    skipLenenc(cursor, "query attribute name");
  }
  for (let i = 0; i < count; i++) {
    const isNull = ((cursor.bytes[nullsAt + (i >> 3)] as number) & (1 << (i & 7))) !== 0;
    if (!isNull) skipValue(cursor, types[i] as number);
  }
}

function skipValue(cursor: Cursor, type: number): void {
  const fixed = FIXED_BYTES[type];
  if (fixed !== undefined) skip(cursor, fixed, "query attribute value");
  else if (COUNTED_TYPES.has(type)) skip(cursor, readUint8(cursor, "query attribute value"), "query attribute value");
  else skipLenenc(cursor, "query attribute value");
}
