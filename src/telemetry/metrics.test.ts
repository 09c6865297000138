import { describe, expect, test } from "bun:test";
import {
  beginSql,
  countReject,
  endSql,
  keepSeries,
  newListenerCounters,
  newPoolCounters,
  newProxyMetrics,
  onCollect,
  renderMetrics,
  seriesOf,
  setBuild,
} from "./metrics.ts";
import { LISTENER, POOL, SCOPES } from "./metrics-table.ts";
import { add, BUCKETS_MS, observe, set } from "./series.ts";

/** The sample lines of one metric, without its comments. */
function samples(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe("seriesOf()", () => {
  test("gives the same series for the same labels and another for others", () => {
    const metrics = newProxyMetrics();
    const one = seriesOf(metrics, "orders", "COM_QUERY", "db:3306");
    expect(seriesOf(metrics, "orders", "COM_QUERY", "db:3306")).toBe(one);
    expect(seriesOf(metrics, "orders", "COM_EXECUTE", "db:3306")).not.toBe(one);
  });

  test("counts what exceeds the limit under OTHER", async () => {
    const metrics = newProxyMetrics(2);
    for (let i = 0; i < 10; i += 1) beginSql(seriesOf(metrics, "orders", "COM_QUERY", `db${i}:3306`));
    expect(samples(await renderMetrics(metrics), "sql_under_processing")).toEqual([
      'sql_under_processing{domain="orders",type="COM_QUERY",server="db0:3306"} 1',
      'sql_under_processing{domain="orders",type="COM_QUERY",server="db1:3306"} 1',
      'sql_under_processing{domain="OTHER",type="OTHER",server="OTHER"} 8',
    ]);
  });
});

describe("endSql()", () => {
  test("moves a statement from the active ones to the processed ones and its duration to its bucket", async () => {
    const metrics = newProxyMetrics();
    const series = seriesOf(metrics, "orders", "COM_QUERY", "db:3306");
    for (const ms of [0.05, 0.1, 0.2, 7, 20_000]) {
      beginSql(series);
      endSql(series, ms);
    }
    beginSql(series);
    const text = await renderMetrics(metrics);
    const labels = 'domain="orders",type="COM_QUERY",server="db:3306"';
    expect(samples(text, "sql_under_processing")).toEqual([`sql_under_processing{${labels}} 1`]);
    expect(samples(text, "sql_processed_total")).toEqual([`sql_processed_total{${labels}} 5`]);
    const buckets = samples(text, "sql_processed_duration_bucket");
    expect(buckets).toHaveLength(BUCKETS_MS.length + 1);
    expect(buckets[0]).toBe(`sql_processed_duration_bucket{${labels},le="0.0001"} 2`);
    expect(buckets.at(-2)).toContain('le="10"} 4');
    expect(buckets.at(-1)).toContain('le="+Inf"} 5');
    expect(samples(text, "sql_processed_duration_sum")).toEqual([`sql_processed_duration_sum{${labels}} 20.00735`]);
    expect(samples(text, "sql_processed_duration_count")).toEqual([`sql_processed_duration_count{${labels}} 5`]);
  });
});

describe("renderMetrics()", () => {
  test("prints every value of a fixed label, also those at zero", async () => {
    const metrics = newProxyMetrics();
    const listener = newListenerCounters(metrics, "orders");
    add(listener, LISTENER.slots.bytes.client_out, 4096);
    expect(samples(await renderMetrics(metrics), "pisanix_bytes_total")).toEqual([
      'pisanix_bytes_total{domain="orders",direction="client_in"} 0',
      'pisanix_bytes_total{domain="orders",direction="client_out"} 4096',
      'pisanix_bytes_total{domain="orders",direction="backend_in"} 0',
      'pisanix_bytes_total{domain="orders",direction="backend_out"} 0',
    ]);
  });

  test("announces each metric of the table once, with help and type", async () => {
    const text = await renderMetrics(newProxyMetrics());
    const declared = SCOPES.flatMap((scope) => Object.values(scope.metrics));
    for (const metric of declared) {
      expect(text).toContain(`# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.kind}\n`);
    }
    expect(text.match(/^# TYPE /gm)).toHaveLength(declared.length);
  });

  test("reads snapshots at each scrape until they are taken away", async () => {
    const metrics = newProxyMetrics();
    const pool = newPoolCounters(metrics, "orders", "db:3306");
    let idle = 3;
    const end = onCollect(metrics, () => set(pool, POOL.slots.connections.idle, idle));
    expect(await renderMetrics(metrics)).toContain('server="db:3306",state="idle"} 3');
    idle = 5;
    expect(await renderMetrics(metrics)).toContain('server="db:3306",state="idle"} 5');
    end();
    idle = 7;
    expect(await renderMetrics(metrics)).toContain('server="db:3306",state="idle"} 5');
  });

  test("escapes label values", async () => {
    const metrics = newProxyMetrics();
    countReject(metrics, "orders", "circuit_break", 'a "quoted"\nrule\\');
    expect(samples(await renderMetrics(metrics), "pisanix_rejects_total")).toEqual([
      'pisanix_rejects_total{domain="orders",filter="circuit_break",rule="a \\"quoted\\"\\nrule\\\\"} 1',
    ]);
  });

  test("states the build", async () => {
    const metrics = newProxyMetrics();
    setBuild(metrics, { version: "0.1.0", commit: "abc", bun: "1.4.5" });
    expect(await renderMetrics(metrics)).toContain('pisanix_build_info{version="0.1.0",commit="abc",bun="1.4.5"} 1');
  });
});

describe("keepSeries()", () => {
  test("takes one backend's series out of the scrape and leaves the others and their counts", async () => {
    const metrics = newProxyMetrics();
    const gone = newPoolCounters(metrics, "orders", "old:3306");
    const kept = newPoolCounters(metrics, "orders", "new:3306");
    newListenerCounters(metrics, "orders");
    observe(kept, POOL.slots.waitDuration, 3);
    keepSeries(metrics, ({ domain, server }) => domain === "orders" && server !== "old:3306");
    add(gone, POOL.slots.waits, 1);
    const text = await renderMetrics(metrics);
    expect(text).not.toContain("old:3306");
    expect(text).toContain('pisanix_pool_wait_duration_seconds_sum{domain="orders",server="new:3306"} 0.003');
    expect(text).toContain('pisanix_client_connections_open{domain="orders"} 0');
  });

  test("takes everything of a listener, and a rule of one that stays", async () => {
    const metrics = newProxyMetrics();
    setBuild(metrics, { version: "0.1.0", commit: "abc", bun: "1.4.5" });
    newListenerCounters(metrics, "orders");
    newListenerCounters(metrics, "users");
    seriesOf(metrics, "orders", "COM_QUERY", "db:3306");
    countReject(metrics, "orders", "circuit_break", "a");
    countReject(metrics, "users", "circuit_break", "a");
    countReject(metrics, "users", "circuit_break", "b");
    keepSeries(metrics, ({ domain, rule }) => domain === "users" && rule !== "a");
    const text = await renderMetrics(metrics);
    expect(text).not.toContain('domain="orders"');
    expect(text).toContain('pisanix_client_connections_open{domain="users"} 0');
    expect(samples(text, "pisanix_rejects_total")).toEqual([
      'pisanix_rejects_total{domain="users",filter="circuit_break",rule="b"} 1',
    ]);
    expect(text).toContain("pisanix_build_info{");
  });

  test("keeps what no longer fitted and was counted together", async () => {
    const metrics = newProxyMetrics(1);
    newListenerCounters(metrics, "orders");
    add(newListenerCounters(metrics, "users"), LISTENER.slots.accepted, 1);
    keepSeries(metrics, () => false);
    expect(samples(await renderMetrics(metrics), "pisanix_client_connections_accepted_total")).toEqual([
      'pisanix_client_connections_accepted_total{domain="OTHER"} 1',
    ]);
  });
});

describe("SCOPES", () => {
  test("names follow Prometheus: counters end in _total, gauges and histograms do not, no stem twice", () => {
    const stems = new Set<string>();
    for (const scope of SCOPES) {
      for (const metric of Object.values(scope.metrics)) {
        expect(metric.name).toMatch(metric.kind === "counter" ? /^[a-z_]+_total$/ : /^[a-z_]+(?<!_total)$/);
        expect(metric.name).toMatch(/^(pisanix|process|sql)_/);
        const stem = metric.name.replace(/_total$/, "");
        expect(stems.has(stem)).toBe(false);
        stems.add(stem);
      }
    }
  });
});
