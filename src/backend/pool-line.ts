/** Who gets a connection, and when: taking, giving back, and waiting in line. */
import { assert } from "../lib/assert.ts";
import { takePlace } from "../lib/places.ts";
import { POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { resetConnection } from "./connect.ts";
import { type Connection, destroyConnection, isSameShape, type Shape } from "./connection.ts";
import { addConnection, addOldest, removeConnection } from "./connection-list.ts";
import { pingConnection } from "./ping.ts";
import { findIdle, idleTurnOf, isQuiet, lend, removeWaiter, serve, serveIdle } from "./pool-lend.ts";
import { mayOpen, openInPool } from "./pool-open.ts";
import { takeParked, watchForStarvation } from "./pool-parked.ts";
import {
  afterYielding,
  askForPlace,
  connectionsUsed,
  isToBeGivenUp,
  isYielding,
  stopAsking,
  yieldPlace,
} from "./pool-share.ts";
import { spareLater } from "./pool-spare.ts";
import { describeUse, describeUsers, type Pool, type Waiter, type WaitFailure } from "./pool-state.ts";
import { flushCloses } from "./statements.ts";

/**
 * An idle connection of `shape` that is known to work, `preferred` if it is one; null when there is none: then
 * waitConnection.
 */
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
  if (connection === null || isQuiet(pool, connection)) return null;
  removeConnection(pool.idle, connection);
  lend(connection, holder);
  return connection;
}

/** Takes exactly this connection, which isUntouched() by `holder`, however long it has been silent. */
export function takeUntouched<Holder>(pool: Pool<Holder>, connection: Connection<Holder>, holder: Holder): void {
  assert(isUntouched(connection, holder), "an untouched connection is idle");
  removeConnection(pool.idle, connection);
  lend(connection, holder);
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
  const waiter: Waiter<Holder> = { shape, holder, sinceMs, onReady, onFailed, own: null };
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
  if (!takePlace(pool.line, pool.options.waitMax)) {
    const reason = `${pool.options.waitMax} statements wait already; ${describeUse(pool)}${describeUsers(pool)}`;
    onFailed({ kind: "full", reason });
    return waiter;
  }
  pool.lastShape = shape;
  pool.waiters.push(waiter);
  watchLine(pool);
  add(pool.counters, POOL.slots.waits, 1);
  serveWaiters(pool);
  return waiter;
}

/** Looks at the line when its first one has stood in it for too long: one timer for all, which who is served leaves alone. */
function watchLine<Holder>(pool: Pool<Holder>): void {
  const [first] = pool.waiters;
  if (pool.cancelLine !== null || first === undefined) return;
  pool.cancelLine = pool.clock.after(Math.ceil(Math.max(0, leftMs(pool, first))), () => {
    pool.cancelLine = null;
    for (const waiter of pool.waiters.filter((each) => leftMs(pool, each) <= 0)) waitTimedOut(pool, waiter);
    watchLine(pool);
  });
}

function leftMs<Holder>({ clock, options }: Pool<Holder>, { sinceMs }: Waiter<Holder>): number {
  return sinceMs + options.timeoutWaitMs - clock.monotonicMs();
}

function waitTimedOut<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): void {
  if (!removeWaiter(pool, waiter)) return;
  add(pool.counters, POOL.slots.waitTimeouts, 1);
  const { reason: trouble } = pool.endpoint;
  const failed = trouble === "" ? "" : `; the last connection could not be opened: ${trouble}`;
  const reason = `none became free within ${pool.options.timeoutWaitMs} ms; ${describeUse(pool)}${describeUsers(pool)}${failed}`;
  waiter.onFailed({ kind: "timeout", reason });
}

/** Leaves the line; harmless when the wait is over. */
export function cancelWait<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): void {
  removeWaiter(pool, waiter);
}

/** Gives back a connection at a clean boundary; a dirty one is reset before anybody else gets it. */
export function giveBack<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  assert(connection.state === "busy", "only a lent connection is given back");
  assert(connection.tracker.isDone, "a connection is given back between statements");
  connection.holder = null;
  if (connection.isKillPending) destroyConnection(connection, "unclean", "a KILL is on its way to it");
  else if (pool.isRetired) destroyConnection(connection, "retired");
  else if (pool.options.mode === "dedicated") destroyConnection(connection, "dedicated", "its client has left");
  else if (connection.retired !== null) destroyConnection(connection, connection.retired);
  else if (connection.isDirty) resetConnection(connection);
  else becomeIdle(pool, connection);
}

/** A connection is clean and free: for the first in line, or for the idle list. */
export function becomeIdle<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  connection.state = "busy"; // no longer connecting or resetting: if it ends here, that is no failure of its server
  if (pool.isClosed || pool.isRetired) {
    destroyConnection(connection, pool.isClosed ? "shutdown" : "retired");
    return;
  }
  if (pool.surplus > 0) {
    destroyConnection(connection, "surplus", "the pool has become smaller");
    return;
  }
  if (pool.options.mode === "dedicated") {
    giveToItsOwn(pool, connection);
    return;
  }
  if (pool.share !== null && isToBeGivenUp(pool, null)) {
    yieldPlace(pool);
    destroyConnection(connection, "surplus", "another worker needs its place");
    return;
  }
  const isWanted = pool.waiters.length > 0;
  const next = isWanted ? nextWaiter(pool, connection.shape) : null;
  if (next !== null && isSameShape(next.shape, connection.shape)) {
    serve(pool, next, connection);
    return;
  }
  if (!isWanted && connectionsUsed(pool) > pool.options.sizeMax) {
    destroyConnection(connection, "surplus", "it was opened beyond the pool's size");
    return;
  }
  flushCloses(connection);
  connection.state = "idle";
  connection.idleSinceMs = pool.clock.monotonicMs();
  connection.quietSinceMs = connection.idleSinceMs;
  connection.idleTurn = idleTurnOf(pool, connection);
  addConnection(pool.idle, connection);
  if (isWanted) serveWaiters(pool);
  else if (pool.share !== null) spareLater(pool);
}

/**
 * Whose turn it is: the first in line for whom no connection is being opened or checked, or who has `shape`. One that is
 * being opened is for the first of its shape: were it for whoever stands first, two kinds of clients would take turns in closing each
 * other's connections, and neither would be served.
 */
function nextWaiter<Holder>(pool: Pool<Holder>, shape: Shape | null): Waiter<Holder> | null {
  const first = pool.waiters[0];
  if (first !== undefined && shape !== null && isSameShape(first.shape, shape)) return first;
  const coming: Shape[] = [];
  for (const { state, shape: ofIt } of pool.connections) {
    if (state === "connecting" || state === "checking") coming.push(ofIt);
  }
  for (const waiter of pool.waiters) {
    if (shape !== null && isSameShape(waiter.shape, shape)) return waiter;
    const at = coming.findIndex((each) => isSameShape(each, waiter.shape));
    if (at < 0) return waiter;
    coming.splice(at, 1);
  }
  return null;
}

/** A new connection is for whom it was opened, and for nobody else. */
function giveToItsOwn<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  const waiter = pool.waiters.find(({ own }) => own === connection);
  if (waiter !== undefined) serve(pool, waiter, connection);
  else destroyConnection(connection, "dedicated", "it was opened for nobody who is there");
}

/** Asks an idle connection whether its server is still there. It keeps its place among the idle ones unless somebody waits. */
export function checkIdle<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): void {
  removeConnection(pool.idle, connection);
  pingConnection(connection, pool.options.timeoutPingMs, () => {
    pool.endpoint.heard++;
    if (pool.isClosed || pool.isRetired || pool.surplus > 0 || pool.waiters.length > 0) {
      becomeIdle(pool, connection);
      return;
    }
    connection.state = "idle";
    connection.idleTurn = idleTurnOf(pool, connection);
    addOldest(pool.idle, connection);
  });
}

/** Finds or opens connections for those in line, as far as the cap allows. */
export function serveWaiters<Holder>(pool: Pool<Holder>): void {
  if (pool.share !== null) stopAsking(pool);
  if (pool.options.mode === "dedicated") {
    openForWaiters(pool);
    return;
  }
  while (serveNext(pool)) {
    // one at a time: who is served may give something back at once
  }
}

/** True when there may be another one to serve. */
function serveNext<Holder>(pool: Pool<Holder>): boolean {
  const waiter = nextWaiter(pool, null);
  if (waiter === null) return false;
  const idle = findIdle(pool, waiter.shape);
  if (idle !== null) {
    if (isQuiet(pool, idle)) checkIdle(pool, idle);
    else serveIdle(pool, waiter, idle);
    return true;
  }
  if (connectionsUsed(pool) < pool.options.sizeMax) {
    if (!mayOpen(pool)) return false; // opened() and the end of the pause call serveWaiters() again
    if (isYielding(pool)) {
      afterYielding(pool, () => {
        if (!pool.isClosed && pool.endpoint.isUsable && pool.waiters.length > 0) serveWaiters(pool);
      });
      return false;
    }
    openInPool(pool, waiter.shape, pool.events.originOf(waiter.holder), pool.options.sizeMax);
    return true;
  }
  const oldest = pool.idle.oldest;
  if (oldest === null) {
    if (!askForPlace(pool)) return true;
    takeParked(pool);
    watchForStarvation(pool);
  } else {
    // The free place is noticed and given away by lost(), which calls serveWaiters() again.
    destroyConnection(oldest, "surplus", "its place is needed for another kind of client");
  }
  return false;
}

function openForWaiters<Holder>(pool: Pool<Holder>): void {
  for (const waiter of pool.waiters) {
    if (waiter.own !== null && waiter.own.state === "connecting") continue;
    if (!mayOpen(pool)) return;
    const open = () => openInPool(pool, waiter.shape, pool.events.originOf(waiter.holder), pool.options.sizeMax);
    waiter.own = open() ?? (askForPlace(pool) ? null : open());
    if (waiter.own === null) return;
  }
}
