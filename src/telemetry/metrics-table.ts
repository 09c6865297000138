/**
 * Every metric of pisanix, in one table. Adding one is one line here. Labels come from configuration or from the fixed sets below, never from SQL
 * text, user input or a raw error message. Names follow Prometheus: base units, `_total` for counters, no gauge that shares a counter's stem.
 */
import { type Metric, newScope, type Series } from "./series.ts";

/** Why an accepted TCP connection was turned away before its handshake. */
export const CONNECTION_REFUSALS = ["sessions_max"] as const;
export type ConnectionRefusal = (typeof CONNECTION_REFUSALS)[number];

/** Why a client's handshake did not end in a session. */
export const HANDSHAKE_FAILURES = [
  "access_denied",
  "unknown_schema",
  "timeout",
  "protocol",
  "packet_too_large",
  "tls",
  "user_sessions_max",
  "character_set",
  "server_refused",
  "unavailable",
] as const;
export type HandshakeFailure = (typeof HANDSHAKE_FAILURES)[number];

/** Why a session keeps its backend connection between statements (design D6); src/proxy/pin.ts has a bit for each, in this order. */
export const PIN_REASONS = [
  "transaction",
  "prepared_statement",
  "temporary_table",
  "user_variable",
  "user_lock",
  "table_lock",
  "session_state",
  "warnings",
  "found_rows",
  "last_insert_id",
  "cursor",
  "unknown_command",
  "handler",
  "long_data",
  "replication",
  "connection_id",
  "parameter_types",
  "set_transaction",
  "pool_mode",
  "xa",
  "account",
] as const;
export type PinReason = (typeof PIN_REASONS)[number];

/** What a backend connection is doing. */
export const CONNECTION_STATES = ["idle", "busy", "connecting", "resetting"] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Why a connection to a database could not be made. */
export const CONNECT_FAILURES = [
  "refused",
  "timeout",
  "unreachable",
  "name_not_found",
  "closed",
  "tls",
  "access_denied",
  "unknown_schema",
  "too_many_connections",
  "protocol",
] as const;
export type ConnectFailure = (typeof CONNECT_FAILURES)[number];

/** Why a backend connection was closed instead of pooled (design D4). */
export const DESTROY_REASONS = [
  "backend_closed",
  "idle_timeout",
  "unclean",
  "reset_failed",
  "protocol",
  "timeout",
  "surplus",
  "retired",
  "max_age",
  "address_gone",
  "dedicated",
  "shutdown",
] as const;
export type DestroyReason = (typeof DESTROY_REASONS)[number];

/** Why a configuration could not be had, or not be served. */
export const CONFIG_FAILURES = [
  "read",
  "invalid",
  "rejected",
  "credentials",
  "unreachable",
  "timeout",
  "tls",
  "unauthorized",
  "forbidden",
  "not_found",
  "refused",
  "protocol",
] as const;
export type ConfigFailure = (typeof CONFIG_FAILURES)[number];
/** How statements go to an endpoint: all that it should get, a growing share, none for a while, none. */
export const ENDPOINT_STATES = ["up", "starting", "ejected", "down"] as const;

/** Why an endpoint that answers was left out for a while. */
export const EJECTION_CAUSES = ["errors", "latency"] as const;

export const PROBE_RESULTS = ["good", "failed"] as const;
export type ProbeResult = (typeof PROBE_RESULTS)[number];

/** Which socket and which way: `client_in` is what clients sent, `backend_out` what the databases were sent. */
export const BYTE_DIRECTIONS = ["client_in", "client_out", "backend_in", "backend_out"] as const;
export type ByteDirection = (typeof BYTE_DIRECTIONS)[number];

/** The original's three metrics, one series per listener, statement type and backend. */
export const SQL = newScope("sql", ["domain", "type", "server"], {
  processed: counter("sql_processed_total", "The total of processed SQL"),
  duration: histogram("sql_processed_duration", "The duration of processed SQL in seconds"),
  underProcessing: gauge("sql_under_processing", "The active SQL under processing"),
});

/** What a listener counts about its clients. */
export const LISTENER = newScope("listener", ["domain"], {
  open: gauge("pisanix_client_connections_open", "Client connections open now"),
  accepted: counter("pisanix_client_connections_accepted_total", "Client connections accepted"),
  refused: counter(
    "pisanix_client_connections_refused_total",
    "Client connections turned away before the handshake",
    "reason",
    CONNECTION_REFUSALS,
  ),
  handshakeFailures: counter(
    "pisanix_handshake_failures_total",
    "Client handshakes that did not end in a session",
    "reason",
    HANDSHAKE_FAILURES,
  ),
  pinned: gauge("pisanix_sessions_pinned", "Sessions that keep their backend connection now", "reason", PIN_REASONS),
  pins: counter("pisanix_pins_total", "Times that a session was pinned to a backend connection", "reason", PIN_REASONS),
  bytes: counter("pisanix_bytes_total", "Bytes read from and written to sockets", "direction", BYTE_DIRECTIONS),
});

/** What a listener counts about one backend: its pool, its connections, whether it answers. */
export const POOL = newScope("pool", ["domain", "server"], {
  up: gauge("pisanix_endpoint_up", "1 while statements may go to this endpoint, else 0"),
  state: gauge("pisanix_endpoint_state", "1 for the state that the endpoint is in, else 0", "state", ENDPOINT_STATES),
  latency: gauge("pisanix_endpoint_latency_seconds", "What a statement takes, a moving mean of the last ones"),
  ejections: counter(
    "pisanix_endpoint_ejections_total",
    "Times that the endpoint was left out for a while",
    "reason",
    EJECTION_CAUSES,
  ),
  probes: counter("pisanix_endpoint_probes_total", "Probes of the endpoint", "result", PROBE_RESULTS),
  retries: counter(
    "pisanix_retries_total",
    "Statements sent again because their connection had broken before it answered",
  ),
  size: gauge("pisanix_pool_size", "Most connections that the pool may hold"),
  connections: gauge("pisanix_pool_connections", "Backend connections now", "state", CONNECTION_STATES),
  waiting: gauge("pisanix_pool_waiting", "Statements that wait for a connection now"),
  waits: counter("pisanix_pool_waits_total", "Statements that had to wait for a connection"),
  waitTimeouts: counter("pisanix_pool_wait_timeouts_total", "Waits that ended at the deadline without a connection"),
  reserves: counter(
    "pisanix_pool_reserves_total",
    "Connections opened beyond the pool's size because sessions at rest kept all others",
  ),
  waitDuration: histogram("pisanix_pool_wait_duration_seconds", "How long statements waited for a connection"),
  connects: counter("pisanix_backend_connects_total", "Backend connections made and authenticated"),
  connectFailures: counter(
    "pisanix_backend_connect_failures_total",
    "Backend connections that could not be made",
    "reason",
    CONNECT_FAILURES,
  ),
  resets: counter("pisanix_backend_resets_total", "Backend connections reset for another session"),
  destroyed: counter(
    "pisanix_backend_connections_destroyed_total",
    "Backend connections closed instead of pooled",
    "reason",
    DESTROY_REASONS,
  ),
});

/** What the rules of a listener refused. */
export const RULE = newScope("rule", ["domain", "filter", "rule"], {
  rejects: counter("pisanix_rejects_total", "Statements refused by a rule"),
});

/** What a listener's clients send and the grammar does not have; `kind` is that of the statement. */
export const PARSE = newScope("parse", ["domain", "kind"], {
  failures: counter("sql_parse_failures_total", "Statements whose text was not understood"),
});

/** The configuration that is served, and its source. */
export const CONFIG = newScope("config", [], {
  configGeneration: gauge("pisanix_config_generation", "Number of the configuration that serves now, from 1"),
  configLastSuccess: gauge(
    "pisanix_config_last_success_timestamp_seconds",
    "When what serves was last found to be what the source has, in seconds since 1970",
  ),
  configUp: gauge("pisanix_config_source_up", "1 while the source has a configuration that can be served, else 0"),
  configFailures: counter(
    "pisanix_config_failures_total",
    "Configurations that could not be had or not be served",
    "reason",
    CONFIG_FAILURES,
  ),
});

/** The process itself; names as every Prometheus client gives them. */
export const PROCESS = newScope("process", [], {
  eventLoopLag: gauge("pisanix_event_loop_lag_seconds", "Longest delay of a timer since the last scrape"),
  cpu: counter("process_cpu_seconds_total", "CPU time used, user and system"),
  cpuUser: counter("process_cpu_user_seconds_total", "CPU time used in user mode"),
  cpuSystem: counter("process_cpu_system_seconds_total", "CPU time used in system mode"),
  residentMemory: gauge("process_resident_memory_bytes", "Resident memory"),
  startTime: gauge("process_start_time_seconds", "Start of the process in seconds since 1970"),
});

/** The event loops of the proxy. */
export const WORKERS = newScope("workers", [], {
  workers: gauge("pisanix_workers", "Event loops that serve clients now"),
  crashes: counter("pisanix_worker_crashes_total", "Workers that ended by a defect and were started again"),
});

/** Which build this is; always 1. */
export const BUILD = newScope("build", ["version", "commit", "bun"], {
  info: gauge("pisanix_build_info", "The running build"),
});

/** Every scope of a proxy, in the order of the scrape. */
export const SCOPES = [SQL, LISTENER, POOL, RULE, PARSE, CONFIG, WORKERS, PROCESS, BUILD] as const;

export type SqlSeries = Series<"sql">;
export type ListenerCounters = Series<"listener">;
export type PoolCounters = Series<"pool">;

/** A line of the table: what only grows. */
export function counter(name: string, help: string): Metric<"counter", never>;
export function counter<const V extends string>(
  name: string,
  help: string,
  label: string,
  values: readonly V[],
): Metric<"counter", V>;
export function counter(name: string, help: string, label?: string, values?: readonly string[]): Metric<"counter"> {
  return { kind: "counter", name, help, by: label === undefined ? null : { label, values: values ?? [] } };
}

/** A line of the table: what is so now. */
export function gauge(name: string, help: string): Metric<"gauge", never>;
export function gauge<const V extends string>(
  name: string,
  help: string,
  label: string,
  values: readonly V[],
): Metric<"gauge", V>;
export function gauge(name: string, help: string, label?: string, values?: readonly string[]): Metric<"gauge"> {
  return { kind: "gauge", name, help, by: label === undefined ? null : { label, values: values ?? [] } };
}

/** A line of the table: how long things took. */
export function histogram(name: string, help: string): Metric<"histogram", never> {
  return { kind: "histogram", name, help, by: null };
}
