/**
 * `make soak`: a controller on an API server that restarts and forgets, while objects change all the time and proxies hang on it.
 * It has to lose no change, ask no more than it must, and not grow. `LOAD_SECONDS=300` is the full length.
 */
import { systemClock } from "../../../lib/clock.ts";
import { readLoadSettings } from "../../environment.ts";
import { withScratch } from "../../scratch.ts";
import { runProgram, say } from "../../terminal.ts";
import { type FakeCluster, startCluster } from "../cluster.ts";
import { defineMesh } from "../mesh-objects.ts";
import { clientOf } from "../servers.ts";
import { type ControllerProcess, startControllerProcess } from "./controller-process.ts";
import { megabytes, percentile } from "./figures.ts";
import { changeStrategy, fillMesh, workloadKey } from "./mesh-load.ts";
import { openProxyStream, type ProxyStream } from "./streams.ts";
import { trustedAuthority } from "./trusted.ts";

const {
  seconds: SECONDS,
  workloads: WORKLOADS,
  changesPerSecond: RATE,
  streams: STREAMS,
} = readLoadSettings({
  ...{ seconds: 60, workloads: 1_667, changesPerSecond: 200, streams: 1_000 },
});
/** The API server restarts this often, each other time without its history. */
const RESTART_EVERY_SECONDS = 12;
const AWAY_MS = 1_000;
const TICK_MS = 50;

interface Soak {
  cluster: FakeCluster;
  readonly controller: ControllerProcess;
  readonly streams: readonly ProxyStream[];
  /** The last rule of each workload. */
  readonly rules: Map<number, string>;
  changes: number;
  restarts: number;
  /** Requests of each second; those of a server that restarts included. */
  readonly requests: number[];
  readonly rss: number[];
}

await runProgram(() => withScratch(run));

async function run(directory: string): Promise<number> {
  const cluster = startCluster();
  await defineMesh(clientOf(cluster));
  fillMesh(cluster, WORKLOADS);
  say(`${WORKLOADS} workloads (${WORKLOADS * 3} objects), ${RATE} changes/s for ${SECONDS} s, ${STREAMS} proxies`);
  const controller = await startControllerProcess(cluster, directory, "soak", ["--drain", "0"]);
  say(`ready after ${controller.readyMs.toFixed(0)} ms`);
  const ca = await trustedAuthority(cluster);
  const streams: ProxyStream[] = [];
  for (let index = 0; index < STREAMS; index++) {
    streams.push(openProxyStream(cluster, index, { port: controller.configPort, ca, onLine() {} }));
    if (index % 50 === 49) await Bun.sleep(20);
  }
  await waitFor("every proxy has its configuration", 60, () => streams.every(({ lines }) => lines.lines.length > 0));
  await waitFor("the first statuses are written", 120, () => isQuiet(cluster));
  const soak: Soak = {
    ...{ cluster, controller, streams, rules: new Map(), changes: 0, restarts: 0, requests: [], rss: [] },
  };
  const before = await controller.usage();
  await change(soak);
  const settledMs = await settle(soak);
  const after = await controller.usage();
  const isGood = await report(soak, before, after, settledMs);
  await controller.stop();
  await soak.cluster.stop();
  return isGood ? 0 : 1;
}

/** Changes objects at the wanted rate, and restarts the API server now and then. */
async function change(soak: Soak): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  let [lastSecond, nextRestart] = [0, RESTART_EVERY_SECONDS];
  for (;;) {
    const elapsed = (systemClock.monotonicMs() - startedMs) / 1000;
    if (elapsed >= SECONDS) return;
    while (soak.changes < elapsed * RATE) {
      const index = (soak.changes * 7) % WORKLOADS;
      const rule = `rule-${soak.changes++}`;
      soak.rules.set(index, rule);
      changeStrategy(soak.cluster, index, rule);
    }
    if (Math.floor(elapsed) > lastSecond) {
      lastSecond = Math.floor(elapsed);
      soak.requests.push(soak.cluster.requests.splice(0).length);
      if (lastSecond % 5 === 0) soak.rss.push((await soak.controller.usage()).rssBytes);
    }
    if (elapsed >= nextRestart && elapsed < SECONDS - RESTART_EVERY_SECONDS / 2) {
      nextRestart += RESTART_EVERY_SECONDS;
      await restart(soak);
    }
    await Bun.sleep(TICK_MS);
  }
}

async function restart(soak: Soak): Promise<void> {
  const { port, store, tokens } = soak.cluster;
  soak.requests.push(soak.cluster.requests.splice(0).length);
  await soak.cluster.stop();
  await Bun.sleep(AWAY_MS);
  soak.cluster = startCluster({ port, store });
  for (const [token, identity] of tokens) soak.cluster.tokens.set(token, identity);
  // Like a server whose watch cache is empty.
  if (soak.restarts++ % 2 === 0) soak.cluster.compact();
}

/** Waits until every proxy has what it should, and nothing is written any more. */
async function settle(soak: Soak): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  const isCurrent = ({ index, rule }: ProxyStream) => rule() === (soak.rules.get(index) ?? "");
  await waitFor("every proxy has its last change", 60, () => soak.streams.every(isCurrent));
  const settledMs = systemClock.monotonicMs() - startedMs;
  await waitFor("nothing is written any more", 60, () => isQuiet(soak.cluster));
  return settledMs;
}

type Usage = Awaited<ReturnType<ControllerProcess["usage"]>>;

async function report(soak: Soak, before: Usage, after: Usage, settledMs: number): Promise<boolean> {
  const { controller, requests, rss, changes, restarts, cluster } = soak;
  const versions = (await (await fetch(`${controller.adminUrl}/config`)).json()) as Record<string, string>;
  const missing = Array.from({ length: WORKLOADS }, (_, index) => workloadKey(index)).filter(({ namespace, name }) => {
    return versions[`${namespace}/${name}`] === undefined;
  });
  const metrics = await (await fetch(`${controller.adminUrl}/metrics`)).text();
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  const reopened = soak.streams.filter(({ lines }) => lines.isClosed()).length;
  cluster.requests.length = 0;
  await Bun.sleep(5_000);
  const idle = cluster.requests.filter(({ path }) => !path.includes("/leases/")).length;
  // The heap breathes, so the middles of two thirds are compared, the first third being the warming up.
  const third = Math.floor(rss.length / 3);
  const growth = percentile(rss.slice(-third), 0.5) / percentile(rss.slice(third, 2 * third), 0.5);
  say(`changes: ${changes}, API server restarts: ${restarts} (${Math.ceil(restarts / 2)} without history)`);
  say(
    `lost: 0 of ${soak.rules.size} workloads changed; the last change was everywhere ${settledMs.toFixed(0)} ms after it was made`,
  );
  say(`configurations: ${Object.keys(versions).length} of ${WORKLOADS}; streams that broke: ${reopened} of ${STREAMS}`);
  say(
    `requests/s: ${(requests.reduce((sum, each) => sum + each, 0) / SECONDS).toFixed(0)} on average, ${Math.max(...requests)} at most; idle: ${idle} in 5 s`,
  );
  say(`statuses written: ${metric("pisanix_controller_status_writes_total")}`);
  say(`memory: ${rss.map(megabytes).join(", ")}; last third to the one before: x${growth.toFixed(2)}`);
  say(
    `CPU: ${((after.cpuMs - before.cpuMs) / SECONDS / 10).toFixed(0)} % of a core; ${((after.cpuMs - before.cpuMs) / changes).toFixed(2)} ms a change`,
  );
  return missing.length === 0 && reopened === 0 && idle < 20 && !(growth > 1.2);
}

/** Whether no request but the Lease's came for a second. */
async function isQuiet(cluster: FakeCluster): Promise<boolean> {
  cluster.requests.length = 0;
  await Bun.sleep(1_000);
  return cluster.requests.every(({ path }) => path.includes("/leases/") || path.includes("tokenreviews"));
}

async function waitFor(what: string, seconds: number, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + seconds * 1000;
  while (!(await check())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`not within ${seconds} s: ${what}`);
    await Bun.sleep(20);
  }
}
