/** A clock that stands still until a test moves it. */
import type { Clock } from "../lib/clock.ts";

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: due timers run in order, those that they start included. */
  advance(ms: number): void;
  /** Timers that have neither run nor been cancelled. */
  waiting(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

const WALL_START_MS = Date.UTC(2026, 0, 1);

/** A clock at 0 ms, on the first of January 2026. */
export function virtualClock(): VirtualClock {
  let nowMs = 0;
  const timers = new Set<Timer>();
  const nextDue = (endMs: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  };
  return {
    monotonicMs: () => nowMs,
    wallMs: () => WALL_START_MS + nowMs,
    after(delayMs, run) {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let timer = nextDue(endMs); timer !== undefined; timer = nextDue(endMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.run();
      }
      nowMs = endMs;
    },
    waiting: () => timers.size,
  };
}
