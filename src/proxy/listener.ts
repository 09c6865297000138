/** A listener: one port that clients connect to, and what its sessions share. */

import type { Connection } from "../backend/connection.ts";
import type { Endpoint, ServerProfile } from "../backend/endpoint.ts";
import type { Pool } from "../backend/pool-state.ts";
import { assert } from "../lib/assert.ts";
import { newPlaces } from "../lib/places.ts";
import { sharedPlaces } from "../lib/worker-share.ts";
import { CACHING_SHA2_PASSWORD, MYSQL_NATIVE_PASSWORD } from "../mysql/auth-plugins.ts";
import {
  BACKEND_CAPABILITIES,
  CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS,
  CLIENT_LONG_PASSWORD,
  CLIENT_ONLY_CAPABILITIES,
  CLIENT_QUERY_ATTRIBUTES,
  CLIENT_SESSION_TRACK,
  FRONTEND_CAPABILITIES,
  SHAPE_MARIADB_CAPABILITIES,
} from "../mysql/capabilities.ts";
import { SERVER_STATUS_AUTOCOMMIT } from "../mysql/status-flags.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { readSqlMode } from "../sql/sql-mode.ts";
import { newLogLimit } from "../telemetry/log-limit.ts";
import { newListenerCounters, seriesOf } from "../telemetry/metrics.ts";
import type { SqlSeries } from "../telemetry/metrics-table.ts";
import type { Edges, ListenerSetup } from "./generation.ts";
import { newLoginThrottle } from "./login-throttle.ts";
import type { Listener, Session } from "./session.ts";
import { SESSION_CELLS } from "./shared-names.ts";

/** Said to clients while neither the configuration nor a server has told a version: the original's default. */
const SERVER_VERSION_DEFAULT = "5.7.37";
/** utf8mb4_general_ci, which every server knows. */
const COLLATION_DEFAULT = 45;

/** Offered to clients even where no backend has them. */
const OWN_CAPABILITIES = (BACKEND_CAPABILITIES & ~CLIENT_SESSION_TRACK) | CLIENT_ONLY_CAPABILITIES;

/** A listener that does not listen yet. */
export function newListener(setup: ListenerSetup<Session>, edges: Edges, pump: (session: Session) => void): Listener {
  return {
    config: setup.config,
    setup,
    retiring: new Set(),
    counters: newListenerCounters(edges.metrics, setup.config.name),
    metrics: edges.metrics,
    clock: edges.clock,
    crew: edges.crew,
    log: edges.log,
    logLimit: newLogLimit(edges.clock),
    throttle: newLoginThrottle(setup.config.limits.login_failures_max, edges.clock),
    passwordKeys: null,
    sessions: new Map(),
    lastSessionId: 0,
    places: newPlaces(sharedPlaces(setup.share, SESSION_CELLS)),
    users: new Map(),
    schemas: new Set(),
    attributeSets: new Map(),
    schemaChecks: new WeakMap(),
    dutiful: new WeakMap(),
    book: new Map(),
    series: new Map(),
    ungreeted: new Set(),
    pump,
    server: null,
    socketServer: null,
    isDraining: false,
    cleanups: 0,
  };
}

/** The pool of an endpoint that the router has named. */
export function poolOf(setup: ListenerSetup<Session>, endpoint: EndpointView): Pool<Session> {
  const pool = setup.pools.get(endpoint);
  assert(pool !== undefined, "every endpoint of a listener has a pool");
  return pool;
}

/** What a client is told when no endpoint can be used. */
export function whyNoEndpoint({ endpoints }: ListenerSetup<Session>): string {
  const reasons = endpoints.map((each) => `${each.name} (${each.server}): ${each.reason || "not tried"}`);
  return `There is no healthy backend to connect: ${reasons.join("; ")}`;
}

/** Every pool whose connections are the listener's: those that statements are sent to, those that are being left, and beside each those of accounts. */
export function poolsOf({ setup, retiring }: Listener): Pool<Session>[] {
  const all = [...setup.pools.values(), ...retiring];
  return all.flatMap((pool) => (pool.accounts === null ? [pool] : [pool, pool.accounts]));
}

/** The metrics of one kind of statement on one endpoint, looked up by name only once. */
export function seriesFor(listener: Listener, endpoint: Endpoint, type: string): SqlSeries {
  let ofEndpoint = listener.series.get(endpoint);
  if (ofEndpoint === undefined) {
    ofEndpoint = new Map();
    listener.series.set(endpoint, ofEndpoint);
  }
  let series = ofEndpoint.get(type);
  if (series === undefined) {
    series = seriesOf(listener.metrics, listener.config.name, type, endpoint.server);
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
  if (listener.config.accounts === "server") capabilities |= CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS;
  let mariadbCapabilities = SHAPE_MARIADB_CAPABILITIES;
  for (const { profile } of listener.setup.endpoints) {
    if (profile === null) continue;
    first ??= profile;
    capabilities &= profile.capabilities | OWN_CAPABILITIES;
    mariadbCapabilities &= profile.mariadbCapabilities;
  }
  if (first === null) {
    capabilities &= ~(CLIENT_QUERY_ATTRIBUTES | CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS);
    mariadbCapabilities = 0;
  }
  // Only a greeting without this flag has room for MariaDB's own capabilities.
  if (mariadbCapabilities !== 0) capabilities &= ~CLIENT_LONG_PASSWORD;
  return {
    version: listener.config.server_version ?? first?.version ?? SERVER_VERSION_DEFAULT,
    capabilities,
    mariadbCapabilities,
    collation: first?.collation ?? COLLATION_DEFAULT,
    status: first?.status ?? SERVER_STATUS_AUTOCOMMIT,
    authPlugin: greetingPlugin(listener, first),
  };
}

/**
 * The plugin whose answer a client may send along with its user's name; another one costs it a round trip. Those that want
 * more than a scramble of 20 bytes are asked for later, as servers do: mysqlnd, greeted with sha256_password, would ask
 * for the public key before it says who it is.
 */
function greetingPlugin({ config }: Listener, first: ServerProfile | null): string {
  const { auth_plugin } = config;
  const canGreet = auth_plugin === MYSQL_NATIVE_PASSWORD || auth_plugin === CACHING_SHA2_PASSWORD;
  if (canGreet) return auth_plugin;
  return first?.authPlugin === MYSQL_NATIVE_PASSWORD ? MYSQL_NATIVE_PASSWORD : CACHING_SHA2_PASSWORD;
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

/** The pool that the connection is of, null when the configuration has changed since. */
export function livePoolOf({ setup }: Listener, { owner }: Connection<Session>): Pool<Session> | null {
  for (const pool of setup.pools.values()) if (pool === owner) return pool;
  return null;
}
