/** From the bytes that a server has sent to whole packets. */
import type { Cursor } from "../mysql/cursor.ts";
import { ProtocolError } from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES, payloadLengthAt, sequenceAt } from "../mysql/packet.ts";
import type { Connection } from "./connection.ts";

/** Largest packet of an answer that we read ourselves. */
const OWN_PAYLOAD_MAX = 1 << 20;

/** What is left over from the last read, and `bytes` behind it. */
export function joinRest<Holder>(connection: Connection<Holder>, bytes: Uint8Array): Uint8Array {
  const rest = connection.rest;
  if (rest === null) return bytes;
  connection.rest = null;
  const joined = new Uint8Array(rest.length + bytes.length);
  joined.set(rest);
  joined.set(bytes, rest.length);
  return joined;
}

/**
 * Feeds whole packets to `read` while there are any and the connection is open; keeps what is left for next time.
 * @throws ProtocolError on a packet far larger than the connection phase or our own statements may bring.
 */
export function readPackets<Holder>(
  connection: Connection<Holder>,
  bytes: Uint8Array,
  read: (connection: Connection<Holder>, packet: Cursor, sequence: number) => void,
): void {
  const all = joinRest(connection, bytes);
  let at = 0;
  while (all.length - at >= PACKET_HEADER_BYTES && connection.state !== "closed") {
    const length = payloadLengthAt(all, at);
    if (length > OWN_PAYLOAD_MAX) throw new ProtocolError(`the server sent a packet of ${length} bytes out of place`);
    const end = at + PACKET_HEADER_BYTES + length;
    if (end > all.length) break;
    const sequence = sequenceAt(all, at);
    const packet = { bytes: all, at: at + PACKET_HEADER_BYTES, end };
    at = end;
    // Whoever ends something with this packet must know whether there is more.
    connection.rest = at < all.length ? all.subarray(at) : null;
    read(connection, packet, sequence);
  }
  connection.rest = at < all.length ? all.subarray(at) : null;
}
