/** The command in hand: cut out of the inbox, and the part of a large one that is still with the client. */
import { PACKET_HEADER_BYTES, PACKET_PAYLOAD_MAX, payloadLengthAt, sequenceAt } from "../mysql/packet.ts";
import type { Inbox } from "./inbox.ts";
import type { Request } from "./session.ts";

/** How a look into the inbox ended. */
export type RequestStart = "incomplete" | "ready" | "out-of-order" | "empty" | "too-large";

/** A command up to this size is read whole, so that what it does to its session is known; a larger one is streamed. */
export const WHOLE_BYTES_MAX = 1 << 20;
/** Of a streamed command this much is waited for: the types of an execution's 65,535 parameters stand in it. */
const HEAD_BYTES = 256 * 1024;

const NO_BYTES = new Uint8Array(0);

/** No command in hand. */
export function newRequest(): Request {
  return { command: 0, bytes: NO_BYTES, start: 0, end: 0, sequence: 0, left: 0, isContinued: false };
}

/** Lets go of the chunk that the command came in. */
export function forgetBytes(request: Request): void {
  request.bytes = NO_BYTES;
}

/** True when part of the command is still to come. */
export function hasMoreToCome(request: Request): boolean {
  return request.left > 0 || request.isContinued;
}

/** Whether a large command, whose first part is [start, end) of the inbox, has to be at hand as a whole. */
export type NeedsWhole<Owner> = (
  owner: Owner,
  command: number,
  bytes: Uint8Array,
  start: number,
  end: number,
) => boolean;

/**
 * Looks for a command at the inbox's start and describes it in `request`; its bytes stay in the inbox. A large command is
 * handed out with its first part, then hasMoreToCome; unless it `needsWhole`: that one is waited for, and refused
 * ("too-large") beyond `bytesMax`.
 */
export function startRequest<Owner>(
  request: Request,
  inbox: Inbox,
  bytesMax: number,
  needsWhole: NeedsWhole<Owner>,
  owner: Owner,
  wholeBytesMax: number = WHOLE_BYTES_MAX,
): RequestStart {
  const { bytes, start, end } = inbox;
  if (end - start < PACKET_HEADER_BYTES) return "incomplete";
  if (sequenceAt(bytes, start) !== 0) return "out-of-order";
  if (payloadLengthAt(bytes, start) === 0) return "empty";
  if (end - start === PACKET_HEADER_BYTES) return "incomplete";
  const command = bytes[start + PACKET_HEADER_BYTES] as number;
  let at = start;
  while (end - at >= PACKET_HEADER_BYTES) {
    const payload = payloadLengthAt(bytes, at);
    const packetEnd = at + PACKET_HEADER_BYTES + payload;
    const isWhole = packetEnd <= end;
    const isLarge = packetEnd - start > wholeBytesMax;
    const isStreamed = isLarge && !needsWhole(owner, command, bytes, start, end);
    if (isLarge && !isStreamed && packetEnd - start > bytesMax) return "too-large";
    if (isStreamed && !isWhole && end - start < HEAD_BYTES) return "incomplete";
    if (isStreamed || (isWhole && payload < PACKET_PAYLOAD_MAX)) {
      request.command = command;
      request.bytes = bytes;
      request.start = start;
      request.end = Math.min(packetEnd, end);
      request.sequence = sequenceAt(bytes, at);
      request.left = packetEnd - request.end;
      request.isContinued = payload === PACKET_PAYLOAD_MAX;
      return "ready";
    }
    if (!isWhole) return "incomplete";
    at = packetEnd;
  }
  return "incomplete";
}

/** Walks on through the command's later bytes at the inbox's start. Returns how many of them belong to it. */
export function continueRequest(request: Request, inbox: Inbox): number {
  const { bytes, start, end } = inbox;
  let at = start;
  while (at < end && hasMoreToCome(request)) {
    if (request.left > 0) {
      const taken = Math.min(request.left, end - at);
      request.left -= taken;
      at += taken;
    } else if (!startPacket(request, bytes, at, end)) {
      break;
    } else {
      request.isContinued = request.left === PACKET_PAYLOAD_MAX;
      at += PACKET_HEADER_BYTES;
    }
  }
  return at - start;
}

/** Walks on through the packets of a local file. Returns how many bytes belong to it; `onEnd` at the empty packet. */
export function continueFile(request: Request, inbox: Inbox, onEnd: () => void): number {
  const { bytes, start, end } = inbox;
  let at = start;
  while (at < end) {
    if (request.left > 0) {
      const taken = Math.min(request.left, end - at);
      request.left -= taken;
      at += taken;
    } else if (!startPacket(request, bytes, at, end)) {
      break;
    } else {
      at += PACKET_HEADER_BYTES;
      // An empty packet behind a full one ends that packet, not the file.
      const isEnd = request.left === 0 && !request.isContinued;
      request.isContinued = request.left === PACKET_PAYLOAD_MAX;
      if (isEnd) {
        onEnd();
        break;
      }
    }
  }
  return at - start;
}

function startPacket(request: Request, bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < PACKET_HEADER_BYTES) return false;
  request.left = payloadLengthAt(bytes, at);
  request.sequence = sequenceAt(bytes, at);
  return true;
}

/** The command's payload without packet headers: a view, or a copy when it came in several packets. */
export function payloadOf(request: Request): Uint8Array {
  const { bytes, start, end } = request;
  const first = start + PACKET_HEADER_BYTES;
  if (payloadLengthAt(bytes, start) < PACKET_PAYLOAD_MAX) return bytes.subarray(first, end);
  const payload = new Uint8Array(end - first);
  let length = 0;
  for (let at = start; at < end; ) {
    const packetEnd = Math.min(end, at + PACKET_HEADER_BYTES + payloadLengthAt(bytes, at));
    payload.set(bytes.subarray(at + PACKET_HEADER_BYTES, packetEnd), length);
    length += packetEnd - at - PACKET_HEADER_BYTES;
    at = packetEnd;
  }
  return payload.subarray(0, length);
}
