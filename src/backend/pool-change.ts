/** What a new configuration does to a pool that is in use: other limits, or the end of it, without taking anything from anybody. */

import { accountOptions } from "./accounts.ts";
import { stopOpening } from "./connect.ts";
import { destroyConnection } from "./connection.ts";
import { watchEndpoint } from "./pool.ts";
import { clearLine } from "./pool-lend.ts";
import { serveWaiters } from "./pool-line.ts";
import { handOver } from "./pool-parked.ts";
import { stopRetrying } from "./pool-retry.ts";
import { surplusOf } from "./pool-share.ts";
import type { Pool, PoolPlan } from "./pool-state.ts";

/**
 * Goes on with `plan`. A larger pool serves those in line at once; of a smaller one the surplus is closed as it becomes
 * idle. Waits that have begun keep their deadline.
 */
export function changePool<Holder>(pool: Pool<Holder>, plan: PoolPlan): void {
  const { options, health, probeLogin } = plan;
  pool.options = options;
  pool.health = health;
  pool.probeLogin = probeLogin;
  pool.timeoutConnectMs = options.timeoutConnectMs;
  pool.attributes = options.attributes;
  pool.surplus = surplusOf(pool);
  // The free place is noticed by lost(), which counts the surplus down.
  const isSurplus = () => pool.surplus > 0 || options.mode === "dedicated";
  while (isSurplus() && pool.idle.oldest !== null) destroyConnection(pool.idle.oldest, "surplus");
  if (pool.accounts !== null) {
    pool.accounts.options = accountOptions(options);
    pool.accounts.timeoutConnectMs = options.timeoutConnectMs;
  }
  watchEndpoint(pool);
  if (pool.endpoint.isUsable) serveWaiters(pool);
}

/**
 * Lets a pool go that no route leads to any more. Those in line hear "retired" and look elsewhere; idle connections close
 * now, lent ones when they come back, parked ones when their holder's LAST_INSERT_ID() is known. What is still held after
 * `graceMs` is cut off. `onGone` is called once, when the last connection is closed, perhaps before this returns.
 */
export function retirePool<Holder>(pool: Pool<Holder>, graceMs: number, onGone: () => void): void {
  const { accounts } = pool;
  if (accounts === null) return retire(pool, graceMs, onGone);
  let left = 2;
  const onOneGone = () => {
    if (--left === 0) onGone();
  };
  retire(accounts, graceMs, onOneGone);
  retire(pool, graceMs, onOneGone);
}

function retire<Holder>(pool: Pool<Holder>, graceMs: number, onGone: () => void): void {
  pool.isRetired = true;
  stopRetrying(pool);
  pool.cancelReserve?.();
  pool.cancelPause();
  pool.cancelProbe();
  pool.peers = [];
  const cancelDeadline = pool.clock.after(graceMs, () => {
    const reason = `the configuration no longer has it, and its ${graceMs} ms to let go (timeout_drain_ms) are over`;
    for (const connection of pool.connections) destroyConnection(connection, "retired", reason);
  });
  pool.onEmpty = () => {
    pool.onEmpty = () => {};
    cancelDeadline();
    onGone();
  };
  clearLine(pool, { kind: "retired", reason: "the configuration no longer has it" });
  for (const connection of pool.connections) {
    if (connection.state === "connecting") stopOpening(connection, "the configuration no longer has it");
    else if (connection.state === "idle" || connection.state === "checking") destroyConnection(connection, "retired");
  }
  leaveParked(pool);
  if (pool.connections.size === 0) pool.onEmpty();
}

/** Takes the parked connections of a retired pool from their holders, but for those whose holders would lose something. */
export function leaveParked<Holder>(pool: Pool<Holder>): void {
  for (let connection = pool.parked.oldest; connection !== null; ) {
    const { newer } = connection;
    if (!connection.isLossy) handOver(pool, connection);
    connection = newer;
  }
}
