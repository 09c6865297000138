/**
 * Whether statements go to an endpoint, and how many: its states and how they follow each other. What is found out about
 * an endpoint comes from outside: connections that fail (pool.ts), probes (probing.ts), statements (outlier.ts).
 */

import type { EndpointView } from "../routing/endpoint-view.ts";
import { POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Pool } from "./pool-state.ts";

/** The share that a returning endpoint begins with. */
const SHARE_MIN = 0.1;
/** Times in a row that an endpoint is left out for longer each time. */
const EJECTIONS_MAX = 10;

export type EjectionCause = "errors" | "latency";

/** Tells the pools of one listener of those that do the same: none of them leaves out an endpoint without looking at the rest. */
export function introducePools<Holder>(pools: ReadonlyMap<EndpointView, Pool<Holder>>): void {
  for (const [{ role }, pool] of pools) {
    pool.peers = [...pools].filter(([view]) => view.role === role && view.weight > 0).map(([, peer]) => peer);
  }
}

/** A connection to the endpoint has been opened. */
export function endpointUp<Holder>(pool: Pool<Holder>): void {
  const { endpoint } = pool;
  endpoint.failures = 0;
  if (endpoint.state !== "down") {
    endpoint.reason = endpoint.state === "ejected" ? endpoint.reason : "";
    return;
  }
  pool.log.info("endpoint is back", nameOf(endpoint));
  comeBack(pool);
}

/** Nothing can be had of the endpoint until endpointUp(). */
export function endpointDown<Holder>(pool: Pool<Holder>, reason: string): void {
  const { endpoint } = pool;
  endpoint.reason = reason;
  if (endpoint.state === "down") return;
  pool.log.warn("endpoint cannot be reached", { ...nameOf(endpoint), reason });
  setState(pool, "down");
  // What was left out for being slow is better than nothing.
  if (pool.peers.some((each) => each.endpoint.isUsable)) return;
  for (const each of pool.peers) if (each.endpoint.state === "ejected") endEjection(each);
}

/** Leaves the endpoint out for a while, unless too many of its kind are left out already. */
export function eject<Holder>(pool: Pool<Holder>, cause: EjectionCause, reason: string): void {
  const { endpoint, health } = pool;
  const group = pool.peers;
  const others = group.filter((each) => each !== pool && each.endpoint.isUsable).length;
  const ejected = group.filter((each) => each.endpoint.state === "ejected").length;
  const isTooMany = (ejected + 1) * 100 > group.length * health.eject_percent_max;
  if (!endpoint.isUsable || others === 0 || isTooMany) return;
  endpoint.ejections = Math.min(EJECTIONS_MAX, endpoint.ejections + 1);
  // Endpoints that were left out together do not come back together.
  const forMs = Math.round(health.eject_ms * endpoint.ejections * (1 + pool.random() / 10));
  endpoint.reason = reason;
  endpoint.ejectedUntilMs = pool.clock.monotonicMs() + forMs;
  add(pool.counters, POOL.slots.ejections[cause], 1);
  pool.log.warn("endpoint is left out", { ...nameOf(endpoint), reason, forMs });
  setState(pool, "ejected");
}

/** Lets time pass: ejections end, shares grow. Call it now and then. */
export function keepEndpoint<Holder>(pool: Pool<Holder>): void {
  const { endpoint, health } = pool;
  const now = pool.clock.monotonicMs();
  const sinceMs = now - endpoint.stateSinceMs;
  if (endpoint.state === "ejected" && now >= endpoint.ejectedUntilMs) endEjection(pool);
  else if (endpoint.state === "starting" && sinceMs >= health.slow_start_ms) setState(pool, "up");
  else if (endpoint.state === "starting") {
    endpoint.share = SHARE_MIN + ((1 - SHARE_MIN) * sinceMs) / health.slow_start_ms;
  } else if (endpoint.state === "up" && sinceMs >= health.eject_ms * EJECTIONS_MAX) endpoint.ejections = 0;
}

/** True while another endpoint serves what this one would. */
export function hasStandIn<Holder>(pool: Pool<Holder>): boolean {
  return pool.peers.some((each) => each !== pool && each.endpoint.isUsable);
}

function endEjection<Holder>(pool: Pool<Holder>): void {
  pool.log.info("endpoint serves again", nameOf(pool.endpoint));
  comeBack(pool);
}

function comeBack<Holder>(pool: Pool<Holder>): void {
  const { endpoint, health } = pool;
  endpoint.reason = "";
  endpoint.lostInARow = 0;
  endpoint.slowLooks = 0;
  endpoint.answers = 0; // what it took before says nothing of now
  setState(pool, health.slow_start_ms > 0 && hasStandIn(pool) ? "starting" : "up");
}

function setState<Holder>(pool: Pool<Holder>, state: Endpoint["state"]): void {
  const { endpoint } = pool;
  endpoint.state = state;
  endpoint.stateSinceMs = pool.clock.monotonicMs();
  endpoint.isUsable = state === "up" || state === "starting";
  endpoint.share = state === "starting" ? SHARE_MIN : 1;
}

function nameOf({ name, server }: Endpoint): { endpoint: string; server: string } {
  return { endpoint: name, server };
}
