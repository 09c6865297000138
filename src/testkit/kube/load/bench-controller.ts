/** `make bench-controller`: how soon a controller is ready, what it needs, and how fast a change is with a thousand proxies. */
import { systemClock } from "../../../lib/clock.ts";
import { withScratch } from "../../scratch.ts";
import { runProgram, say } from "../../terminal.ts";
import { type FakeCluster, startCluster } from "../cluster.ts";
import { defineMesh } from "../mesh-objects.ts";
import { clientOf } from "../servers.ts";
import { startControllerProcess } from "./controller-process.ts";
import { megabytes, percentile } from "./figures.ts";
import { changeStrategy, fillMesh } from "./mesh-load.ts";
import { openProxyStream, type ProxyStream } from "./streams.ts";
import { trustedAuthority } from "./trusted.ts";

const STARTS = 5;
const STREAMS = 1_000;
const CHANGES = 20;
/** What a controller must hold to, with 100 VirtualDatabases. */
const READY_MS_MAX = 500;
const RSS_BYTES_MAX = 90 * 1024 * 1024;

await runProgram(() =>
  withScratch(async (directory) => {
    const small = await starts(directory, 100, STARTS);
    say(
      `100 VirtualDatabases: ready in ${small.readyMs.toFixed(0)} ms (median of ${STARTS}), ${megabytes(small.rssBytes)}`,
    );
    const large = await starts(directory, 5_000, 1);
    say(`5,000 workloads (15,000 objects): ready in ${large.readyMs.toFixed(0)} ms, ${megabytes(large.rssBytes)}`);
    await fanOut(directory);
    return small.readyMs <= READY_MS_MAX && small.rssBytes <= RSS_BYTES_MAX ? 0 : 1;
  }),
);

async function aMesh(workloads: number): Promise<FakeCluster> {
  const cluster = startCluster();
  await defineMesh(clientOf(cluster));
  fillMesh(cluster, workloads);
  return cluster;
}

/** Starts on a cluster where all statuses are written, as after any first start. */
async function starts(directory: string, workloads: number, count: number) {
  const cluster = await aMesh(workloads);
  const first = await startControllerProcess(cluster, directory, "first", ["--drain", "0"]);
  await untilQuiet(cluster);
  await first.stop();
  const readyMs: number[] = [];
  const rss: number[] = [];
  for (let index = 0; index < count; index++) {
    const controller = await startControllerProcess(cluster, directory, "controller", ["--drain", "0"]);
    readyMs.push(controller.readyMs);
    await untilQuiet(cluster);
    rss.push((await controller.usage()).rssBytes);
    await controller.stop();
  }
  await cluster.stop();
  return { readyMs: percentile(readyMs, 0.5), rssBytes: percentile(rss, 0.5) };
}

/** A change of one strategy, until each of a thousand proxies of one VirtualDatabase has it. */
async function fanOut(directory: string): Promise<void> {
  const cluster = await aMesh(100);
  const controller = await startControllerProcess(cluster, directory, "controller", ["--drain", "0"]);
  const ca = await trustedAuthority(cluster);
  const streams: ProxyStream[] = [];
  for (let index = 0; index < STREAMS; index++) {
    streams.push(openProxyStream(cluster, 0, { port: controller.configPort, ca, onLine() {} }));
    if (index % 50 === 49) await Bun.sleep(20);
  }
  while (!streams.every(({ lines }) => lines.lines.length > 0)) await Bun.sleep(20);
  const [first, all]: [number[], number[]] = [[], []];
  for (let change = 0; change < CHANGES; change++) {
    const rule = `rule-${change}`;
    const startedMs = systemClock.monotonicMs();
    changeStrategy(cluster, 0, rule);
    const has = (stream: ProxyStream) => stream.rule() === rule;
    while (!streams.some(has)) await new Promise<void>((resolve) => setImmediate(resolve));
    first.push(systemClock.monotonicMs() - startedMs);
    while (!streams.every(has)) await new Promise<void>((resolve) => setImmediate(resolve));
    all.push(systemClock.monotonicMs() - startedMs);
    await Bun.sleep(100);
  }
  const { rssBytes } = await controller.usage();
  const ms = (list: readonly number[], share: number) => `${percentile(list, share).toFixed(0)} ms`;
  say(
    `a change with ${STREAMS} proxies on TLS: the first has it after ${ms(first, 0.5)}, all after ${ms(all, 0.5)} (worst ${ms(all, 1)}); ${megabytes(rssBytes)}`,
  );
  for (const { lines } of streams) lines.close();
  await controller.stop();
  await cluster.stop();
}

async function untilQuiet(cluster: FakeCluster): Promise<void> {
  for (;;) {
    cluster.requests.length = 0;
    await Bun.sleep(1_500);
    if (cluster.requests.every(({ path }) => path.includes("/leases/"))) return;
  }
}
