/** A line on the terminal that says that something is still going on, for work that takes longer than a second. */
import { writeSync } from "node:fs";
import { systemClock } from "../src/lib/clock.ts";

const SHOWN_AFTER_MS = 1_000;
const SHOWN_EVERY_MS = 100;
/** Asking the clock costs more than counting. */
const STEPS_PER_LOOK = 32;
const STEPS_PER_REST = 512;

/**
 * The engine lets garbage grow until the process is twice as large as it has to be. A pipeline's container may not have
 * that much: above this size the garbage is collected whenever this much more has come together.
 */
const COLLECTED_ABOVE_BYTES = 120_000_000;
const COLLECTED_EVERY_BYTES = 20_000_000;

export interface Progress {
  /** One more is done. */
  step(): void;
  /** A good moment to tidy up, after work that leaves much behind. */
  rest(): void;
  /** Removes the line. */
  end(): void;
}

/** Counts `what`; nothing is shown where stderr is no terminal. */
export function newProgress(what: string): Progress {
  const isSeen = process.stderr.isTTY === true;
  let next = systemClock.monotonicMs() + SHOWN_AFTER_MS;
  let count = 0;
  let isShown = false;
  let limitBytes = COLLECTED_ABOVE_BYTES;
  const rest = () => {
    if (process.memoryUsage.rss() < limitBytes) return;
    Bun.gc(true);
    limitBytes = Math.max(COLLECTED_ABOVE_BYTES, process.memoryUsage.rss() + COLLECTED_EVERY_BYTES);
  };
  return {
    rest,
    step() {
      count += 1;
      if (count % STEPS_PER_REST === 0) rest();
      if (!isSeen || count % STEPS_PER_LOOK !== 0) return;
      const now = systemClock.monotonicMs();
      if (now < next) return;
      next = now + SHOWN_EVERY_MS;
      isShown = true;
      // Synchronous: the work that is counted does not let the event loop run.
      writeSync(2, `\r\x1b[K${count} ${what}`);
    },
    end() {
      if (isShown) writeSync(2, "\r\x1b[K");
      isShown = false;
    },
  };
}
