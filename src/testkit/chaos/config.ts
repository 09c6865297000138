/** The proxy's configuration in the chaos run, and how it changes while it is served. */
import type { Random } from "../../lib/random.ts";
import type { TestAccount } from "../servers/address.ts";
import { isLucky, pick } from "../simulation/chance.ts";

export const POOL_SIZE = 4;

export interface ConfigPlaces {
  readonly file: string;
  readonly port: number;
  readonly adminPort: number;
  /** Where the leg to the server begins. */
  readonly backendPort: number;
  readonly account: TestAccount;
}

/** What changes; none of it may be seen by a client. */
export interface Variant {
  readonly poolSize: number;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly hasRule: boolean;
}

export const FIRST_VARIANT: Variant = { poolSize: POOL_SIZE, ageMs: 3_600_000, idleMs: 300_000, hasRule: false };

/** Another one. */
export function newVariant(random: Random): Variant {
  return {
    poolSize: pick(random, [POOL_SIZE, POOL_SIZE, POOL_SIZE - 2]),
    ageMs: pick(random, [10_000, 3_600_000]),
    idleMs: pick(random, [5_000, 300_000]),
    hasRule: isLucky(random, 0.5),
  };
}

/** The configuration file's content. */
export function chaosConfig({ port, adminPort, backendPort, account }: ConfigPlaces, variant: Variant): unknown {
  const { user, password } = account;
  const rule = { regex: ["never said by anybody"], case_insensitive: false };
  return {
    admin: { host: "127.0.0.1", port: adminPort, log_level: "INFO" },
    proxy: {
      config: [
        {
          name: "chaos",
          listen_addr: `127.0.0.1:${port}`,
          ...{ user, password, db: "" },
          pool_size: variant.poolSize,
          simple_loadbalance: { balance_type: "roundrobin", nodes: ["chaos"] },
          limits: {
            timeout_pool_wait_ms: 10_000,
            timeout_connect_ms: 5_000,
            timeout_connection_age_ms: variant.ageMs,
            timeout_idle_connection_ms: variant.idleMs,
            login_failures_max: 1_000_000,
          },
          ...(variant.hasRule ? { plugin: { circuit_break: [rule] } } : {}),
        },
      ],
    },
    mysql: {
      node: [
        {
          name: "chaos",
          ...{ user, password, db: "", host: "127.0.0.1", port: backendPort },
          tls: { mode: "disabled" },
        },
      ],
    },
  };
}
