/** Opening connections of a pool: how many at once, and how long not after one could not be opened. */
import { backoffMs } from "../lib/backoff.ts";
import { openConnection } from "./connect.ts";
import type { Connection, Origin, Shape } from "./connection.ts";
import { takeConnectionPlace } from "./pool-share.ts";
import type { Pool } from "./pool-state.ts";

/** Waits between tries of a server that takes no more connections. */
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 5_000;
/** Part of the age that is drawn at random, so that connections that were opened together do not end together. */
const AGE_SPREAD = 0.2;

/** Opens a connection that counts as the pool's from now on; null while there are `max` already. */
export function openInPool<Holder>(
  pool: Pool<Holder>,
  shape: Shape,
  origin: Origin | null,
  max: number,
): Connection<Holder> | null {
  if (!takeConnectionPlace(pool, max)) return null;
  const connection = openConnection(pool, shape, origin);
  const { timeoutAgeMs } = pool.options;
  connection.oldSinceMs = pool.clock.monotonicMs() + timeoutAgeMs * (1 - AGE_SPREAD * pool.random());
  if (connection.state !== "closed") pool.connections.add(connection);
  return connection;
}

/** True when another connection may be opened right now, as far as the server's peace is concerned. */
export function mayOpen<Holder>(pool: Pool<Holder>): boolean {
  return countOf(pool, "connecting") < pool.options.connectingMax && pool.clock.monotonicMs() >= pool.pausedUntilMs;
}

/** How many connections are in `state`. */
export function countOf<Holder>(pool: Pool<Holder>, state: Connection<Holder>["state"]): number {
  let count = 0;
  for (const connection of pool.connections) if (connection.state === state) count++;
  return count;
}

/** Opens none for a while, longer after each failure in a row; `onOver` hears the end of it. */
export function pauseOpening<Holder>(pool: Pool<Holder>, failures: number, onOver: () => void): void {
  const delayMs = backoffMs(failures, PAUSE_MS_MIN, PAUSE_MS_MAX, pool.random);
  pool.pausedUntilMs = pool.clock.monotonicMs() + delayMs;
  pool.cancelPause();
  pool.cancelPause = pool.clock.after(delayMs, onOver);
}
