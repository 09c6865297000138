/** `make bench-quick`: CPU per query of pisanix beside HAProxy in TCP mode and a direct connection, interleaved in one run. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startHaproxy } from "./haproxy.ts";
import { accountOf, type ClientLogin, placePlain } from "./manifests.ts";
import { REPOSITORY } from "./paths.ts";
import { type ProcessUsage, readUsage } from "./process-usage.ts";
import { startProxy } from "./proxy-process.ts";
import { withScratch } from "./scratch.ts";
import { type DebianRoot, unpackDebian } from "./servers/debian.ts";
import { freePort } from "./servers/port.ts";
import { realServer } from "./servers.ts";
import { runSysbench, type SysbenchRun } from "./sysbench-run.ts";
import { runProgram, say, sayTable } from "./terminal.ts";

/** Pairs of rounds A B C, C B A: the second order takes back what the first gave to its first. */
const ROUND_PAIRS = 3;
const POOL_SIZE = 64;

const POINT_SELECT: SysbenchRun = {
  script: "oltp_point_select",
  command: "run",
  tables: 1,
  tableRows: 10_000,
  preparedStatements: "disable",
  threads: 16,
  seconds: 4,
  events: 0,
  seed: 0,
};

/** One way from sysbench to the server. */
interface Contender {
  name: "haproxy" | "pisanix" | "direct";
  login: ClientLogin;
  /** The process in between. */
  pid?: number;
}

interface Sample {
  perSecond: number;
  p95Ms: number;
  cpuUs: number;
  userUs: number;
  rssBytes: number;
}

await runProgram(() => withScratch(bench));

async function bench(scratch: string): Promise<number> {
  const gate = readGate(process.argv.slice(2));
  const debian = await unpackDebian("bookworm");
  const server = realServer("mysql");
  const direct = { ...accountOf(server), host: server.host, port: server.port, database: "sbtest" };
  await runSysbench(debian, direct, { ...POINT_SELECT, command: "cleanup" });
  await runSysbench(debian, direct, { ...POINT_SELECT, command: "prepare" });
  await mkdir(join(scratch, "manifests"));
  const manifests = await placePlain(join(scratch, "manifests"), await freePort(), server, "sbtest", POOL_SIZE);
  const haproxy = await startHaproxy(debian, scratch, direct);
  const pisanix = await startProxy(manifests);
  try {
    const idleRssBytes = (await readUsage(pisanix.pid)).rssBytes;
    const contenders: Contender[] = [
      { name: "haproxy", login: haproxy.login, pid: haproxy.pid },
      { name: "pisanix", login: pisanix.login, pid: pisanix.pid },
      { name: "direct", login: direct },
    ];
    const medians = await measure(debian, contenders);
    return await report(medians, { gate, startMs: pisanix.startMs, idleRssBytes, server: server.version });
  } finally {
    await Promise.all([haproxy.stop(), pisanix.stop()]);
  }
}

async function measure(debian: DebianRoot, contenders: readonly Contender[]): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  say(`point select, ${POINT_SELECT.threads} threads, ${ROUND_PAIRS * 2} rounds of ${POINT_SELECT.seconds} s each`);
  for (const contender of contenders) await runOnce(debian, contender, 1);
  for (let pair = 0; pair < ROUND_PAIRS; pair++) {
    for (const contender of [...contenders, ...contenders.toReversed()]) {
      samples.get(contender.name)?.push(await runOnce(debian, contender, POINT_SELECT.seconds));
    }
  }
  return new Map([...samples].map(([name, taken]) => [name, medianSample(taken)]));
}

async function runOnce(debian: DebianRoot, { login, pid }: Contender, seconds: number): Promise<Sample> {
  const before = await usageOf(pid);
  const result = await runSysbench(debian, login, { ...POINT_SELECT, seconds });
  const after = await usageOf(pid);
  const userMs = after.userMs - before.userMs;
  const systemMs = after.systemMs - before.systemMs;
  return {
    perSecond: result.queries / result.seconds,
    p95Ms: result.p95Ms,
    cpuUs: ((userMs + systemMs) * 1000) / result.queries,
    userUs: (userMs * 1000) / result.queries,
    rssBytes: after.rssBytes,
  };
}

async function usageOf(pid: number | undefined): Promise<ProcessUsage> {
  return pid === undefined ? { userMs: 0, systemMs: 0, rssBytes: 0 } : readUsage(pid);
}

interface Circumstances {
  gate: number | undefined;
  startMs: number;
  idleRssBytes: number;
  server: string;
}

async function report(medians: ReadonlyMap<string, Sample>, about: Circumstances): Promise<number> {
  const rows = [...medians].map(([name, sample]) => [
    name,
    sample.perSecond.toFixed(0),
    name === "direct" ? "-" : sample.cpuUs.toFixed(1),
    name === "direct" ? "-" : sample.userUs.toFixed(1),
    sample.p95Ms.toFixed(2),
    name === "direct" ? "-" : megabytes(sample.rssBytes),
  ]);
  sayTable(["", "queries/s", "CPU us/query", "user us/query", "p95 ms", "RSS MB"], rows);
  const ratio = (medians.get("pisanix")?.cpuUs ?? Number.NaN) / (medians.get("haproxy")?.cpuUs ?? Number.NaN);
  say(`start to accepting ${about.startMs.toFixed(0)} ms, idle RSS ${megabytes(about.idleRssBytes)} MB`);
  const file = join(REPOSITORY, "dist", "bench.json");
  const { gate, ...circumstances } = about;
  const figures = { ratio, ...circumstances, medians: Object.fromEntries(medians) };
  await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`);
  say(`pisanix / haproxy: ${ratio.toFixed(2)} in CPU per query (medians; written to ${file})`);
  if (gate === undefined || ratio <= gate) return 0;
  say(`that is above the gate of ${gate}`);
  return 1;
}

function readGate(args: readonly string[]): number | undefined {
  if (args.length === 0) return undefined;
  const gate = Number(args[1]);
  if (args[0] === "--gate" && args.length === 2 && gate > 0) return gate;
  throw new Error(`bench: unknown arguments ${args.join(" ")}; usage: bench.ts [--gate RATIO]`);
}

function medianSample(samples: readonly Sample[]): Sample {
  const of = (field: keyof Sample) => median(samples.map((sample) => sample[field]));
  return {
    perSecond: of("perSecond"),
    p95Ms: of("p95Ms"),
    cpuUs: of("cpuUs"),
    userUs: of("userUs"),
    rssBytes: of("rssBytes"),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
