/** What a pool needs from time to time, whether anybody uses it or not. */
import { isAddressGone, refreshAddresses } from "./addresses.ts";
import { addressOf, type Connection, destroyConnection, isSameShape } from "./connection.ts";
import { keepEndpoint } from "./health.ts";
import { watchLatency } from "./outlier.ts";
import { fillPool } from "./pool.ts";
import { quietMaxMs, waitTimeoutMsIn } from "./pool-lend.ts";
import { checkIdle } from "./pool-line.ts";
import { handOver } from "./pool-parked.ts";
import type { Pool } from "./pool-state.ts";
import { closeStalled } from "./stalled.ts";

/** How often keepPool() is to be called. */
export const UPKEEP_MS = 1_000;

/** One look at a pool: old, stale and stalled connections, those that are to wait for clients, the endpoint's health. */
export function keepPool<Holder>(pool: Pool<Holder>): void {
  if (pool.isClosed) return;
  pool.turn++;
  const now = pool.clock.monotonicMs();
  closeStalled(pool, now);
  if (pool.isRetired || pool.isForAccounts) return;
  retireConnections(pool, now);
  closeOldIdle(pool, now);
  checkQuiet(pool, now);
  if (pool.connections.size > 0) refreshAddresses(pool.endpoint.addresses, pool.clock, pool.lookup);
  keepEndpoint(pool);
  watchLatency(pool);
  fillPool(pool);
}

/** Says of every connection whose time is over that it is closed when nobody has it; of idle ones that is now. */
function retireConnections<Holder>(pool: Pool<Holder>, now: number): void {
  const { addresses } = pool.endpoint;
  for (const connection of pool.connections) {
    if (connection.retired === null) {
      if (now >= connection.oldSinceMs) connection.retired = "max_age";
      else if (isAddressGone(addresses, addressOf(connection), now)) connection.retired = "address_gone";
      else continue;
    }
    if (connection.state === "idle") destroyConnection(connection, connection.retired);
    // A holder at rest is left alone while it would lose something.
    else if (connection.state === "parked" && !connection.isLossy) handOver(pool, connection);
  }
}

/** Closes idle connections that nobody has wanted for a while, but for those that are to be there. */
function closeOldIdle<Holder>(pool: Pool<Holder>, now: number): void {
  const oldest = now - pool.options.timeoutIdleMs;
  for (const connection of idleOf(pool)) {
    if (connection.idleSinceMs >= oldest) continue;
    const isWanted = pool.lastShape !== null && isSameShape(connection.shape, pool.lastShape);
    if (pool.idle.size > pool.options.idleMin || !isWanted) destroyConnection(connection, "idle_timeout");
  }
}

/**
 * Asks idle connections that have been silent for long whether their servers are still there, which also keeps those from
 * closing them. A holder at rest has its connection taken before the server would.
 */
function checkQuiet<Holder>(pool: Pool<Holder>, now: number): void {
  for (const connection of idleOf(pool)) {
    if (now - connection.quietSinceMs >= quietMaxMs(pool, connection)) checkIdle(pool, connection);
  }
  for (let connection = pool.parked.oldest; connection !== null; ) {
    const next: Connection<Holder> | null = connection.newer;
    if (now - connection.restSinceMs >= waitTimeoutMsIn(connection) / 2) handOver(pool, connection);
    connection = next;
  }
}

function idleOf<Holder>(pool: Pool<Holder>): Connection<Holder>[] {
  const idle: Connection<Holder>[] = [];
  for (let connection = pool.idle.oldest; connection !== null; connection = connection.newer) idle.push(connection);
  return idle;
}
