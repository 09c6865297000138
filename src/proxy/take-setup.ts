/** A listener goes over to what a new configuration makes of it. Nothing here fails: what could has been tried before. */
import { introducePools } from "../backend/health.ts";
import { warmPool } from "../backend/pool.ts";
import { changePool, retirePool } from "../backend/pool-change.ts";
import type { Pool } from "../backend/pool-state.ts";
import { isSameValue } from "../lib/same-value.ts";
import {
  CLIENT_DEPRECATE_EOF,
  CLIENT_MULTI_RESULTS,
  CLIENT_MULTI_STATEMENTS,
  CLIENT_PS_MULTI_RESULTS,
} from "../mysql/capabilities.ts";
import { newListenerCounters, newPoolCounters } from "../telemetry/metrics.ts";
import { LISTENER, PIN_REASONS } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { greetWaiting } from "./client.ts";
import { type Edges, type ListenerSetup, poolPlanOf } from "./generation.ts";
import { poolsOf } from "./listener.ts";
import type { Listener, Session } from "./session.ts";

/** The shape of the first connection to each endpoint, by which its server is learnt: what most clients ask for. */
const FIRST_SHAPE = {
  capabilities: CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS | CLIENT_PS_MULTI_RESULTS | CLIENT_DEPRECATE_EOF,
  mariadbCapabilities: 0,
  collation: 45, // utf8mb4_general_ci
  collationMariadb: 45,
  attributes: "",
};

/**
 * Makes `setup` the listener's; `before` is what it had, null for a new one. Pools that both have go on, new ones open
 * their first connection, others are retired; `onGone` is called whenever one of these is empty.
 */
export function takeSetup(
  listener: Listener,
  setup: ListenerSetup<Session>,
  before: ListenerSetup<Session> | null,
  edges: Edges,
  onGone: () => void,
): void {
  if (setup === before) return;
  const { config } = setup;
  if (before !== null && before.config.name !== config.name) rename(listener, config.name);
  listener.setup = setup;
  listener.config = config;
  listener.throttle.failuresMax = config.limits.login_failures_max;
  listener.schemas.clear();
  const plan = poolPlanOf(config, edges);
  introducePools(setup.pools);
  const old = new Set(before?.pools.values());
  for (const [{ name }, pool] of setup.pools) {
    if (old.delete(pool)) {
      pool.endpoint.name = name;
      const { options, health, probeLogin } = pool;
      if (!isSameValue({ options, health, probeLogin }, plan)) changePool(pool, plan);
    } else {
      pool.onHealth = () => greetWaiting(listener);
      warmPool(pool, FIRST_SHAPE);
    }
  }
  for (const pool of old) retire(listener, pool, onGone);
  greetWaiting(listener);
}

function retire(listener: Listener, pool: Pool<Session>, onGone: () => void): void {
  listener.retiring.add(pool);
  pool.onHealth = () => {};
  retirePool(pool, listener.config.limits.timeout_drain_ms, () => {
    listener.retiring.delete(pool);
    listener.series.delete(pool.endpoint);
    onGone();
  });
}

/** What is counted from now on is counted under the new name; what is so now moves there. */
function rename(listener: Listener, name: string): void {
  const { counters: old, metrics, series } = listener;
  const counters = newListenerCounters(metrics, name);
  const { open, pinned } = LISTENER.slots;
  for (const slot of [open, ...PIN_REASONS.map((reason) => pinned[reason])]) {
    const value = slot === open ? listener.sessions.size : (old.values[slot] ?? 0);
    add(counters, slot, value);
    add(old, slot, -value);
  }
  listener.counters = counters;
  series.clear();
  for (const pool of poolsOf(listener)) pool.counters = newPoolCounters(metrics, name, pool.endpoint.server);
}
