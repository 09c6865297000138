/** Packets over a node:net socket, for fakes at both ends: other code than the proxy's own transport and inbox, on purpose. */
import type { Socket } from "node:net";
import { PACKET_HEADER_BYTES, PACKET_PAYLOAD_MAX, payloadLengthAt } from "../mysql/packet.ts";

export interface RawPacket {
  sequence: number;
  payload: Uint8Array;
}

export interface PacketStream {
  socket: Socket;
  /** Bytes [start, end) of `bytes` have come and were not taken. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** All bytes that ever came. */
  receivedBytes: number;
  /** The peer has sent its last byte. */
  hasEnded: boolean;
  /** The socket is gone. */
  isClosed: boolean;
  wake: () => void;
}

/** Reads from `socket` from now on. */
export function newPacketStream(socket: Socket): PacketStream {
  const stream: PacketStream = {
    socket,
    bytes: new Uint8Array(4096),
    start: 0,
    end: 0,
    receivedBytes: 0,
    hasEnded: false,
    isClosed: false,
    wake: () => {},
  };
  attachSocket(stream, socket);
  return stream;
}

/** Goes on with `socket`, which carries the plain text of a TLS session over the first one. */
export function attachSocket(stream: PacketStream, socket: Socket): void {
  stream.socket = socket;
  socket.on("data", (chunk: Buffer) => append(stream, chunk));
  socket.on("end", () => {
    stream.hasEnded = true;
    stream.wake();
  });
  socket.on("close", () => {
    stream.hasEnded = true;
    stream.isClosed = true;
    stream.wake();
  });
  // A reset is one of the ends that tests are about; "close" follows it.
  socket.on("error", () => {});
}

function append(stream: PacketStream, chunk: Uint8Array): void {
  stream.receivedBytes += chunk.length;
  const length = stream.end - stream.start;
  if (stream.end + chunk.length > stream.bytes.length) {
    const needsMore = (length + chunk.length) * 2 > stream.bytes.length;
    const target = needsMore ? new Uint8Array((length + chunk.length) * 2) : stream.bytes;
    target.set(stream.bytes.subarray(stream.start, stream.end));
    stream.bytes = target;
    stream.start = 0;
    stream.end = length;
  }
  stream.bytes.set(chunk, stream.end);
  stream.end += chunk.length;
  stream.wake();
}

/** The next packet as it is on the wire, a copy; null when the peer has ended without a whole one. */
export async function nextPacket(stream: PacketStream): Promise<RawPacket | null> {
  while (!hasPacket(stream)) {
    if (stream.hasEnded) return null;
    await new Promise<void>((resolve) => {
      stream.wake = resolve;
    });
  }
  const { bytes, start } = stream;
  const payloadAt = start + PACKET_HEADER_BYTES;
  const end = payloadAt + payloadLengthAt(bytes, start);
  stream.start = end;
  return { sequence: bytes[start + 3] as number, payload: bytes.slice(payloadAt, end) };
}

function hasPacket({ bytes, start, end }: PacketStream): boolean {
  const length = end - start;
  return length >= PACKET_HEADER_BYTES && length >= PACKET_HEADER_BYTES + payloadLengthAt(bytes, start);
}

/** The next payload with its continuations, and the sequence id of its last packet. */
export async function nextPayload(stream: PacketStream): Promise<RawPacket | null> {
  const first = await nextPacket(stream);
  if (first === null || first.payload.length < PACKET_PAYLOAD_MAX) return first;
  const parts = [first.payload];
  for (;;) {
    const next = await nextPacket(stream);
    if (next === null) return null;
    parts.push(next.payload);
    if (next.payload.length < PACKET_PAYLOAD_MAX) return { sequence: next.sequence, payload: Buffer.concat(parts) };
  }
}

/** `payloads` as packets that count up from `sequence`; what is too long for one packet is continued. */
export function packetsOf(payloads: readonly Uint8Array[], sequence = 0): Uint8Array {
  const parts: Uint8Array[] = [];
  let next = sequence;
  for (const payload of payloads) {
    let at = 0;
    for (;;) {
      const part = payload.subarray(at, at + PACKET_PAYLOAD_MAX);
      parts.push(
        Uint8Array.of(part.length & 0xff, (part.length >>> 8) & 0xff, part.length >>> 16, next++ & 0xff),
        part,
      );
      at += part.length;
      if (part.length < PACKET_PAYLOAD_MAX) break;
    }
  }
  return Buffer.concat(parts);
}

/** Ends the connection at once. */
export function closeStream(stream: PacketStream): void {
  stream.socket.destroy();
}
