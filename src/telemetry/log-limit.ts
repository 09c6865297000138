/** Keeps one cause from flooding the log: a dying backend fails thousands of statements a second for the same reason. */
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "./log.ts";
import type { LogFields } from "./log-line.ts";

export interface LogLimit {
  readonly clock: Clock;
  /** Least time between two lines of one key. */
  readonly intervalMs: number;
  /** Keys remembered; the one that printed longest ago is forgotten first. */
  readonly keysMax: number;
  /** In the order of their last printed line. */
  readonly keys: Map<string, LimitedKey>;
}

interface LimitedKey {
  printedMs: number;
  suppressed: number;
}

/** A limit of one line per key and second. One for the process is enough. */
export function newLogLimit(clock: Clock, intervalMs = 1000, keysMax = 256): LogLimit {
  return { clock, intervalMs, keysMax, keys: new Map() };
}

/**
 * Logs `message` unless a line of the same `key` was printed less than `intervalMs` ago. The next line that is printed says how many were
 * left out as `suppressed=N`. Build the key from the cause, such as the backend and the reason, never from a client's data.
 */
export function logLimited(
  limit: LogLimit,
  log: Logger,
  level: "debug" | "info" | "warn" | "error",
  key: string,
  message: string,
  fields?: LogFields,
): void {
  const nowMs = limit.clock.monotonicMs();
  const known = limit.keys.get(key);
  if (known !== undefined && nowMs - known.printedMs < limit.intervalMs) {
    known.suppressed += 1;
    return;
  }
  log[level](
    message,
    known !== undefined && known.suppressed > 0 ? { ...fields, suppressed: known.suppressed } : fields,
  );
  limit.keys.delete(key);
  limit.keys.set(key, { printedMs: nowMs, suppressed: 0 });
  if (limit.keys.size > limit.keysMax) forgetOldest(limit);
}

function forgetOldest(limit: LogLimit): void {
  for (const key of limit.keys.keys()) {
    limit.keys.delete(key);
    return;
  }
}
