/** Virtual time: what is to happen, in the order in which it is due. One heap for the timers of the proxy and the events of the world around it. */
import type { Clock } from "../../lib/clock.ts";

interface Due {
  readonly dueMs: number;
  /** Of two that are due at once the one that was asked for first comes first. */
  readonly order: number;
  /** null when it was cancelled or has run. */
  run: (() => void) | null;
}

export interface Schedule {
  nowMs: number;
  readonly heap: Due[];
  nextOrder: number;
  /** Events that have run. */
  steps: number;
  /** A promise that somebody awaits has been kept: what follows from that comes before the next event. */
  hasPromised: boolean;
  /** Timers of the proxy that have neither run nor been cancelled. */
  timers: number;
}

const WALL_START_MS = Date.UTC(2026, 0, 1);

/** Nothing is due, at 0 ms. */
export function newSchedule(): Schedule {
  return { nowMs: 0, heap: [], nextOrder: 0, steps: 0, hasPromised: false, timers: 0 };
}

/** Has `run` happen in `delayMs`. */
export function later(schedule: Schedule, delayMs: number, run: () => void): void {
  push(schedule, { dueMs: schedule.nowMs + delayMs, order: schedule.nextOrder++, run });
}

/** The clock of the proxy; its timers are counted. */
export function clockOf(schedule: Schedule): Clock {
  return {
    monotonicMs: () => schedule.nowMs,
    wallMs: () => WALL_START_MS + schedule.nowMs,
    after(delayMs, run) {
      const due: Due = {
        dueMs: schedule.nowMs + delayMs,
        order: schedule.nextOrder++,
        run: () => {
          schedule.timers--;
          run();
        },
      };
      schedule.timers++;
      push(schedule, due);
      return () => {
        if (due.run === null) return;
        due.run = null;
        schedule.timers--;
      };
    },
  };
}

/** Lets happen what is due, one after the other, until `isOver` holds, `endMs` has come, or nothing is left. */
export async function runUntil(schedule: Schedule, endMs: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const next = schedule.heap[0];
    if (next === undefined || next.dueMs > endMs) {
      schedule.nowMs = endMs;
      return;
    }
    pop(schedule);
    const { run } = next;
    if (run === null) continue;
    next.run = null;
    schedule.nowMs = Math.max(schedule.nowMs, next.dueMs);
    schedule.steps++;
    run();
    if (schedule.hasPromised) await settle(schedule);
  }
}

/** Longer than any chain of awaits. */
const TICKS = 20;

async function settle(schedule: Schedule): Promise<void> {
  schedule.hasPromised = false;
  for (let i = 0; i < TICKS; i++) await null;
}

function isBefore(left: Due, right: Due): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order);
}

function push({ heap }: Schedule, due: Due): void {
  let at = heap.length;
  heap.push(due);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Due;
    if (!isBefore(due, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = due;
}

function pop({ heap }: Schedule): void {
  const last = heap.pop() as Due;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child++;
    const below = heap[child] as Due;
    if (!isBefore(below, last)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}
