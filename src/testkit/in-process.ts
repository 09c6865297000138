/** A proxy in the test's own process, in front of a real server, from configuration text as a user would write it. */
import { readProxyConfig } from "../api/read-proxy-config.ts";
import { newProbe } from "../backend/probe.ts";
import { systemClock } from "../lib/clock.ts";
import { formatIssue } from "../lib/issue.ts";
import { seededRandom } from "../lib/random.ts";
import { NO_ATTRIBUTES } from "../mysql/connection-attributes.ts";
import { systemLookup } from "../net/lookup.ts";
import { socketTransport } from "../net/transport.ts";
import { type RunningProxy, startProxy, stopProxy } from "../proxy/proxy.ts";
import { newProxyMetrics } from "../telemetry/metrics.ts";
import { type RecordingLogger, recordingLogger } from "./log.ts";
import type { ClientLogin } from "./manifests.ts";
import type { ServerAddress } from "./servers/address.ts";

/** What clients of the proxy log in with. */
const CLIENT = { user: "app", password: "naïve p'w", database: "test" };

export interface InProcessProxy {
  login: ClientLogin;
  proxy: RunningProxy;
  log: RecordingLogger;
  stop(): Promise<void>;
}

/**
 * Starts a listener on a free port with one node; `listener` and `node` are fields of the configuration that are added
 * or replaced. The node is `server`, logged in to with its first account.
 */
export function startInProcess(
  server: ServerAddress,
  listener: Record<string, unknown> = {},
  node: Record<string, unknown> = {},
): InProcessProxy {
  const { host, port, user, password } = server;
  const written = {
    mysql: { node: [{ name: "server", host, port, user, password, ...node }] },
    proxy: {
      config: [
        {
          name: "tested",
          listen_addr: "127.0.0.1:0",
          user: CLIENT.user,
          password: CLIENT.password,
          db: CLIENT.database,
          pool_size: 4,
          ...listener,
        },
      ],
    },
  };
  const { config, issues } = readProxyConfig(JSON.stringify(written), "test.json");
  if (config === null) throw new Error(issues.map(formatIssue).join("\n"));
  const log = recordingLogger();
  const edges = {
    clock: systemClock,
    random: seededRandom(1),
    log,
    metrics: newProxyMetrics(),
    transport: socketTransport,
    lookup: systemLookup,
    probe: newProbe(systemClock),
    attributes: NO_ATTRIBUTES,
    crew: null,
  };
  const proxy = startProxy(config, edges);
  const login = { host: "127.0.0.1", port: proxy.listeners[0]?.server?.port ?? 0, ...CLIENT };
  return { login, proxy, log, stop: () => stopProxy(proxy, 0) };
}
