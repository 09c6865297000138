/** One port that clients connect to, and what its sessions share. */

import type { ListenerConfig } from "../api/proxy-config.ts";
import type { ServerProfile } from "../backend/endpoint.ts";
import type { Pool } from "../backend/pool-state.ts";
import { assert } from "../lib/assert.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import {
  BACKEND_CAPABILITIES,
  CLIENT_QUERY_ATTRIBUTES,
  CLIENT_SESSION_TRACK,
  FRONTEND_CAPABILITIES,
} from "../mysql/capabilities.ts";
import { CACHING_SHA2_PASSWORD, MYSQL_NATIVE_PASSWORD } from "../mysql/scramble.ts";
import { SERVER_STATUS_AUTOCOMMIT } from "../mysql/status-flags.ts";
import type { TransportServer } from "../net/transport.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { readSqlMode } from "../sql/sql-mode.ts";
import type { Logger } from "../telemetry/log.ts";
import { newListenerCounters, type ProxyMetrics, seriesOf } from "../telemetry/metrics.ts";
import type { ListenerCounters, SqlSeries } from "../telemetry/metrics-table.ts";
import type { Edges, ListenerSetup } from "./generation.ts";
import type { Session } from "./session.ts";

/** Said to clients while neither the configuration nor a server has told a version: the original's default. */
const SERVER_VERSION_DEFAULT = "5.7.37";
/** utf8mb4_general_ci, which every server knows. */
const COLLATION_DEFAULT = 45;

export interface Listener {
  readonly config: ListenerConfig;
  readonly setup: ListenerSetup<Session>;
  readonly counters: ListenerCounters;
  readonly metrics: ProxyMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly sessions: Map<number, Session>;
  /** The series of a statement type, by endpoint; filled as they are met. */
  readonly series: Map<EndpointView, Map<string, SqlSeries>>;
  /** Sessions that wait for the first word of a server before they greet their client. */
  readonly ungreeted: Set<Session>;
  /** Works on through a session's inbox after something it waited for has happened. */
  readonly pump: (session: Session) => void;
  server: TransportServer | null;
  isDraining: boolean;
}

/** A listener that does not listen yet. */
export function newListener(setup: ListenerSetup<Session>, edges: Edges, pump: (session: Session) => void): Listener {
  return {
    config: setup.config,
    setup,
    counters: newListenerCounters(edges.metrics, setup.config.name),
    metrics: edges.metrics,
    clock: edges.clock,
    random: edges.random,
    log: edges.log,
    sessions: new Map(),
    series: new Map(),
    ungreeted: new Set(),
    pump,
    server: null,
    isDraining: false,
  };
}

/** The pool of an endpoint that the router has named. */
export function poolOf(setup: ListenerSetup<Session>, endpoint: EndpointView): Pool<Session> {
  const pool = setup.pools.get(endpoint);
  assert(pool !== undefined, "every endpoint of a listener has a pool");
  return pool;
}

/** The metrics of one kind of statement on one endpoint, looked up by name only once. */
export function seriesFor(listener: Listener, endpoint: EndpointView, server: string, type: string): SqlSeries {
  let ofEndpoint = listener.series.get(endpoint);
  if (ofEndpoint === undefined) {
    ofEndpoint = new Map();
    listener.series.set(endpoint, ofEndpoint);
  }
  let series = ofEndpoint.get(type);
  if (series === undefined) {
    series = seriesOf(listener.metrics, listener.config.name, type, server);
    ofEndpoint.set(type, series);
  }
  return series;
}

/**
 * What the listener tells a client about "the server": the version and defaults of the first endpoint that has
 * answered, and the capabilities that all of them have.
 */
export function profileOf(listener: Listener): ServerProfile {
  let first: ServerProfile | null = null;
  let capabilities = FRONTEND_CAPABILITIES;
  for (const { profile } of listener.setup.endpoints) {
    if (profile === null) continue;
    first ??= profile;
    capabilities &= profile.capabilities | (BACKEND_CAPABILITIES & ~CLIENT_SESSION_TRACK);
  }
  return {
    version: listener.config.server_version ?? first?.version ?? SERVER_VERSION_DEFAULT,
    capabilities: first === null ? capabilities & ~CLIENT_QUERY_ATTRIBUTES : capabilities,
    collation: first?.collation ?? COLLATION_DEFAULT,
    status: first?.status ?? SERVER_STATUS_AUTOCOMMIT,
    authPlugin: first?.authPlugin === MYSQL_NATIVE_PASSWORD ? MYSQL_NATIVE_PASSWORD : CACHING_SHA2_PASSWORD,
  };
}

/** True when nothing more will be learnt about the servers for now: one has answered, or each has failed. */
export function isProfileSettled(listener: Listener): boolean {
  if (listener.setup.endpoints.some((endpoint) => endpoint.profile !== null)) return true;
  return listener.setup.endpoints.every((endpoint) => !endpoint.isUsable);
}

/** SQL_MODE_* bits that a new session starts with. */
export function sqlModeOf(listener: Listener): number {
  for (const { baselines } of listener.setup.endpoints) {
    for (const baseline of baselines.values()) return readSqlMode(baseline.get("sql_mode") ?? "");
  }
  return 0;
}
