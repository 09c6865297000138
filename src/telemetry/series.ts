/**
 * Counters as numbers in typed arrays (design D11). A scope is a set of metrics with the same labels; a series is one set of label values of a
 * scope and holds one slot for every number. The hot path adds to slots; prom-client reads them when scraped.
 * Every series has a single writer, so that a series may lie in memory that the main thread reads (D16) without atomics.
 */
import { assert } from "../lib/assert.ts";

export type MetricKind = "counter" | "gauge" | "histogram";

/** One line of the metrics table. `Value` are the values of the label `by`, one slot each; `never` for a metric without one. */
export interface Metric<Kind extends MetricKind = MetricKind, Value extends string = string> {
  readonly kind: Kind;
  readonly name: string;
  readonly help: string;
  readonly by: { readonly label: string; readonly values: readonly Value[] } | null;
}

/** The place of one number in a series of the scope `Name`. The brand keeps a pool's slot out of a listener's series. */
export type Slot<Name extends string, Kind extends MetricKind> = number & { readonly scope: Name; readonly kind: Kind };

export type SlotsOf<Name extends string, Metrics> = {
  readonly [K in keyof Metrics]: Metrics[K] extends Metric<infer Kind, infer Value>
    ? [Value] extends [never]
      ? Slot<Name, Kind>
      : { readonly [V in Value]: Slot<Name, Kind> }
    : never;
};

/** A set of metrics with the same labels. */
export interface Scope<Name extends string = string, Metrics = Readonly<Record<string, Metric>>> {
  readonly name: Name;
  readonly labels: readonly string[];
  readonly metrics: Metrics;
  /** Where each metric lies in a series: `add(series, LISTENER.slots.accepted, 1)`. */
  readonly slots: SlotsOf<Name, Metrics>;
  /** Numbers in one series. */
  readonly size: number;
}

/** The numbers of one set of label values. */
export interface Series<Name extends string = string> {
  readonly scope: Name;
  /** The label values, in the order of the scope's labels. */
  readonly labels: readonly string[];
  readonly values: Float64Array;
}

/** Upper bounds of every histogram in milliseconds: the original's (5 ms to 10 s) and finer ones below, where a proxy lives. */
export const BUCKETS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000,
];
const bounds = Float64Array.from(BUCKETS_MS);

/** A histogram's slots: the sum of milliseconds, then one count for every bucket, then one for all above. */
const HISTOGRAM_SIZE = BUCKETS_MS.length + 2;

/** Lays out the slots of a scope. Called once per scope when the program starts. */
export function newScope<const Name extends string, const Metrics extends Readonly<Record<string, Metric>>>(
  name: Name,
  labels: readonly string[],
  metrics: Metrics,
): Scope<Name, Metrics> {
  const slots: Record<string, number | Record<string, number>> = {};
  let size = 0;
  for (const [key, metric] of Object.entries(metrics)) {
    const width = widthOf(metric);
    if (metric.by === null) {
      slots[key] = size;
      size += width;
      continue;
    }
    const places: Record<string, number> = {};
    for (const value of metric.by.values) {
      places[value] = size;
      size += width;
    }
    slots[key] = places;
  }
  // The loop above builds exactly the mapped type; the compiler cannot follow it through Object.entries.
  return { name, labels, metrics, slots: slots as unknown as SlotsOf<Name, Metrics>, size };
}

/** How many slots one label value of `metric` takes. */
export function widthOf(metric: Metric): number {
  return metric.kind === "histogram" ? HISTOGRAM_SIZE : 1;
}

/** A series for these label values, which counts in `values`: zeros, as many as the scope's size. */
export function newSeries<Name extends string>(
  scope: Scope<Name, unknown>,
  labels: readonly string[],
  values: Float64Array = new Float64Array(scope.size),
): Series<Name> {
  assert(labels.length === scope.labels.length, `${scope.name} has the labels ${scope.labels.join(", ")}`);
  return { scope: scope.name, labels, values };
}

/** Adds `amount` to a counter or gauge; negative only for gauges. */
export function add<Name extends string>(
  series: Series<Name>,
  slot: Slot<Name, "counter" | "gauge">,
  amount: number,
): void {
  series.values[slot]! += amount;
}

/** Sets a gauge. */
export function set<Name extends string>(series: Series<Name>, slot: Slot<Name, "gauge">, value: number): void {
  series.values[slot] = value;
}

/** Counts one duration, in milliseconds, in a histogram. */
export function observe<Name extends string>(
  series: Series<Name>,
  slot: Slot<Name, "histogram">,
  durationMs: number,
): void {
  const values = series.values;
  let bucket = 0;
  while (bucket < bounds.length && durationMs > bounds[bucket]!) bucket += 1;
  values[slot]! += durationMs;
  values[slot + 1 + bucket]! += 1;
}
