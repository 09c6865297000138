/** A configuration compiled for the data path: rules to automata, names to pointers. Never changed, only replaced. */
import type { ListenerConfig, ProxyConfig } from "../api/proxy-config.ts";
import { type Endpoint, newEndpoint } from "../backend/endpoint.ts";
import { newPool } from "../backend/pool.ts";
import type { Pool, PoolEvents } from "../backend/pool-state.ts";
import { type Chain, compileChain, needsText } from "../governance/chain.ts";
import type { Clock } from "../lib/clock.ts";
import { type Network, parseNetwork } from "../lib/network.ts";
import type { Random } from "../lib/random.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import type { Transport } from "../net/transport.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { compileRouter, type Router, routerNeedsText } from "../routing/route.ts";
import type { Logger } from "../telemetry/log.ts";
import { newPoolCounters, type ProxyMetrics } from "../telemetry/metrics.ts";
import { type Certificate, openCertificate } from "./certificate.ts";

/** What the data path uses of the world outside. */
export interface Edges {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
  readonly transport: Transport;
  /** Sent to servers with every log-in. */
  readonly attributes: AttributesBlock;
}

/** One listener of a generation. `Holder` is a session; the type is open so that this file needs none. */
export interface ListenerSetup<Holder> {
  readonly config: ListenerConfig;
  readonly chain: Chain;
  readonly router: Router;
  readonly endpoints: readonly Endpoint[];
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
 * Compiles a configuration that has been checked.
 * @throws PatternError that names the rule, for a pattern that does not compile; Error for a certificate that is none.
 */
export function compile<Holder>(
  config: ProxyConfig,
  number: number,
  events: PoolEvents<Holder>,
  edges: Edges,
): Generation<Holder> {
  return { number, config, setups: config.proxy.config.map((each) => compileListener(config, each, events, edges)) };
}

function compileListener<Holder>(
  config: ProxyConfig,
  listener: ListenerConfig,
  events: PoolEvents<Holder>,
  edges: Edges,
): ListenerSetup<Holder> {
  const names = listener.simple_loadbalance?.nodes;
  const nodes = config.mysql.node.filter((node) => names === undefined || names.includes(node.name));
  const endpoints = nodes.map(newEndpoint);
  const chain = compileChain(listener.plugin);
  const router = compileRouter(listener, endpoints, edges.random);
  const { limits } = listener;
  const options = {
    sizeMax: listener.pool_size,
    reserveMax: limits.pool_reserve_max,
    timeoutReserveMs: limits.timeout_reserve_ms,
    waitMax: limits.pool_wait_max,
    timeoutWaitMs: limits.timeout_pool_wait_ms,
    timeoutConnectMs: limits.timeout_connect_ms,
    timeoutIdleMs: limits.timeout_idle_connection_ms,
    timeoutStalledMs: limits.timeout_stalled_packet_ms,
    attributes: edges.attributes,
  };
  const pools = new Map<EndpointView, Pool<Holder>>();
  for (const endpoint of endpoints) {
    const counters = newPoolCounters(edges.metrics, listener.name, endpoint.server);
    const { clock, random, log, transport } = edges;
    pools.set(endpoint, newPool(endpoint, options, events, { counters, clock, random, log, transport }));
  }
  return {
    config: listener,
    chain,
    router,
    endpoints,
    pools,
    isTextNeeded: needsText(chain) || routerNeedsText(router),
    proxyNetworks: (listener.proxy_protocol?.networks ?? []).flatMap((written) => parseNetwork(written) ?? []),
    certificate: openCertificate(listener, edges.clock.wallMs()),
  };
}
