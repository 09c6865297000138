/** What the control plane says to the data plane: the configuration of one proxy, in the original's names. */
import type { Secret } from "../lib/secret.ts";

export interface ProxyConfig {
  admin: AdminConfig;
  proxy: { config: ListenerConfig[] };
  mysql: { node: NodeConfig[] };
  node_group: { member: NodeGroupConfig[] };
}

export interface AdminConfig {
  host: string;
  port: number;
  log_level: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";
}

/** One listener: what one `services[]` item of a VirtualDatabase becomes. */
export interface ListenerConfig {
  name: string;
  backend_type: "mysql";
  /** host:port */
  listen_addr: string;
  user: string;
  password: Secret;
  /** The schema that clients get; "" leaves the choice to the client. */
  db: string;
  pool_size: number;
  /** Version text of the greeting; learnt from a backend when absent. */
  server_version?: string;
  simple_loadbalance?: { balance_type: BalanceType; nodes: string[] };
  read_write_splitting?: ReadWriteSplittingConfig;
  sharding?: unknown[];
  plugin?: {
    circuit_break?: CircuitBreakConfig[];
    concurrency_control?: ConcurrencyControlConfig[];
  };
  limits: ListenerLimits;
}

export type BalanceType = "random" | "roundrobin";

export interface CircuitBreakConfig extends RefusalConfig {
  regex: string[];
  case_insensitive: boolean;
}

export interface ConcurrencyControlConfig extends RefusalConfig {
  regex: string[];
  case_insensitive: boolean;
  max_concurrency: number;
  /** Seconds. */
  duration: number;
}

/** What a rule is called and how it refuses; absent fields are the original's. */
export interface RefusalConfig {
  name?: string;
  code?: number;
  sql_state?: string;
  message?: string;
}

export interface ReadWriteSplittingConfig {
  static?: { default_target: NodeRole; rule: ReadWriteRuleConfig[] };
  dynamic?: { default_target: NodeRole; rule: ReadWriteRuleConfig[]; discovery: Record<string, unknown> };
}

export interface ReadWriteRuleConfig {
  name: string;
  type: "regex" | "generic";
  regex?: string[];
  target?: NodeRole;
  algorithm_name: BalanceType;
}

export type NodeRole = "read" | "readwrite";

export interface NodeConfig {
  name: string;
  db: string;
  user: string;
  password: Secret;
  host: string;
  port: number;
  weight: number;
  role: NodeRole;
  tls: BackendTlsConfig;
}

export interface BackendTlsConfig {
  mode: "disabled" | "preferred" | "required" | "verify-ca" | "verify-identity";
  /** PEM text. */
  ca?: string;
}

export interface NodeGroupConfig {
  name: string;
  readwrite: string;
  reads: string[];
}

/** Every limit of a listener (design D14). Durations in milliseconds, sizes in bytes. */
export interface ListenerLimits {
  /** Client connections at once; one more gets ER_CON_COUNT_ERROR. */
  sessions_max: number;
  /** From accept to the end of authentication. */
  timeout_handshake_ms: number;
  /** Largest packet from a client that has not authenticated. */
  packet_before_auth_bytes_max: number;
  /** Largest statement kept whole to be judged by rules; larger ones get ER_NET_PACKET_TOO_LARGE. */
  statement_bytes_max: number;
  /** TCP connect, TLS and authentication with a backend. */
  timeout_connect_ms: number;
  /** How long a statement waits for a connection of the pool. */
  timeout_pool_wait_ms: number;
  /** Statements waiting for a connection at once. */
  pool_wait_max: number;
  /** An idle backend connection older than this is closed. */
  timeout_idle_connection_ms: number;
  /** Prepared statements open at once in one session. */
  prepared_statements_max: number;
}
