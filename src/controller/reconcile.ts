/**
 * From what the API server shows to what proxies are given and what the objects' status says. Informers feed a live mesh, which says
 * what a change is about; the keys of that go through the queue, and for each the mesh is evaluated as `render` would. Every replica
 * publishes; only the leader writes.
 */
import type { Kind } from "../api/kinds.ts";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import { type Change, type Informer, startInformer } from "../kube/informer.ts";
import { newQueue, type Queue } from "../kube/queue.ts";
import { type Evaluation, evaluate } from "../mesh/live/evaluate.ts";
import {
  affectedBySecret,
  databasesOf,
  type LiveMesh,
  newLiveMesh,
  putLiveObject,
  removeLiveObject,
} from "../mesh/live/live-mesh.ts";
import { keyOfObject } from "../mesh/live/live-object.ts";
import { type Condition, conditionsOf, PROGRAMMED_KINDS, timedConditions } from "../mesh/status.ts";
import type { Logger } from "../telemetry/log.ts";
import { type ConfigStore, configOf, hold, publish, withdraw } from "./config-store.ts";
import { MESH_KINDS, type MeshObject, resourceOf } from "./mesh-resources.ts";
import { type ProxyCounts, programmedOf, settlesInMs } from "./programmed.ts";
import { newSecretReader, type SecretAccess, type SecretReader } from "./secret-reader.ts";
import { conditionsNow, forgetStatus, newStatusWriter, type StatusWriter, writeStatus } from "./status-writer.ts";
import { tellTransitions } from "./transitions.ts";

const WORKERS = 16;
/** How long evaluating may keep the event loop when everything is evaluated. */
const SLICE_MS = 20;

export interface ReconcilerOptions {
  client: KubeClient;
  store: ConfigStore;
  recorder: EventRecorder;
  log: Logger;
  secretAccess: SecretAccess;
  isLeader(): boolean;
  /** What the proxies of `namespace/name` say about a version. */
  countProxies(name: string, version: string | null): ProxyCounts;
  /** Told of every round, and of every status that was written. */
  onReconciled(durationMs: number, error: Error | null): void;
  onStatusWritten(): void;
  /** A configuration of `namespace/name` is new. */
  onPublished(name: string): void;
}

export interface Reconciler {
  /** Resolves when every configuration that can be made has been published. */
  readonly ready: Promise<void>;
  readonly mesh: LiveMesh;
  readonly queue: Queue;
  readonly informers: ReadonlyMap<Kind, Informer<MeshObject>>;
  /** What proxies say about `namespace/name` may have changed. */
  proxiesChanged(name: string): void;
  /** Looks at every object again: we are the leader now, and who was before may have left something undone. */
  lookAtAll(): void;
  stop(): Promise<void>;
}

interface State {
  readonly options: ReconcilerOptions;
  readonly mesh: LiveMesh;
  readonly informers: Map<Kind, Informer<MeshObject>>;
  readonly secrets: SecretReader;
  readonly writer: StatusWriter;
  readonly queue: Queue;
  /** When a VirtualDatabase's configuration last became another (monotonic). */
  readonly publishedMs: Map<string, number>;
  /** When its proxies were last heard of, and when we became the leader. */
  readonly heardMs: Map<string, number>;
  tookOverMs: number;
  /** Keys are queued only once every kind has been read: before that everything refers to nothing. */
  isSynced: boolean;
}

/** Starts to watch and to publish. */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { client } = options;
  const queue = newQueue({
    ...{ clock: client.clock, random: client.random, workers: WORKERS },
    work: (key) => reconcile(state, key),
    onDone(key, durationMs, error) {
      options.onReconciled(durationMs, error);
      if (error !== null) options.log.warn("reconcile failed, and is tried again", { object: key, error });
    },
  });
  const onSecret = (namespace: string, name: string) => enqueue(state, affectedBySecret(state.mesh, namespace, name));
  const state: State = {
    options,
    mesh: newLiveMesh(),
    informers: new Map(),
    secrets: newSecretReader({
      ...{ client, access: options.secretAccess, onChange: onSecret },
      isWanted: (name) => state.mesh.users.has(`Secret ${name}`),
    }),
    writer: newStatusWriter(client),
    queue,
    ...{ publishedMs: new Map(), heardMs: new Map(), tookOverMs: Number.NEGATIVE_INFINITY },
    isSynced: false,
  };
  for (const kind of MESH_KINDS) {
    const onChange = (change: Change<MeshObject>) => takeIn(state, kind, change);
    state.informers.set(kind, startInformer({ client, resource: resourceOf(kind), onChange }));
  }
  return {
    ready: publishAll(state),
    mesh: state.mesh,
    queue,
    informers: state.informers,
    proxiesChanged(name) {
      const key = `VirtualDatabase ${name}`;
      const database = state.mesh.objects.get(key);
      if (database === undefined || !state.isSynced) return;
      state.heardMs.set(key, client.clock.monotonicMs());
      queue.add(key);
      for (const strategy of database.references.strategies) {
        queue.add(keyOfObject("TrafficStrategy", database.namespace, strategy));
      }
    },
    lookAtAll() {
      state.tookOverMs = client.clock.monotonicMs();
      if (state.isSynced) for (const key of state.mesh.objects.keys()) queue.add(key);
    },
    async stop() {
      await Promise.all([...state.informers.values()].map((informer) => informer.stop()));
      await state.secrets.stop();
      await queue.stop();
    },
  };
}

function takeIn(state: State, kind: Kind, { now, before }: Change<MeshObject>): void {
  const { namespace = "", name } = (now ?? before ?? { metadata: { name: "" } }).metadata;
  // Our own writes of status come back, too, and are about nothing.
  const isStatusOnly = now !== null && before !== null && isSameManifest(now, before);
  if (isStatusOnly) return enqueue(state, [keyOfObject(kind, namespace, name)]);
  const affected =
    now === null
      ? removeLiveObject(state.mesh, kind, namespace, name)
      : putLiveObject(state.mesh, kind, namespace, name, manifestOf(now));
  enqueue(state, affected);
}

function enqueue(state: State, keys: Iterable<string>): void {
  if (state.isSynced) for (const key of keys) state.queue.add(key);
}

function isSameManifest(a: MeshObject, b: MeshObject): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    a.metadata.generation === b.metadata.generation &&
    Bun.deepEquals(a.metadata.labels, b.metadata.labels) &&
    Bun.deepEquals(a.metadata.annotations, b.metadata.annotations) &&
    Bun.deepEquals(a.spec, b.spec)
  );
}

/** Without status, of which a manifest has none. */
function manifestOf({ status: _, ...manifest }: MeshObject): object {
  return manifest;
}

/** The first time everything is published before anything is written, so that proxies do not wait for statuses. */
async function publishAll(state: State): Promise<void> {
  const { client, store, log } = state.options;
  await Promise.all([...state.informers.values()].map((informer) => informer.synced));
  let sliceMs = client.clock.monotonicMs();
  for (const key of [...state.mesh.objects.keys()]) {
    if (!key.startsWith("VirtualDatabase ")) continue;
    const evaluation = evaluate(state.mesh, key, state.secrets.stateOf);
    if (evaluation !== null) publishDatabase(state, key, evaluation);
    if (client.clock.monotonicMs() - sliceMs <= SLICE_MS) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceMs = client.clock.monotonicMs();
  }
  store.isComplete = true;
  state.isSynced = true;
  for (const key of state.mesh.objects.keys()) state.queue.add(key);
  log.info("the cluster has been read", { objects: state.mesh.objects.size, configs: store.configs.size });
}

async function reconcile(state: State, key: string): Promise<number | null> {
  const { options, mesh, informers } = state;
  // Only a VirtualDatabase has something to publish; of all others there is only the status.
  if (!key.startsWith("VirtualDatabase ") && !options.isLeader()) return null;
  const evaluation = evaluate(mesh, key, state.secrets.stateOf);
  if (evaluation === null) {
    if (key.startsWith("VirtualDatabase ")) withdraw(options.store, nameOf(key));
    state.publishedMs.delete(key);
    state.heardMs.delete(key);
    forgetStatus(state.writer, key);
    return null;
  }
  const { kind } = evaluation.object;
  if (kind === "VirtualDatabase") publishDatabase(state, key, evaluation);
  const object = informers.get(kind)?.objects.get(nameOf(key));
  if (object === undefined || !options.isLeader()) return null;
  return writeFindings(state, key, evaluation, object);
}

function publishDatabase(state: State, key: string, { config, usesSecrets }: Evaluation): void {
  const { store, onPublished, client } = state.options;
  const name = nameOf(key);
  if (config === null) return hold(store, name);
  const before = configOf(store, name)?.version;
  if (publish(store, name, config, usesSecrets) === before) return;
  state.publishedMs.set(key, client.clock.monotonicMs());
  onPublished(name);
}

/** Returns after how long to come again: proxies are given a moment to take a new configuration up. */
async function writeFindings(
  state: State,
  key: string,
  evaluation: Evaluation,
  object: MeshObject,
): Promise<number | null> {
  const { options, writer } = state;
  const { kind } = evaluation.object;
  const generation = object.metadata.generation ?? 0;
  const before = conditionsNow(writer, key, object);
  const counts = countsNow(state, key, evaluation);
  const programmed = counts === null ? { kind: "pending" as const } : programmedOf(counts);
  const settleMs = programmed.kind === "programmed" ? 0 : settlesIn(state, key, before, generation, counts ?? []);
  const findings = conditionsOf(evaluation, generation, settleMs > 0 ? { kind: "programmed" } : programmed);
  const now = new Date(options.client.clock.wallMs()).toISOString().replace(/\.\d+Z$/, "Z");
  const conditions = timedConditions(findings, before, now);
  const endpoints = kind === "VirtualDatabase" ? { endpoints: [...evaluation.endpoints] } : {};
  const status = { observedGeneration: generation, conditions, ...endpoints };
  if (await writeStatus(writer, key, resourceOf(kind), object, status)) {
    options.onStatusWritten();
    tellTransitions(options.recorder, kind, object, before, conditions);
  }
  return settleMs > 0 ? settleMs : null;
}

/** What proxies say of the configurations that the object is in; null when there is none of it now. */
function countsNow({ options, mesh }: State, key: string, { object, config }: Evaluation): ProxyCounts[] | null {
  const { store, countProxies } = options;
  const countsOf = (name: string) => countProxies(name, configOf(store, name)?.version ?? null);
  if (!PROGRAMMED_KINDS.includes(object.kind)) return [];
  if (object.kind === "VirtualDatabase") return config === null ? null : [countsOf(nameOf(key))];
  return databasesOf(mesh, key).map(({ namespace, name }) => countsOf(`${namespace}/${name}`));
}

/** How much longer the condition may stay true though proxies do not say so; 0 when status should say so now. */
function settlesIn(
  state: State,
  key: string,
  before: readonly Condition[],
  generation: number,
  counts: readonly ProxyCounts[],
): number {
  const programmed = before.find(({ type }) => type === "Programmed");
  const isTold = programmed?.status !== "True" || programmed.observedGeneration !== generation;
  if (isTold || counts.length === 0) return 0;
  const databases = key.startsWith("VirtualDatabase ") ? [key] : databasesOf(state.mesh, key).map((each) => each.key);
  const latest = (times: Map<string, number>) =>
    Math.max(...databases.map((each) => times.get(each) ?? Number.NEGATIVE_INFINITY));
  const [publishedMs, heardMs] = [latest(state.publishedMs), latest(state.heardMs)];
  const nowMs = state.options.client.clock.monotonicMs();
  return settlesInMs(counts, { nowMs, publishedMs, heardMs, tookOverMs: state.tookOverMs });
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}
