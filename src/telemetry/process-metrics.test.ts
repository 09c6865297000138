import { describe, expect, test } from "bun:test";
import type { Clock } from "../lib/clock.ts";
import { newProxyMetrics, renderMetrics } from "./metrics.ts";
import { watchProcess } from "./process-metrics.ts";

/** A clock with one timer, which the test fires as late as it likes. */
function aClock() {
  const clock = {
    now: 0,
    timer: null as (() => void) | null,
    monotonicMs: () => clock.now,
    wallMs: () => 1_000_000,
    after: (_delayMs: number, run: () => void) => {
      clock.timer = run;
      return () => {
        clock.timer = null;
      };
    },
    fire(now: number) {
      clock.now = now;
      clock.timer?.();
    },
  };
  return clock satisfies Clock;
}

const readings = { cpuUsage: () => ({ user: 1_500_000, system: 500_000 }), rss: () => 4096, uptime: () => 10 };

describe("watchProcess()", () => {
  test("reads CPU, memory and the start at each scrape", async () => {
    const metrics = newProxyMetrics();
    watchProcess(metrics, aClock(), readings);
    const text = await renderMetrics(metrics);
    expect(text).toContain("\nprocess_cpu_seconds_total 2\n");
    expect(text).toContain("\nprocess_cpu_user_seconds_total 1.5\n");
    expect(text).toContain("\nprocess_resident_memory_bytes 4096\n");
    expect(text).toContain("\nprocess_start_time_seconds 990\n");
  });

  test("reports the longest delay of the event loop since the last scrape", async () => {
    const clock = aClock();
    const metrics = newProxyMetrics();
    watchProcess(metrics, clock, readings);
    clock.fire(1000);
    clock.fire(2250);
    clock.fire(3300);
    expect(await renderMetrics(metrics)).toContain("\npisanix_event_loop_lag_seconds 0.25\n");
    expect(await renderMetrics(metrics)).toContain("\npisanix_event_loop_lag_seconds 0\n");
  });

  test("ends its timer and its readings", async () => {
    const clock = aClock();
    const metrics = newProxyMetrics();
    watchProcess(metrics, clock, readings)();
    expect(clock.timer).toBeNull();
    expect(await renderMetrics(metrics)).toContain("\nprocess_resident_memory_bytes 0\n");
  });
});
