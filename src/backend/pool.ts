/**
 * The connections to one endpoint: idle ones, those that work, and statements that wait. `sizeMax` is a true cap:
 * connections that are being opened, reset or lent all count.
 */
import { assert } from "../lib/assert.ts";
import { backoffMs } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { HandshakeResponse } from "../mysql/handshake-response.ts";
import type { Logger } from "../telemetry/log.ts";
import { type ConnectFailure, POOL, type PoolCounters } from "../telemetry/metrics-table.ts";
import { add, observe } from "../telemetry/series.ts";
import { newConnectionHandler, openConnection, resetConnection } from "./connect.ts";
import { type Connection, type ConnectionOwner, destroyConnection, isSameShape, type Shape } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { addIdle, type IdleList, newIdleList, removeIdle } from "./idle-list.ts";

/** Waits between tries of an endpoint that cannot be reached. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

/** What a lent connection tells its holder. */
export interface PoolEvents<Holder> {
  onResponse(holder: Holder, connection: Connection<Holder>, bytes: Uint8Array): void;
  onDrain(holder: Holder, connection: Connection<Holder>): void;
  /** The connection is gone; it must not be given back any more. */
  onLost(holder: Holder, connection: Connection<Holder>, reason: string): void;
}

export interface PoolOptions {
  sizeMax: number;
  waitMax: number;
  timeoutWaitMs: number;
  timeoutConnectMs: number;
  timeoutIdleMs: number;
  /** Sent to the server with every log-in. */
  attributes: HandshakeResponse["attributes"];
}

/** Why a wait ended without a connection. */
export type WaitFailure = { kind: "timeout" | "full" | "unreachable" | "closed"; reason: string };

/** A statement that waits for a connection. */
export interface Waiter<Holder> {
  readonly shape: Shape;
  readonly holder: Holder;
  readonly sinceMs: number;
  readonly onReady: (connection: Connection<Holder>) => void;
  readonly onFailed: (failure: WaitFailure) => void;
  cancelDeadline: () => void;
}

/** What a pool uses of the world outside. */
export interface PoolEdges {
  readonly counters: PoolCounters;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface Pool<Holder> extends ConnectionOwner<Holder>, PoolEdges {
  readonly options: PoolOptions;
  readonly clock: Clock;
  readonly connections: Set<Connection<Holder>>;
  readonly idle: IdleList<Holder>;
  readonly waiters: Waiter<Holder>[];
  isClosed: boolean;
  /** The shape asked for last: what a retry opens. */
  lastShape: Shape | null;
  cancelRetry: () => void;
  /** Called when the endpoint has answered, or has failed to. */
  onHealth: () => void;
}

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
    idle: newIdleList(),
    waiters: [],
    isClosed: false,
    lastShape: null,
    cancelRetry: () => {},
    onHealth: () => {},
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
    onLost: (connection, reason) => lost(pool, events, connection, reason),
  };
  return pool;
}

/** An idle connection of `shape`, now the holder's; null when there is none: then waitConnection. */
export function takeConnection<Holder>(pool: Pool<Holder>, shape: Shape, holder: Holder): Connection<Holder> | null {
  if (pool.waiters.length > 0) return null; // first come, first served
  let connection = pool.idle.newest;
  while (connection !== null && !isSameShape(connection.shape, shape)) connection = connection.older;
  if (connection === null) return null;
  removeIdle(pool.idle, connection);
  lend(connection, holder);
  return connection;
}

/**
 * Waits in line for a connection of `shape`. Exactly one of the callbacks is called, later or at once, unless the wait
 * is cancelled.
 */
export function waitConnection<Holder>(
  pool: Pool<Holder>,
  shape: Shape,
  holder: Holder,
  onReady: (connection: Connection<Holder>) => void,
  onFailed: (failure: WaitFailure) => void,
): Waiter<Holder> {
  const sinceMs = pool.clock.monotonicMs();
  const waiter: Waiter<Holder> = { shape, holder, sinceMs, onReady, onFailed, cancelDeadline: () => {} };
  if (pool.isClosed) {
    onFailed({ kind: "closed", reason: "the proxy is shutting down" });
    return waiter;
  }
  if (!pool.endpoint.isUsable) {
    onFailed({ kind: "unreachable", reason: pool.endpoint.reason });
    return waiter;
  }
  if (pool.waiters.length >= pool.options.waitMax) {
    onFailed({ kind: "full", reason: `${pool.options.waitMax} statements wait already; ${describeUse(pool)}` });
    return waiter;
  }
  pool.lastShape = shape;
  pool.waiters.push(waiter);
  waiter.cancelDeadline = pool.clock.after(pool.options.timeoutWaitMs, () => waitTimedOut(pool, waiter));
  add(pool.counters, POOL.slots.waits, 1);
  serveWaiters(pool);
  return waiter;
}

function waitTimedOut<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): void {
  if (!removeWaiter(pool, waiter)) return;
  add(pool.counters, POOL.slots.waitTimeouts, 1);
  const reason = `none became free within ${pool.options.timeoutWaitMs} ms; ${describeUse(pool)}`;
  waiter.onFailed({ kind: "timeout", reason });
}

/** Leaves the line; harmless when the wait is over. */
export function cancelWait<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): void {
  removeWaiter(pool, waiter);
}

function removeWaiter<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): boolean {
  waiter.cancelDeadline();
  const at = pool.waiters.indexOf(waiter);
  if (at >= 0) pool.waiters.splice(at, 1);
  return at >= 0;
}

/** Gives back a connection at a clean boundary; a dirty one is reset before anybody else gets it. */
export function giveBack<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  assert(connection.state === "busy", "only a lent connection is given back");
  assert(connection.tracker.isDone, "a connection is given back between statements");
  connection.holder = null;
  if (connection.isDirty) resetConnection(connection);
  else becomeIdle(pool, connection);
}

/** A connection is clean and free: for the first in line, or for the idle list. */
function becomeIdle<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  if (pool.isClosed) {
    destroyConnection(connection, "shutdown");
    return;
  }
  const first = pool.waiters[0];
  if (first !== undefined && isSameShape(first.shape, connection.shape)) {
    serve(pool, first, connection);
    return;
  }
  connection.state = "idle";
  connection.idleSinceMs = pool.clock.monotonicMs();
  addIdle(pool.idle, connection);
  if (first !== undefined) serveWaiters(pool);
}

/** Finds or opens connections for those in line, as far as the cap allows. */
function serveWaiters<Holder>(pool: Pool<Holder>): void {
  let opening = 0;
  for (const connection of pool.connections) if (connection.state === "connecting") opening++;
  while (pool.waiters.length > opening) {
    const waiter = pool.waiters[opening] as Waiter<Holder>;
    const idle = opening === 0 ? findIdle(pool, waiter.shape) : null;
    if (idle !== null) {
      removeIdle(pool.idle, idle);
      serve(pool, waiter, idle);
      continue;
    }
    if (pool.connections.size >= pool.options.sizeMax) {
      const oldest = pool.idle.oldest;
      if (oldest === null) return;
      destroyConnection(oldest, "surplus", "its place is needed for another kind of client");
    }
    pool.connections.add(openConnection(pool, waiter.shape));
    opening++;
  }
}

function findIdle<Holder>(pool: Pool<Holder>, shape: Shape): Connection<Holder> | null {
  let connection = pool.idle.newest;
  while (connection !== null && !isSameShape(connection.shape, shape)) connection = connection.older;
  return connection;
}

function serve<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>, connection: Connection<Holder>): void {
  removeWaiter(pool, waiter);
  observe(pool.counters, POOL.slots.waitDuration, pool.clock.monotonicMs() - waiter.sinceMs);
  lend(connection, waiter.holder);
  waiter.onReady(connection);
}

function lend<Holder>(connection: Connection<Holder>, holder: Holder): void {
  connection.state = "busy";
  connection.holder = holder;
}

/** An open connection is gone, whatever it was doing. Its place is free for those in line. */
function lost<Holder>(
  pool: Pool<Holder>,
  events: PoolEvents<Holder>,
  connection: Connection<Holder>,
  reason: string,
): void {
  const holder = connection.holder;
  if (connection.state === "idle") removeIdle(pool.idle, connection);
  connection.cancelDeadline();
  connection.state = "closed";
  connection.holder = null;
  pool.connections.delete(connection);
  add(pool.counters, POOL.slots.destroyed[connection.destroyReason], 1);
  if (holder !== null) events.onLost(holder, connection, reason);
  if (!pool.isClosed && pool.endpoint.isUsable) serveWaiters(pool);
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
  add(pool.counters, POOL.slots.connectFailures[failure], 1);
  if (pool.isClosed) return;
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
  if (pool.connections.size === 0) pool.connections.add(openConnection(pool, shape));
}

/** Looks whether the endpoint answers again. */
function retry<Holder>(pool: Pool<Holder>, shape: Shape): void {
  if (pool.isClosed || pool.endpoint.isUsable) return;
  pool.connections.add(openConnection(pool, pool.lastShape ?? shape));
}

/** Closes idle connections that nobody has wanted for a while. Call it now and then. */
export function closeOldIdle<Holder>(pool: Pool<Holder>): void {
  const oldest = pool.clock.monotonicMs() - pool.options.timeoutIdleMs;
  while (pool.idle.oldest !== null && pool.idle.oldest.idleSinceMs < oldest) {
    destroyConnection(pool.idle.oldest, "idle_timeout");
  }
}

/** Takes no more work: idle connections close now, lent ones when they come back. Idempotent. */
export function closePool<Holder>(pool: Pool<Holder>): void {
  pool.isClosed = true;
  pool.cancelRetry();
  for (const waiter of pool.waiters.splice(0)) {
    waiter.cancelDeadline();
    waiter.onFailed({ kind: "closed", reason: "the proxy is shutting down" });
  }
  for (const connection of pool.connections) {
    if (connection.state !== "busy") destroyConnection(connection, "shutdown");
  }
}

/** How the pool is used, for people who wait for it. */
export function describeUse<Holder>(pool: Pool<Holder>): string {
  const counts = { connecting: 0, idle: 0, busy: 0, adopting: 0, resetting: 0, closed: 0 };
  for (const connection of pool.connections) counts[connection.state]++;
  const parts = [`${counts.busy + counts.adopting} busy`];
  if (counts.connecting > 0) parts.push(`${counts.connecting} connecting`);
  if (counts.resetting > 0) parts.push(`${counts.resetting} resetting`);
  if (counts.idle > 0) parts.push(`${counts.idle} idle`);
  return `pool_size ${pool.options.sizeMax}: ${parts.join(", ")}`;
}
