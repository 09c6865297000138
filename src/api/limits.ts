/** Every limit of a listener and its default (design D14), in one table. */
import * as v from "valibot";
import { wholeNumber } from "./fields.ts";

/** The largest delay that a timer takes, and a size that no limit has to exceed. */
const LIMIT_MAX = 2_147_483_647;

/** Durations in milliseconds, sizes in bytes. */
export const LISTENER_LIMITS = {
  sessions_max: 10_000,
  login_failures_max: 10,
  timeout_handshake_ms: 10_000,
  packet_before_auth_bytes_max: 65_536,
  statement_bytes_max: 67_108_864,
  timeout_connect_ms: 5_000,
  timeout_pool_wait_ms: 10_000,
  pool_wait_max: 10_000,
  timeout_idle_connection_ms: 300_000,
  prepared_statements_max: 16_382,
  prepared_statements_per_connection_max: 256,
  timeout_abandoned_ms: 1_000,
  timeout_stalled_packet_ms: 60_000,
  pool_reserve_max: 64,
  timeout_reserve_ms: 100,
  timeout_drain_ms: 300_000,
} as const;

const DESCRIPTIONS = {
  sessions_max: "client connections at once; one more gets ER_CON_COUNT_ERROR",
  login_failures_max:
    "failed log-ins in a row from one address; from then on all of them have to wait, until one is right",
  timeout_handshake_ms: "milliseconds from accept to the end of authentication",
  packet_before_auth_bytes_max: "largest packet from a client that has not authenticated",
  statement_bytes_max:
    "largest statement that is kept whole to be judged by rules; larger ones get ER_NET_PACKET_TOO_LARGE",
  timeout_connect_ms: "milliseconds for TCP connect, TLS and authentication with a backend",
  timeout_pool_wait_ms: "milliseconds that a statement waits for a connection of the pool",
  pool_wait_max: "statements that wait for a connection at once",
  timeout_idle_connection_ms: "milliseconds after which an idle backend connection is closed",
  prepared_statements_max: "prepared statements open at once in one session",
  prepared_statements_per_connection_max:
    "statements prepared at once on one backend connection; the one that was used longest ago is closed for another",
  timeout_abandoned_ms: "milliseconds that a statement may run on after its client has hung up; then it is killed",
  timeout_stalled_packet_ms: "milliseconds that a backend may stop in the middle of a packet",
  pool_reserve_max:
    "connections beyond the pool's size, opened only when all others are kept by sessions that are at rest",
  timeout_reserve_ms: "milliseconds that all those sessions must have been at rest for that",
  timeout_drain_ms:
    "milliseconds in which sessions may end what they have begun on a listener or node that a new configuration no longer has",
} satisfies Record<LimitName, string>;

export type LimitName = keyof typeof LISTENER_LIMITS;

type Limits = Record<LimitName, number>;
type LimitField = v.ExactOptionalSchema<ReturnType<typeof wholeNumber>, number>;

const NAMES = Object.keys(LISTENER_LIMITS) as LimitName[];

/** `limits` of a listener in ProxyConfig. */
export const limitsSchema = v.object(entriesOf((name) => name) as { [K in LimitName]: LimitField });

/** `limits` of a service in VirtualDatabase: the same, spelt as Kubernetes spells fields. The output is spelt as ProxyConfig does. */
export const serviceLimitsSchema = v.pipe(
  v.object(entriesOf(camelCase)),
  v.transform((written): Limits => {
    const limits: Limits = { ...LISTENER_LIMITS };
    for (const name of NAMES) limits[name] = written[camelCase(name)] ?? LISTENER_LIMITS[name];
    return limits;
  }),
  v.description("limits of the listener"),
);

/** `sessions_max` as `sessionsMax`. */
export function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function entriesOf(spell: (name: string) => string): Record<string, LimitField> {
  const field = (name: LimitName) =>
    v.exactOptional(wholeNumber(DESCRIPTIONS[name], 1, LIMIT_MAX), LISTENER_LIMITS[name] as number);
  return Object.fromEntries(NAMES.map((name) => [spell(name), field(name)]));
}
