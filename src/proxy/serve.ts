/** A proxy with its edges: logger, metrics, admin server. It is there before its configuration, and takes another one at any time. */
import type { AdminConfig, ProxyConfig } from "../api/proxy-config.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { type AdminServer, type AdminSources, startAdmin } from "../telemetry/admin.ts";
import { type Applied, type ConfigStatus, describeConfig, newConfigStatus } from "../telemetry/config-status.ts";
import { type LeveledLogger, type Logger, newLogger } from "../telemetry/log.ts";
import { newProxyMetrics, type ProxyMetrics, setBuild, workersSeries } from "../telemetry/metrics.ts";
import { WORKERS } from "../telemetry/metrics-table.ts";
import { watchProcess } from "../telemetry/process-metrics.ts";
import { set } from "../telemetry/series.ts";
import { type AdminMove, type AdminPlace, moveAdmin, type PlacedAdmin } from "./admin-move.ts";
import { type Engine, type EngineEdges, type EngineOptions, localEngine } from "./engine.ts";
import { describeListener } from "./status.ts";

export interface ServeOptions extends EngineOptions {
  /** Makes what serves clients; default: an engine in this event loop. */
  newEngine?: (options: EngineOptions, edges: EngineEdges) => Engine;
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
  readonly engine: Engine;
  readonly status: ConfigStatus;
  readonly openAdmin: (place: AdminPlace) => Promise<AdminServer>;
  admin: PlacedAdmin;
}

/** Starts the admin server; listeners start with the first configuration. @throws Error when it cannot listen. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { log_level, ...place } = { ...options.adminAtFirst, ...options.admin };
  const log = newLogger({ level: log_level, format: options.logFormat, noColor: options.noColor });
  const metrics = newProxyMetrics();
  setBuild(metrics, options.version);
  set(workersSeries(metrics), WORKERS.slots.workers, 1); // an engine of several says so itself
  const status = newConfigStatus(options.source, { clock: systemClock, log, metrics });
  const openAdmin = ({ host, port }: AdminPlace) =>
    startAdmin({ host, port, metrics, log, sources: sourcesOf(() => started) });
  const admin: PlacedAdmin = { place, server: await openAdmin(place) };
  const stopWatching = watchProcess(metrics, systemClock);
  const engine = (options.newEngine ?? localEngine)(options, { log, metrics });
  const started: State = { options, log, engine, status, openAdmin, admin };
  return {
    ...{ clock: systemClock, log, metrics, status },
    apply: (config) => apply(started, config),
    async stop(graceMs) {
      log.info("stopping", { graceMs });
      await engine.stop(graceMs);
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
      const { engine, status } = state();
      if (engine.config() !== null) return engine.readiness();
      const why = status.trouble === null ? "it has not come yet" : status.trouble.message;
      return { ready: false, reasons: [`no configuration: ${why}`] };
    },
    version: () => state().options.version,
    config: () => state().engine.config(),
    async status() {
      const { engine, status } = state();
      return { config: describeConfig(status), listeners: (await engine.listeners()).map(describeListener) };
    },
    sessions: {
      list: () => state().engine.sessions(),
      withId: (id) => state().engine.sessionsWithId(id),
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
    const { isChanged, generation } = await state.engine.apply(config);
    state.admin = move.next;
    move.finish();
    state.log.setLevel(config.admin.log_level);
    return { kind: isChanged ? "changed" : "unchanged", generation };
  } catch (error) {
    if (move !== null) state.admin = await move.undo();
    return { kind: "refused", message: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
