/** Who gets a connection, and when: taking, giving back, parking, and waiting in line. */
import { assert } from "../lib/assert.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import { POOL } from "../telemetry/metrics-table.ts";
import { add, observe } from "../telemetry/series.ts";
import { openConnection, resetConnection } from "./connect.ts";
import { type Connection, destroyConnection, isSameShape, type Shape } from "./connection.ts";
import { addConnection, removeConnection } from "./connection-list.ts";
import { newOwnStatement } from "./own-statement.ts";
import { describeUse, type Pool, type Waiter, type WaitFailure } from "./pool-state.ts";
import { flushCloses } from "./statements.ts";

/** An idle connection of `shape`, `preferred` if it is one; null when there is none: then waitConnection. */
export function takeConnection<Holder>(
  pool: Pool<Holder>,
  shape: Shape,
  holder: Holder,
  preferred: Connection<Holder> | null,
): Connection<Holder> | null {
  if (pool.waiters.length > 0) return null; // first come, first served
  const isThere =
    preferred !== null && preferred.owner === pool && preferred.state === "idle" && isSameShape(preferred.shape, shape);
  const connection = isThere ? preferred : findIdle(pool, shape);
  if (connection === null) return null;
  removeConnection(pool.idle, connection);
  lend(connection, holder);
  return connection;
}

/** True while `holder` was the last to use an idle connection: what its last statement left is still there. */
export function isUntouched<Holder>(connection: Connection<Holder>, holder: Holder): boolean {
  return connection.state === "idle" && connection.lastHolder === holder;
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
  if (pool.isRetired) {
    onFailed({ kind: "retired", reason: "the configuration no longer has it" });
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
  if (connection.isKillPending) destroyConnection(connection, "unclean", "a KILL is on its way to it");
  else if (pool.isRetired) destroyConnection(connection, "retired");
  else if (connection.isDirty) resetConnection(connection);
  else becomeIdle(pool, connection);
}

/**
 * Leaves a connection with its holder, who is at rest, until another session needs it more. It must be at a clean
 * boundary; unpark() before it is used again. `isLossy` when the holder loses something by that.
 */
export function park<Holder>(pool: Pool<Holder>, connection: Connection<Holder>, isLossy: boolean): void {
  assert(connection.state === "busy" && connection.tracker.isDone, "a connection is parked between statements");
  flushCloses(connection);
  connection.state = "parked";
  connection.isLossy = isLossy;
  addConnection(pool.parked, connection);
  if (pool.isRetired && !isLossy) handOver(pool, connection);
  else if (pool.waiters.length > 0) takeParked(pool);
}

/** The holder of a parked connection goes on with it. */
export function unpark<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  assert(connection.state === "parked", "only a parked connection is taken up again");
  removeConnection(pool.parked, connection);
  connection.state = "busy";
}

/** Takes a parked connection from its holder: it is asked what the holder may still want to know, then reset. */
export function handOver<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  const { holder } = connection;
  assert(holder !== null, "a parked connection has a holder");
  removeConnection(pool.parked, connection);
  connection.holder = null;
  connection.heir = holder;
  pool.events.onTaken(holder, connection);
  const insertId = newOwnStatement(COM_QUERY, "SELECT LAST_INSERT_ID()", (answer) => {
    connection.heir = null;
    pool.events.onInsertId(holder, answer.kind === "rows" ? (answer.rows[0]?.[0] ?? null) : null);
  });
  resetConnection(connection, [insertId]);
}

/** A connection is clean and free: for the first in line, or for the idle list. */
export function becomeIdle<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  if (pool.isClosed || pool.isRetired) {
    destroyConnection(connection, pool.isClosed ? "shutdown" : "retired");
    return;
  }
  if (pool.surplus > 0) {
    destroyConnection(connection, "surplus", "the pool has become smaller");
    return;
  }
  const first = pool.waiters[0];
  if (first !== undefined && isSameShape(first.shape, connection.shape)) {
    serve(pool, first, connection);
    return;
  }
  if (first === undefined && pool.connections.size > pool.options.sizeMax) {
    destroyConnection(connection, "surplus", "it was opened beyond the pool's size");
    return;
  }
  flushCloses(connection);
  connection.state = "idle";
  connection.idleSinceMs = pool.clock.monotonicMs();
  addConnection(pool.idle, connection);
  if (first !== undefined) serveWaiters(pool);
}

/** Finds or opens connections for those in line, as far as the cap allows. */
export function serveWaiters<Holder>(pool: Pool<Holder>): void {
  let opening = 0;
  for (const connection of pool.connections) if (connection.state === "connecting") opening++;
  while (pool.waiters.length > opening) {
    const waiter = pool.waiters[opening] as Waiter<Holder>;
    const idle = opening === 0 ? findIdle(pool, waiter.shape) : null;
    if (idle !== null) {
      removeConnection(pool.idle, idle);
      serve(pool, waiter, idle);
      continue;
    }
    if (pool.connections.size >= pool.options.sizeMax) {
      const oldest = pool.idle.oldest;
      if (oldest === null) {
        takeParked(pool);
        watchForStarvation(pool);
        return;
      }
      // The free place is noticed and given away by lost(), which calls this function again.
      destroyConnection(oldest, "surplus", "its place is needed for another kind of client");
      return;
    }
    pool.connections.add(openConnection(pool, waiter.shape, pool.events.originOf(waiter.holder)));
    opening++;
  }
}

/**
 * Looks in a while whether the pool is starved: whether every connection is kept by a holder at rest, so that none may
 * ever come back. Then the reserve is for those in line.
 */
function watchForStarvation<Holder>(pool: Pool<Holder>): void {
  pool.cancelReserve();
  pool.cancelReserve = pool.clock.after(pool.options.timeoutReserveMs, () => {
    if (pool.isClosed || pool.waiters.length === 0) return;
    const { sizeMax, reserveMax } = pool.options;
    const waiter = pool.waiters[0];
    if (waiter !== undefined && pool.connections.size < sizeMax + reserveMax && isStarved(pool)) {
      openReserve(pool, waiter);
    }
    watchForStarvation(pool);
  });
}

function isStarved<Holder>(pool: Pool<Holder>): boolean {
  const since = pool.clock.monotonicMs() - pool.options.timeoutReserveMs;
  for (const { state, restSinceMs } of pool.connections) {
    if ((state !== "busy" && state !== "parked") || restSinceMs < 0 || restSinceMs > since) return false;
  }
  return true;
}

/**
 * Has as many parked connections handed over as statements wait, less those that are on their way already. In place of
 * one whose holder would lose something, the reserve is opened while there is any.
 */
function takeParked<Holder>(pool: Pool<Holder>): void {
  const { sizeMax, reserveMax } = pool.options;
  let coming = 0;
  for (const { state } of pool.connections) if (state === "connecting" || state === "resetting") coming++;
  for (; coming < pool.waiters.length; coming++) {
    const yielding = findParked(pool, false);
    if (yielding !== null) {
      handOver(pool, yielding);
      continue;
    }
    const lossy = findParked(pool, true);
    if (lossy === null) return;
    const reserved = pool.connections.size - sizeMax;
    if (reserved < Math.min(reserveMax, pool.parked.size)) openReserve(pool, pool.waiters[coming] as Waiter<Holder>);
    else if (reserved >= reserveMax) handOver(pool, lossy);
    else return; // those that work will come back
  }
}

function openReserve<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): void {
  add(pool.counters, POOL.slots.reserves, 1);
  pool.connections.add(openConnection(pool, waiter.shape, pool.events.originOf(waiter.holder)));
}

function findParked<Holder>(pool: Pool<Holder>, isLossy: boolean): Connection<Holder> | null {
  let connection = pool.parked.oldest;
  while (connection !== null && connection.isLossy !== isLossy) connection = connection.newer;
  return connection;
}

/** The newest; one that has a claimant only where there is no other. */
function findIdle<Holder>(pool: Pool<Holder>, shape: Shape): Connection<Holder> | null {
  const isClaimSeen = pool.claims > 0 && pool.claims < pool.connections.size;
  let claimed: Connection<Holder> | null = null;
  for (let connection = pool.idle.newest; connection !== null; connection = connection.older) {
    if (!isSameShape(connection.shape, shape)) continue;
    if (!isClaimSeen || connection.claimant === null) return connection;
    claimed ??= connection;
  }
  return claimed;
}

/**
 * An idle connection for `holder` to be known by: while it can, its statements run there. null when each is another's.
 * Ends with unclaim().
 */
export function claimConnection<Holder>(pool: Pool<Holder>, holder: Holder): Connection<Holder> | null {
  let connection = pool.claims < pool.connections.size ? pool.idle.newest : null;
  while (connection !== null && connection.claimant !== null) connection = connection.older;
  if (connection === null) return null;
  connection.claimant = holder;
  pool.claims++;
  return connection;
}

/** Nobody is known by the connection any more. */
export function unclaim<Holder>(connection: Connection<Holder>): void {
  if (connection.claimant === null) return;
  connection.claimant = null;
  connection.owner.claims--;
}

function serve<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>, connection: Connection<Holder>): void {
  removeWaiter(pool, waiter);
  observe(pool.counters, POOL.slots.waitDuration, pool.clock.monotonicMs() - waiter.sinceMs);
  lend(connection, waiter.holder);
  waiter.onReady(connection);
}

function lend<Holder>(connection: Connection<Holder>, holder: Holder): void {
  connection.state = "busy";
  connection.restSinceMs = -1;
  connection.holder = holder;
  connection.lastHolder = holder;
}
