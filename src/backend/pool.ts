/** A pool's life: how it begins and ends, and how it learns whether its endpoint answers. */
import { backoffMs } from "../lib/backoff.ts";
import { type ConnectFailure, POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { newConnectionHandler, openConnection } from "./connect.ts";
import { type Connection, destroyConnection, type Shape } from "./connection.ts";
import { newConnectionList, removeConnection } from "./connection-list.ts";
import type { Endpoint } from "./endpoint.ts";
import { becomeIdle, serveWaiters, unclaim } from "./pool-line.ts";
import type { Pool, PoolEdges, PoolEvents, PoolOptions } from "./pool-state.ts";
import { forgetStatements } from "./statements.ts";

/** Waits between tries of an endpoint that cannot be reached. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

/** An empty pool; it opens its first connection when one is asked for. */
export function newPool<Holder>(
  endpoint: Endpoint,
  options: PoolOptions,
  events: PoolEvents<Holder>,
  edges: PoolEdges,
): Pool<Holder> {
  const pool: Pool<Holder> = {
    endpoint,
    options,
    timeoutConnectMs: options.timeoutConnectMs,
    attributes: options.attributes,
    handler: newConnectionHandler(),
    ...edges,
    connections: new Set(),
    events,
    idle: newConnectionList(),
    parked: newConnectionList(),
    waiters: [],
    claims: 0,
    isClosed: false,
    isRetired: false,
    surplus: 0,
    cancelReserve: () => {},
    lastShape: null,
    cancelRetry: () => {},
    onHealth: () => {},
    onEmpty: () => {},
    onOpened: (connection) => opened(pool, connection),
    onOpenFailed: (connection, failure, reason) => openFailed(pool, connection, failure, reason),
    onReset: (connection) => {
      add(pool.counters, POOL.slots.resets, 1);
      becomeIdle(pool, connection);
    },
    onResponse: (connection, bytes) => events.onResponse(connection.holder as Holder, connection, bytes),
    onDrain: (connection) => {
      if (connection.holder !== null) events.onDrain(connection.holder, connection);
    },
    onLost: (connection, reason) => lost(pool, connection, reason),
  };
  return pool;
}

/** An open connection is gone, whatever it was doing. Its place is free for those in line. */
function lost<Holder>(pool: Pool<Holder>, connection: Connection<Holder>, reason: string): void {
  const { holder, heir } = connection;
  if (connection.state === "idle") removeConnection(pool.idle, connection);
  if (connection.state === "parked") removeConnection(pool.parked, connection);
  connection.cancelDeadline();
  forgetStatements(connection);
  connection.state = "closed";
  connection.holder = null;
  connection.heir = null;
  connection.lastHolder = null;
  unclaim(connection);
  pool.connections.delete(connection);
  if (pool.surplus > 0) pool.surplus--;
  add(pool.counters, POOL.slots.destroyed[connection.destroyReason], 1);
  if (holder !== null) pool.events.onLost(holder, connection, reason);
  if (heir !== null) pool.events.onInsertId(heir, null);
  if (!pool.isClosed && pool.endpoint.isUsable) serveWaiters(pool);
  if (pool.connections.size === 0) pool.onEmpty();
}

function opened<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  const { endpoint } = pool;
  if (!endpoint.isUsable) pool.log.info("endpoint is back", { endpoint: endpoint.name, server: endpoint.server });
  endpoint.isUsable = true;
  endpoint.failures = 0;
  endpoint.reason = "";
  add(pool.counters, POOL.slots.connects, 1);
  pool.onHealth();
  becomeIdle(pool, connection);
}

/** Everybody in line hears why, and the endpoint is left alone for a while. */
function openFailed<Holder>(
  pool: Pool<Holder>,
  connection: Connection<Holder>,
  failure: ConnectFailure,
  reason: string,
): void {
  const { endpoint } = pool;
  pool.connections.delete(connection);
  if (pool.surplus > 0) pool.surplus--;
  if (pool.connections.size === 0) pool.onEmpty();
  if (pool.isClosed || pool.isRetired) return;
  add(pool.counters, POOL.slots.connectFailures[failure], 1);
  // A server that answers "too many connections" is alive: those in line wait for the connections that we have.
  if (failure === "too_many_connections" && pool.connections.size > 0) return;
  endpoint.reason = reason;
  endpoint.failures++;
  endpoint.isUsable = false;
  const fields = { endpoint: endpoint.name, server: endpoint.server, reason };
  if (endpoint.failures === 1) pool.log.warn("endpoint cannot be reached", fields);
  pool.cancelRetry();
  const delayMs = backoffMs(endpoint.failures, RETRY_MS_MIN, RETRY_MS_MAX, pool.random);
  pool.cancelRetry = pool.clock.after(delayMs, () => retry(pool, connection.shape));
  for (const waiter of pool.waiters.splice(0)) {
    waiter.cancelDeadline();
    waiter.onFailed({ kind: "unreachable", reason });
  }
  pool.onHealth();
}

/** Opens a first connection, so that the server is known before the first client comes. */
export function warmPool<Holder>(pool: Pool<Holder>, shape: Shape): void {
  if (pool.connections.size === 0) pool.connections.add(openConnection(pool, shape, null));
}

/** Looks whether the endpoint answers again. */
function retry<Holder>(pool: Pool<Holder>, shape: Shape): void {
  if (pool.isClosed || pool.isRetired || pool.endpoint.isUsable) return;
  pool.connections.add(openConnection(pool, pool.lastShape ?? shape, null));
}

/** Closes idle connections that nobody has wanted for a while. Call it now and then. */
export function closeOldIdle<Holder>(pool: Pool<Holder>): void {
  const oldest = pool.clock.monotonicMs() - pool.options.timeoutIdleMs;
  while (pool.idle.oldest !== null && pool.idle.oldest.idleSinceMs < oldest) {
    destroyConnection(pool.idle.oldest, "idle_timeout");
  }
}

/**
 * Closes connections whose server has stopped in the middle of a packet, though it is read from. Call it now and then; a
 * statement that takes its time has not begun to answer, or stands between two packets.
 */
export function closeStalled<Holder>(pool: Pool<Holder>): void {
  const now = pool.clock.monotonicMs();
  for (const connection of pool.connections) {
    const { tracker, rest, wire, state } = connection;
    const missing = tracker.isDone || state !== "busy" ? 0 : tracker.skip + (rest?.length ?? 0);
    if (missing === 0 || wire === null || wire.isPaused || missing !== connection.missingBytes) {
      connection.missingBytes = missing;
      connection.missingSinceMs = now;
    } else if (now - connection.missingSinceMs >= pool.options.timeoutStalledMs) {
      destroyConnection(connection, "timeout", "the server stopped in the middle of a packet");
    }
  }
}

/** Takes no more work: idle connections close now, lent ones when they come back. Idempotent. */
export function closePool<Holder>(pool: Pool<Holder>): void {
  pool.isClosed = true;
  pool.cancelRetry();
  pool.cancelReserve();
  for (const waiter of pool.waiters.splice(0)) {
    waiter.cancelDeadline();
    waiter.onFailed({ kind: "closed", reason: "the proxy is shutting down" });
  }
  for (const connection of pool.connections) {
    if (connection.state !== "busy") destroyConnection(connection, "shutdown");
  }
}
