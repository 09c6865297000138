/**
 * Reads the protocol's basic types from a packet; every read is checked against the packet's end.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html
 */
import { ProtocolError } from "./errors.ts";

/** A place in [at, end) of `bytes`. Reading moves `at`. */
export interface Cursor {
  bytes: Uint8Array;
  at: number;
  end: number;
}

const utf8 = new TextDecoder("utf-8");

/** A cursor over [start, end) of `bytes`, which it does not copy. */
export function newCursor(bytes: Uint8Array, start = 0, end = bytes.length): Cursor {
  return { bytes, at: start, end };
}

/** @throws ProtocolError when fewer than `length` bytes are left. */
function need(cursor: Cursor, length: number, what: string): void {
  if (length > cursor.end - cursor.at) {
    throw new ProtocolError(`packet ends ${length - (cursor.end - cursor.at)} bytes short of its ${what}`);
  }
}

/** int<1>. @throws ProtocolError at the packet's end. */
export function readUint8(cursor: Cursor, what = "int<1>"): number {
  need(cursor, 1, what);
  return cursor.bytes[cursor.at++] as number;
}

/** int<2>, little endian. @throws ProtocolError at the packet's end. */
export function readUint16(cursor: Cursor, what = "int<2>"): number {
  return readUint(cursor, 2, what);
}

/** int<3>, little endian. @throws ProtocolError at the packet's end. */
export function readUint24(cursor: Cursor, what = "int<3>"): number {
  return readUint(cursor, 3, what);
}

/** int<4>, little endian. @throws ProtocolError at the packet's end. */
export function readUint32(cursor: Cursor, what = "int<4>"): number {
  return readUint(cursor, 4, what) >>> 0;
}

function readUint(cursor: Cursor, width: number, what: string): number {
  need(cursor, width, what);
  let value = 0;
  for (let i = 0; i < width; i++) value |= (cursor.bytes[cursor.at++] as number) << (8 * i);
  return value;
}

/**
 * int<lenenc>. 0xfb (NULL in rows) is refused here. Values past 2^53 lose low bits, which no length may have.
 * @throws ProtocolError at the packet's end or on a byte that starts no integer.
 */
export function readLenencInt(cursor: Cursor, what = "int<lenenc>"): number {
  const first = readUint8(cursor, what);
  if (first < 0xfb) return first;
  if (first === 0xfc) return readUint(cursor, 2, what);
  if (first === 0xfd) return readUint(cursor, 3, what);
  if (first === 0xfe) return readUint32(cursor, what) + readUint32(cursor, what) * 4294967296;
  throw new ProtocolError(`0x${first.toString(16)} starts no int<lenenc> of ${what}`);
}

/** int<lenenc> in full width. @throws ProtocolError as readLenencInt does. */
export function readLenencBigInt(cursor: Cursor, what = "int<lenenc>"): bigint {
  if (cursor.at >= cursor.end || cursor.bytes[cursor.at] !== 0xfe) return BigInt(readLenencInt(cursor, what));
  cursor.at++;
  const low = readUint32(cursor, what);
  return BigInt(low) + (BigInt(readUint32(cursor, what)) << 32n);
}

/** string<fix>: a view of `length` bytes, valid as long as the packet's buffer. @throws ProtocolError when short. */
export function readBytes(cursor: Cursor, length: number, what = "string<fix>"): Uint8Array {
  need(cursor, length, what);
  const view = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return view;
}

/** string<lenenc> as a view. @throws ProtocolError when its length points past the packet. */
export function readLenencBytes(cursor: Cursor, what = "string<lenenc>"): Uint8Array {
  return readBytes(cursor, readLenencInt(cursor, what), what);
}

/** string<lenenc> as text, as textOfBytes() decodes it. @throws ProtocolError when its length points past the packet. */
export function readLenencText(cursor: Cursor, what = "string<lenenc>"): string {
  const length = readLenencInt(cursor, what);
  const start = cursor.at;
  skip(cursor, length, what);
  // Called on the prototype: a view would have to be allocated to decode a part of a plain Uint8Array.
  return Buffer.prototype.utf8Slice.call(cursor.bytes, start, cursor.at);
}

/** Steps over a string<lenenc>. @throws ProtocolError when its length points past the packet. */
export function skipLenenc(cursor: Cursor, what = "string<lenenc>"): void {
  skip(cursor, readLenencInt(cursor, what), what);
}

/** string<NUL> as a view without its NUL. @throws ProtocolError when no NUL follows. */
export function readNulBytes(cursor: Cursor, what = "string<NUL>"): Uint8Array {
  const nul = cursor.bytes.indexOf(0, cursor.at);
  if (nul < 0 || nul >= cursor.end) throw new ProtocolError(`packet ends inside its ${what}: no NUL byte`);
  const view = cursor.bytes.subarray(cursor.at, nul);
  cursor.at = nul + 1;
  return view;
}

/** string<EOF> as a view: all that is left. */
export function readRestBytes(cursor: Cursor): Uint8Array {
  return readBytes(cursor, cursor.end - cursor.at);
}

/** Steps over `length` bytes. @throws ProtocolError when the packet is shorter. */
export function skip(cursor: Cursor, length: number, what = "filler"): void {
  need(cursor, length, what);
  cursor.at += length;
}

/** Decodes UTF-8; bytes that are none become U+FFFD, never an error. */
export function textOfBytes(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}
