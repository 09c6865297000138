/**
 * A connection in memory: two wires, and between them two ways on which bytes are split, late, stuck or lost as chance
 * will have it. To the code that uses a wire it looks like one of the kernel's.
 */
import type { Random } from "../../lib/random.ts";
import { closed, flush, receive } from "../../net/transport.ts";
import type { Wire, WireSocket } from "../../net/wire.ts";
import { between, isLucky } from "./chance.ts";
import { later, type Schedule } from "./schedule.ts";

/** How bytes travel on one connection. */
export interface Weather {
  /** Milliseconds that a chunk is under way at most. */
  delayMsMax: number;
  /** "whole": as much as is there; "parts": any part of it; "bytes": a few bytes at a time. */
  split: "whole" | "parts" | "bytes";
  /** Bytes that are under way or unread at most; what is more does not fit, and the writer has to wait. */
  capacity: number;
}

/** One direction. */
interface Way {
  readonly chunks: Uint8Array[];
  /** Of chunks[0] this much has been read. */
  at: number;
  queued: number;
  /** The writer will write no more. */
  isFinished: boolean;
  /** The reader knows that. */
  isEnded: boolean;
  isPaused: boolean;
  /** The writer waits for room. */
  isShort: boolean;
  isDue: boolean;
  quietUntilMs: number;
  /** Hears all that is written, before the weather gets at it. */
  readonly tap: ((bytes: Uint8Array) => void) | null;
  readonly read: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly makeRoom: () => void;
}

export interface Pipe {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly weather: Weather;
  /** From the end that connected to the end that accepted, and back. */
  readonly out: Way;
  readonly back: Way;
  /** Both ends know that it is over. */
  isOver: boolean;
  readonly closeNear: (reason: string) => void;
  readonly closeFar: (reason: string) => void;
}

export interface PipeOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly weather: Weather;
  /** Hears what the end that accepted writes. */
  readonly tap?: (bytes: Uint8Array) => void;
}

/** Joins two wires: `near` has connected, `far` has accepted. Neither is told; that is for whoever opens them. */
export function openPipe<Near, Far>(options: PipeOptions, near: Wire<Near>, far: Wire<Far>): Pipe {
  const pipe: Pipe = {
    schedule: options.schedule,
    random: options.random,
    weather: options.weather,
    out: newWay(null, near, far),
    back: newWay(options.tap ?? null, far, near),
    isOver: false,
    closeNear: (reason) => closed(near, reason),
    closeFar: (reason) => closed(far, reason),
  };
  near.socket = newSocket(pipe, [pipe.out, pipe.back], pipe.closeNear, pipe.closeFar);
  far.socket = newSocket(pipe, [pipe.back, pipe.out], pipe.closeFar, pipe.closeNear);
  return pipe;
}

function newWay<Writer, Reader>(tap: Way["tap"], writer: Wire<Writer>, reader: Wire<Reader>): Way {
  return {
    chunks: [],
    at: 0,
    queued: 0,
    isFinished: false,
    isEnded: false,
    isPaused: false,
    isShort: false,
    isDue: false,
    quietUntilMs: 0,
    tap,
    read: (bytes) => {
      if (!reader.isClosed) receive(reader, bytes);
    },
    end: () => {
      if (!reader.isClosed) reader.handler.onEnd(reader.owner);
    },
    makeRoom: () => flush(writer),
  };
}

/** `closeSelf` and `closePeer` tell the two ends that it is over. */
function newSocket(
  pipe: Pipe,
  [ours, theirs]: readonly [Way, Way],
  closeSelf: (reason: string) => void,
  closePeer: (reason: string) => void,
): WireSocket {
  return {
    write(bytes, start, length) {
      if (pipe.isOver || ours.isFinished) return length;
      if (ours.isEnded) resetPipe(pipe, closeSelf); // the reader is gone: its machine says so
      const taken = Math.min(length, Math.max(0, pipe.weather.capacity - ours.queued));
      if (taken < length) ours.isShort = true;
      if (taken === 0) return 0;
      const chunk = bytes.slice(start, start + taken);
      ours.chunks.push(chunk);
      ours.queued += taken;
      ours.tap?.(chunk);
      makeDue(pipe, ours);
      return taken;
    },
    pause() {
      theirs.isPaused = true;
    },
    resume() {
      theirs.isPaused = false;
      makeDue(pipe, theirs);
    },
    shutdown() {
      if (ours.isFinished) return;
      ours.isFinished = true;
      makeDue(pipe, ours);
    },
    close() {
      if (pipe.isOver) return;
      // What is unread here, or comes later, is answered with a reset.
      if (theirs.queued > 0) return resetPipe(pipe, closePeer);
      ours.isFinished = true;
      theirs.isEnded = true;
      makeDue(pipe, ours);
    },
    terminate() {
      if (pipe.isOver) return;
      // The kernel sends a FIN or a reset; always the latter when something is left unread.
      if (!ours.isFinished && theirs.queued === 0 && isLucky(pipe.random, 0.3)) this.close();
      else resetPipe(pipe, closePeer);
    },
  };
}

/** Both ends are told that the connection is gone, and what was under way is lost. */
export function breakPipe(pipe: Pipe): void {
  if (pipe.isOver) return;
  resetPipe(pipe, pipe.closeNear);
  later(pipe.schedule, pipe.random() * 3, () => pipe.closeFar("read ECONNRESET"));
}

function resetPipe(pipe: Pipe, closePeer: (reason: string) => void): void {
  pipe.isOver = true;
  later(pipe.schedule, pipe.random() * pipe.weather.delayMsMax, () => closePeer("read ECONNRESET"));
}

/** Nothing arrives on either way for `ms`. */
export function stallPipe(pipe: Pipe, ms: number): void {
  for (const way of [pipe.out, pipe.back]) {
    way.quietUntilMs = pipe.schedule.nowMs + ms;
    makeDue(pipe, way);
  }
}

function makeDue(pipe: Pipe, way: Way): void {
  if (way.isDue || way.isPaused || way.isEnded || pipe.isOver) return;
  if (way.queued === 0 && !way.isFinished) return;
  way.isDue = true;
  const { schedule, random, weather } = pipe;
  const quietMs = Math.max(0, way.quietUntilMs - schedule.nowMs);
  later(schedule, quietMs + random() * weather.delayMsMax, () => {
    way.isDue = false;
    deliver(pipe, way);
  });
}

function deliver(pipe: Pipe, way: Way): void {
  if (pipe.isOver || way.isEnded || way.isPaused) return;
  if (way.quietUntilMs > pipe.schedule.nowMs) return makeDue(pipe, way);
  if (way.queued > 0) {
    way.read(takeSome(pipe, way));
    if (pipe.isOver) return;
    if (way.isShort && way.queued < pipe.weather.capacity) {
      way.isShort = false;
      later(pipe.schedule, pipe.random() * pipe.weather.delayMsMax, way.makeRoom);
    }
  }
  if (way.queued === 0 && way.isFinished && !way.isPaused) {
    way.isEnded = true;
    way.end();
    if (pipe.out.isEnded && pipe.back.isEnded) closeBoth(pipe);
    return;
  }
  makeDue(pipe, way);
}

function closeBoth(pipe: Pipe): void {
  if (pipe.isOver) return;
  pipe.isOver = true;
  const { schedule, random } = pipe;
  for (const close of [pipe.closeNear, pipe.closeFar]) {
    later(schedule, random(), () => close("the peer closed the connection"));
  }
}

/** The next bytes of the way, in a buffer of their own. */
function takeSome(pipe: Pipe, way: Way): Uint8Array {
  const { random, weather } = pipe;
  const head = way.chunks[0] as Uint8Array;
  const left = head.length - way.at;
  let length = left;
  if (weather.split === "parts" && isLucky(random, 0.5)) length = between(random, 1, left);
  if (weather.split === "bytes") length = Math.min(left, between(random, 1, 5));
  // Chunks are joined as often as they are split.
  const joined = length === left && way.chunks.length > 1 && isLucky(random, 0.5) ? way.chunks[1] : undefined;
  const taken = new Uint8Array(length + (joined?.length ?? 0));
  taken.set(head.subarray(way.at, way.at + length));
  if (joined !== undefined) taken.set(joined, length);
  if (length < left) {
    way.at += length;
  } else {
    way.at = 0;
    way.chunks.splice(0, joined === undefined ? 1 : 2);
  }
  way.queued -= taken.length;
  return taken;
}
