/** What serves clients behind the admin server: a proxy in this event loop, or workers that have one each. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { newProbe } from "../backend/probe.ts";
import { systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { attributesBlock } from "../mysql/connection-attributes.ts";
import { systemLookup } from "../net/lookup.ts";
import { socketTransport, type Transport } from "../net/transport.ts";
import type { VersionInfo } from "../telemetry/admin.ts";
import type { LogFormat, Logger } from "../telemetry/log.ts";
import type { ProxyMetrics } from "../telemetry/metrics.ts";
import type { Crew, Edges } from "./generation.ts";
import { killOrdered } from "./kill.ts";
import type { KillOrder, KillOutcome } from "./kill-order.ts";
import { changeConfig, heedBells, type RunningProxy, startProxy, stopProxy } from "./proxy.ts";
import { listSessions, type SessionList, sessionsWithId } from "./session-report.ts";
import { type ListenerReport, listenersOf, type Readiness, readinessOf, sessionsOf } from "./status.ts";

export interface EngineOptions {
  version: VersionInfo;
  noColor: boolean;
  logFormat: LogFormat;
  /** Who this proxy is, told to databases with every log-in. */
  attributes: ReadonlyArray<readonly [name: string, value: string]>;
}

/** What an engine is given by whoever starts it. */
export interface EngineEdges {
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
}

export interface Engine {
  /** Serves a configuration that has been checked. Rejects when it cannot be served; then everything is as it was. One at a time. */
  apply(config: ProxyConfig): Promise<{ isChanged: boolean; generation: number }>;
  /** What is served; null before the first. */
  config(): ProxyConfig | null;
  readiness(): Promise<Readiness>;
  listeners(): Promise<ListenerReport[]>;
  sessions(): Promise<SessionList>;
  sessionsWithId(id: number): Promise<object[]>;
  /** May be called again with a shorter grace; both calls resolve when all is closed. */
  stop(graceMs: number): Promise<void>;
}

/** An engine in this event loop, which may be that of a worker. */
export interface LocalEngine extends Engine {
  /** Another worker has rung. */
  heedBells(): void;
  /** What a client of another worker wants to kill. */
  kill(order: KillOrder): Promise<KillOutcome>;
}

/** An engine that serves nothing yet. `crew` are the other workers. */
export function localEngine(
  options: EngineOptions,
  { log, metrics }: EngineEdges,
  transport: Transport = socketTransport,
  crew: Crew | null = null,
): LocalEngine {
  const edges: Edges = {
    clock: systemClock,
    random: systemRandom,
    ...{ log, metrics, transport, crew },
    lookup: systemLookup,
    probe: newProbe(systemClock),
    attributes: attributesBlock([["_pisanix_version", options.version.version], ...options.attributes]),
  };
  let proxy: RunningProxy | null = null;
  return {
    async apply(config) {
      const isChanged = proxy === null || changeConfig(proxy, config);
      proxy ??= startProxy(config, edges);
      return { isChanged, generation: proxy.generation.number };
    },
    config: () => proxy?.generation.config ?? null,
    readiness: async () => (proxy === null ? { ready: false, reasons: [] } : readinessOf(proxy)),
    listeners: async () => (proxy === null ? [] : listenersOf(proxy)),
    sessions: async () => listSessions(sessionsOf(proxy)),
    sessionsWithId: async (id) => sessionsWithId(sessionsOf(proxy), id),
    heedBells: () => (proxy === null ? undefined : heedBells(proxy)),
    kill: (order) => killIn(proxy, order),
    stop: async (graceMs) => (proxy === null ? undefined : stopProxy(proxy, graceMs)),
  };
}

function killIn(proxy: RunningProxy | null, order: KillOrder): Promise<KillOutcome> {
  const all = proxy === null ? [] : [...proxy.listeners, ...proxy.leaving];
  const listener = all.find(({ config }) => config.name === order.listener);
  return new Promise((resolve) => {
    if (listener === undefined) resolve({ kind: "unknown" });
    else killOrdered(listener, order, resolve);
  });
}
