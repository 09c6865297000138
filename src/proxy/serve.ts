/** A proxy with its edges: logger, metrics, admin server. Starts everything or nothing, and stops in reverse order. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { attributesBlock } from "../mysql/connection-attributes.ts";
import { socketTransport } from "../net/transport.ts";
import { type AdminServer, startAdmin, type VersionInfo } from "../telemetry/admin.ts";
import { newLogger } from "../telemetry/log.ts";
import { newProxyMetrics, setBuild } from "../telemetry/metrics.ts";
import { PROCESS } from "../telemetry/metrics-table.ts";
import { watchProcess } from "../telemetry/process-metrics.ts";
import { set } from "../telemetry/series.ts";
import type { Edges } from "./generation.ts";
import { type RunningProxy, startProxy, stopProxy } from "./proxy.ts";
import { readinessOf, statusOf } from "./status.ts";

export interface ServeOptions {
  version: VersionInfo;
  noColor: boolean;
  /** Who this proxy is, told to databases with every log-in. */
  attributes: ReadonlyArray<readonly [name: string, value: string]>;
  /** How long statements and transactions may take to finish when the process is asked to stop. */
  graceMs: number;
}

/** `stop` may be called again with a shorter grace; both calls resolve when all is closed. */
export type Serving =
  | { kind: "serving"; stop: (graceMs: number) => Promise<void> }
  | { kind: "failed"; reason: string };

/** Starts the listeners and the admin server of a configuration that has been checked. */
export async function serve(config: ProxyConfig, options: ServeOptions): Promise<Serving> {
  const unserved = config.proxy.config.find((listener) => (listener.sharding?.length ?? 0) > 0);
  if (unserved !== undefined) {
    return {
      kind: "failed",
      reason: `listener ${unserved.name} is sharded, which this proxy does not serve yet: remove its sharding rules (dataShard)`,
    };
  }
  const log = newLogger({ level: config.admin.log_level, noColor: options.noColor });
  const metrics = newProxyMetrics();
  setBuild(metrics, options.version);
  set(metrics.process, PROCESS.slots.configGeneration, 1);
  const attributes = attributesBlock([["_pisanix_version", options.version.version], ...options.attributes]);
  const edges: Edges = {
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    transport: socketTransport,
    attributes,
  };
  let proxy: RunningProxy;
  try {
    proxy = startProxy(config, edges);
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
  let admin: AdminServer;
  try {
    const { host, port } = config.admin;
    const sources = {
      isLive: () => true,
      readiness: () => readinessOf(proxy),
      version: () => options.version,
      config: () => config,
      status: () => statusOf(proxy),
    };
    admin = await startAdmin({ host, port, metrics, log, sources });
  } catch (error) {
    await stopProxy(proxy, 0);
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
  const stopWatching = watchProcess(metrics, systemClock);
  const stop = async (graceMs: number) => {
    log.info("stopping", { graceMs });
    await stopProxy(proxy, graceMs);
    stopWatching();
    await admin.stop();
    log.info("stopped");
  };
  return { kind: "serving", stop };
}
