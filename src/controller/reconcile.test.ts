import { afterEach, expect, test } from "bun:test";
import type { Kind } from "../api/kinds.ts";
import { createObject, deleteObject, getObject, mergeObject } from "../kube/crud.ts";
import { newRecorder } from "../kube/events.ts";
import { listObjects } from "../kube/list.ts";
import { EVENTS, SECRETS } from "../kube/resource.ts";
import { systemClock } from "../lib/clock.ts";
import type { Kind as FakeKind } from "../testkit/kube/kinds.ts";
import { aTrio, conditionsAt, createMesh, defineMesh, meshObject } from "../testkit/kube/mesh-objects.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { objectsOf } from "../testkit/kube/store.ts";
import { recordingLogger } from "../testkit/log.ts";
import { configOf, newConfigStore } from "./config-store.ts";
import { MESH_KINDS, type MeshObject, resourceOf } from "./mesh-resources.ts";
import { acknowledge, connected, countProxies, newProxyRegistry } from "./proxy-registry.ts";
import { type ReconcilerOptions, startReconciler } from "./reconcile.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const NS = "default";
const kindOf = (kind: Kind): FakeKind => ({ ...resourceOf(kind), hasStatus: true, schema: null });

async function aController(
  setUp: ReturnType<typeof aTrio> = aTrio(NS, "shop"),
  options: Partial<ReconcilerOptions> = {},
) {
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, systemClock);
  await defineMesh(client);
  await createMesh(client, setUp);
  const log = recordingLogger();
  const store = newConfigStore();
  const recorder = newRecorder({ client, controller: "pisanix.io/controller", instance: "test" });
  const leader = { is: true };
  const rounds = { done: 0, failed: 0, written: 0, published: 0 };
  const registry = newProxyRegistry((name) => reconciler.proxiesChanged(name));
  cluster.requests.length = 0;
  const reconciler = startReconciler({
    ...{ client, store, recorder, log, secretAccess: "get" },
    isLeader: () => leader.is,
    countProxies: (name, version) => countProxies(registry, name, version),
    onReconciled(_, error) {
      rounds.done++;
      if (error !== null) rounds.failed++;
    },
    onStatusWritten: () => rounds.written++,
    onPublished: () => rounds.published++,
    ...options,
  });
  rig.onTearDown(recorder.stop);
  rig.onTearDown(reconciler.stop);
  await reconciler.ready;
  /** Asks until it is so: what is waited for comes through watches. */
  const until = async (check: () => Promise<boolean> | boolean) => {
    while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const conditions = (kind: Kind, name = "shop") => conditionsAt(client, kind, NS, name);
  const become = (kind: Kind, ...wanted: string[]) =>
    until(async () => wanted.every((each) => each) && wanted.join() === (await conditions(kind)).join());
  const config = (name = "shop") => JSON.parse(configOf(store, `${NS}/${name}`)?.body ?? "null");
  const events = async () => (await listObjects(client, EVENTS, { namespace: NS })).objects;
  /** Every object is known as the server has it, and looked at. */
  const settled = () => {
    return until(async () => {
      await reconciler.queue.idle();
      return MESH_KINDS.every((kind) => {
        const seen = reconciler.informers.get(kind)?.objects ?? new Map<string, MeshObject>();
        const versions = (objects: Iterable<{ metadata: { resourceVersion?: string } }>) =>
          [...objects]
            .map(({ metadata }) => metadata.resourceVersion)
            .sort()
            .join();
        const there = [...objectsOf(cluster.store, kindOf(kind)).values()];
        return seen.size === there.length && versions(seen.values()) === versions(there);
      });
    });
  };
  return {
    cluster,
    client,
    log,
    store,
    registry,
    leader,
    rounds,
    reconciler,
    until,
    conditions,
    become,
    config,
    events,
    settled,
  };
}

const change = (client: Parameters<typeof mergeObject>[0], kind: Kind, name: string, spec: object) =>
  mergeObject(client, resourceOf(kind), { namespace: NS, name }, { spec });

test("startReconciler() publishes what render gives, and says in each object's status that all is well", async () => {
  const { become, config, client, events, settled } = await aController();
  expect(config()).toMatchObject({
    mysql: { node: [{ name: "shop", host: "shop.db", password: "hunter2" }] },
    proxy: { config: [{ name: "shop", simple_loadbalance: { nodes: ["shop"] } }] },
  });
  const warning = "Warnings=True PlaintextPassword";
  await become(
    "VirtualDatabase",
    "Accepted=True Accepted",
    "Programmed=False NoProxies",
    "ResolvedRefs=True ResolvedRefs",
    warning,
  );
  await become(
    "TrafficStrategy",
    "Accepted=True Accepted",
    "Programmed=False NoProxies",
    "ResolvedRefs=True ResolvedRefs",
  );
  await become("DatabaseEndpoint", "Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs", warning);
  const database = await getObject(client, resourceOf("VirtualDatabase"), { namespace: NS, name: "shop" });
  expect(database.status).toMatchObject({ observedGeneration: 1, endpoints: ["shop"] });
  expect(new Set(database.status?.conditions?.map(({ observedGeneration }) => observedGeneration))).toEqual(
    new Set([1]),
  );
  await settled();
  expect((await events()).map(({ reason, regarding }) => `${reason} ${regarding.kind}`).sort()).toEqual([
    "PlaintextPassword DatabaseEndpoint",
    "PlaintextPassword VirtualDatabase",
  ]);
});

test("nothing is written when nothing has changed, not even by the next controller", async () => {
  const { cluster, client, rounds, reconciler, settled, store } = await aController();
  await settled();
  expect(rounds.written).toBe(3);
  cluster.requests.length = 0;
  reconciler.lookAtAll();
  await reconciler.queue.idle();
  const next = startReconciler({
    ...{ client, store: newConfigStore(), recorder: { tell() {}, stop: async () => {} }, log: recordingLogger() },
    ...{ secretAccess: "get", isLeader: () => true, onReconciled() {}, onPublished() {} },
    countProxies: () => ({ connected: 0, current: 0, pending: 0, silent: 0, rejected: 0, error: "" }),
    onStatusWritten: () => rounds.written++,
  });
  rig.onTearDown(next.stop);
  await next.ready;
  await next.queue.idle();
  expect(rounds.written).toBe(3);
  expect(cluster.requests.filter(({ method }) => method === "PATCH")).toEqual([]);
  expect(store.configs.size).toBe(1);
});

test("a change reaches the configuration, and touches only the VirtualDatabases that use it", async () => {
  const { client, rounds, until, config, settled, reconciler } = await aController([
    ...aTrio(NS, "shop"),
    ...aTrio(NS, "other"),
  ]);
  await settled();
  const [published, done] = [rounds.published, rounds.done];
  await change(client, "TrafficStrategy", "shop", { circuitBreaks: [{ regex: ["^delete"] }] });
  await until(() => config().proxy.config[0].plugin !== undefined);
  await settled();
  expect(config("other").proxy.config[0].plugin).toBeUndefined();
  expect(rounds.published).toBe(published + 1);
  // The strategy and its database, and the echo of each status that was written.
  expect(rounds.done - done).toBeLessThanOrEqual(4);
  expect(reconciler.queue.retrying()).toBe(0);
});

test("what is wrong is said, proxies keep what they have, and an event tells people", async () => {
  const { client, until, become, config, events, conditions, rounds, settled } = await aController();
  await settled();
  const published = rounds.published;
  await change(client, "VirtualDatabase", "shop", {
    services: [{ name: "shop", databaseMySQL: {}, trafficStrategy: "shopp" }],
  });
  await until(async () => (await conditions("VirtualDatabase")).includes("ResolvedRefs=False RefNotFound"));
  const object = await getObject(client, resourceOf("VirtualDatabase"), { namespace: NS, name: "shop" });
  expect(object.status?.observedGeneration).toBe(2);
  const resolved = object.status?.conditions?.find(({ type }) => type === "ResolvedRefs");
  expect(resolved?.message).toBe(
    'spec.services[0].trafficStrategy: namespace default has no TrafficStrategy "shopp"; did you mean "shop"?',
  );
  expect(config().proxy.config[0].simple_loadbalance.nodes).toEqual(["shop"]);
  expect(rounds.published).toBe(published);
  await until(async () => (await events()).some(({ reason, type }) => reason === "RefNotFound" && type === "Warning"));
  await createMesh(client, [
    meshObject("TrafficStrategy", NS, "shopp", { selector: { matchLabels: { app: "shop" } } }),
  ]);
  await become(
    "VirtualDatabase",
    "Accepted=True Accepted",
    "Programmed=False NoProxies",
    "ResolvedRefs=True ResolvedRefs",
  );
  await until(async () => (await events()).some(({ reason, type }) => reason === "ResolvedRefs" && type === "Normal"));
});

test("a VirtualDatabase that goes takes its configuration along; one that was never valid has none, but is not gone", async () => {
  const { client, store, until } = await aController([
    meshObject("VirtualDatabase", NS, "shop", {
      services: [{ name: "s", databaseMySQL: {}, trafficStrategy: "nothing" }],
    }),
  ]);
  expect([configOf(store, "default/shop"), store.held.has("default/shop"), store.isComplete]).toEqual([
    null,
    true,
    true,
  ]);
  await createMesh(client, aTrio(NS, "shop").slice(1));
  await change(client, "VirtualDatabase", "shop", {
    services: [{ name: "s", databaseMySQL: {}, trafficStrategy: "shop" }],
  });
  await until(() => configOf(store, "default/shop") !== null);
  await deleteObject(client, resourceOf("VirtualDatabase"), { namespace: NS, name: "shop" });
  await until(() => configOf(store, "default/shop") === null);
  expect(store.held.size).toBe(0);
});

test("Programmed follows what proxies say", async () => {
  const { store, registry, become, client, until } = await aController();
  const version = () => configOf(store, "default/shop")?.version ?? "";
  const say = (status: "applied" | "rejected", error = "") => {
    const ack = { version: version(), status, error };
    acknowledge(registry, "default/shop", "pod-1", ack, systemClock.monotonicMs());
  };
  const programmed = (reason: string) => {
    return become(
      "TrafficStrategy",
      "Accepted=True Accepted",
      `Programmed=${reason}`,
      "ResolvedRefs=True ResolvedRefs",
    );
  };
  await programmed("False NoProxies");
  const close = connected(registry, "default/shop", "pod-1", systemClock.monotonicMs);
  await programmed("False Pending");
  say("applied");
  await programmed("True Programmed");
  const before = version();
  await change(client, "TrafficStrategy", "shop", { circuitBreaks: [{ regex: ["^drop"] }] });
  await until(() => version() !== before);
  say("rejected", "port 3306 is taken");
  await programmed("False ProxyRejected");
  const { status } = await getObject(client, resourceOf("VirtualDatabase"), { namespace: NS, name: "shop" });
  expect(status?.conditions?.find(({ type }) => type === "Programmed")?.message).toContain("port 3306 is taken");
  say("applied");
  await programmed("True Programmed");
  close();
});

test("proxies have a moment to take a change up before status says that they have not", async () => {
  const { store, registry, become, client, until, rounds, settled, conditions } = await aController();
  connected(registry, "default/shop", "pod-1", systemClock.monotonicMs);
  const version = () => configOf(store, "default/shop")?.version ?? "";
  const apply = () => {
    const ack = { version: version(), status: "applied", error: "" } as const;
    acknowledge(registry, "default/shop", "pod-1", ack, systemClock.monotonicMs());
  };
  apply();
  const sound = ["Accepted=True Accepted", "Programmed=True Programmed", "ResolvedRefs=True ResolvedRefs"];
  await become("VirtualDatabase", ...sound, "Warnings=True PlaintextPassword");
  await settled();
  const written = rounds.written;
  const before = version();
  await mergeObject(
    client,
    resourceOf("DatabaseEndpoint"),
    { namespace: NS, name: "shop" },
    {
      metadata: { annotations: { "database-mesh.io/weight": "7" } },
    },
  );
  await until(() => version() !== before);
  apply();
  await settled();
  expect(rounds.written).toBe(written);
  expect(await conditions("VirtualDatabase")).toContain("Programmed=True Programmed");
});

test("a new leader, which knows no proxy yet, does not say that there are none, and neither does one that has just connected", async () => {
  const { store, client, become, settled, conditions, rounds, registry, leader } = await aController();
  connected(registry, "default/shop", "pod-1", systemClock.monotonicMs);
  const version = configOf(store, "default/shop")?.version ?? "";
  const ack = { version, status: "applied", error: "" } as const;
  acknowledge(registry, "default/shop", "pod-1", ack, systemClock.monotonicMs());
  const sound = ["Accepted=True Accepted", "Programmed=True Programmed", "ResolvedRefs=True ResolvedRefs"];
  await become("VirtualDatabase", ...sound, "Warnings=True PlaintextPassword");
  await become("TrafficStrategy", ...sound);
  await settled();
  leader.is = false;
  const own = newProxyRegistry((name) => next.proxiesChanged(name));
  let written = 0;
  const next = startReconciler({
    ...{ client, store: newConfigStore(), recorder: { tell() {}, stop: async () => {} }, log: recordingLogger() },
    ...{ secretAccess: "get", isLeader: () => true, onReconciled() {}, onPublished() {} },
    countProxies: (name, wanted) => countProxies(own, name, wanted),
    onStatusWritten: () => written++,
  });
  rig.onTearDown(next.stop);
  next.lookAtAll();
  await next.ready;
  await next.queue.idle();
  connected(own, "default/shop", "pod-1", systemClock.monotonicMs);
  await next.queue.idle();
  acknowledge(own, "default/shop", "pod-1", ack, systemClock.monotonicMs());
  await next.queue.idle();
  expect([written, await conditions("VirtualDatabase")]).toEqual([0, [...sound, "Warnings=True PlaintextPassword"]]);
  // One that rejects it is told of at once.
  acknowledge(own, "default/shop", "pod-1", { ...ack, status: "rejected", error: "no" }, systemClock.monotonicMs());
  await next.queue.idle();
  expect(await conditions("VirtualDatabase")).toContain("Programmed=False ProxyRejected");
  expect(rounds.failed).toBe(0);
});

test("a Secret that is missing, comes, changes and goes reaches configuration and status", async () => {
  const login = { passwordSecretRef: { name: "login" } };
  const { client, until, become, config, conditions, store } = await aController(aTrio(NS, "shop", login), {
    secretAccess: "watch",
  });
  const metadata = { namespace: NS, name: "login" };
  await become("DatabaseEndpoint", "Accepted=True Accepted", "ResolvedRefs=False RefNotFound");
  expect(config()).toBeNull();
  await createObject(client, SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data: { password: btoa("one") } });
  await until(() => config()?.mysql.node[0].password === "one");
  expect(configOf(store, "default/shop")?.usesSecrets).toBe(true);
  await become("DatabaseEndpoint", "Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs");
  await mergeObject(client, SECRETS, metadata, { data: { password: btoa("two") } });
  await until(() => config().mysql.node[0].password === "two" && config().proxy.config[0].password === "two");
  await mergeObject(client, SECRETS, metadata, { data: { password: null, pass: btoa("x") } });
  await until(async () => (await conditions("VirtualDatabase")).includes("ResolvedRefs=False InvalidSecret"));
  await deleteObject(client, SECRETS, metadata);
  await until(async () => (await conditions("VirtualDatabase")).includes("ResolvedRefs=False RefNotFound"));
  expect(config().mysql.node[0].password).toBe("two");
});

test("only the leader writes, and a new one writes what the old one left undone", async () => {
  const { leader, rounds, reconciler, client, until, settled, config, conditions } = await aController(
    aTrio(NS, "shop"),
    {},
  );
  await settled();
  leader.is = false;
  const written = rounds.written;
  await change(client, "VirtualDatabase", "shop", {
    services: [{ name: "renamed", databaseMySQL: {}, trafficStrategy: "shop" }],
  });
  await until(() => config().proxy.config[0].name === "renamed");
  await settled();
  expect(rounds.written).toBe(written);
  leader.is = true;
  reconciler.lookAtAll();
  await until(() => rounds.written === written + 1);
  expect(await conditions("VirtualDatabase")).not.toContain("Warnings=True PlaintextPassword");
});

test("a status that the API server refuses is tried again, later each time, and does not stop others", async () => {
  const { cluster, client, until, conditions, log } = await aController();
  cluster.faults.push({
    times: 3,
    method: "PATCH",
    path: /trafficstrategies/,
    effect: { kind: "status", status: 500 },
  });
  await createMesh(client, aTrio(NS, "other"));
  await until(async () => (await conditionsAt(client, "TrafficStrategy", NS, "other")).length === 3);
  expect(cluster.faults).toEqual([]);
  expect(log.lines.filter(({ level }) => level === "WARN").length).toBe(3);
  expect(await conditions("TrafficStrategy")).toContain("Accepted=True Accepted");
});

test("an older definition that drops conditions is not written to for ever", async () => {
  const { cluster, client, settled, reconciler, rounds } = await aController([]);
  for (const kind of cluster.kinds.values()) {
    const status = kind.schema?.properties?.["status"];
    if (status?.properties !== undefined) delete status.properties["conditions"];
  }
  await createMesh(client, aTrio(NS, "shop"));
  await settled();
  const written = rounds.written;
  for (let round = 0; round < 5; round++) {
    reconciler.lookAtAll();
    await settled();
  }
  expect(rounds.written).toBe(written);
});
