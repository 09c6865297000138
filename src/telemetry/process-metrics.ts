/** What the process costs: CPU, memory, and how late the event loop runs. Read when scraped; one timer a second besides. */
import type { Clock } from "../lib/clock.ts";
import { onCollect, type ProxyMetrics } from "./metrics.ts";
import { PROCESS } from "./metrics-table.ts";
import { set } from "./series.ts";

const TICK_MS = 1000;

/** What the machine says about this process; tests pass their own. */
export interface ProcessReadings {
  /** Microseconds since the start. */
  cpuUsage(): { user: number; system: number };
  /** Bytes. */
  rss(): number;
  /** Seconds since the start. */
  uptime(): number;
}

const thisProcess: ProcessReadings = {
  cpuUsage: () => process.cpuUsage(),
  rss: () => process.memoryUsage.rss(),
  uptime: () => process.uptime(),
};

/** Keeps the metrics of the process up to date until the returned function is called. */
export function watchProcess(metrics: ProxyMetrics, clock: Clock, readings: ProcessReadings = thisProcess): () => void {
  const slots = PROCESS.slots;
  const series = metrics.process;
  set(series, slots.startTime, clock.wallMs() / 1000 - readings.uptime());
  const endLag = watchLag(metrics, clock);
  const endCollect = onCollect(metrics, () => {
    const cpu = readings.cpuUsage();
    // Not counters of ours but a reading of the kernel's, so they are set and not added to.
    series.values[slots.cpuUser] = cpu.user / 1e6;
    series.values[slots.cpuSystem] = cpu.system / 1e6;
    series.values[slots.cpu] = (cpu.user + cpu.system) / 1e6;
    set(series, slots.residentMemory, readings.rss());
  });
  return () => {
    endLag();
    endCollect();
  };
}

/** Keeps the lag of this event loop up to date until the returned function is called. */
export function watchLag(metrics: ProxyMetrics, clock: Clock): () => void {
  let lagMaxMs = 0;
  let dueMs = 0;
  let cancel = () => {};

  const tick = () => {
    lagMaxMs = Math.max(lagMaxMs, clock.monotonicMs() - dueMs);
    plan();
  };
  const plan = () => {
    dueMs = clock.monotonicMs() + TICK_MS;
    cancel = clock.after(TICK_MS, tick);
  };
  plan();

  const endCollect = onCollect(metrics, () => {
    set(metrics.process, PROCESS.slots.eventLoopLag, lagMaxMs / 1000);
    lagMaxMs = 0;
  });
  return () => {
    cancel();
    endCollect();
  };
}
