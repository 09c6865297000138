/** What is known of the configuration: which one is served, where it comes from, and what became of the last attempt. For admin server, metrics and log. */
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "./log.ts";
import { configSeries, type ProxyMetrics } from "./metrics.ts";
import { CONFIG, type ConfigFailure } from "./metrics-table.ts";
import { add, type Series, set } from "./series.ts";

/** What became of a configuration that was to be served. */
export type Applied =
  | { kind: "changed" | "unchanged"; generation: number }
  /** `message` says why not, with the place. */
  | { kind: "refused"; message: string };

export interface ConfigStatus {
  /** For people: `file pisanix.yaml`. */
  readonly source: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly series: Series<"config">;
  /** Number of the configuration that is served; 0 before the first. */
  generation: number;
  /** What the source calls the configuration that is served; null where it has no word for it. */
  version: string | null;
  /** When what is served was last found to be what the source has, wall clock; null before that. */
  lastSuccessMs: number | null;
  /** What is wrong now; null when nothing is. */
  trouble: Trouble | null;
  failures: number;
}

/** What is wrong with the configuration or its source. */
export interface Trouble {
  readonly failure: ConfigFailure;
  readonly message: string;
  readonly sinceMs: number;
}

/** Nothing is known yet. */
export function newConfigStatus(
  source: string,
  edges: { clock: Clock; log: Logger; metrics: ProxyMetrics },
): ConfigStatus {
  const { clock, log, metrics } = edges;
  const series = configSeries(metrics);
  return { source, clock, log, series, generation: 0, version: null, lastSuccessMs: null, trouble: null, failures: 0 };
}

/** What the source has is what is served, by the number `generation`. */
export function configServed(status: ConfigStatus, generation: number, version: string | null): void {
  const { series, trouble, clock, log, source } = status;
  status.generation = generation;
  status.version = version;
  status.lastSuccessMs = clock.wallMs();
  status.trouble = null;
  set(series, CONFIG.slots.configGeneration, generation);
  set(series, CONFIG.slots.configLastSuccess, status.lastSuccessMs / 1000);
  set(series, CONFIG.slots.configUp, 1);
  if (trouble !== null) log.info("configuration source is well again", { source, generation, was: trouble.failure });
}

/** What the source had some time ago is served; whether it still has it is not known. */
export function configFromDisk(status: ConfigStatus, generation: number, version: string | null): void {
  status.generation = generation;
  status.version = version;
  set(status.series, CONFIG.slots.configGeneration, generation);
}

/**
 * An attempt to have or to serve a configuration failed. It is counted each time; the log hears of it once, until something
 * else is wrong or all is well again.
 */
export function configFailed(status: ConfigStatus, failure: ConfigFailure, message: string): void {
  const { series, trouble, clock, log, source, generation } = status;
  const isKnown = trouble?.failure === failure && trouble.message === message;
  status.failures++;
  add(series, CONFIG.slots.configFailures[failure], 1);
  set(series, CONFIG.slots.configUp, 0);
  if (isKnown) return;
  status.trouble = { failure, message, sinceMs: clock.wallMs() };
  const goesOn = generation === 0 ? "nothing is served yet" : `generation ${generation} goes on`;
  log.error("configuration cannot be taken", { source, failure, error: message, meanwhile: goesOn });
}

/** For the admin server. */
export function describeConfig({
  source,
  generation,
  version,
  lastSuccessMs,
  trouble,
  failures,
}: ConfigStatus): unknown {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    source,
    generation,
    version,
    last_success: time(lastSuccessMs),
    failures,
    trouble: trouble === null ? null : { ...trouble, sinceMs: undefined, since: time(trouble.sinceMs) },
  };
}
