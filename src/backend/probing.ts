/**
 * Active probes: an endpoint from which nothing else is heard is asked whether it is there. Answers to statements and to
 * pings of idle connections count as probes that went well, so a busy endpoint is never probed.
 */
import type { ListenerConfig } from "../api/proxy-config.ts";
import { POOL, type ProbeResult } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Pool, PoolPlan } from "./pool-state.ts";

/** Intervals are spread by this part, so that many proxies do not ask at once. */
const SPREAD = 0.2;
/** After a failure it is asked sooner. */
const FAST_PART = 1 / 5;

/** How a listener's endpoints are watched, and by whom; its discovery has the original's words for some of it. */
export function healthOf(listener: ListenerConfig): Pick<PoolPlan, "health" | "probeLogin"> {
  const discovery = listener.read_write_splitting?.dynamic?.discovery;
  if (discovery === undefined) return { health: listener.health, probeLogin: null };
  const { user, password, ping_period, ping_timeout, ping_failure_threshold } = discovery;
  const health = {
    ...listener.health,
    probe_interval_ms: ping_period,
    probe_timeout_ms: ping_timeout,
    probe_fall: ping_failure_threshold,
  };
  return { health, probeLogin: { user, password } };
}

/** Probes the endpoint while it is not known to be down, for good; `onDown` hears that too many have failed. */
export function startProbes<Holder>(pool: Pool<Holder>, onDown: (reason: string) => void): void {
  const { probe_interval_ms: intervalMs, probe_fall } = pool.health;
  pool.cancelProbe();
  if (intervalMs === 0 || pool.probe === null) return;
  const { endpoint } = pool;
  let heard = heardOf(endpoint);
  let isOver = false;
  const next = (delayMs: number) => {
    const cancel = pool.clock.after(delayMs * (1 - SPREAD / 2 + SPREAD * pool.random()), look);
    pool.cancelProbe = () => {
      isOver = true;
      cancel();
    };
  };
  const look = () => {
    const isHeard = heardOf(endpoint) !== heard;
    heard = heardOf(endpoint);
    if (isHeard || endpoint.state === "down") {
      endpoint.probeFailures = 0;
      next(intervalMs);
      return;
    }
    void askProbe(pool).then((failure) => {
      if (isOver) return;
      endpoint.probeFailures = failure === null ? 0 : endpoint.probeFailures + 1;
      if (failure !== null && endpoint.probeFailures >= probe_fall) onDown(failure);
      next(failure === null ? intervalMs : intervalMs * FAST_PART);
    });
  };
  next(intervalMs);
}

function heardOf({ heard, answers }: Endpoint): number {
  return heard + answers;
}

/** One probe. Resolves to null, or to why it failed. */
export async function askProbe<Holder>(pool: Pool<Holder>): Promise<string | null> {
  const { endpoint, probeLogin, health } = pool;
  if (pool.probe === null) return null;
  const failure = await pool.probe(endpoint, probeLogin ?? endpoint, health.probe_timeout_ms);
  const result: ProbeResult = failure === null ? "good" : "failed";
  add(pool.counters, POOL.slots.probes[result], 1);
  return failure === null ? null : `probe: ${failure}`;
}
