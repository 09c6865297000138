/**
 * What proxies say to one replica, told to the leader, who alone writes status. A replica sends what has changed once a second at
 * most, and everything now and then; the leader forgets a replica that it hears nothing of.
 */
import { errorOf } from "../kube/observe.ts";
import type { Clock } from "../lib/clock.ts";
import type { ProxySummary } from "./programmed.ts";
import { type ProxyRegistry, summaryOf } from "./proxy-registry.ts";

/** Where reports are posted to. */
export const REPORT_PATH = "/internal/v1/proxies";

const SEND_MS = 1_000;
const SEND_ALL_MS = 30_000;
/** A replica that has not reported for this long is gone. */
const ABSENT_MS = 90_000;

/** By `namespace/name`; an empty list says that no proxy is connected any more. */
export interface Report {
  replica: string;
  /** Whether what is not in it is no longer so. */
  isAll: boolean;
  proxies: Readonly<Record<string, readonly ProxySummary[]>>;
}

/** What other replicas said. */
export interface PeerReports {
  readonly replicas: Map<string, { heardMs: number; proxies: Map<string, readonly ProxySummary[]> }>;
}

/** Nothing was heard yet. */
export function newPeerReports(): PeerReports {
  return { replicas: new Map() };
}

/** Takes a report in. Returns the keys that it says something new about. */
export function takeReport(reports: PeerReports, { replica, isAll, proxies }: Report, nowMs: number): Set<string> {
  const known = reports.replicas.get(replica)?.proxies ?? new Map<string, readonly ProxySummary[]>();
  const changed = new Set<string>();
  if (isAll) {
    for (const key of known.keys()) {
      if (Object.hasOwn(proxies, key)) continue;
      known.delete(key);
      changed.add(key);
    }
  }
  for (const [key, summaries] of Object.entries(proxies)) {
    if (!Bun.deepEquals(known.get(key) ?? [], summaries)) changed.add(key);
    if (summaries.length === 0) known.delete(key);
    else known.set(key, summaries);
  }
  reports.replicas.set(replica, { heardMs: nowMs, proxies: known });
  return changed;
}

/** Forgets replicas that are gone. Returns the keys that they had said something about. */
export function forgetPeers(reports: PeerReports, nowMs: number): Set<string> {
  const changed = new Set<string>();
  for (const [replica, { heardMs, proxies }] of reports.replicas) {
    if (nowMs - heardMs <= ABSENT_MS) continue;
    reports.replicas.delete(replica);
    for (const key of proxies.keys()) changed.add(key);
  }
  return changed;
}

/** What other replicas say about a key. */
export function peerSummaries({ replicas }: PeerReports, key: string): ProxySummary[] {
  return [...replicas.values()].flatMap(({ proxies }) => proxies.get(key) ?? []);
}

/** Reads a report; null when it is none. */
export function readReport(text: string): Report | null {
  try {
    const read = JSON.parse(text) as Partial<Report> | null;
    const { replica, isAll, proxies } = read ?? {};
    const isReport = typeof replica === "string" && typeof isAll === "boolean" && typeof proxies === "object";
    return isReport && proxies !== null && Object.values(proxies).every(isSummaries) ? (read as Report) : null;
  } catch {
    // Not JSON.
    return null;
  }
}

function isSummaries(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((each) => typeof each?.version === "string" && typeof each?.count === "number")
  );
}

export interface ReporterOptions {
  registry: ProxyRegistry;
  replica: string;
  clock: Clock;
  /** Sends a report to the leader; resolves to false when there is nobody to send it to: no leader yet, or ourselves. */
  send(report: Report): Promise<boolean>;
  onFailure(error: Error): void;
}

export interface Reporter {
  /** What proxies say about a key may have changed. */
  changed(key: string): void;
  stop(): void;
}

/** Starts to report. */
export function startReporter({ registry, replica, clock, send, onFailure }: ReporterOptions): Reporter {
  const dirty = new Set<string>();
  let [isStopped, allMs, cancel] = [false, Number.NEGATIVE_INFINITY, () => {}];
  const report = async () => {
    const isAll = clock.monotonicMs() - allMs >= SEND_ALL_MS;
    const keys = isAll ? [...registry.proxies.keys()] : [...dirty];
    if (!isAll && keys.length === 0) return;
    const told = new Set(dirty);
    dirty.clear();
    try {
      const proxies = Object.fromEntries(keys.map((key) => [key, summaryOf(registry, key)]));
      // A leader who has not heard us yet gets everything first.
      if (await send({ replica, isAll, proxies })) allMs = isAll ? clock.monotonicMs() : allMs;
      else allMs = Number.NEGATIVE_INFINITY;
    } catch (error) {
      for (const key of told) dirty.add(key);
      allMs = Number.NEGATIVE_INFINITY;
      onFailure(errorOf(error));
    }
  };
  const plan = () => {
    if (isStopped) return;
    cancel = clock.after(SEND_MS, () => {
      void report().finally(plan);
    });
  };
  plan();
  return {
    changed: (key) => void dirty.add(key),
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
