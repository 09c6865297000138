/** Bytes that have come, cut into packets. */
import { PACKET_HEADER_BYTES, payloadLengthAt } from "../../mysql/packet.ts";
import type { RawPacket } from "../packet-stream.ts";

export interface PacketBuffer {
  bytes: Uint8Array;
  /** Bytes before this one have been cut out. */
  start: number;
}

/** A buffer without a byte. */
export function newPacketBuffer(): PacketBuffer {
  return { bytes: new Uint8Array(0), start: 0 };
}

/** Adds `bytes` behind what is there. */
export function addBytes(buffer: PacketBuffer, bytes: Uint8Array): void {
  const left = buffer.bytes.length - buffer.start;
  if (left === 0) {
    buffer.bytes = bytes;
  } else {
    const joined = new Uint8Array(left + bytes.length);
    joined.set(buffer.bytes.subarray(buffer.start));
    joined.set(bytes, left);
    buffer.bytes = joined;
  }
  buffer.start = 0;
}

/** The next whole packet; null when there is none. */
export function cutPacket(buffer: PacketBuffer): RawPacket | null {
  const { bytes, start } = buffer;
  if (bytes.length - start < PACKET_HEADER_BYTES) return null;
  const payloadAt = start + PACKET_HEADER_BYTES;
  const end = payloadAt + payloadLengthAt(bytes, start);
  if (end > bytes.length) return null;
  buffer.start = end;
  return { sequence: bytes[start + 3] as number, payload: bytes.slice(payloadAt, end) };
}
