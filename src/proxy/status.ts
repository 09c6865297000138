/** What the admin server says about a running proxy. */
import { type PoolUse, textOfUse, useOf } from "../backend/pool-state.ts";
import type { PinReason } from "../telemetry/metrics-table.ts";
import { reasonsOfPins } from "./pin.ts";
import type { RunningProxy } from "./proxy.ts";
import type { Session } from "./session.ts";
import { heldSinceMs } from "./session-report.ts";

/** May clients be sent here, and if not, why not. */
export interface Readiness {
  ready: boolean;
  /** What is missing when not. */
  reasons: string[];
}

/** A listener as it is now; describeListener() makes it readable. */
export interface ListenerReport {
  name: string;
  address: string;
  sessions: number;
  pinned: PinnedReport[];
  endpoints: EndpointReport[];
}

interface PinnedReport {
  session: number;
  user: string;
  client: string;
  endpoint: string | null;
  reasons: PinReason[];
  seconds: number;
}

/** An endpoint as a listener sees it. */
export interface EndpointReport {
  name: string;
  server: string;
  role: string;
  usable: boolean;
  state: string;
  seconds: number;
  share: number;
  reason: string;
  latencyMs: number;
  addresses: readonly string[];
  version: string | null;
  pool: PoolUse;
  /** Connections beside the pool, of clients with accounts of the server. */
  accounts: number;
  waiting: number;
}

/** May clients be sent here? Not while stopping, and not while a listener has no endpoint that answers. */
export function readinessOf(proxy: RunningProxy): Readiness {
  const reasons: string[] = [];
  for (const { config, setup, isDraining } of proxy.listeners) {
    if (isDraining) reasons.push(`${config.name}: shutting down`);
    const hasAnswered = setup.endpoints.some((endpoint) => endpoint.isUsable && endpoint.profile !== null);
    if (hasAnswered) continue;
    const each = setup.endpoints.map(
      (endpoint) => `${endpoint.name} (${endpoint.server}): ${endpoint.reason || "no answer yet"}`,
    );
    reasons.push(`${config.name}: no endpoint can be reached: ${each.join("; ")}`);
  }
  return { ready: reasons.length === 0, reasons };
}

/** Sessions, pools, endpoints and pins, for the admin server. */
export function listenersOf(proxy: RunningProxy): ListenerReport[] {
  const now = proxy.edges.clock.monotonicMs();
  return proxy.listeners.map((listener) => ({
    name: listener.config.name,
    address: listener.config.listen_addr,
    sessions: listener.sessions.size,
    pinned: [...listener.sessions.values()]
      .filter((session) => session.pins !== 0)
      .map((session) => ({
        session: session.id,
        user: session.user,
        client: session.remoteAddress,
        endpoint: session.connection?.owner.endpoint.name ?? null,
        reasons: reasonsOfPins(session.pins),
        seconds: Math.round(now - heldSinceMs(session)) / 1000,
      })),
    endpoints: [...listener.setup.pools].map(([{ name, role }, pool]) => ({
      name,
      server: pool.endpoint.server,
      role,
      usable: pool.endpoint.isUsable,
      state: pool.endpoint.state,
      seconds: Math.round(now - pool.endpoint.stateSinceMs) / 1000,
      share: pool.endpoint.share,
      reason: pool.endpoint.reason,
      latencyMs: Math.round(pool.endpoint.latencyMs * 100) / 100,
      addresses: pool.endpoint.addresses.known,
      version: pool.endpoint.profile?.version ?? null,
      pool: useOf(pool),
      accounts: pool.accounts?.connections.size ?? 0,
      waiting: pool.waiters.length,
    })),
  }));
}

/** A listener as people read it. */
export function describeListener(listener: ListenerReport): unknown {
  return { ...listener, endpoints: listener.endpoints.map((each) => ({ ...each, pool: textOfUse(each.pool) })) };
}

/** Every session, also of listeners that are being left. */
export function sessionsOf(proxy: RunningProxy | null): Session[] {
  const listeners = proxy === null ? [] : [...proxy.listeners, ...proxy.leaving];
  return listeners.flatMap(({ sessions }) => [...sessions.values()]);
}
