/** The other replicas: what they report when we are the leader, and our reports to the leader when we are not. */
import type { Election } from "../kube/lease.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import { logLimited, newLogLimit } from "../telemetry/log-limit.ts";
import {
  forgetPeers,
  newPeerReports,
  peerSummaries,
  REPORT_PATH,
  type Report,
  startReporter,
  takeReport,
} from "./peer-reports.ts";
import type { ProxySummary } from "./programmed.ts";
import type { ProxyRegistry } from "./proxy-registry.ts";

/** Where the leader's Lease says how it is reached. */
export const ADDRESS_ANNOTATION = "pisanix.io/config-address";

const TIMEOUT_REPORT_MS = 5_000;
const LOG_EVERY_MS = 60_000;
const FORGET_MS = 15_000;

export interface PeersOptions {
  registry: ProxyRegistry;
  identity: string;
  election: Election;
  clock: Clock;
  log: Logger;
  /** The authorities of the leader's certificate, and a name in it. */
  trusted(): string;
  serverName: string;
  tokenFile: string;
  /** What other replicas say of these keys may have changed. */
  onChange(keys: Iterable<string>): void;
}

export interface Peers {
  take(report: Report): void;
  summaries(key: string): readonly ProxySummary[];
  /** What our own proxies say of a key may have changed. */
  changed(key: string): void;
  stop(): void;
}

/** Starts to report, and to take reports. */
export function newPeers(options: PeersOptions): Peers {
  const { registry, identity, clock, log, onChange } = options;
  const reports = newPeerReports();
  const limit = newLogLimit(clock, LOG_EVERY_MS);
  const reporter = startReporter({
    ...{ registry, replica: identity, clock },
    send: (report) => sendToLeader(options, report),
    onFailure: (error) =>
      logLimited(limit, log, "warn", "report", "proxies could not be reported to the leader", { error }),
  });
  let cancel = () => {};
  const forget = () => {
    cancel = clock.after(FORGET_MS, () => {
      onChange(forgetPeers(reports, clock.monotonicMs()));
      forget();
    });
  };
  forget();
  return {
    take: (report) => onChange(takeReport(reports, report, clock.monotonicMs())),
    summaries: (key) => peerSummaries(reports, key),
    changed: reporter.changed,
    stop() {
      reporter.stop();
      cancel();
    },
  };
}

/** False when there is nobody to report to. @throws when the leader does not take it. */
async function sendToLeader(options: PeersOptions, report: Report): Promise<boolean> {
  const { election, identity, clock, tokenFile, serverName } = options;
  const address = election.annotations()[ADDRESS_ANNOTATION];
  const ca = options.trusted();
  const isOther = election.holder() !== "" && election.holder() !== identity;
  if (!isOther || election.isLeader() || address === undefined || ca === "") return false;
  const token = (await Bun.file(tokenFile).text()).trim();
  const controller = new AbortController();
  const cancel = clock.after(TIMEOUT_REPORT_MS, () => controller.abort());
  try {
    const response = await fetch(`https://${address}${REPORT_PATH}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(report),
      signal: controller.signal,
      redirect: "error",
      tls: { ca, serverName },
    });
    if (response.ok) return true;
    throw new Error(`the leader at ${address} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  } finally {
    cancel();
  }
}
