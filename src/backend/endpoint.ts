/** One real database: where it is, how to log in, and what is known of its health. */
import type { BackendTlsConfig, NodeConfig } from "../api/proxy-config.ts";
import { isSameValue } from "../lib/same-value.ts";
import type { Secret } from "../lib/secret.ts";
import type { ProxyProtocolVersion } from "../net/proxy-protocol.ts";
import type { Health } from "../routing/endpoint-view.ts";
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

export interface Endpoint extends Health {
  /** What the newest configuration calls it. */
  name: string;
  readonly host: string;
  readonly port: number;
  /** host:port, as metrics and messages show it. */
  readonly server: string;
  readonly user: string;
  readonly password: Secret;
  readonly tls: BackendTlsConfig;
  /** Version of the PROXY header that it is sent; null for none. */
  readonly proxyProtocol: ProxyProtocolVersion | null;
  isUsable: boolean;
  /** Failures to connect in a row. */
  failures: number;
  /** What the last failure was; "" when the last connect went well. */
  reason: string;
  /** null until the first greeting. */
  profile: ServerProfile | null;
  /** What SET ROLE takes to give a session the roles that a log-in has; "" on a server without roles. */
  rolesOfLogin: string;
  /** What a client that has not asked for anything else is told of changes to its session; null while that is unknown. */
  tracking: Tracking | null;
  /** The tracked variables of a session that has changed none, by what its handshake says of them: see baselineOf(). */
  readonly baselines: Map<string, Baseline>;
}

/** An endpoint nobody has connected to; it counts as usable until a connect fails. */
export function newEndpoint(node: NodeConfig): Endpoint {
  return {
    name: node.name,
    host: node.host,
    port: node.port,
    server: `${node.host}:${node.port}`,
    user: node.user,
    password: node.password,
    tls: node.tls,
    proxyProtocol: node.proxy_protocol ?? null,
    isUsable: true,
    failures: 0,
    reason: "",
    profile: null,
    rolesOfLogin: "",
    tracking: null,
    baselines: new Map(),
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
