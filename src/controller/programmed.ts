/** What proxies say of a configuration, as its condition says it. */
import type { Programmed } from "../mesh/status.ts";

/** What the proxies of one configuration say, all together. */
export interface ProxyCounts {
  connected: number;
  /** Serve the current version. */
  current: number;
  /** Have not said anything about it yet. */
  pending: number;
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
  const counts: ProxyCounts = { connected: 0, current: 0, pending: 0, rejected: 0, error: "" };
  for (const { version: said, status, count, error } of summaries) {
    counts.connected += count;
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

/** The counts of several registries, such as those of other replicas. */
export function addCounts(counts: readonly ProxyCounts[]): ProxyCounts {
  const sum: ProxyCounts = { connected: 0, current: 0, pending: 0, rejected: 0, error: "" };
  for (const { connected, current, pending, rejected, error } of counts) {
    sum.connected += connected;
    sum.current += current;
    sum.pending += pending;
    sum.rejected += rejected;
    if (sum.error === "") sum.error = error;
  }
  return sum;
}
