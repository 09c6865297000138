/** A proxy with its edges: logger, metrics, admin server. It is there before its configuration, and takes another one at any time. */
import type { AdminConfig, ProxyConfig } from "../api/proxy-config.ts";
import { newProbe } from "../backend/probe.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { attributesBlock } from "../mysql/connection-attributes.ts";
import { systemLookup } from "../net/lookup.ts";
import { socketTransport } from "../net/transport.ts";
import { type AdminServer, type AdminSources, startAdmin, type VersionInfo } from "../telemetry/admin.ts";
import { type Applied, type ConfigStatus, describeConfig, newConfigStatus } from "../telemetry/config-status.ts";
import { type LeveledLogger, type LogFormat, type Logger, newLogger } from "../telemetry/log.ts";
import { newProxyMetrics, type ProxyMetrics, setBuild } from "../telemetry/metrics.ts";
import { watchProcess } from "../telemetry/process-metrics.ts";
import { type AdminMove, type AdminPlace, moveAdmin, type PlacedAdmin } from "./admin-move.ts";
import type { Edges } from "./generation.ts";
import { changeConfig, type RunningProxy, startProxy, stopProxy } from "./proxy.ts";
import { listSessions, sessionsWithId } from "./session-report.ts";
import { listenersOf, readinessOf, sessionsOf } from "./status.ts";

export interface ServeOptions {
  version: VersionInfo;
  noColor: boolean;
  logFormat: LogFormat;
  /** Who this proxy is, told to databases with every log-in. */
  attributes: ReadonlyArray<readonly [name: string, value: string]>;
  /** What the command line says of the admin server and the log; counts before every configuration. */
  admin: Partial<AdminConfig>;
  /** What counts until there is a configuration. */
  adminAtFirst: AdminConfig;
  /** Where configurations come from, for people: `file pisanix.yaml`. */
  source: string;
  /** What POST /-/reload does: asks the source again, and says what came of it. */
  reload(): Promise<Applied>;
}

export interface Serving {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
  readonly status: ConfigStatus;
  /** Serves a configuration that has been checked from now on; when it cannot be served, everything is as it was. One at a time. */
  apply(config: ProxyConfig): Promise<Applied>;
  /** May be called again with a shorter grace; both calls resolve when all is closed. */
  stop(graceMs: number): Promise<void>;
}

/** What is running. */
interface State {
  readonly options: ServeOptions;
  readonly log: LeveledLogger;
  readonly edges: Edges;
  readonly status: ConfigStatus;
  readonly openAdmin: (place: AdminPlace) => Promise<AdminServer>;
  proxy: RunningProxy | null;
  admin: PlacedAdmin;
}

/** Starts the admin server; listeners start with the first configuration. @throws Error when it cannot listen. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { log_level, ...place } = { ...options.adminAtFirst, ...options.admin };
  const log = newLogger({ level: log_level, format: options.logFormat, noColor: options.noColor });
  const metrics = newProxyMetrics();
  setBuild(metrics, options.version);
  const attributes = attributesBlock([["_pisanix_version", options.version.version], ...options.attributes]);
  const edges: Edges = {
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    transport: socketTransport,
    lookup: systemLookup,
    probe: newProbe(systemClock),
    attributes,
  };
  const status = newConfigStatus(options.source, edges);
  const openAdmin = ({ host, port }: AdminPlace) =>
    startAdmin({ host, port, metrics, log, sources: sourcesOf(() => started) });
  const admin: PlacedAdmin = { place, server: await openAdmin(place) };
  const started: State = { options, log, edges, status, openAdmin, proxy: null, admin };
  const stopWatching = watchProcess(metrics, systemClock);
  return {
    ...{ clock: systemClock, log, metrics, status },
    apply: (config) => apply(started, config),
    async stop(graceMs) {
      log.info("stopping", { graceMs });
      if (started.proxy !== null) await stopProxy(started.proxy, graceMs);
      stopWatching();
      await started.admin.server.stop();
      log.info("stopped");
    },
  };
}

function sourcesOf(state: () => State): AdminSources {
  return {
    isLive: () => true,
    readiness() {
      const { proxy, status } = state();
      if (proxy !== null) return readinessOf(proxy);
      const why = status.trouble === null ? "it has not come yet" : status.trouble.message;
      return { ready: false, reasons: [`no configuration: ${why}`] };
    },
    version: () => state().options.version,
    config: () => state().proxy?.generation.config ?? null,
    status() {
      const { proxy, status } = state();
      return { config: describeConfig(status), listeners: proxy === null ? [] : listenersOf(proxy) };
    },
    sessions: {
      list: () => listSessions(sessionsOf(state().proxy)),
      withId: (id) => sessionsWithId(sessionsOf(state().proxy), id),
    },
    async reload() {
      const applied = await state().options.reload();
      if (applied.kind === "refused") return { isDone: false, text: applied.message };
      return { isDone: true, text: `${applied.kind}, generation ${applied.generation}` };
    },
  };
}

async function apply(state: State, written: ProxyConfig): Promise<Applied> {
  const config = { ...written, admin: { ...written.admin, ...state.options.admin } };
  let move: AdminMove | null = null;
  try {
    move = await moveAdmin(state.admin, config.admin, state.openAdmin, (again) => {
      state.admin = again;
    });
    let isChanged = true;
    if (state.proxy === null) state.proxy = startProxy(config, state.edges);
    else isChanged = changeConfig(state.proxy, config);
    state.admin = move.next;
    move.finish();
    state.log.setLevel(config.admin.log_level);
    return { kind: isChanged ? "changed" : "unchanged", generation: state.proxy.generation.number };
  } catch (error) {
    if (move !== null) state.admin = await move.undo();
    return { kind: "refused", message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
