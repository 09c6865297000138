/** What statements tell of their endpoint: one that breaks them, or is far slower than its peers, is left out for a while. */
import type { Endpoint } from "./endpoint.ts";
import { eject } from "./health.ts";
import type { Pool } from "./pool-state.ts";

/** Part that one statement has in the mean. */
const LATENCY_PART = 1 / 32;
/** How often latencies are compared, and in how many looks in a row an endpoint has to be too slow. */
const LOOK_MS = 10_000;
const SLOW_LOOKS = 3;
/** Fewer answers between two looks say nothing. */
const ANSWERS_MIN = 20;
/** Less of a difference is nobody's trouble, however many times it is. */
const DIFFERENCE_MS_MIN = 10;

/** A statement has been answered, well or not. */
export function statementAnswered(endpoint: Endpoint, durationMs: number): void {
  if (endpoint.answers++ === 0) endpoint.latencyMs = durationMs;
  else endpoint.latencyMs += (durationMs - endpoint.latencyMs) * LATENCY_PART;
  endpoint.lostInARow = 0;
}

/** The connection broke under a statement. */
export function statementBroken<Holder>(pool: Pool<Holder>, reason: string): void {
  const { endpoint, health } = pool;
  endpoint.lostInARow++;
  if (health.eject_errors === 0 || endpoint.lostInARow < health.eject_errors) return;
  eject(pool, "errors", `${endpoint.lostInARow} statements in a row lost their connection: ${reason}`);
}

/** Compares the endpoint with its peers, when that is due. Call it now and then. */
export function watchLatency<Holder>(pool: Pool<Holder>): void {
  const { endpoint, health, clock } = pool;
  if (clock.monotonicMs() < endpoint.nextLookMs) return;
  endpoint.nextLookMs = clock.monotonicMs() + LOOK_MS;
  const hasNews = endpoint.answers - endpoint.answersSeen >= ANSWERS_MIN;
  endpoint.answersSeen = endpoint.answers;
  if (health.eject_latency_factor === 0 || !hasNews || !endpoint.isUsable) return;
  const others = pool.peers
    .map((each) => each.endpoint)
    .filter((each) => each !== endpoint && each.isUsable && each.answers >= ANSWERS_MIN)
    .map((each) => each.latencyMs)
    .sort((left, right) => left - right);
  if (others.length === 0) return;
  const median = others[others.length >> 1] as number;
  const { latencyMs } = endpoint;
  const isSlow = latencyMs > median * health.eject_latency_factor && latencyMs - median > DIFFERENCE_MS_MIN;
  endpoint.slowLooks = isSlow ? endpoint.slowLooks + 1 : 0;
  if (endpoint.slowLooks < SLOW_LOOKS) return;
  endpoint.slowLooks = 0;
  eject(pool, "latency", `its statements take ${latencyMs.toFixed(1)} ms, those of its peers ${median.toFixed(1)} ms`);
}
