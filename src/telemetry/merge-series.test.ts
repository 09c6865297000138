import { expect, test } from "bun:test";
import {
  addWorkerSeries,
  buryWorkerSeries,
  forgetWorkerSeries,
  mergeSeries,
  type SeriesOfWorker,
} from "./merge-series.ts";
import { beginSql, endSql, newPoolCounters, newProxyMetrics, renderMetrics, seriesOf } from "./metrics.ts";
import { POOL, PROCESS } from "./metrics-table.ts";
import { add, set } from "./series.ts";

/** The metrics of a worker, and how the main thread sees them. */
function aWorker() {
  const seen: SeriesOfWorker = new Map();
  const metrics = newProxyMetrics(undefined, {
    newValues(scope, labels, size) {
      const values = new Float64Array(new SharedArrayBuffer(size * 8));
      addWorkerSeries(seen, { scope, labels, values });
      return values;
    },
    forget: (scope, labels) => forgetWorkerSeries(seen, new Map(), scope, labels),
  });
  return { metrics, seen };
}

async function lines(metrics: ReturnType<typeof newProxyMetrics>, ...names: string[]): Promise<string[]> {
  const text = await renderMetrics(metrics);
  return text.split("\n").filter((line) => names.some((name) => line.startsWith(name)) && !line.endsWith(" 0"));
}

test("counters, gauges and histograms are sums; levels are the highest; a scrape does not count twice", async () => {
  const [one, two] = [aWorker(), aWorker()];
  for (const [index, { metrics }] of [one, two].entries()) {
    const sql = seriesOf(metrics, "orders", "SELECT", "db:3306");
    for (let count = 0; count <= index; count++) beginSql(sql);
    endSql(sql, 3);
    const pool = newPoolCounters(metrics, "orders", "db:3306");
    set(pool, POOL.slots.size, 8);
    set(pool, POOL.slots.up, index);
    add(pool, POOL.slots.connects, 2 + index);
    set(metrics.process, PROCESS.slots.eventLoopLag, index / 10);
  }
  const main = newProxyMetrics();
  for (let scrape = 0; scrape < 2; scrape++) mergeSeries(main, [one.seen, two.seen], new Map());
  const found = await lines(
    main,
    "sql_",
    "pisanix_pool_size",
    "pisanix_endpoint_up",
    "pisanix_backend_connects",
    "pisanix_event",
  );
  expect(found.filter((line) => !line.includes("bucket"))).toEqual([
    'sql_processed_total{domain="orders",type="SELECT",server="db:3306"} 2',
    'sql_processed_duration_sum{domain="orders",type="SELECT",server="db:3306"} 0.006',
    'sql_processed_duration_count{domain="orders",type="SELECT",server="db:3306"} 2',
    'sql_under_processing{domain="orders",type="SELECT",server="db:3306"} 1',
    'pisanix_endpoint_up{domain="orders",server="db:3306"} 1',
    'pisanix_pool_size{domain="orders",server="db:3306"} 8',
    'pisanix_backend_connects_total{domain="orders",server="db:3306"} 5',
    "pisanix_event_loop_lag_seconds 0.1",
  ]);
});

test("what a worker has counted stays when it has ended, what was so does not", async () => {
  const [past, main] = [new Map(), newProxyMetrics()];
  for (let life = 0; life < 2; life++) {
    const { metrics, seen } = aWorker();
    const sql = seriesOf(metrics, "orders", "SELECT", "db:3306");
    beginSql(sql);
    beginSql(sql);
    endSql(sql, 3);
    buryWorkerSeries(seen, past);
  }
  mergeSeries(main, [new Map()], past);
  expect(await lines(main, "sql_processed_total", "sql_under")).toEqual([
    'sql_processed_total{domain="orders",type="SELECT",server="db:3306"} 2',
  ]);
  forgetWorkerSeries(new Map(), past, "sql", ["orders", "SELECT", "db:3306"]);
  mergeSeries(main, [], past);
  expect(await lines(main, "sql_processed_total")).toEqual([]);
});
