/**
 * Trying again an endpoint that cannot be reached: seldom while nobody wants it, about once a second while clients are
 * refused for want of it. However many those are, they do not make the tries of one proxy more frequent, and each wait is
 * half drawn at random, so that many proxies that lost a server together do not come back to it together.
 */
import { backoffMs } from "../lib/backoff.ts";
import type { Shape } from "./connection.ts";
import { hasStandIn } from "./health.ts";
import { openFirst } from "./pool-spare.ts";
import type { Pool, RetryPlan } from "./pool-state.ts";
import { askProbe } from "./probing.ts";

/** Waits between tries double from the first of these up to another one: that while nobody asks, or that while somebody does. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
const RETRY_WANTED_MS_MAX = 1_000;

/** Who was refused this long ago may well be trying still. */
const WANTED_MS = 10_000;

/** No try is due. */
export function newRetryPlan(): RetryPlan {
  return { dueMs: 0, soonestMs: 0, wantedUntilMs: 0, cancel: () => {} };
}

/** Tries the endpoint again, later after each failure in a row. `shape` is what is opened where nobody has asked for another one. */
export function retryLater<Holder>(pool: Pool<Holder>, shape: Shape | null): void {
  const { retry, clock, random } = pool;
  const now = clock.monotonicMs();
  const failures = Math.max(1, pool.endpoint.failures);
  retry.soonestMs = now + backoffMs(failures, RETRY_MS_MIN, RETRY_WANTED_MS_MAX, random);
  const isWanted = now < retry.wantedUntilMs;
  tryAt(pool, shape, isWanted ? retry.soonestMs : now + backoffMs(failures, RETRY_MS_MIN, RETRY_MS_MAX, random));
}

/** A client was refused because nothing could be reached: an endpoint that is down is tried as soon as it may be. */
export function wantEndpoint<Holder>(pool: Pool<Holder>): void {
  const { retry, clock, endpoint } = pool;
  if (endpoint.state !== "down" || pool.isClosed || pool.isRetired) return;
  const now = clock.monotonicMs();
  retry.wantedUntilMs = now + WANTED_MS;
  const soonestMs = Math.max(now, retry.soonestMs);
  if (retry.dueMs > soonestMs) tryAt(pool, pool.lastShape, soonestMs);
}

/** No try is due any more. */
export function stopRetrying<Holder>({ retry }: Pool<Holder>): void {
  retry.cancel();
  retry.dueMs = 0;
}

function tryAt<Holder>(pool: Pool<Holder>, shape: Shape | null, dueMs: number): void {
  const { retry, clock } = pool;
  retry.cancel();
  retry.dueMs = dueMs;
  retry.cancel = clock.after(dueMs - clock.monotonicMs(), () => {
    retry.dueMs = 0;
    void tryEndpoint(pool, shape);
  });
}

/**
 * Looks whether the endpoint answers again. Connections are opened once it has answered as many probes as it has to; those
 * have the last word.
 */
async function tryEndpoint<Holder>(pool: Pool<Holder>, shape: Shape | null): Promise<void> {
  const { endpoint, health, clock } = pool;
  const wanted = pool.lastShape ?? shape;
  const failure = await askProbe(pool);
  if (pool.isClosed || pool.isRetired || endpoint.state !== "down") return;
  if (failure !== null) {
    endpoint.failures++;
    endpoint.probeSuccesses = 0;
    endpoint.reason = failure;
    return retryLater(pool, shape);
  }
  endpoint.probeSuccesses++;
  const isEnough = endpoint.probeSuccesses >= health.probe_rise || !hasStandIn(pool);
  if (pool.probe === null || isEnough) {
    if (wanted !== null) openFirst(pool, wanted);
    return;
  }
  tryAt(pool, shape, clock.monotonicMs() + RETRY_MS_MIN);
}
