/** Sending on a wire. What a short write leaves over goes out by flush() of transport.ts. */
import type { Wire, WireSocket } from "./wire.ts";

/**
 * Sends [start, end) of `bytes`, in order after everything sent before. Returns false when the peer takes no more for
 * now: stop producing until onDrain. What the kernel did not take is copied, so the caller may reuse its buffer.
 */
export function send<Owner>(wire: Wire<Owner>, bytes: Uint8Array, start: number, end: number): boolean {
  if (wire.isClosed || wire.isFinishing || wire.socket === null) return true; // nobody is there to read it
  if (wire.codec === null) return write(wire, bytes, start, end);
  const encoded = wire.codec.encode(bytes, start, end);
  return write(wire, encoded, 0, encoded.length);
}

function write<Owner>(wire: Wire<Owner>, bytes: Uint8Array, start: number, end: number): boolean {
  if (wire.pending.length > 0) {
    wire.pending.push(bytes.slice(start, end));
    return false;
  }
  if (wire.socket === null) return true;
  const taken = offer(wire, wire.socket, bytes, start, end - start);
  if (taken >= end - start) return true;
  wire.pending.push(bytes.slice(start + taken, end));
  return false;
}

/**
 * How many bytes the kernel takes. When it calls the connection broken it has told its error, once, and only who reads
 * hears of the end: a paused wire would wait for ever for a peer that is gone.
 */
export function offer<Owner>(
  wire: Wire<Owner>,
  socket: WireSocket,
  bytes: Uint8Array,
  start: number,
  length: number,
): number {
  const taken = socket.write(bytes, start, length);
  if (taken >= 0) return taken;
  wire.isBroken = true;
  if (wire.isPaused) {
    wire.isPaused = false;
    socket.resume();
  }
  return 0;
}

/** Sends all of `bytes`, as send() does. */
export function sendAll<Owner>(wire: Wire<Owner>, bytes: Uint8Array): boolean {
  return send(wire, bytes, 0, bytes.length);
}
