/** The metrics of one proxy: series found by their labels, printed for Prometheus. The one door to prom-client. */
import type { Metric as PromMetric } from "prom-client";
import Registry from "prom-client/lib/registry.js";
import { CONTROLLER_SCOPES } from "./controller-metrics-table.ts";
import {
  BUILD,
  CONFIG,
  LISTENER,
  type ListenerCounters,
  PARSE,
  POOL,
  type PoolCounters,
  PROCESS,
  RULE,
  SCOPES,
  SQL,
  type SqlSeries,
  WORKERS,
} from "./metrics-table.ts";
import { add, BUCKETS_MS, type Metric, newSeries, observe, type Scope, type Series, set, widthOf } from "./series.ts";

/** The metrics of one process: a proxy, or the controller. */
export interface ProxyMetrics {
  readonly tables: ReadonlyMap<string, SeriesTable>;
  readonly collectors: Set<Collector>;
  readonly store: SeriesStore;
  readonly process: Series<"process">;
  readonly registry: InstanceType<typeof Registry>;
}

/** Brings series up to date before a scrape. */
type Collector = () => void | Promise<void>;

/** Where the numbers of series lie: in memory of our own, or in such that another thread reads. */
export interface SeriesStore {
  newValues(scope: string, labels: readonly string[], size: number): Float64Array;
  /** Nobody reads the series any more. */
  forget(scope: string, labels: readonly string[]): void;
}

const OWN_MEMORY: SeriesStore = { newValues: (_scope, _labels, size) => new Float64Array(size), forget() {} };

/** The series of one scope by their label values. */
export interface SeriesTable {
  readonly scope: Scope;
  readonly seriesMax: number;
  readonly series: Map<string, Series>;
}

/** The labels of the series that takes what no longer fits. */
const OVERFLOW = "OTHER";

/** Series of one scope at most: 20 listeners with 10 backends and 5 statement types each. Memory: 200 bytes a series. */
const SERIES_MAX = 1000;

/** The content type of `renderMetrics`. */
export const metricsContentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** The metrics of one proxy. More label values than `seriesMax` in one scope are counted together under `OTHER`. */
export function newProxyMetrics(seriesMax: number = SERIES_MAX, store: SeriesStore = OWN_MEMORY): ProxyMetrics {
  return newMetrics(SCOPES as readonly unknown[] as readonly Scope[], seriesMax, store);
}

/** The metrics of one controller. */
export function newControllerMetrics(): ProxyMetrics {
  return newMetrics(CONTROLLER_SCOPES as readonly unknown[] as readonly Scope[], SERIES_MAX, OWN_MEMORY);
}

function newMetrics(scopes: readonly Scope[], seriesMax: number, store: SeriesStore): ProxyMetrics {
  const registry = new Registry();
  const tables = new Map<string, SeriesTable>();
  for (const scope of scopes) {
    const table: SeriesTable = { scope, seriesMax, series: new Map() };
    tables.set(scope.name, table);
    registerScope(registry, table);
  }
  const metrics = { tables, collectors: new Set<Collector>(), registry, store };
  return { ...metrics, process: findSeries(metrics, PROCESS, []) };
}

/** The series of one listener, statement type and backend, found or made. Keep the result: a look-up builds a key. */
export function seriesOf(metrics: ProxyMetrics, domain: string, type: string, server: string): SqlSeries {
  return findSeries(metrics, SQL, [domain, type, server]);
}

const underProcessing = SQL.slots.underProcessing;
const processed = SQL.slots.processed;
const duration = SQL.slots.duration;

/** A statement starts. */
export function beginSql(series: SqlSeries): void {
  add(series, underProcessing, 1);
}

/** The statement of an earlier `beginSql` did not run, and begins again. */
export function cancelSql(series: SqlSeries): void {
  add(series, underProcessing, -1);
}

/** The statement of an earlier `beginSql` ended, well or not, after `durationMs`. */
export function endSql(series: SqlSeries, durationMs: number): void {
  add(series, underProcessing, -1);
  add(series, processed, 1);
  observe(series, duration, durationMs);
}

/** The counters of a listener, found or made; slots in `LISTENER.slots`. */
export function newListenerCounters(metrics: ProxyMetrics, domain: string): ListenerCounters {
  return findSeries(metrics, LISTENER, [domain]);
}

/** The counters of a listener's connections to one backend, found or made; slots in `POOL.slots`. */
export function newPoolCounters(metrics: ProxyMetrics, domain: string, server: string): PoolCounters {
  return findSeries(metrics, POOL, [domain, server]);
}

/** What is counted of the configuration; slots in `CONFIG.slots`. */
export function configSeries(metrics: ProxyMetrics): Series<"config"> {
  return findSeries(metrics, CONFIG, []);
}

/** Counts a refused statement. */
export function countReject(metrics: ProxyMetrics, domain: string, filter: string, rule: string): void {
  add(findSeries(metrics, RULE, [domain, filter, rule]), RULE.slots.rejects, 1);
}

/** Counts a statement that was not understood. */
export function countParseFailure(metrics: ProxyMetrics, domain: string, kind: string): void {
  add(findSeries(metrics, PARSE, [domain, kind]), PARSE.slots.failures, 1);
}

/** What is counted of workers; slots in `WORKERS.slots`. */
export function workersSeries(metrics: ProxyMetrics): Series<"workers"> {
  return findSeries(metrics, WORKERS, []);
}

/** States which build runs. */
export function setBuild(metrics: ProxyMetrics, build: { version: string; commit: string; bun: string }): void {
  set(findSeries(metrics, BUILD, [build.version, build.commit, build.bun]), BUILD.slots.info, 1);
}

/**
 * Takes the series of listeners out of the scrape for whose labels `isUsed` says no: the listener, its backend or its rule is gone. Who still
 * holds such a series may go on counting in it; nobody reads it any more.
 */
export function keepSeries(
  metrics: ProxyMetrics,
  isUsed: (labels: Readonly<Partial<Record<string, string>>>) => boolean,
): void {
  for (const { scope, series } of metrics.tables.values()) {
    if (!scope.labels.includes("domain")) continue;
    for (const [key, { labels }] of series) {
      if (labels.every((label) => label === OVERFLOW)) continue;
      if (!isUsed(Object.fromEntries(scope.labels.map((name, at) => [name, labels[at]])))) {
        series.delete(key);
        metrics.store.forget(scope.name, labels);
      }
    }
  }
}

/** Calls `read` before every scrape, to set gauges that are snapshots. The returned function ends that. */
export function onCollect(metrics: ProxyMetrics, read: Collector): () => void {
  metrics.collectors.add(read);
  return () => metrics.collectors.delete(read);
}

/** Brings everything up to date that is not counted as it happens. */
export async function collectMetrics(metrics: ProxyMetrics): Promise<void> {
  for (const read of metrics.collectors) await read();
}

/** Every metric in the text format of Prometheus. */
export async function renderMetrics(metrics: ProxyMetrics): Promise<string> {
  await collectMetrics(metrics);
  return await metrics.registry.metrics();
}

/** The series of a scope with these label values, found or made. */
export function findSeries<Name extends string>(
  metrics: Pick<ProxyMetrics, "tables" | "store">,
  scope: Scope<Name, unknown>,
  labels: readonly string[],
): Series<Name> {
  // newMetrics made a table for every scope, and a table holds series of its scope only.
  const table = metrics.tables.get(scope.name) as SeriesTable;
  const key = labels.join("\0");
  const found = table.series.get(key) as Series<Name> | undefined;
  if (found !== undefined) return found;
  if (table.series.size >= table.seriesMax && labels.some((label) => label !== OVERFLOW)) {
    return findSeries(
      metrics,
      scope,
      labels.map(() => OVERFLOW),
    );
  }
  const made = newSeries(scope, labels, metrics.store.newValues(scope.name, labels, scope.size));
  table.series.set(key, made);
  return made;
}

/** Announces each metric of a scope to prom-client, which asks for the values when it is scraped. */
function registerScope(registry: ProxyMetrics["registry"], table: SeriesTable): void {
  let slot = 0;
  for (const metric of Object.values(table.scope.metrics)) {
    const start = slot;
    const { name, help, kind: type } = metric;
    const get = () => Promise.resolve({ name, help, type, values: samplesOf(table, metric, start) });
    // prom-client's registry needs no more of a metric than these; its own classes would keep the numbers in objects of theirs.
    registry.registerMetric({ name, help, type, get } as unknown as PromMetric);
    slot += widthOf(metric) * (metric.by?.values.length ?? 1);
  }
}

/** One line of a scrape. */
interface Sample {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
}

function samplesOf(table: SeriesTable, metric: Metric, start: number): Sample[] {
  const samples: Sample[] = [];
  for (const series of table.series.values()) {
    const labels = Object.fromEntries(table.scope.labels.map((name, i) => [name, series.labels[i] ?? ""]));
    if (metric.kind === "histogram") pushHistogram(samples, metric.name, labels, series.values, start);
    else if (metric.by === null) samples.push({ labels, value: series.values[start] ?? 0 });
    else {
      const { label, values } = metric.by;
      for (const [i, value] of values.entries()) {
        samples.push({ labels: { ...labels, [label]: value }, value: series.values[start + i] ?? 0 });
      }
    }
  }
  return samples;
}

/** Cumulative buckets in seconds, the sum and the count. */
function pushHistogram(
  samples: Sample[],
  name: string,
  labels: Record<string, string>,
  values: Float64Array,
  start: number,
): void {
  let count = 0;
  for (const [i, boundMs] of [...BUCKETS_MS, Number.POSITIVE_INFINITY].entries()) {
    count += values[start + 1 + i] ?? 0;
    const le = boundMs === Number.POSITIVE_INFINITY ? "+Inf" : boundMs / 1000;
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count });
  }
  samples.push({ metricName: `${name}_sum`, labels, value: (values[start] ?? 0) / 1000 });
  samples.push({ metricName: `${name}_count`, labels, value: count });
}
