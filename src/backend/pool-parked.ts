/** Connections that are left with holders at rest: until somebody needs them more, or for good. */
import { assert } from "../lib/assert.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import { POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { resetConnection } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { addConnection, removeConnection } from "./connection-list.ts";
import { newOwnStatement } from "./own-statement.ts";
import { openInPool } from "./pool-open.ts";
import {
  BUSY_FOR_LONG,
  connectionsUsed,
  isAskedFor,
  NOT_STARVED,
  STARVED,
  type Starved,
  tellStarved,
} from "./pool-share.ts";
import type { Pool, Waiter } from "./pool-state.ts";
import { flushCloses } from "./statements.ts";

/** Who has had its connection for so many times timeout_reserve_ms does not count as one who will be back soon. */
const KEPT_TIMES = 10;

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

/**
 * Has as many parked connections handed over as statements wait, less those that are on their way already. In place of
 * one whose holder would lose something, the reserve is opened while there is any.
 */
export function takeParked<Holder>(pool: Pool<Holder>): void {
  const { sizeMax, reserveMax } = pool.options;
  let coming = 0;
  for (const { state } of pool.connections) {
    if (state === "connecting" || state === "resetting" || state === "checking") coming++;
  }
  for (; coming < pool.waiters.length; coming++) {
    const yielding = findParked(pool, false);
    if (yielding !== null) {
      handOver(pool, yielding);
      continue;
    }
    const lossy = findParked(pool, true);
    if (lossy === null) return;
    const reserved = connectionsUsed(pool) - sizeMax;
    if (reserved < Math.min(reserveMax, pool.parked.size)) openReserve(pool, pool.waiters[coming] as Waiter<Holder>);
    else if (reserved >= reserveMax) handOver(pool, lossy);
    else return; // those that work will come back
  }
}

/** The parked connection that is parked for the longest, of those whose holders lose something, or of the others. */
export function findParked<Holder>(pool: Pool<Holder>, isLossy: boolean): Connection<Holder> | null {
  let connection = pool.parked.oldest;
  while (connection !== null && connection.isLossy !== isLossy) connection = connection.newer;
  return connection;
}

/**
 * Looks in a while whether the pool is starved: whether holders at rest keep its connections, and those that work may wait
 * for what these have locked, so that none may ever come back. Then the reserve is for those in line. More of those do not
 * put it off.
 */
export function watchForStarvation<Holder>(pool: Pool<Holder>): void {
  const { sizeMax, reserveMax, timeoutReserveMs } = pool.options;
  if (reserveMax === 0 || pool.cancelReserve !== null) return;
  pool.cancelReserve = pool.clock.after(timeoutReserveMs, () => {
    pool.cancelReserve = null;
    const waiter = pool.waiters[0];
    if (pool.isClosed || (waiter === undefined && !isAskedFor(pool))) {
      if (pool.share !== null) tellStarved(pool.share, NOT_STARVED);
      return;
    }
    const here = starvedOf(pool);
    const starved = pool.share === null ? here : tellStarved(pool.share, here);
    if (waiter !== undefined && connectionsUsed(pool) < sizeMax + reserveMax && starved === STARVED) {
      openReserve(pool, waiter);
    }
    watchForStarvation(pool);
  });
}

/**
 * Whether no connection of the pool will be back soon: each is kept by a holder that has been at rest for a while, or has
 * not let go of it for far longer, or is at one statement for that long, as looks have seen. Marks what this look sees.
 */
export function starvedOf<Holder>(pool: Pool<Holder>): Starved {
  const { timeoutReserveMs } = pool.options;
  const now = pool.clock.monotonicMs();
  const longMs = timeoutReserveMs * KEPT_TIMES;
  let starved: Starved = BUSY_FOR_LONG;
  let isSoonBack = false;
  for (const connection of pool.connections) {
    const { state, restSinceMs, keptSinceMs } = connection;
    if (state !== "busy" && state !== "parked") return NOT_STARVED;
    if (connection.seenSinceMs < 0) connection.seenSinceMs = now;
    const isAtRest = restSinceMs >= 0 && now - restSinceMs >= timeoutReserveMs;
    const isKept = keptSinceMs >= 0 && now - keptSinceMs >= longMs;
    if (isAtRest || isKept) starved = STARVED;
    else if (now - connection.seenSinceMs < longMs) isSoonBack = true;
  }
  return isSoonBack ? NOT_STARVED : starved;
}

function openReserve<Holder>(pool: Pool<Holder>, waiter: Waiter<Holder>): void {
  const { sizeMax, reserveMax } = pool.options;
  const opened = openInPool(pool, waiter.shape, pool.events.originOf(waiter.holder), sizeMax + reserveMax);
  if (opened !== null) add(pool.counters, POOL.slots.reserves, 1);
}
