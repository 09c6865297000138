/** A configuration compiled for the data path: rules to automata, names to pointers. Never changed, only replaced. */
import type { ListenerConfig, NodeConfig, ProxyConfig } from "../api/proxy-config.ts";
import { type Endpoint, isSameEndpoint, newEndpoint } from "../backend/endpoint.ts";
import { newPool } from "../backend/pool.ts";
import { newPoolShare } from "../backend/pool-share.ts";
import type { Pool, PoolEvents, PoolPlan } from "../backend/pool-state.ts";
import type { Probe } from "../backend/probe.ts";
import { healthOf } from "../backend/probing.ts";
import { type Chain, compileChain, needsText } from "../governance/chain.ts";
import type { Clock } from "../lib/clock.ts";
import { type Network, parseNetwork } from "../lib/network.ts";
import { PatternError } from "../lib/pattern.ts";
import type { Random } from "../lib/random.ts";
import { isSameValue } from "../lib/same-value.ts";
import { sharedPlaces, type WorkerShare } from "../lib/worker-share.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import type { Lookup } from "../net/lookup.ts";
import type { Transport } from "../net/transport.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { compileRouter, type Router, routerNeedsText } from "../routing/route.ts";
import type { Logger } from "../telemetry/log.ts";
import { newPoolCounters, type ProxyMetrics } from "../telemetry/metrics.ts";
import { type Certificate, isSameCertificate, openCertificate } from "./certificate.ts";
import type { KillOrder, KillOutcome } from "./kill-order.ts";
import { accountCells, lineCells, poolCells } from "./shared-names.ts";

/** What the data path uses of the world outside. */
export interface Edges {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
  readonly transport: Transport;
  readonly lookup: Lookup;
  /** null where endpoints are not probed. */
  readonly probe: Probe | null;
  /** Sent to servers with every log-in. */
  readonly attributes: AttributesBlock;
  /** null where this event loop is the only one that serves. */
  readonly crew: Crew | null;
}

/** The other workers, as one of them sees them. */
export interface Crew {
  readonly worker: number;
  readonly workers: number;
  /** What the listener at `index` of the configuration in hand counts together with that of the others. */
  shareOf(index: number): WorkerShare;
  /** Has the others look for what a KILL means. The answer comes later, once. */
  killElsewhere(order: KillOrder, done: (outcome: KillOutcome) => void): void;
}

/** One listener of a generation. `Holder` is a session; the type is open so that this file needs none. */
export interface ListenerSetup<Holder> {
  readonly config: ListenerConfig;
  /** null where there is one worker. */
  readonly share: WorkerShare | null;
  /** Those of the configuration that this listener uses. */
  readonly nodes: readonly NodeConfig[];
  readonly chain: Chain;
  readonly router: Router;
  readonly endpoints: readonly Endpoint[];
  /** By what the router names. Pools, and the endpoints in them, live on from generation to generation. */
  readonly pools: ReadonlyMap<EndpointView, Pool<Holder>>;
  /** Rules or routes look at the whole text of a statement. */
  readonly isTextNeeded: boolean;
  /** Whose connections may begin with a PROXY header. */
  readonly proxyNetworks: readonly Network[];
  /** null when clients are offered no TLS. */
  readonly certificate: Certificate | null;
}

/** A compiled configuration; `number` counts up from 1. */
export interface Generation<Holder> {
  readonly number: number;
  readonly config: ProxyConfig;
  readonly setups: readonly ListenerSetup<Holder>[];
}

/**
 * Compiles a configuration that has been checked. Nothing that runs is touched: what the setups in `previous`, one for each
 * listener of `config`, have and may keep is only referred to.
 * @throws Error that names listener and rule, for a pattern that does not compile; or what is wrong with a certificate.
 */
export function compile<Holder>(
  config: ProxyConfig,
  number: number,
  previous: ReadonlyArray<ListenerSetup<Holder> | null>,
  events: PoolEvents<Holder>,
  edges: Edges,
): Generation<Holder> {
  const unserved = config.proxy.config.find((listener) => (listener.sharding?.length ?? 0) > 0);
  if (unserved !== undefined) {
    const remedy = "remove its sharding rules (dataShard)";
    throw new Error(`listener ${unserved.name} is sharded, which this proxy does not serve yet: ${remedy}`);
  }
  const setups = config.proxy.config.map((listener, index) => {
    const before = previous[index] ?? null;
    const nodes = nodesOf(config, listener);
    const isSame = before !== null && isSameValue([before.config, before.nodes], [listener, nodes]);
    if (isSame) return before;
    return compileListener(listener, nodes, before, events, edges, edges.crew?.shareOf(index) ?? null);
  });
  return { number, config, setups };
}

/** The nodes that a listener uses. */
export function nodesOf({ mysql }: ProxyConfig, { simple_loadbalance }: ListenerConfig): NodeConfig[] {
  const names = simple_loadbalance?.nodes;
  return mysql.node.filter((node) => names === undefined || names.includes(node.name));
}

/** @throws as compile() does, and then nothing has changed. */
function compileListener<Holder>(
  config: ListenerConfig,
  nodes: readonly NodeConfig[],
  before: ListenerSetup<Holder> | null,
  events: PoolEvents<Holder>,
  edges: Edges,
  share: WorkerShare | null,
): ListenerSetup<Holder> {
  const pools = poolsFor(nodes, before);
  const endpoints = nodes.map((node, index) => pools[index]?.endpoint ?? newEndpoint(node));
  const views = nodes.map(({ name, weight, role }, index): EndpointView => {
    return { name, weight, role, health: endpoints[index] as Endpoint };
  });
  const { chain, router } = compileRules(config, views, before, edges, share);
  const certificate = isSameCertificate(before?.certificate, config)
    ? (before?.certificate ?? null)
    : openCertificate(config, edges.clock.wallMs());
  // From here on nothing throws, so counters are made for what will be there.
  const plan = poolPlanOf(config, edges);
  const entries = views.map((view, index): [EndpointView, Pool<Holder>] => {
    const endpoint = endpoints[index] as Endpoint;
    const { clock, random, log, transport, lookup, probe } = edges;
    const counters = newPoolCounters(edges.metrics, config.name, endpoint.server);
    const ofWorkers = {
      share: newPoolShare(share, poolCells(view.name)),
      line: sharedPlaces(share, lineCells(view.name)),
      accountPlaces: sharedPlaces(share, accountCells(view.name)),
    };
    const poolEdges = { counters, clock, random, log, transport, lookup, probe, ...ofWorkers };
    return [view, pools[index] ?? newPool(endpoint, plan, events, poolEdges)];
  });
  return {
    config,
    share,
    nodes,
    chain,
    router,
    endpoints,
    pools: new Map(entries),
    isTextNeeded: needsText(chain) || routerNeedsText(router),
    proxyNetworks: (config.proxy_protocol?.networks ?? []).flatMap((written) => parseNetwork(written) ?? []),
    certificate,
  };
}

function compileRules<Holder>(
  config: ListenerConfig,
  views: readonly EndpointView[],
  before: ListenerSetup<Holder> | null,
  { random }: Edges,
  share: WorkerShare | null,
): { chain: Chain; router: Router } {
  try {
    const isSame = before !== null && isSameValue(before.config.plugin, config.plugin);
    const chain = isSame ? before.chain : compileChain(config.plugin, before?.chain, share);
    return { chain, router: compileRouter(config, views, random) };
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    throw new Error(`listener ${config.name}: ${cause.message}`, { cause });
  }
}

/** The pool that each node can go on with, each pool once: that of the same name where several would do; null for a new one. */
function poolsFor<Holder>(
  nodes: readonly NodeConfig[],
  before: ListenerSetup<Holder> | null,
): ReadonlyArray<Pool<Holder> | null> {
  const free = [...(before?.pools.values() ?? [])];
  const take = (fits: (pool: Pool<Holder>) => boolean) => {
    const at = free.findIndex(fits);
    return at < 0 ? null : (free.splice(at, 1)[0] ?? null);
  };
  const named = nodes.map((node) =>
    take(({ endpoint }) => endpoint.name === node.name && isSameEndpoint(endpoint, node)),
  );
  return nodes.map((node, index) => named[index] ?? take(({ endpoint }) => isSameEndpoint(endpoint, node)));
}

/** What a listener's configuration says of its pools. */
export function poolPlanOf(config: ListenerConfig, { attributes, crew }: Edges): PoolPlan {
  const { pool_size, pool_mode, limits } = config;
  const { health, probeLogin } = healthOf(config);
  const workers = crew?.workers ?? 1;
  const options = {
    mode: pool_mode,
    sizeMax: pool_size,
    idleMin: pool_mode === "dedicated" ? 0 : Math.ceil(limits.pool_idle_min / workers),
    connectingMax: Math.max(1, Math.floor(limits.pool_connecting_max / workers)),
    // Where every session keeps its connection, all of them always do.
    reserveMax: pool_mode === "transaction" ? limits.pool_reserve_max : 0,
    accountsMax: limits.account_connections_max,
    timeoutReserveMs: limits.timeout_reserve_ms,
    waitMax: limits.pool_wait_max,
    timeoutWaitMs: limits.timeout_pool_wait_ms,
    timeoutConnectMs: limits.timeout_connect_ms,
    timeoutIdleMs: limits.timeout_idle_connection_ms,
    timeoutQuietMs: limits.timeout_quiet_connection_ms,
    timeoutPingMs: health.probe_timeout_ms,
    timeoutAgeMs: limits.timeout_connection_age_ms,
    timeoutStalledMs: limits.timeout_stalled_packet_ms,
    attributes,
  };
  return { options, health, probeLogin };
}
