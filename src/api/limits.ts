/** Every limit of a listener and its default (design D14), in one table. */
import { camelCaseNumbersSchema, defaultsOf, type Numbers, type NumberTable, numbersSchema } from "./numbers.ts";

/** Durations in milliseconds, sizes in bytes. */
export const LIMITS = {
  sessions_max: { fallback: 10_000, description: "client connections at once; one more gets ER_CON_COUNT_ERROR" },
  user_sessions_max: {
    fallback: 10_000,
    description: "client connections of one user at once; one more gets ER_TOO_MANY_USER_CONNECTIONS",
  },
  login_failures_max: {
    fallback: 10,
    description: "failed log-ins in a row from one address; from then on all of them have to wait, until one is right",
  },
  timeout_handshake_ms: { fallback: 10_000, description: "milliseconds from accept to the end of authentication" },
  packet_before_auth_bytes_max: {
    fallback: 65_536,
    description: "largest packet from a client that has not authenticated",
  },
  statement_bytes_max: {
    fallback: 67_108_864,
    description: "largest statement that is kept whole to be judged by rules; larger ones get ER_NET_PACKET_TOO_LARGE",
  },
  timeout_connect_ms: {
    fallback: 5_000,
    description: "milliseconds for TCP connect, TLS and authentication with a backend",
  },
  timeout_pool_wait_ms: {
    fallback: 10_000,
    description: "milliseconds that a statement waits for a connection of the pool",
  },
  pool_wait_max: { fallback: 10_000, description: "statements that wait for a connection at once" },
  pool_idle_min: {
    fallback: 1,
    min: 0,
    description: "idle connections to each backend that are kept open for those who come",
  },
  pool_connecting_max: {
    fallback: 8,
    description: "connections to one backend that are being opened at once; more wait for those",
  },
  timeout_idle_connection_ms: {
    fallback: 300_000,
    description: "milliseconds after which an idle backend connection is closed",
  },
  timeout_quiet_connection_ms: {
    fallback: 30_000,
    description:
      "milliseconds of silence after which a backend connection is asked whether it is still there before it is used",
  },
  timeout_connection_age_ms: {
    fallback: 1_800_000,
    description:
      "milliseconds that a backend connection lives at most, less up to a fifth; it is replaced when nobody has it",
  },
  prepared_statements_max: { fallback: 16_382, description: "prepared statements open at once in one session" },
  prepared_statements_per_connection_max: {
    fallback: 256,
    description:
      "statements prepared at once on one backend connection; the one that was used longest ago is closed for another",
  },
  timeout_abandoned_ms: {
    fallback: 1_000,
    description: "milliseconds that a statement may run on after its client has hung up; then it is killed",
  },
  timeout_stalled_packet_ms: {
    fallback: 60_000,
    description:
      "milliseconds that a backend may stop in the middle of a packet; then it has to show that it still answers",
  },
  timeout_stalled_client_ms: {
    fallback: 60_000,
    description: "milliseconds that a client may stop in the middle of a command, a file or an answer",
  },
  pool_reserve_max: {
    fallback: 64,
    description:
      "connections beyond the pool's size, opened only when sessions that are at rest keep the others, or what statements at work may wait for",
  },
  account_connections_max: {
    fallback: 64,
    description:
      "connections to one backend, beyond the pool's size, of clients with accounts of the server; one more gets ER_CON_COUNT_ERROR",
  },
  timeout_reserve_ms: {
    fallback: 100,
    description:
      "milliseconds that all those sessions must have been at rest for that; one that works counts when it has had its connection for ten times as long",
  },
  timeout_drain_ms: {
    fallback: 300_000,
    description:
      "milliseconds in which sessions may end what they have begun on a listener or node that a new configuration no longer has",
  },
  connection_attribute_sets_max: {
    fallback: 16,
    description:
      "different sets of connection attributes that clients add and databases are told; connections are pooled apart by them. One that nobody has logged in with for a minute makes room for another",
  },
} as const satisfies NumberTable;

export type LimitName = keyof typeof LIMITS;

export const LISTENER_LIMITS: Readonly<Numbers<typeof LIMITS>> = defaultsOf(LIMITS);

/** `limits` of a listener in ProxyConfig. */
export const limitsSchema = numbersSchema(LIMITS);

/** `limits` of a service in VirtualDatabase. */
export const serviceLimitsSchema = camelCaseNumbersSchema(LIMITS, "limits of the listener");
