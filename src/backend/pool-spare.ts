/** What a pool gives up for other workers, and what it opens when they leave it a place. */
import { destroyConnection, type Shape } from "./connection.ts";
import { openInPool } from "./pool-open.ts";
import { findParked, handOver, starvedOf } from "./pool-parked.ts";
import { askForPlace, isAskedFor, isToBeGivenUp, NOT_STARVED, TURN_MS, tellStarved, yieldPlace } from "./pool-share.ts";
import type { Pool } from "./pool-state.ts";

/** Gives up a connection if another worker needs its place and this one can spare it; if not now, it is looked at again soon. */
export function spare<Holder>(pool: Pool<Holder>): void {
  const { share } = pool;
  if (share === null || pool.isClosed || pool.isRetired) return;
  if (!isAskedFor(pool)) {
    tellStarved(share, NOT_STARVED);
    return;
  }
  tellStarved(share, starvedOf(pool));
  const idle = pool.idle.oldest;
  const parked = idle === null ? findParked(pool, false) : null;
  if (idle !== null && isToBeGivenUp(pool, idle.idleSinceMs)) {
    yieldPlace(pool);
    destroyConnection(idle, "surplus", "another worker needs its place");
  } else if (parked !== null && isToBeGivenUp(pool, parked.restSinceMs)) handOver(pool, parked);
  spareLater(pool);
}

/** Looks again in a while whether something is to be given up, as long as another worker waits for it. */
export function spareLater<Holder>(pool: Pool<Holder>): void {
  const { share } = pool;
  if (share === null || share.isLookDue || pool.connections.size === 0 || !isAskedFor(pool)) return;
  share.isLookDue = true;
  pool.clock.after(TURN_MS, () => {
    share.isLookDue = false;
    spare(pool);
  });
}

/** Opens a connection for nobody, by which the endpoint is learnt; when other workers have all places, with the next one that becomes free. */
export function openFirst<Holder>(pool: Pool<Holder>, shape: Shape): void {
  const { share, options } = pool;
  if (share === null) {
    openInPool(pool, shape, null, Number.POSITIVE_INFINITY);
    return;
  }
  share.first = shape;
  do {
    if (openInPool(pool, shape, null, options.sizeMax) === null) continue;
    share.first = null;
    return;
  } while (!askForPlace(pool));
}
