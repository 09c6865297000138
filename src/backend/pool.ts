/** A pool's life: how it begins and ends, and how it learns whether its endpoint answers. */
import { newPlaces } from "../lib/places.ts";
import { type ConnectFailure, POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { newConnectionHandler, stopOpening } from "./connect.ts";
import { type Connection, destroyConnection, type Shape } from "./connection.ts";
import { newConnectionList, removeConnection } from "./connection-list.ts";
import { renewDefaults } from "./defaults.ts";
import type { Endpoint } from "./endpoint.ts";
import { endpointDown, endpointUp } from "./health.ts";
import { clearLine, isQuiet, unclaim } from "./pool-lend.ts";
import { becomeIdle, serveWaiters } from "./pool-line.ts";
import { mayOpen, openInPool, pauseOpening } from "./pool-open.ts";
import { newRetryPlan, retryLater, stopRetrying } from "./pool-retry.ts";
import { beginTurn, giveBackConnectionPlace } from "./pool-share.ts";
import { openFirst } from "./pool-spare.ts";
import type { Pool, PoolEdges, PoolEvents, PoolPlan } from "./pool-state.ts";
import { startProbes } from "./probing.ts";
import { forgetStatements } from "./statements.ts";

/** An empty pool; it opens its first connection when one is asked for. */
export function newPool<Holder>(
  endpoint: Endpoint,
  plan: PoolPlan,
  events: PoolEvents<Holder>,
  edges: PoolEdges,
): Pool<Holder> {
  const pool: Pool<Holder> = {
    endpoint,
    ...plan,
    timeoutConnectMs: plan.options.timeoutConnectMs,
    attributes: plan.options.attributes,
    handler: newConnectionHandler(),
    ...edges,
    connections: new Set(),
    events,
    peers: [],
    idle: newConnectionList(),
    parked: newConnectionList(),
    waiters: [],
    claims: 0,
    line: newPlaces(edges.line),
    accountPlaces: newPlaces(edges.accountPlaces),
    accounts: null,
    isForAccounts: false,
    isClosed: false,
    isRetired: false,
    surplus: 0,
    turn: 0,
    pausedUntilMs: 0,
    cancelPause: () => {},
    cancelReserve: null,
    cancelLine: null,
    lastShape: null,
    retry: newRetryPlan(),
    cancelProbe: () => {},
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
    onGlobalsChanged: (connection) => {
      renewDefaults(pool, null);
      destroyConnection(connection, "unclean", "the server's defaults have changed");
    },
    onLost: (connection, reason) => lost(pool, connection, reason),
  };
  return pool;
}

/** An open connection is gone, whatever it was doing. Its place is free for those in line. */
function lost<Holder>(pool: Pool<Holder>, connection: Connection<Holder>, reason: string): void {
  const { holder, heir, claimant, lastHolder } = connection;
  const wasSilent = connection.state === "checking" && connection.destroyReason === "timeout";
  if (connection.state === "idle") removeConnection(pool.idle, connection);
  if (connection.state === "parked") removeConnection(pool.parked, connection);
  connection.cancelDeadline();
  forgetStatements(connection);
  connection.state = "closed";
  connection.holder = null;
  connection.heir = null;
  connection.lastHolder = null;
  unclaim(connection);
  if (claimant !== null) pool.events.onForgotten(claimant, connection);
  if (lastHolder !== null && lastHolder !== claimant) pool.events.onForgotten(lastHolder, connection);
  pool.connections.delete(connection);
  giveBackConnectionPlace(pool);
  if (pool.surplus > 0) pool.surplus--;
  add(pool.counters, POOL.slots.destroyed[connection.destroyReason], 1);
  if (holder !== null && connection.destroyReason === "backend_closed") doubtIdle(pool);
  if (holder !== null) pool.events.onLost(holder, connection, reason);
  if (heir !== null) pool.events.onInsertId(heir, null);
  if (wasSilent) closeQuiet(pool);
  if (!pool.isClosed && pool.endpoint.isUsable) serveWaiters(pool);
  if (pool.connections.size === 0) pool.onEmpty();
}

/** Where one connection broke others may have, unheard so far: each is asked before it is used. */
function doubtIdle<Holder>(pool: Pool<Holder>): void {
  for (let connection = pool.idle.newest; connection !== null; connection = connection.older) {
    connection.idleTurn = -1;
    connection.quietSinceMs = Number.NEGATIVE_INFINITY;
  }
}

/** One that was silent for long has not answered a ping: nobody waits for the others one by one. */
function closeQuiet<Holder>(pool: Pool<Holder>): void {
  for (const connection of pool.connections) {
    if (connection.state === "idle" && isQuiet(pool, connection)) destroyConnection(connection, "timeout");
  }
}

function opened<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  add(pool.counters, POOL.slots.connects, 1);
  pool.endpoint.heard++;
  connection.quietSinceMs = pool.clock.monotonicMs();
  beginTurn(pool);
  endpointUp(pool);
  pool.onHealth();
  becomeIdle(pool, connection);
  if (!pool.isClosed) serveWaiters(pool); // others may have waited for this one to be open
}

/**
 * While other connections are there a failure is the business of those that would be opened: after some time they are.
 * Else everybody in line hears why, and the endpoint is left alone for a while.
 */
function openFailed<Holder>(
  pool: Pool<Holder>,
  connection: Connection<Holder>,
  failure: ConnectFailure,
  reason: string,
): void {
  const { endpoint, connections } = pool;
  connections.delete(connection);
  giveBackConnectionPlace(pool);
  if (pool.surplus > 0) pool.surplus--;
  if (connections.size === 0) pool.onEmpty();
  if (pool.isClosed || pool.isRetired) return;
  add(pool.counters, POOL.slots.connectFailures[failure], 1);
  const failures = ++endpoint.failures;
  // A server that answers "too many connections" is alive: all that it gives may be those that are here.
  const isFull = failure === "too_many_connections";
  if (isFull && endpoint.state === "down" && isConnected(pool)) {
    endpointUp(pool);
    pool.onHealth();
  }
  const isAlive = isFull || failures < pool.health.probe_fall;
  if (isAlive && endpoint.isUsable && isConnected(pool)) {
    endpoint.reason = reason;
    // Who waits is of another kind than those that are idle, and there is room for no more.
    const { oldest } = pool.idle;
    if (isFull && pool.waiters.length > 0 && oldest !== null) {
      destroyConnection(oldest, "surplus", "its place is needed for another kind of client");
    }
    pauseOpening(pool, failures, () => serveWaiters(pool));
  } else giveUp(pool, connection.shape, reason);
}

function isConnected<Holder>(pool: Pool<Holder>): boolean {
  for (const { state } of pool.connections) if (state !== "connecting") return true;
  return false;
}

/** The endpoint is down: it is tried again from time to time, and nobody waits for it. */
function giveUp<Holder>(pool: Pool<Holder>, shape: Shape | null, reason: string): void {
  const { endpoint } = pool;
  endpointDown(pool, reason);
  // Another server may come up in its place.
  if (pool.connections.size === 0) {
    endpoint.baselines.clear();
    endpoint.baselinesSeen.clear();
  }
  endpoint.probeSuccesses = 0;
  retryLater(pool, shape);
  clearLine(pool, { kind: "unreachable", reason });
  pool.onHealth();
}

/**
 * Opens first connections, so that the server is known before the first client comes and as many wait for clients as
 * should. Watches the endpoint from now on.
 */
export function warmPool<Holder>(pool: Pool<Holder>, shape: Shape): void {
  pool.lastShape ??= shape;
  if (pool.connections.size === 0) openFirst(pool, shape);
  fillPool(pool);
  watchEndpoint(pool);
}

/** Probes the endpoint from now on as the plan of its pool says. */
export function watchEndpoint<Holder>(pool: Pool<Holder>): void {
  startProbes(pool, (reason) => giveUp(pool, pool.lastShape, reason));
}

/** Opens as many connections as are to wait for clients, as far as there is room. */
export function fillPool<Holder>(pool: Pool<Holder>): void {
  const { idleMin, sizeMax } = pool.options;
  if (pool.lastShape === null || !pool.endpoint.isUsable || pool.isClosed || pool.isRetired) return;
  let ready = pool.idle.size;
  for (const { state } of pool.connections) if (state === "connecting" || state === "checking") ready++;
  for (; ready < idleMin && mayOpen(pool); ready++)
    if (openInPool(pool, pool.lastShape, null, sizeMax) === null) return;
}

/** Takes no more work: idle connections close now, lent ones when they come back. Idempotent. */
export function closePool<Holder>(pool: Pool<Holder>): void {
  pool.isClosed = true;
  stopRetrying(pool);
  pool.cancelReserve?.();
  pool.cancelPause();
  pool.cancelProbe();
  clearLine(pool, { kind: "closed", reason: "the proxy is shutting down" });
  for (const connection of pool.connections) {
    if (connection.state === "connecting") stopOpening(connection, "the proxy is shutting down");
    else if (connection.state !== "busy") destroyConnection(connection, "shutdown");
  }
}
