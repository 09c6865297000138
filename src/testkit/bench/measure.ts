/** Rounds of load over each contender in turn, and their medians. */
import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { ClientLogin } from "../manifests.ts";
import { type ProcessUsage, readUsage } from "../process-usage.ts";
import type { DebianRoot } from "../servers/debian.ts";
import { runSysbench, type SysbenchResult, type SysbenchRun } from "../sysbench-run.ts";
import { say } from "../terminal.ts";
import type { Contender } from "./contenders.ts";
import { type Scenario, TABLE_ROWS } from "./scenarios.ts";

const ROUTER_TRIES = 10;

const BASE: SysbenchRun = {
  script: "oltp_point_select",
  command: "run",
  tables: 1,
  tableRows: TABLE_ROWS,
  preparedStatements: "disable",
  threads: 16,
  seconds: 0,
  events: 0,
  seed: 0,
};

/** Medians of the rounds; times in ms but where the name says otherwise. */
export interface Sample {
  /** Units a second. */
  perSecond: number;
  /** User and system time of the process and its children, a unit. */
  cpuUs: number;
  userUs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  rssBytes: number;
}

export interface Bench {
  debian: DebianRoot;
  /** Where the scripts of writeScripts() are. */
  directory: string;
  scanMegabytes: number;
  rounds: number;
  seconds: number;
}

/** Fills the table. @returns how many megabytes all its rows are as a result. */
export async function fillTable(debian: DebianRoot, direct: ClientLogin): Promise<number> {
  await runSysbench(debian, direct, { ...BASE, command: "cleanup" });
  await runSysbench(debian, direct, { ...BASE, command: "prepare" });
  const connection = await createConnection(direct);
  // A row's packet: its header, and before each value its length in one byte.
  const sizes = "SELECT SUM(8 + LENGTH(id) + LENGTH(k) + LENGTH(c) + LENGTH(pad)) AS bytes FROM sbtest1";
  const [rows] = await connection.query<RowDataPacket[]>(sizes);
  await connection.end();
  return Number(rows[0]?.["bytes"]) / 1_000_000;
}

/** All rounds of one scenario: A B C, then C B A, which takes back what the first order gave to its first. */
export async function measure(
  bench: Bench,
  scenario: Scenario,
  contenders: readonly Contender[],
): Promise<Map<Contender["name"], Sample>> {
  const taking = contenders.filter(({ endsTls }) => scenario.run.isTls !== true || endsTls);
  const samples = new Map<Contender["name"], Sample[]>(taking.map(({ name }) => [name, []]));
  for (const contender of taking) await runOnce(bench, scenario, contender, contender.warmUpSeconds);
  for (let round = 0; round < bench.rounds; round++) {
    for (const contender of round % 2 === 0 ? taking : taking.toReversed()) {
      samples.get(contender.name)?.push(await runOnce(bench, scenario, contender, bench.seconds));
    }
  }
  return new Map([...samples].map(([name, taken]) => [name, medianSample(taken)]));
}

async function runOnce(bench: Bench, scenario: Scenario, contender: Contender, seconds: number): Promise<Sample> {
  const { pid, login } = contender;
  const { debian, directory } = bench;
  const script = scenario.script === undefined ? BASE.script : (`${directory}/${scenario.script}.lua` as `/${string}`);
  const run = { ...BASE, script, directory, ...scenario.run, seconds };
  // MySQL Router 9.7 breaks off some TLS handshakes of this client ("Received malformed packet").
  const tries = contender.name === "router" ? ROUTER_TRIES : 1;
  const { before, result } = await runLoad(debian, login, run, pid, tries);
  const after = await usageOf(pid);
  const units = unitsOf(bench, scenario, result);
  const userMs = after.userMs - before.userMs;
  return {
    perSecond: units / result.seconds,
    cpuUs: ((userMs + after.systemMs - before.systemMs) * 1000) / units,
    userUs: (userMs * 1000) / units,
    p50Ms: result.p50Ms,
    p95Ms: result.p95Ms,
    p99Ms: result.p99Ms,
    rssBytes: after.rssBytes,
  };
}

/** One run of sysbench; up to `tries` when it fails. */
async function runLoad(
  debian: DebianRoot,
  login: ClientLogin,
  run: SysbenchRun,
  pid: number | undefined,
  tries: number,
): Promise<{ before: ProcessUsage; result: SysbenchResult }> {
  const before = await usageOf(pid);
  try {
    return { before, result: await runSysbench(debian, login, run) };
  } catch (error) {
    if (tries <= 1) throw error;
    say(`a round failed and is repeated: ${String(error).split("\n").at(-1)?.trim()}`);
    return await runLoad(debian, login, run, pid, tries - 1);
  }
}

function unitsOf({ scanMegabytes }: Bench, { unit }: Scenario, { queries }: SysbenchResult): number {
  if (unit === "query") return queries;
  return unit === "connection" ? queries : queries * scanMegabytes;
}

async function usageOf(pid: number | undefined): Promise<ProcessUsage> {
  return pid === undefined ? { userMs: 0, systemMs: 0, rssBytes: 0 } : readUsage(pid);
}

function medianSample(samples: readonly Sample[]): Sample {
  const of = (field: keyof Sample) => median(samples.map((sample) => sample[field]));
  return {
    perSecond: of("perSecond"),
    cpuUs: of("cpuUs"),
    userUs: of("userUs"),
    p50Ms: of("p50Ms"),
    p95Ms: of("p95Ms"),
    p99Ms: of("p99Ms"),
    rssBytes: of("rssBytes"),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
