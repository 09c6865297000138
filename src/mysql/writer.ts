/** Writes packets: basic types into a buffer that grows, headers patched when a packet ends. */
import { assert } from "../lib/assert.ts";
import { PACKET_HEADER_BYTES, PACKET_PAYLOAD_MAX } from "./packet.ts";

/** Bytes [0, at) are written. `packetStart` is where the open packet's header stands. */
export interface Writer {
  bytes: Uint8Array;
  at: number;
  packetStart: number;
}

const utf8 = new TextEncoder();

/** An empty writer. Not for the relay path: it serves handshakes, errors and our own statements. */
export function newWriter(capacity = 256): Writer {
  return { bytes: new Uint8Array(capacity), at: 0, packetStart: 0 };
}

/** Opens a packet with `sequence`; its length is patched by endPacket. */
export function beginPacket(writer: Writer, sequence: number): void {
  writer.packetStart = writer.at;
  reserve(writer, PACKET_HEADER_BYTES);
  writer.bytes[writer.at + 3] = sequence & 0xff;
  writer.at += PACKET_HEADER_BYTES;
}

/** Closes the open packet. Our own packets stay far below 16 MiB. */
export function endPacket(writer: Writer): void {
  const length = writer.at - writer.packetStart - PACKET_HEADER_BYTES;
  assert(length < PACKET_PAYLOAD_MAX, "an own packet fits one header");
  writer.bytes[writer.packetStart] = length & 0xff;
  writer.bytes[writer.packetStart + 1] = (length >>> 8) & 0xff;
  writer.bytes[writer.packetStart + 2] = length >>> 16;
}

/** Closes the open packet, as several where it is too long for one. */
export function endPackets(writer: Writer): void {
  const first = writer.packetStart + PACKET_HEADER_BYTES;
  if (writer.at - first < PACKET_PAYLOAD_MAX) return endPacket(writer);
  const payload = writer.bytes.slice(first, writer.at);
  const sequence = writer.bytes[writer.packetStart + 3] as number;
  writer.at = writer.packetStart;
  let at = 0;
  for (let i = 0; at <= payload.length; i++) {
    const part = payload.subarray(at, at + PACKET_PAYLOAD_MAX);
    writeUint8(writer, part.length & 0xff);
    writeUint16(writer, part.length >>> 8);
    writeUint8(writer, sequence + i);
    writeBytes(writer, part);
    at += PACKET_PAYLOAD_MAX; // a part that fills its packet is followed by another, if by an empty one
  }
}

/** The bytes written so far, as a view that the next write may make stale. */
export function writtenBytes(writer: Writer): Uint8Array {
  return writer.bytes.subarray(0, writer.at);
}

function reserve(writer: Writer, length: number): void {
  const wanted = writer.at + length;
  if (wanted <= writer.bytes.length) return;
  const grown = new Uint8Array(Math.max(wanted, writer.bytes.length * 2));
  grown.set(writer.bytes.subarray(0, writer.at));
  writer.bytes = grown;
}

/** int<1>. */
export function writeUint8(writer: Writer, value: number): void {
  reserve(writer, 1);
  writer.bytes[writer.at++] = value;
}

/** int<2>, little endian. */
export function writeUint16(writer: Writer, value: number): void {
  writeUint8(writer, value & 0xff);
  writeUint8(writer, (value >>> 8) & 0xff);
}

/** int<4>, little endian. */
export function writeUint32(writer: Writer, value: number): void {
  writeUint16(writer, value & 0xffff);
  writeUint16(writer, value >>> 16);
}

/** int<lenenc>, up to 2^32 - 1. */
export function writeLenencInt(writer: Writer, value: number): void {
  if (value < 0xfb) {
    writeUint8(writer, value);
  } else if (value <= 0xffff) {
    writeUint8(writer, 0xfc);
    writeUint16(writer, value);
  } else if (value <= 0xffffff) {
    writeUint8(writer, 0xfd);
    writeUint16(writer, value & 0xffff);
    writeUint8(writer, value >>> 16);
  } else {
    writeUint8(writer, 0xfe);
    writeUint32(writer, value);
    writeUint32(writer, 0);
  }
}

/** string<fix> or string<EOF>: the bytes as they are. */
export function writeBytes(writer: Writer, bytes: Uint8Array): void {
  reserve(writer, bytes.length);
  writer.bytes.set(bytes, writer.at);
  writer.at += bytes.length;
}

/** string<lenenc>. */
export function writeLenencBytes(writer: Writer, bytes: Uint8Array): void {
  writeLenencInt(writer, bytes.length);
  writeBytes(writer, bytes);
}

/** string<EOF> of UTF-8 text. */
export function writeText(writer: Writer, text: string): void {
  writeBytes(writer, utf8.encode(text));
}

/** string<NUL> of UTF-8 text. */
export function writeNulText(writer: Writer, text: string): void {
  writeText(writer, text);
  writeUint8(writer, 0);
}

/** string<lenenc> of UTF-8 text. */
export function writeLenencText(writer: Writer, text: string): void {
  writeLenencBytes(writer, utf8.encode(text));
}

/** `length` bytes of zero. */
export function writeZeros(writer: Writer, length: number): void {
  for (let i = 0; i < length; i++) writeUint8(writer, 0);
}
