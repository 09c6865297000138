/** Time, passed in so that tests own it. The only file that asks the machine what time it is. */

export interface Clock {
  /** Milliseconds with fractions since an arbitrary start; never goes back. For durations and deadlines. */
  monotonicMs(): number;
  /** Milliseconds since 1970 UTC. For people: logs, ages in the admin API. */
  wallMs(): number;
  /** Calls `run` once after `delayMs`. The returned function cancels it and may be called more than once. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
