/** The running proxy: the listeners of the newest generation, those that are being left, and how it starts, changes and stops. */

import type { ProxyConfig } from "../api/proxy-config.ts";
import { closePool } from "../backend/pool.ts";
import { heedBell } from "../backend/pool-bell.ts";
import type { Pool } from "../backend/pool-state.ts";
import { keepPool, UPKEEP_MS } from "../backend/upkeep.ts";
import { keepSeries, onCollect } from "../telemetry/metrics.ts";
import { CONNECTION_STATES, ENDPOINT_STATES, POOL } from "../telemetry/metrics-table.ts";
import { add, set } from "../telemetry/series.ts";
import { poolEvents } from "./client.ts";
import { pump } from "./command.ts";
import { continuedListeners, describeChange } from "./config-change.ts";
import { drainListener } from "./drain.ts";
import { compile, type Edges, type Generation } from "./generation.ts";
import { OWN_CONNECTION_ID_MAX, OWN_CONNECTION_ID_MIN } from "./kill.ts";
import { newListener, poolsOf } from "./listener.ts";
import { assignPorts, openPorts, portsOf, portsWanted } from "./port.ts";
import type { Listener, Port, Session } from "./session.ts";
import { closeStalledClients } from "./stalled-client.ts";
import { takeSetup } from "./take-setup.ts";

/** Gauges of pools that are counted anew for each scrape. */
const GAUGES = [
  ...CONNECTION_STATES.map((state) => POOL.slots.connections[state]),
  ...ENDPOINT_STATES.map((state) => POOL.slots.state[state]),
  ...[POOL.slots.up, POOL.slots.size, POOL.slots.waiting, POOL.slots.latency],
];

export interface RunningProxy {
  generation: Generation<Session>;
  listeners: readonly Listener[];
  /** No longer in the configuration, and with sessions that have not ended yet. */
  readonly leaving: Set<Listener>;
  readonly edges: Edges;
  nextSessionId: number;
  isStopping: boolean;
  stopUpkeep: () => void;
  stopCollect: () => void;
}

/**
 * Starts all listeners of a configuration that has been checked.
 * @throws Error when a rule does not compile or a port cannot be bound; nothing is left running then.
 */
export function startProxy(config: ProxyConfig, edges: Edges): RunningProxy {
  const proxy: RunningProxy = {
    generation: { number: 0, config, setups: [] },
    listeners: [],
    leaving: new Set(),
    edges,
    // Our ids stand apart from those of servers, which count from 1: a KILL tells which is meant.
    nextSessionId: OWN_CONNECTION_ID_MIN + (edges.crew?.worker ?? 0),
    isStopping: false,
    stopUpkeep: () => {},
    stopCollect: () => {},
  };
  changeConfig(proxy, config);
  proxy.stopCollect = onCollect(edges.metrics, () => collect(proxy));
  upkeep(proxy);
  return proxy;
}

/**
 * Serves another configuration that has been checked. It is compiled completely, and its ports are opened, before anything
 * changes; then listeners take their new setup in one turn of the event loop. A statement that runs ends where it is;
 * sessions at rest find the new rules, routes and limits at their next statement. What the new configuration no longer has
 * is let go in time: listeners when their sessions' transactions have ended, endpoints when nobody holds their connections.
 * False when the configuration is the one that is served already.
 * @throws Error when a rule does not compile or a port cannot be bound; then everything is as it was.
 */
export function changeConfig(proxy: RunningProxy, config: ProxyConfig): boolean {
  if (proxy.isStopping) throw new Error("the proxy is stopping");
  const { edges, listeners: before, generation: old } = proxy;
  const changes = describeChange(old.config, config);
  if (old.number > 0 && changes === null) return false;
  const continued = continuedListeners(old.number === 0 ? [] : old.config.proxy.config, config.proxy.config);
  const continuedBy = continued.map((index) => (index === null ? null : (before[index] ?? null)));
  try {
    const setups = continuedBy.map((listener) => listener?.setup ?? null);
    const generation = compile(config, old.number + 1, setups, poolEvents, edges);
    const listeners = generation.setups.map((setup, index) => continuedBy[index] ?? newListener(setup, edges, pump));
    const wanted = portsWanted(listeners, config.proxy.config);
    const { ports, opened, surplus } = openPorts(wanted, before.flatMap(portsOf), edges, () => nextSessionId(proxy));
    proxy.generation = generation;
    proxy.listeners = listeners;
    const gone = before.filter((listener) => !listeners.includes(listener));
    for (const listener of gone) [listener.server, listener.socketServer] = [null, null];
    assignPorts(wanted, ports);
    for (const port of surplus) port.server.stop();
    for (const [index, listener] of listeners.entries()) {
      const setup = generation.setups[index] ?? listener.setup;
      takeSetup(listener, setup, setups[index] ?? null, edges, () => forgetUnused(proxy));
    }
    for (const listener of gone) void leave(proxy, listener);
    for (const port of opened) logPort(proxy, port);
    if (old.number > 0 && edges.crew === null)
      edges.log.info("configuration changed", { generation: generation.number, ...changes });
    return true;
  } finally {
    forgetUnused(proxy);
  }
}

/** Lets the sessions of a listener end that the configuration no longer has. */
async function leave(proxy: RunningProxy, listener: Listener): Promise<void> {
  const { name, limits } = listener.config;
  proxy.leaving.add(listener);
  await drainListener(listener, limits.timeout_drain_ms, `listener ${name} is no longer in the configuration`);
  for (const pool of poolsOf(listener)) closePool(pool);
  proxy.leaving.delete(listener);
  forgetUnused(proxy);
}

function logPort({ edges }: RunningProxy, { kind, written, port, listener }: Port): void {
  const { config, setup } = listener;
  const address = kind === "unix" ? written : `${written.slice(0, written.lastIndexOf(":"))}:${port}`;
  const endpoints = setup.endpoints.map((each) => each.name).join(",");
  // Of several workers the main thread speaks.
  const say = edges.crew === null ? edges.log.info : edges.log.debug;
  say("listening", { domain: config.name, address, endpoints });
}

function nextSessionId(proxy: RunningProxy): number {
  const { worker, workers } = proxy.edges.crew ?? { worker: 0, workers: 1 };
  const id = proxy.nextSessionId;
  proxy.nextSessionId = id > OWN_CONNECTION_ID_MAX - workers ? OWN_CONNECTION_ID_MIN + worker : id + workers;
  return id;
}

function upkeep(proxy: RunningProxy): void {
  proxy.stopUpkeep = proxy.edges.clock.after(UPKEEP_MS, () => {
    for (const pool of allPools(proxy)) keepPool(pool);
    for (const listener of [...proxy.listeners, ...proxy.leaving]) closeStalledClients(listener);
    upkeep(proxy);
  });
}

/** Another worker has rung. */
export function heedBells(proxy: RunningProxy): void {
  for (const pool of allPools(proxy)) heedBell(pool);
}

/** Takes no new clients, lets statements and transactions finish for up to `graceMs`, then closes everything. */
export async function stopProxy(proxy: RunningProxy, graceMs: number): Promise<void> {
  proxy.isStopping = true;
  const all = [...proxy.listeners, ...proxy.leaving];
  await Promise.all(all.map((listener) => drainListener(listener, graceMs, "pisanix is stopping")));
  proxy.stopUpkeep();
  proxy.stopCollect();
  for (const pool of all.flatMap(poolsOf)) closePool(pool);
}

function allPools({ listeners, leaving }: RunningProxy): Pool<Session>[] {
  return [...listeners, ...leaving].flatMap(poolsOf);
}

/** Ends the metrics of listeners, endpoints and rules that are no longer there. */
function forgetUnused(proxy: RunningProxy): void {
  const all = [...proxy.listeners, ...proxy.leaving];
  keepSeries(proxy.edges.metrics, ({ domain, server, filter, rule = "" }) => {
    const ofDomain = all.filter(({ config }) => config.name === domain);
    if (filter !== undefined) {
      return ofDomain.some(({ setup }) =>
        setup.chain.some(({ name, rules }) => name === filter && rules.includes(rule)),
      );
    }
    if (server === undefined) return ofDomain.length > 0;
    return ofDomain.some((listener) => poolsOf(listener).some(({ endpoint }) => endpoint.server === server));
  });
}

/** Two pools may be counted together: those of two accounts on one server, and one that is being left. */
function collect(proxy: RunningProxy): void {
  const pools = allPools(proxy);
  for (const { counters } of pools) for (const slot of GAUGES) set(counters, slot, 0);
  for (const pool of pools) {
    const { counters, endpoint } = pool;
    for (const { state } of pool.connections) {
      if (state === "adopting" || state === "parked") add(counters, POOL.slots.connections.busy, 1);
      else if (state === "checking") add(counters, POOL.slots.connections.idle, 1);
      else if (state !== "closed") add(counters, POOL.slots.connections[state], 1);
    }
    add(counters, POOL.slots.waiting, pool.waiters.length);
    if (pool.isRetired || pool.isForAccounts) continue;
    add(counters, POOL.slots.size, pool.options.sizeMax);
    if (endpoint.isUsable) set(counters, POOL.slots.up, 1);
    set(counters, POOL.slots.state[endpoint.state], 1);
    set(counters, POOL.slots.latency, endpoint.latencyMs / 1000);
  }
}
