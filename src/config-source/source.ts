/** Where configurations come from: something that goes on giving them until it is stopped. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import type { Clock } from "../lib/clock.ts";
import { formatIssue, type Issue } from "../lib/issue.ts";
import type { Applied, ConfigStatus } from "../telemetry/config-status.ts";
import type { Logger } from "../telemetry/log.ts";

/** What every source is given. */
export interface SourceEdges {
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: ConfigStatus;
  /** Serves a configuration, one at a time. */
  apply(config: ProxyConfig): Promise<Applied>;
}

export interface ConfigSource {
  /** Looks now, and says what came of it. */
  reload(): Promise<Applied>;
  /** Looks no more. Idempotent. */
  stop(): void;
}

/** Mistakes in a message at most. */
const ISSUES_MAX = 5;

/** All mistakes in one line: `pisanix.yaml:12:5 proxy.config[0].pool_size: must be ... (write ...)`. */
export function mistakesOf(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === "error");
  const told = errors.slice(0, ISSUES_MAX).map(oneLine);
  const rest = errors.length - told.length;
  return told.join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

/** Whatever else was found. */
export function logWarnings(log: Logger, issues: readonly Issue[]): void {
  for (const issue of issues) {
    if (issue.severity !== "error") log.warn("configuration", { [issue.severity]: oneLine(issue) });
  }
}

function oneLine(issue: Issue): string {
  const [place = "", ...remedy] = formatIssue(issue).split("\n");
  const text = remedy.map((line) => line.trim()).join(" ");
  return text === "" ? place : `${place} (${text})`;
}
