/** What proxies say of a configuration, as its condition says it. */
import type { Programmed } from "../mesh/status.ts";

/** What the proxies of one configuration say, all together. */
export interface ProxyCounts {
  connected: number;
  /** Serve the current version. */
  current: number;
  /** Have not said anything about it yet. */
  pending: number;
  /** Those of them that have not said anything about any version. */
  silent: number;
  rejected: number;
  /** What one of those that rejected it says; "" when none did. */
  error: string;
}

/** Proxies that say the same. */
export interface ProxySummary {
  /** "" where they have said nothing. */
  version: string;
  status: "applied" | "rejected" | "none";
  count: number;
  error: string;
}

/** What they say about `version`. */
export function countsOf(summaries: readonly ProxySummary[], version: string | null): ProxyCounts {
  const counts: ProxyCounts = { connected: 0, current: 0, pending: 0, silent: 0, rejected: 0, error: "" };
  for (const { version: said, status, count, error } of summaries) {
    counts.connected += count;
    if (status === "none") counts.silent += count;
    if (status === "none" || said !== version) counts.pending += count;
    else if (status === "applied") counts.current += count;
    else {
      counts.rejected += count;
      counts.error = error;
    }
  }
  return counts;
}

/** The state of what is in all of these configurations. */
export function programmedOf(counts: readonly ProxyCounts[]): Programmed {
  if (counts.length === 0) return { kind: "unused" };
  const rejecting = counts.find(({ rejected }) => rejected > 0);
  if (rejecting !== undefined) return { kind: "rejected", error: rejecting.error };
  if (counts.some(({ pending }) => pending > 0)) return { kind: "pending" };
  return counts.every(({ connected }) => connected === 0) ? { kind: "no-proxies" } : { kind: "programmed" };
}

/** Proxies take a configuration up in milliseconds; status tells when they do not. */
const SETTLE_MS = 1_000;
/** Proxies of a leader that is gone come to the others, and other replicas report theirs. */
const TAKE_OVER_MS = 30_000;

/** Times, all monotonic. */
export interface Moments {
  nowMs: number;
  /** Of the configurations, the latest. */
  publishedMs: number;
  /** When proxies were last heard of: one connected, or said something. */
  heardMs: number;
  /** When we became the leader. */
  tookOverMs: number;
}

/**
 * How much longer what was true before may hold, though proxies no longer say so; 0 when status should say so now. A proxy that has
 * just connected has not had the time to say anything, and who has just become the leader has not heard of anybody.
 */
export function settlesInMs(counts: readonly ProxyCounts[], moments: Moments): number {
  const { nowMs, publishedMs, heardMs, tookOverMs } = moments;
  if (counts.some(({ rejected }) => rejected > 0)) return 0;
  const isSilent = counts.every(({ pending, silent }) => pending === silent);
  const isNobody = counts.every(({ connected }) => connected === 0);
  const untilMs = Math.max(
    isNobody ? tookOverMs + TAKE_OVER_MS : publishedMs + SETTLE_MS,
    isSilent ? heardMs + SETTLE_MS : Number.NEGATIVE_INFINITY,
  );
  return Math.max(0, untilMs - nowMs);
}

/** The counts of several registries, such as those of other replicas. */
export function addCounts(counts: readonly ProxyCounts[]): ProxyCounts {
  const sum: ProxyCounts = { connected: 0, current: 0, pending: 0, silent: 0, rejected: 0, error: "" };
  for (const { connected, current, pending, silent, rejected, error } of counts) {
    sum.connected += connected;
    sum.current += current;
    sum.pending += pending;
    sum.silent += silent;
    sum.rejected += rejected;
    if (sum.error === "") sum.error = error;
  }
  return sum;
}
