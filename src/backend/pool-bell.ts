/** What a pool does when another worker has rung. */
import { serveWaiters } from "./pool-line.ts";
import { openFirst, spare } from "./pool-spare.ts";
import type { Pool } from "./pool-state.ts";

/** A place may have become free for one of ours that waits, or one of theirs waits for a place that we have. */
export function heedBell<Holder>(pool: Pool<Holder>): void {
  const { share } = pool;
  if (share === null || pool.isClosed || pool.isRetired) return;
  if (share.first !== null) openFirst(pool, share.first);
  if (pool.waiters.length > 0 && pool.endpoint.isUsable) serveWaiters(pool);
  spare(pool);
}
