/** One run of Debian's sysbench, and what it says of itself. */
import { join } from "node:path";
import type { ClientLogin } from "./manifests.ts";
import { lastLines, tryCommand } from "./servers/command.ts";
import { type DebianRoot, debianCommand } from "./servers/debian.ts";

export interface SysbenchRun {
  /** One of Debian's, or the path of another. */
  script: "oltp_point_select" | "oltp_read_only" | "oltp_read_write" | `/${string}`;
  command: "prepare" | "run" | "cleanup";
  tables: number;
  tableRows: number;
  /** Prepared statements where `auto`, text where `disable`. */
  preparedStatements: "auto" | "disable";
  threads: number;
  /** Whole seconds; 0 runs until `events`. */
  seconds: number;
  /** 0 means as many as the time allows. */
  events: number;
  seed: number;
  /** TLS to the server, with cacert.pem, client-cert.pem and client-key.pem of `directory`. */
  isTls?: boolean;
  directory?: string;
}

export interface SysbenchResult {
  queries: number;
  transactions: number;
  seconds: number;
  /** Of transactions. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Statements that the server refused for a reason that sysbench repeats (deadlock, lock wait). */
  retried: number;
  reconnects: number;
}

/**
 * Runs sysbench against `login`.
 * @throws Error with the end of its output when it does not end with 0: any error that it does not repeat ends it.
 */
export async function runSysbench(debian: DebianRoot, login: ClientLogin, run: SysbenchRun): Promise<SysbenchResult> {
  const scripts = join(debian.root, "usr", "share", "sysbench");
  const args = [
    run.script.startsWith("/") ? run.script : join(scripts, `${run.script}.lua`),
    "--db-driver=mysql",
    `--mysql-host=${login.host}`,
    `--mysql-port=${login.port}`,
    `--mysql-user=${login.user}`,
    `--mysql-password=${login.password}`,
    `--mysql-db=${login.database}`,
    `--tables=${run.tables}`,
    `--table-size=${run.tableRows}`,
    `--db-ps-mode=${run.preparedStatements}`,
    `--threads=${run.threads}`,
    `--time=${run.seconds}`,
    `--events=${run.events}`,
    `--rand-seed=${run.seed}`,
    "--histogram",
    ...(run.isTls ? ["--mysql-ssl=on"] : []),
    run.command,
  ];
  const ended = await tryCommand(debianCommand(debian, "usr/bin/sysbench", args), {
    ...(run.directory === undefined ? {} : { directory: run.directory }),
    environment: { LUA_PATH: join(scripts, "?.lua"), MARIADB_PLUGIN_DIR: pluginDirectory(debian) },
  });
  if (ended.exitCode === 0) return parseSysbench(ended.stdout);
  const what = `sysbench ${run.script} ${run.command} with ${run.threads} threads, prepared statements ${run.preparedStatements}`;
  throw new Error(`${what}, ended with ${ended.exitCode}:\n${lastLines(ended.stdout + ended.stderr, 12)}`);
}

/** Where the unpacked client library has its authentication plugins. */
export function pluginDirectory(debian: DebianRoot): string {
  const libraries = debian.libraries.split(":")[0] ?? "";
  return join(libraries, "libmariadb3", "plugin");
}

/** Reads the report that sysbench prints. */
export function parseSysbench(report: string): SysbenchResult {
  const number = (pattern: RegExp) => Number(report.match(pattern)?.[1] ?? 0);
  const histogram = [...report.matchAll(/^\s*([\d.]+) \|\**\s+(\d+)$/gm)].map(([, ms, count]) => ({
    ms: Number(ms),
    count: Number(count),
  }));
  return {
    queries: number(/^\s*queries:\s+(\d+)/m),
    transactions: number(/^\s*transactions:\s+(\d+)/m),
    seconds: number(/^\s*total time:\s+([\d.]+)s/m),
    p50Ms: percentileOf(histogram, 0.5),
    p95Ms: percentileOf(histogram, 0.95),
    p99Ms: percentileOf(histogram, 0.99),
    retried: number(/^\s*ignored errors:\s+(\d+)/m),
    reconnects: number(/^\s*reconnects:\s+(\d+)/m),
  };
}

/** The bucket in which `share` of all that was counted is reached; sysbench's buckets are about 1.5 % wide. */
function percentileOf(histogram: ReadonlyArray<{ ms: number; count: number }>, share: number): number {
  let left = share * histogram.reduce((sum, { count }) => sum + count, 0);
  for (const { ms, count } of histogram) {
    left -= count;
    if (left <= 0) return ms;
  }
  return 0;
}
