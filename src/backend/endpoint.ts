/** One real database: where it is, how to log in, and what is known of its health. */
import type { BackendTlsConfig, NodeConfig } from "../api/proxy-config.ts";
import { isSameValue } from "../lib/same-value.ts";
import type { Secret } from "../lib/secret.ts";
import type { ProxyProtocolVersion } from "../net/proxy-protocol.ts";
import type { Health } from "../routing/endpoint-view.ts";
import { type Addresses, newAddresses } from "./addresses.ts";
import type { Baseline } from "./settings.ts";
import type { Tracking } from "./tracking.ts";

/** What a server's greeting says about the server rather than about the one connection. */
export interface ServerProfile {
  version: string;
  capabilities: number;
  /** MariaDB's own; 0 of other servers. */
  mariadbCapabilities: number;
  collation: number;
  status: number;
  /** What the server offers to log in with; its clients are most likely to have it. */
  authPlugin: string;
}

/**
 * up: it serves. starting: it has come back, and serves a growing share. ejected: it is left out for a while, though it
 * answers. down: it cannot be reached.
 */
export type EndpointState = "up" | "starting" | "ejected" | "down";

export interface Endpoint extends Health {
  /** What the newest configuration calls it. */
  name: string;
  readonly host: string;
  readonly port: number;
  readonly addresses: Addresses;
  /** host:port, as metrics and messages show it. */
  readonly server: string;
  readonly user: string;
  readonly password: Secret;
  readonly tls: BackendTlsConfig;
  /** Version of the PROXY header that it is sent; null for none. */
  readonly proxyProtocol: ProxyProtocolVersion | null;
  /** isUsable and share follow from it; health.ts sets all three. */
  state: EndpointState;
  /** Monotonic. */
  stateSinceMs: number;
  ejectedUntilMs: number;
  /** How often it has been left out without a longer rest in between. */
  ejections: number;
  /** Failures to connect in a row. */
  failures: number;
  /** Probes in a row that went wrong, and well. */
  probeFailures: number;
  probeSuccesses: number;
  /** Why it is down or left out, or could not be connected to last; "" when all is well. */
  reason: string;
  /** Counts its signs of life besides answers to statements. */
  heard: number;
  /** Statements answered since it came back, and as many as there were at the last look. */
  answers: number;
  answersSeen: number;
  nextLookMs: number;
  /** Looks in a row in which it was too slow. */
  slowLooks: number;
  /** What a statement takes, a moving mean of the last ones. */
  latencyMs: number;
  /** Statements in a row whose connection broke. */
  lostInARow: number;
  /** null until the first greeting. */
  profile: ServerProfile | null;
  /** What SET ROLE takes to give a session the roles that a log-in has; "" on a server without roles. */
  rolesOfLogin: string;
  /** What wait_timeout is behind a reset of MariaDB's, which forgets that a client is interactive; "" before one was there. */
  waitTimeoutOfReset: string;
  /** What a client that has not asked for anything else is told of changes to its session; null while that is unknown. */
  tracking: Tracking | null;
  /** The tracked variables of a session that has changed none, by what its handshake says of them; of the newest connection. */
  readonly baselines: Map<string, Baseline>;
  /** The same of other connections, too, by the globals of their server besides. */
  readonly baselinesSeen: Map<string, Baseline>;
  /** Which of them have a global, and when those were asked for last, monotonic. */
  globalNames: readonly string[];
  globalsAskedMs: number;
}

/** An endpoint nobody has connected to; it counts as usable until a connect fails. */
export function newEndpoint(node: NodeConfig): Endpoint {
  return {
    name: node.name,
    host: node.host,
    port: node.port,
    addresses: newAddresses(node.host),
    server: `${node.host}:${node.port}`,
    user: node.user,
    password: node.password,
    tls: node.tls,
    proxyProtocol: node.proxy_protocol ?? null,
    isUsable: true,
    share: 1,
    state: "up",
    stateSinceMs: 0,
    ejectedUntilMs: 0,
    ejections: 0,
    failures: 0,
    probeFailures: 0,
    probeSuccesses: 0,
    reason: "",
    heard: 0,
    answers: 0,
    answersSeen: 0,
    nextLookMs: 0,
    slowLooks: 0,
    latencyMs: 0,
    lostInARow: 0,
    profile: null,
    rolesOfLogin: "",
    waitTimeoutOfReset: "",
    tracking: null,
    baselines: new Map(),
    baselinesSeen: new Map(),
    globalNames: [],
    globalsAskedMs: Number.NEGATIVE_INFINITY,
  };
}

/** Whether connections to `endpoint` are such as `node` wants: to the same server, by the same account, secured alike. */
export function isSameEndpoint(endpoint: Endpoint, node: NodeConfig): boolean {
  const { host, port, user, password, tls, proxyProtocol } = endpoint;
  return isSameValue(
    { host, port, user, password, tls, proxyProtocol },
    {
      ...{ host: node.host, port: node.port, user: node.user, password: node.password },
      ...{ tls: node.tls, proxyProtocol: node.proxy_protocol ?? null },
    },
  );
}

/** True for a server that has said that it is MariaDB. */
export function isMariadb({ profile }: Endpoint): boolean {
  return profile?.version.includes("MariaDB") === true;
}
