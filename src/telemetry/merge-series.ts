/** The metrics of several workers as those of one process: sums, also of workers that are no longer there. */
import { findSeries, type ProxyMetrics } from "./metrics.ts";
import { POOL, PROCESS, SCOPES } from "./metrics-table.ts";
import { type Metric, type Scope, widthOf } from "./series.ts";

/** Series by scope and labels; see keyOf(). */
export type SeriesOfWorker = Map<string, WorkerSeries>;

export interface WorkerSeries {
  readonly scope: string;
  readonly labels: readonly string[];
  /** Shared with the worker while it is there. */
  readonly values: Float64Array;
}

/** What is so in each worker, and not a part of a sum. */
const LEVELS: ReadonlySet<Metric> = new Set([
  ...[POOL.metrics.up, POOL.metrics.state, POOL.metrics.size, POOL.metrics.latency],
  PROCESS.metrics.eventLoopLag,
]);

/** A worker has a new series. */
export function addWorkerSeries(worker: SeriesOfWorker, series: WorkerSeries): void {
  worker.set(keyOf(series.scope, series.labels), series);
}

/** A series is no longer there; neither is what earlier workers have counted in it. */
export function forgetWorkerSeries(
  worker: SeriesOfWorker,
  past: SeriesOfWorker,
  scope: string,
  labels: readonly string[],
): void {
  worker.delete(keyOf(scope, labels));
  past.delete(keyOf(scope, labels));
}

/** A worker has ended: what it has counted stays counted, what was so is no longer. */
export function buryWorkerSeries(worker: SeriesOfWorker, past: SeriesOfWorker): void {
  for (const [key, { scope, labels, values }] of worker) {
    const found = scopeOf(scope);
    if (found === null) continue;
    const sum = past.get(key) ?? { scope, labels, values: new Float64Array(found.size) };
    past.set(key, sum);
    addTo(found, sum.values, values, (metric) => metric.kind !== "gauge");
  }
}

/** Makes the series of `metrics` those of all workers, and of what went before. */
export function mergeSeries(metrics: ProxyMetrics, workers: readonly SeriesOfWorker[], past: SeriesOfWorker): void {
  // What is counted of listeners is counted by workers; of the process the main thread has its own figures, too.
  for (const { scope, series } of metrics.tables.values()) if (scope.labels.includes("domain")) series.clear();
  for (const series of [past, ...workers].flatMap((each) => [...each.values()])) {
    const scope = scopeOf(series.scope);
    if (scope === null) continue;
    addTo(scope, findSeries(metrics, scope, series.labels).values, series.values, () => true);
  }
}

/** Adds, metric by metric; of what is a level the largest counts. */
function addTo(scope: Scope, sum: Float64Array, values: Float64Array, isWanted: (metric: Metric) => boolean): void {
  let at = 0;
  for (const metric of Object.values(scope.metrics)) {
    const end = at + widthOf(metric) * (metric.by?.values.length ?? 1);
    for (; at < end; at++) {
      if (!isWanted(metric)) continue;
      const value = values[at] ?? 0;
      sum[at] = LEVELS.has(metric) ? Math.max(sum[at] ?? 0, value) : (sum[at] ?? 0) + value;
    }
  }
}

function scopeOf(name: string): Scope | null {
  return (SCOPES as readonly unknown[] as readonly Scope[]).find((scope) => scope.name === name) ?? null;
}

function keyOf(scope: string, labels: readonly string[]): string {
  return [scope, ...labels].join("\0");
}
