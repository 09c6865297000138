/**
 * `make admission-load`: pods are created without pause while certificates are renewed, the authority is replaced, and replicas of the
 * controller restart. The webhook's failurePolicy is Fail, so that every call that goes wrong is a pod that is not made: there must
 * be none.
 */
import { readCertificateSecret, renewLeaf, secretDataOf } from "../../../controller/certificate-secret.ts";
import type { KubeClient } from "../../../kube/client.ts";
import { createObject, getObject, replaceObject } from "../../../kube/crud.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { type Resource, SECRETS } from "../../../kube/resource.ts";
import { systemClock } from "../../../lib/clock.ts";
import { readLoadSettings } from "../../environment.ts";
import { withScratch } from "../../scratch.ts";
import { runProgram, say } from "../../terminal.ts";
import { type FakeCluster, startCluster } from "../cluster.ts";
import { HOME, installWebhooks } from "../controller-rig.ts";
import { defineMesh } from "../mesh-objects.ts";
import { clientOf } from "../servers.ts";
import { type ControllerProcess, startControllerProcess } from "./controller-process.ts";
import { percentile } from "./figures.ts";
import { fillMesh } from "./mesh-load.ts";
import { prepareSoon } from "./new-authority.ts";

const { seconds: SECONDS } = readLoadSettings({ seconds: 60, workloads: 100, changesPerSecond: 0, streams: 0 });
const CLIENTS = 16;
const RENEW_EVERY_SECONDS = 4;
const RESTART_EVERY_SECONDS = 12;
/** Longer than the kubelet and the Service need here to see that a replica is no longer ready. */
const DRAIN_SECONDS = 2;
const PROBE_MS = 100;

const PODS: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };
const SECRET = { namespace: HOME, name: "pisanix-webhook-tls" };
const HOSTS = [
  `pisanix-controller.${HOME}.svc`,
  `pisanix-controller.${HOME}.svc.cluster.local`,
  `pisanix-controller.${HOME}`,
  "pisanix-controller",
];

interface Load {
  readonly cluster: FakeCluster;
  readonly client: KubeClient;
  readonly directory: string;
  /** Replicas that run, and those of them that were ready when last probed. */
  readonly replicas: ControllerProcess[];
  ready: ControllerProcess[];
  isOver: boolean;
  created: number;
  readonly failures: string[];
  renewals: number;
  restarts: number;
}

await runProgram(() => withScratch(run));

async function run(directory: string): Promise<number> {
  const cluster = startCluster();
  const client = clientOf(cluster);
  await defineMesh(client);
  fillMesh(cluster, 100);
  await installWebhooks(client);
  const load: Load = {
    ...{ cluster, client, directory, replicas: [], ready: [], isOver: false },
    ...{ created: 0, failures: [], renewals: 0, restarts: 0 },
  };
  for (const name of ["replica-0", "replica-1"]) load.replicas.push(await startReplica(load, name));
  let turn = 0;
  cluster.services.set(`${HOME}/pisanix-controller`, () => {
    const chosen = load.ready[turn++ % load.ready.length];
    if (chosen === undefined) throw new Error("no replica is ready");
    return `127.0.0.1:${chosen.webhookPort}`;
  });
  const probing = probe(load);
  while (!(await isTrusted(load))) await Bun.sleep(20);
  cluster.calls.length = 0;
  say(
    `${CLIENTS} clients create pods for ${SECONDS} s; a leaf is renewed every ${RENEW_EVERY_SECONDS} s, a replica restarts every ${RESTART_EVERY_SECONDS} s, the authority is replaced once`,
  );
  const clients = Array.from({ length: CLIENTS }, (_, index) => createPods(load, index));
  await Promise.all([disturb(load), ...clients]);
  await probing;
  const isGood = report(load);
  await Promise.all(load.replicas.map((replica) => replica.stop()));
  await cluster.stop();
  return isGood ? 0 : 1;
}

function startReplica({ cluster, directory }: Load, name: string): Promise<ControllerProcess> {
  return startControllerProcess(cluster, directory, name, ["--drain", `${DRAIN_SECONDS}`]);
}

/** What kubelet and EndpointSlices do: who is not ready is sent nothing. */
async function probe(load: Load): Promise<void> {
  while (!load.isOver) {
    const ready = await Promise.all(load.replicas.map(async (replica) => ((await replica.isReady()) ? [replica] : [])));
    load.ready = ready.flat();
    await Bun.sleep(PROBE_MS);
  }
}

async function createPods(load: Load, client: number): Promise<void> {
  for (let index = 0; !load.isOver; index++) {
    try {
      await createObject(load.client, PODS, aPod(`pod-${client}-${index}`));
      load.created++;
    } catch (error) {
      load.failures.push(error instanceof Error ? error.message : String(error));
    }
  }
}

function aPod(name: string): KubeObject {
  const metadata = {
    namespace: "team-0",
    name,
    labels: { "pisanix.io/inject": "enabled" },
    annotations: { "pisanix.io/virtual-database": "app-0" },
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "app", image: "app" }] },
  } as KubeObject;
}

/** Until the leader has made the webhooks trust it, nothing can be created. */
async function isTrusted(load: Load): Promise<boolean> {
  return await createObject(load.client, PODS, aPod(`first-${crypto.randomUUID()}`)).then(
    () => true,
    () => false,
  );
}

async function disturb(load: Load): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const isDue = (seconds: number) => systemClock.monotonicMs() - startedMs >= seconds * 1000;
  let [nextRenewal, nextRestart, isReplaced] = [RENEW_EVERY_SECONDS, RESTART_EVERY_SECONDS, false];
  while (!isDue(SECONDS)) {
    if (isDue(nextRestart)) {
      nextRestart += RESTART_EVERY_SECONDS;
      await restart(load);
    }
    if (isDue(nextRenewal)) {
      nextRenewal += RENEW_EVERY_SECONDS;
      // In the middle of the run a whole authority, which the leader then has trusted before it is served.
      if (!isReplaced && isDue(SECONDS / 3)) isReplaced = await change(load, "authority");
      else await change(load, "leaf");
    }
    await Bun.sleep(50);
  }
  load.isOver = true;
}

/** Does what time would do: the Secret gets a new leaf, or a new authority beside the old one. */
async function change(load: Load, what: "leaf" | "authority"): Promise<boolean> {
  const secret = await getObject(load.client, SECRETS, SECRET);
  const read = readCertificateSecret(secret);
  if (read.kind !== "read") throw new Error(read.reason);
  const nowMs = systemClock.wallMs();
  const next = await (what === "leaf" ? renewLeaf : prepareSoon)(read.stored, { hosts: HOSTS }, nowMs);
  try {
    await replaceObject(load.client, SECRETS, { ...secret, data: secretDataOf(next) });
    load.renewals++;
    return true;
  } catch {
    // The leader changed it at the same time; there is always a next time.
    return false;
  }
}

/** As a rolling update does it: a new replica first, then an old one goes. */
async function restart(load: Load): Promise<void> {
  const old = load.replicas[0];
  if (old === undefined) return;
  load.replicas.push(await startReplica(load, `replica-${load.restarts + 2}`));
  load.restarts++;
  const exitCode = await old.stop();
  load.replicas.splice(load.replicas.indexOf(old), 1);
  if (exitCode !== 0) load.failures.push(`${old.name} ended with exit code ${exitCode}`);
}

function report({ cluster, created, failures, renewals, restarts }: Load): boolean {
  const durations = cluster.calls.map(({ durationMs }) => durationMs);
  const failed = cluster.calls.filter(({ failure }) => failure !== null);
  say(`pods created: ${created}; certificates replaced: ${renewals}; replicas restarted: ${restarts}`);
  say(`admissions: ${cluster.calls.length}, failed: ${failed.length}; pods refused: ${failures.length}`);
  say(
    `latency of an admission: p50 ${percentile(durations, 0.5).toFixed(1)} ms, p99 ${percentile(durations, 0.99).toFixed(1)} ms, worst ${Math.max(...durations).toFixed(0)} ms`,
  );
  for (const message of new Set([...failures, ...failed.map(({ failure }) => failure)].slice(0, 5)))
    say(`  ${message}`);
  return failed.length === 0 && failures.length === 0 && restarts > 0 && renewals > 0;
}
