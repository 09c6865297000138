/**
 * Packet headers: int<3> payload length, int<1> sequence id. A payload of 16 MiB - 1 is followed by its continuation.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 */

export const PACKET_HEADER_BYTES = 4;
/** A payload of this length says that the next packet continues it. */
export const PACKET_PAYLOAD_MAX = 0xffffff;

/** Payload length of the packet whose header starts at `at`; three bytes must be there. */
export function payloadLengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
}

/** int<4> at `at`, which a statement's id is; four bytes must be there. */
export function uint32At(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 3] as number) << 24;
  return (payloadLengthAt(bytes, at) | high) >>> 0;
}

/** Replaces the int<4> at `at`. */
export function replaceUint32(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> (8 * i);
}

/** Sequence id of the packet whose header starts at `at`; four bytes must be there. */
export function sequenceAt(bytes: Uint8Array, at: number): number {
  return bytes[at + 3] as number;
}
