/** The running proxy: listeners and pools of one generation, and how they start and stop. */

import type { ProxyConfig } from "../api/proxy-config.ts";
import { closeOldIdle, closePool, closeStalled, warmPool } from "../backend/pool.ts";
import { parseAddress } from "../lib/address.ts";
import { assert } from "../lib/assert.ts";
import {
  CLIENT_DEPRECATE_EOF,
  CLIENT_MULTI_RESULTS,
  CLIENT_MULTI_STATEMENTS,
  CLIENT_PS_MULTI_RESULTS,
} from "../mysql/capabilities.ts";
import type { Wire } from "../net/wire.ts";
import { onCollect } from "../telemetry/metrics.ts";
import { CONNECTION_STATES, POOL } from "../telemetry/metrics-table.ts";
import { set } from "../telemetry/series.ts";
import { acceptClient, clientHandler, greetWaiting, poolEvents } from "./client.ts";
import { pump } from "./command.ts";
import { drainListener } from "./drain.ts";
import { compile, type Edges, type Generation } from "./generation.ts";
import { OWN_CONNECTION_ID_MAX, OWN_CONNECTION_ID_MIN } from "./kill.ts";
import { newListener } from "./listener.ts";
import type { Listener, Session } from "./session.ts";

/** How often idle connections are looked at. */
const UPKEEP_MS = 5_000;
/** The shape of the first connection to each endpoint, by which its server is learnt: what most clients ask for. */
const FIRST_SHAPE = {
  capabilities: CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS | CLIENT_PS_MULTI_RESULTS | CLIENT_DEPRECATE_EOF,
  mariadbCapabilities: 0,
  collation: 45, // utf8mb4_general_ci
  collationMariadb: 45,
};

export interface RunningProxy {
  readonly generation: Generation<Session>;
  readonly listeners: readonly Listener[];
  readonly edges: Edges;
  nextSessionId: number;
  stopUpkeep: () => void;
  stopCollect: () => void;
}

/**
 * Starts all listeners of a configuration that has been checked.
 * @throws Error when a rule does not compile or a port cannot be bound; nothing is left running then.
 */
export function startProxy(config: ProxyConfig, edges: Edges): RunningProxy {
  const generation = compile(config, 1, poolEvents, edges);
  const listeners = generation.setups.map((setup) => newListener(setup, edges, pump));
  // Our ids stand apart from those of servers, which count from 1: a KILL tells which is meant.
  const proxy: RunningProxy = {
    generation,
    listeners,
    edges,
    nextSessionId: OWN_CONNECTION_ID_MIN,
    stopUpkeep: () => {},
    stopCollect: () => {},
  };
  try {
    for (const listener of listeners) open(proxy, listener);
  } catch (error) {
    for (const { server, socketServer } of listeners) {
      server?.stop();
      socketServer?.stop();
    }
    throw error;
  }
  for (const listener of listeners) {
    for (const pool of listener.setup.pools.values()) {
      pool.onHealth = () => greetWaiting(listener);
      warmPool(pool, FIRST_SHAPE);
    }
  }
  proxy.stopCollect = onCollect(edges.metrics, () => collect(proxy));
  upkeep(proxy);
  return proxy;
}

function open(proxy: RunningProxy, listener: Listener): void {
  const address = parseAddress(listener.config.listen_addr);
  assert(address !== null, "the configuration has been checked");
  const { name, listen_addr, socket } = listener.config;
  const accept = (wire: Wire<Session>) => acceptClient(listener, wire, () => nextSessionId(proxy));
  try {
    listener.server = proxy.edges.transport.listen<Session>(address, clientHandler, accept);
  } catch (cause) {
    throw cannotListen(name, listen_addr, "end what uses the address, or change listen_addr", cause);
  }
  try {
    if (socket !== undefined)
      listener.socketServer = proxy.edges.transport.listenUnix<Session>(socket, clientHandler, accept);
  } catch (cause) {
    throw cannotListen(name, socket ?? "", "end what uses the path, or change socket", cause);
  }
  proxy.edges.log.info("listening", {
    domain: name,
    address: `${address.host}:${listener.server.port}`,
    ...(socket === undefined ? {} : { socket }),
    endpoints: listener.setup.endpoints.map((each) => each.name).join(","),
  });
}

function cannotListen(name: string, where: string, remedy: string, cause: unknown): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new Error(`listener ${name} cannot listen on ${where} (${reason}): ${remedy}`, { cause });
}

function nextSessionId(proxy: RunningProxy): number {
  const id = proxy.nextSessionId;
  proxy.nextSessionId = id === OWN_CONNECTION_ID_MAX ? OWN_CONNECTION_ID_MIN : id + 1;
  return id;
}

function upkeep(proxy: RunningProxy): void {
  proxy.stopUpkeep = proxy.edges.clock.after(UPKEEP_MS, () => {
    for (const { setup } of proxy.listeners) {
      for (const pool of setup.pools.values()) {
        closeOldIdle(pool);
        closeStalled(pool);
      }
    }
    upkeep(proxy);
  });
}

/** Takes no new clients, lets statements and transactions finish for up to `graceMs`, then closes everything. */
export async function stopProxy(proxy: RunningProxy, graceMs: number): Promise<void> {
  await Promise.all(proxy.listeners.map((listener) => drainListener(listener, graceMs)));
  proxy.stopUpkeep();
  proxy.stopCollect();
  for (const { setup } of proxy.listeners) for (const pool of setup.pools.values()) closePool(pool);
}

function collect(proxy: RunningProxy): void {
  for (const { setup } of proxy.listeners) {
    for (const pool of setup.pools.values()) {
      const counts = { idle: 0, busy: 0, connecting: 0, resetting: 0 };
      for (const { state } of pool.connections) {
        if (state === "adopting" || state === "parked") counts.busy++;
        else if (state !== "closed") counts[state]++;
      }
      for (const state of CONNECTION_STATES) set(pool.counters, POOL.slots.connections[state], counts[state]);
      set(pool.counters, POOL.slots.up, pool.endpoint.isUsable ? 1 : 0);
      set(pool.counters, POOL.slots.size, pool.options.sizeMax);
      set(pool.counters, POOL.slots.waiting, pool.waiters.length);
    }
  }
}
