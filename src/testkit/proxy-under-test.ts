/** The proxy inside the test's own process, on a free port, with its clock in the test's hand. */
import { HEALTH_DEFAULTS } from "../api/health.ts";
import { LISTENER_LIMITS } from "../api/limits.ts";
import type { ListenerConfig, NodeConfig, ProxyConfig } from "../api/proxy-config.ts";
import type { Probe } from "../backend/probe.ts";
import type { Clock } from "../lib/clock.ts";
import { seededRandom } from "../lib/random.ts";
import { newSecret } from "../lib/secret.ts";
import { NO_ATTRIBUTES } from "../mysql/connection-attributes.ts";
import { type Lookup, systemLookup } from "../net/lookup.ts";
import { socketTransport, type Transport } from "../net/transport.ts";
import type { Crew } from "../proxy/generation.ts";
import { changeConfig, type RunningProxy, startProxy, stopProxy } from "../proxy/proxy.ts";
import type { Listener } from "../proxy/session.ts";
import { newProxyMetrics, renderMetrics } from "../telemetry/metrics.ts";
import { type RecordingLogger, recordingLogger } from "./log.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

export type TestListener = Partial<Omit<ListenerConfig, "password" | "limits" | "health">> & {
  password?: string;
  limits?: Partial<ListenerConfig["limits"]>;
  health?: Partial<ListenerConfig["health"]>;
};

export type TestNode = Partial<Omit<NodeConfig, "password">> & { port: number; password?: string };

export interface ProxyTestOptions {
  /** One listener with the user app/pw over all nodes when absent. */
  listeners?: readonly TestListener[];
  nodes: readonly TestNode[];
  clock?: Clock;
  /** The kernel's sockets when absent. */
  transport?: Transport;
  /** The machine's own when absent. */
  lookup?: Lookup;
  /** No probes when absent. */
  probe?: Probe;
  seed?: number;
  /** The other workers; none when absent. */
  crew?: Crew;
}

export interface ProxyUnderTest {
  readonly proxy: RunningProxy;
  /** The port of the first listener. */
  readonly port: number;
  readonly listener: Listener;
  /** Stands still unless the test moves it; of no use when another clock was given. */
  readonly clock: VirtualClock;
  readonly log: RecordingLogger;
  /** The metrics as Prometheus reads them. */
  scrape(): Promise<string>;
  /** Serves what the test began with, but for what is said here; false when that is so already. @throws Error when it cannot be served. */
  reload(changes: Partial<Pick<ProxyTestOptions, "listeners" | "nodes">>): boolean;
  /** One number of them: of the metric `name`, with `label` among its labels; NaN when there is none. */
  figure(name: string, label?: string): Promise<number>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

/** Starts a proxy. Call `stop` when the test is over. */
export function proxyUnderTest(options: ProxyTestOptions): ProxyUnderTest {
  const clock = virtualClock();
  const log = recordingLogger();
  const metrics = newProxyMetrics();
  const random = seededRandom(options.seed ?? 1);
  const proxy = startProxy(testConfig(options), {
    clock: options.clock ?? clock,
    random,
    log,
    metrics,
    transport: options.transport ?? socketTransport,
    lookup: options.lookup ?? systemLookup,
    probe: options.probe ?? null,
    attributes: NO_ATTRIBUTES,
    crew: options.crew ?? null,
  });
  const listener = proxy.listeners[0] as Listener;
  return {
    proxy,
    listener,
    port: listener.server?.port ?? 0,
    clock,
    log,
    scrape: () => renderMetrics(metrics),
    reload: (changes) => changeConfig(proxy, testConfig({ ...options, ...changes })),
    figure: async (name, label = "") => {
      const lines = (await renderMetrics(metrics)).split("\n");
      return Number(
        lines
          .find((line) => line.startsWith(`${name}{`) && line.includes(label))
          ?.split(" ")
          .at(-1),
      );
    },
    stop: () => stopProxy(proxy, 0),
  };
}

/** The configuration of a test: what it says, and harmless defaults. */
export function testConfig({ listeners = [{}], nodes }: ProxyTestOptions): ProxyConfig {
  const all = nodes.map(testNode);
  const names = all.map((node) => node.name);
  return {
    admin: { host: "127.0.0.1", port: 0, log_level: "INFO" },
    proxy: { config: listeners.map((listener, i) => testListener(listener, i, names)) },
    mysql: { node: all },
    node_group: { member: [] },
  };
}

function testListener(
  { password, limits, health, ...given }: TestListener,
  i: number,
  names: string[],
): ListenerConfig {
  return {
    name: `listener-${i}`,
    backend_type: "mysql",
    listen_addr: "127.0.0.1:0",
    user: "app",
    password: newSecret(password ?? "pw"),
    db: "",
    pool_size: 8,
    pool_mode: "transaction",
    accounts: "listener",
    simple_loadbalance: { balance_type: "roundrobin", nodes: names },
    ...given,
    limits: { ...LISTENER_LIMITS, ...limits },
    health: { ...HEALTH_DEFAULTS, ...health },
  };
}

function testNode({ password, ...given }: TestNode, i: number): NodeConfig {
  return {
    name: `node-${i}`,
    db: "",
    user: "backend",
    password: newSecret(password ?? "secret"),
    host: "127.0.0.1",
    weight: 1,
    role: "readwrite",
    tls: { mode: "disabled" },
    ...given,
  };
}
