/** The environment variables that the testkit reads; nothing else in it looks at process.env. */

export interface TestEnvironment {
  /** mysql://user:password@host:port/db of a server to use instead of our own. */
  mysqlUrl: string | undefined;
  mariadbUrl: string | undefined;
  /** A kubeconfig file of a real API server, which the contract tests then run against, too. */
  kubeconfig: string | undefined;
  /** True where nobody watches: the demo ends after its tour. */
  isUnattended: boolean;
  /** UPDATE=1: what tests expect is written anew. */
  isUpdating: boolean;
  /** Names of the drivers that `make drivers` takes; all when empty. */
  drivers: readonly string[];
  /** A part of the names of the scenarios that `make drivers` plays. */
  scenarios: string;
  /** SEED, FUZZ_SECONDS and TARGET of `make fuzz`. */
  fuzz: { seed: number | undefined; seconds: number | undefined; target: string | undefined };
}

/** Reads the variables now. */
export function readTestEnvironment(): TestEnvironment {
  return {
    mysqlUrl: process.env["PISANIX_TEST_MYSQL"] || undefined,
    mariadbUrl: process.env["PISANIX_TEST_MARIADB"] || undefined,
    kubeconfig: process.env["PISANIX_TEST_KUBECONFIG"] || undefined,
    isUnattended: process.env["CI"] === "true" || process.env["DEMO_EXIT"] === "1",
    isUpdating: process.env["UPDATE"] === "1",
    drivers: (process.env["DRIVERS"] ?? "").split(",").filter((name) => name !== ""),
    scenarios: process.env["SCENARIOS"] ?? "",
    fuzz: {
      seed: numberOf("SEED"),
      seconds: numberOf("FUZZ_SECONDS"),
      target: process.env["TARGET"] || undefined,
    },
  };
}

function numberOf(name: string): number | undefined {
  const written = process.env[name];
  if (written === undefined || written === "") return undefined;
  const number = Number(written);
  if (!Number.isFinite(number) || number < 0) throw new Error(`${name} is "${written}", which is no number`);
  return number;
}

/** This process's environment with `extra` on top: for programs that the testkit starts. */
export function childEnvironment(extra: Record<string, string>): Record<string, string | undefined> {
  return { ...process.env, ...extra };
}

/** How long and how large `make soak` and `make admission-load` run. */
export interface LoadSettings {
  seconds: number;
  workloads: number;
  changesPerSecond: number;
  streams: number;
}

/** Reads LOAD_SECONDS, LOAD_WORKLOADS, LOAD_RATE and LOAD_STREAMS. */
export function readLoadSettings(defaults: LoadSettings): LoadSettings {
  const number = (name: string, otherwise: number) => Number(process.env[name] || otherwise);
  return {
    seconds: number("LOAD_SECONDS", defaults.seconds),
    workloads: number("LOAD_WORKLOADS", defaults.workloads),
    changesPerSecond: number("LOAD_RATE", defaults.changesPerSecond),
    streams: number("LOAD_STREAMS", defaults.streams),
  };
}

/** Reads CHURN_MINUTES, the length of `make churn`. */
export function readChurnMinutes(): number {
  return numberOf("CHURN_MINUTES") ?? 6;
}

/** One run of `make chaos`. */
export interface ChaosSettings {
  seconds: number;
  seed: number;
  clients: number;
  server: string;
}

/** Reads CHAOS_SECONDS, CHAOS_SEED, CHAOS_CLIENTS and CHAOS_SERVER. */
export function readChaosSettings(): ChaosSettings {
  const number = (name: string, otherwise: number) => Number(process.env[name] || otherwise);
  return {
    seconds: number("CHAOS_SECONDS", 60),
    seed: number("CHAOS_SEED", 1),
    clients: number("CHAOS_CLIENTS", 200),
    server: process.env["CHAOS_SERVER"] || "mysql",
  };
}

/** Reads SEEDS, one seed or a range of them for `make simulate`; the first thousand when it is not set. */
export function readSeeds(): { from: number; to: number } {
  const text = process.env["SEEDS"] || "1..1000";
  const [, first, last] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  const from = Number(first);
  const to = Number(last ?? first);
  if (first === undefined || to < from) throw new Error(`SEEDS=${text} is no seed; say SEEDS=17 or SEEDS=1..10000`);
  return { from, to };
}
