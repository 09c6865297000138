/** Handing connections to holders: the idle ones, and who stands in line for them. */
import { giveBackPlace } from "../lib/places.ts";
import { type DestroyReason, POOL } from "../telemetry/metrics-table.ts";
import { observe } from "../telemetry/series.ts";
import { type Connection, destroyConnection, isSameShape, type Shape } from "./connection.ts";
import { removeConnection } from "./connection-list.ts";
import { stopAsking } from "./pool-share.ts";
import type { Pool, Waiter, WaitFailure } from "./pool-state.ts";

/** Where the server lets connections be silent for less than this, no look of the upkeep comes soon enough. */
const SHORT_WAIT_MS = 5_000;

/** The idle connection of `shape` that was used last, one that has a claimant only where there is no other; null when there is none. */
export function findIdle<Holder>(pool: Pool<Holder>, shape: Shape): Connection<Holder> | null {
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
 * An idle connection for `holder` to be known by: while it can, its statements run there. Of those that nobody is known by
 * it is the one with the lowest id above `floor`, if possible of the shape that was needed last; null when there is none.
 * Ends with unclaim().
 */
export function claimConnection<Holder>(pool: Pool<Holder>, holder: Holder, floor: number): Connection<Holder> | null {
  const { lastShape } = pool;
  let found: Connection<Holder> | null = null;
  let isFoundLikely = false;
  let each = pool.claims < pool.connections.size ? pool.idle.newest : null;
  for (; each !== null; each = each.older) {
    if (each.claimant !== null || each.serverConnectionId <= floor) continue;
    const isLikely = lastShape !== null && isSameShape(each.shape, lastShape);
    const isLower = found === null || each.serverConnectionId < found.serverConnectionId;
    if (isLikely === isFoundLikely ? !isLower : isFoundLikely) continue;
    [found, isFoundLikely] = [each, isLikely];
  }
  if (found === null) return null;
  found.claimant = holder;
  pool.claims++;
  return found;
}

/** Nobody is known by the connection any more. */
export function unclaim<Holder>(connection: Connection<Holder>): void {
  if (connection.claimant === null) return;
  connection.claimant = null;
  connection.owner.claims--;
}

/**
 * True when an idle connection has been silent for so long that its server may have closed it, or a network forgotten it.
 * One that was used since the upkeep looked last has not, and no clock is read for it.
 */
export function isQuiet<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): boolean {
  if (connection.idleTurn === pool.turn) return false;
  return pool.clock.monotonicMs() - connection.quietSinceMs >= quietMaxMs(pool, connection);
}

/** How long a connection may be silent before it is asked whether its server is still there. */
export function quietMaxMs<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): number {
  return Math.min(pool.options.timeoutQuietMs, waitTimeoutMsIn(connection) / 2);
}

/** How long the server lets the connection be silent. */
export function waitTimeoutMsIn<Holder>({ settings, waitTimeoutMs }: Connection<Holder>): number {
  return settings.waitTimeoutMs ?? waitTimeoutMs;
}

/** The turn in which a connection becomes idle; -1 where isQuiet() must not rely on it. */
export function idleTurnOf<Holder>(pool: Pool<Holder>, connection: Connection<Holder>): number {
  return waitTimeoutMsIn(connection) < SHORT_WAIT_MS ? -1 : pool.turn;
}

/** Gives `connection`, which is in no list, to the one who waits. */
export function serve<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>, connection: Connection<Holder>): void {
  removeWaiter(pool, waiter);
  observe(pool.counters, POOL.slots.waitDuration, pool.clock.monotonicMs() - waiter.sinceMs);
  lend(connection, waiter.holder);
  waiter.onReady(connection);
}

/** Gives an idle connection to the one who waits. */
export function serveIdle<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>, idle: Connection<Holder>): void {
  removeConnection(pool.idle, idle);
  serve(pool, waiter, idle);
}

/** The connection is the holder's from now on. */
export function lend<Holder>(connection: Connection<Holder>, holder: Holder): void {
  connection.state = "busy";
  connection.restSinceMs = -1;
  connection.keptSinceMs = -1;
  connection.seenSinceMs = -1;
  connection.isPinged = false;
  connection.holder = holder;
  connection.lastHolder = holder;
}

/** Takes a waiter out of the line. False when it is not in it. */
export function removeWaiter<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): boolean {
  const at = pool.waiters.indexOf(waiter);
  if (at < 0) return false;
  pool.waiters.splice(at, 1);
  giveBackPlace(pool.line);
  if (pool.waiters.length === 0) stopAsking(pool);
  return true;
}

/** Sends everybody home who waits. */
export function clearLine<Holder>(pool: Pool<Holder>, failure: WaitFailure): void {
  stopAsking(pool);
  pool.cancelLine?.();
  pool.cancelLine = null;
  for (const waiter of pool.waiters.splice(0)) {
    giveBackPlace(pool.line);
    waiter.onFailed(failure);
  }
}

/** Closes a connection that nobody is to begin on any more: at once while it is idle, else when its holder gives it back. */
export function retireConnection<Holder>(connection: Connection<Holder>, reason: DestroyReason, detail: string): void {
  if (connection.state === "idle") destroyConnection(connection, reason, detail);
  else connection.retired ??= reason;
}
