/** What a seed means: the proxy's configuration, its servers and clients, and what is going to go wrong. */
import type { PoolMode } from "../../api/proxy-config.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import {
  CLIENT_DEPRECATE_EOF,
  CLIENT_FOUND_ROWS,
  CLIENT_MULTI_STATEMENTS,
  CLIENT_SESSION_TRACK,
} from "../../mysql/capabilities.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../fake-client-login.ts";
import type { TestListener, TestNode } from "../proxy-under-test.ts";
import { between, isLucky, pick } from "./chance.ts";
import type { ClientManners } from "./client.ts";
import type { Flavour } from "./model/flavour.ts";
import { PLAIN_PHRASES, STATEFUL_PHRASES } from "./phrases.ts";
import type { Weather } from "./pipe.ts";
import type { ServerManners } from "./server-types.ts";

/** "calm": nothing goes wrong; "clients": they break off, in every way; "servers": those do; "storm": all of it. */
export const PROFILES = ["calm", "clients", "servers", "storm"] as const;
export type Profile = (typeof PROFILES)[number];

export interface Plan {
  readonly seed: number;
  readonly profile: Profile;
  readonly flavour: Flavour;
  readonly listener: TestListener;
  readonly nodes: readonly TestNode[];
  readonly servers: readonly ServerManners[];
  readonly clients: readonly ClientManners[];
  /** Comments that rules look for. */
  readonly marks: readonly string[];
  readonly weathers: readonly Weather[];
  /** Faults of the network and of servers, within the first `faultsMs`. */
  readonly serverFaults: number;
  readonly clientFaults: number;
  readonly faultsMs: number;
  /** Other configurations within that time; the last one is the first one again. */
  readonly reloads: number;
}

/** What was not there from the beginning is drawn by itself, and so that seeds which are kept have none of it. */
const EXTRAS_SALT = 54_527;

export const PORT = 3306;
const SERVER_PASSWORD = "secret";

/** The plan of `seed`; the same for ever, unless this file changes. */
export function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const profile = pick(random, PROFILES);
  const flavour: Flavour = isLucky(random, 0.5) ? "mysql" : "mariadb";
  const count = isLucky(random, 0.3) ? 2 : 1;
  const clients = between(random, 2, isLucky(random, 0.2) ? 14 : 7);
  const hasServerFaults = profile === "servers" || profile === "storm";
  const hasClientFaults = profile === "clients" || profile === "storm";
  const marks = isLucky(random, 0.3) ? ["/*forbidden*/", "/*limited*/"] : [];
  const extras = extrasOf(seed);
  return {
    seed,
    profile,
    flavour,
    reloads: extras.reloads,
    listener: {
      ...listenerOf(random, marks, { count, sessions: hasClientFaults ? clients : 100, canFail: hasServerFaults }),
      pool_mode: extras.mode,
    },
    nodes: Array.from({ length: count }, (_, i) => ({
      name: `node-${i}`,
      port: PORT,
      host: `10.0.1.${i + 1}`,
      role: roleOf(i),
      password: SERVER_PASSWORD,
    })),
    servers: Array.from({ length: count }, () => serverOf(random, hasServerFaults)),
    clients: Array.from({ length: clients }, (_, i) => clientOf(random, i, flavour, hasClientFaults)),
    marks,
    weathers: weathersOf(random),
    serverFaults: hasServerFaults ? between(random, 1, 8) : 0,
    clientFaults: hasClientFaults ? between(random, 0, 6) : 0,
    faultsMs: between(random, 200, 20_000),
  };
}

/** How long clients keep connections, and how often the configuration changes. */
function extrasOf(seed: number): { mode: PoolMode; reloads: number } {
  const random = seededRandom(seed ^ EXTRAS_SALT);
  const mode = isLucky(random, 0.2) ? pick(random, ["session", "dedicated"] as const) : "transaction";
  return { mode, reloads: isLucky(random, 0.3) ? between(random, 2, 6) : 0 };
}

function roleOf(i: number): "readwrite" | "read" {
  return i === 0 ? "readwrite" : "read";
}

function listenerOf(
  random: Random,
  marks: readonly string[],
  { count, sessions, canFail }: { count: number; sessions: number; canFail: boolean },
): TestListener {
  const limits = {
    timeout_pool_wait_ms: pick(random, [300, 2_000, 10_000]),
    timeout_reserve_ms: pick(random, [50, 100, 1_000]),
    pool_reserve_max: pick(random, [1, 2, 64]),
    timeout_connect_ms: canFail ? pick(random, [500, 2_000, 5_000]) : 60_000,
    timeout_idle_connection_ms: pick(random, [2_000, 30_000, 300_000]),
    timeout_stalled_packet_ms: pick(random, [10_000, 60_000]),
    timeout_abandoned_ms: pick(random, [50, 1_000]),
    timeout_drain_ms: 600_000, // nobody is cut off by a reload
    prepared_statements_per_connection_max: pick(random, [1, 2, 256]),
    prepared_statements_max: pick(random, [2, 3, 16_382]),
    sessions_max: isLucky(random, 0.1) ? Math.max(2, sessions - 1) : 1_000,
  };
  const isSplit = count > 1 && isLucky(random, 0.5);
  return {
    listen_addr: `10.0.0.1:${PORT}`,
    pool_size: between(random, 1, 4),
    limits,
    ...(isSplit ? { read_write_splitting: SPLITTING } : {}),
    ...(marks.length === 0 ? {} : { plugin: rulesOf(between(random, 1, 2)) }),
  };
}

const SPLITTING: NonNullable<TestListener["read_write_splitting"]> = {
  static: { default_target: "readwrite", rule: [{ name: "reads", type: "generic", algorithm_name: "roundrobin" }] },
};

/** Rules that look for the marks. */
export function rulesOf(placesMax: number): NonNullable<TestListener["plugin"]> {
  return {
    circuit_break: [{ regex: ["/\\*forbidden\\*/"], case_insensitive: false }],
    concurrency_control: [
      { name: "limited", regex: ["/\\*limited\\*/"], case_insensitive: false, max_concurrency: placesMax, duration: 1 },
    ],
  };
}

function serverOf(random: Random, hasFaults: boolean): ServerManners {
  return {
    plugin: pick(random, ["mysql_native_password", "caching_sha2_password"]),
    password: SERVER_PASSWORD,
    connectionsMax: hasFaults && isLucky(random, 0.15) ? between(random, 1, 4) : 1_000,
    delayMsMax: pick(random, [0, 1, 5, 50]),
    lockWaitMs: pick(random, [200, 1_000, 3_000]),
    pauseShare: pick(random, [0, 0, 0.02, 0.2]),
    pauseMsMax: pick(random, [5, 200, 2_000]),
  };
}

const CAPABILITIES: readonly number[] = [
  FAKE_CLIENT_CAPABILITIES,
  FAKE_CLIENT_CAPABILITIES,
  FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF,
  FAKE_CLIENT_CAPABILITIES | CLIENT_FOUND_ROWS,
  FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK,
];

function clientOf(random: Random, i: number, flavour: Flavour, hasFaults: boolean): ClientManners {
  const isStateful = isLucky(random, 0.25);
  const share = (value: number, among = 0.5) => (isLucky(random, among) ? value : 0);
  return {
    address: `10.2.0.${isLucky(random, 0.5) ? 1 : i + 1}`,
    capabilities: pick(random, CAPABILITIES) | CLIENT_MULTI_STATEMENTS,
    collation: pick(random, flavour === "mysql" ? [45, 255, 8] : [45, 45, 8]),
    schema: pick(random, ["test", "test", "shop", ""]),
    plugin: pick(random, ["mysql_native_password", "caching_sha2_password"]),
    phrases: isStateful ? [...PLAIN_PHRASES, ...STATEFUL_PHRASES, ...STATEFUL_PHRASES] : PLAIN_PHRASES,
    phrasesMax: between(random, 3, 14),
    perSessionMax: between(random, 1, 8),
    thinkMsMax: pick(random, [0, 1, 10, 500]),
    pipelineShare: share(0.1),
    vanishShare: hasFaults ? share(0.06, 0.7) : 0,
    slowShare: share(0.1, 0.3),
    wrongPasswordShare: hasFaults ? share(0.2, 0.3) : 0,
  };
}

function weathersOf(random: Random): Weather[] {
  const one = (): Weather => {
    const split = pick(random, ["whole", "parts", "parts", "bytes"] as const);
    const delayMsMax = split === "bytes" ? pick(random, [0, 0.1]) : pick(random, [0, 0.1, 1, 20]);
    return { delayMsMax, split, capacity: pick(random, [64, 700, 5_000, 65_536, 1 << 20]) };
  };
  return Array.from({ length: 3 }, one);
}
