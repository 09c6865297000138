import { afterEach, expect, test } from "bun:test";
import { eventually } from "../testkit/eventually.ts";
import type { ClusterOptions } from "../testkit/kube/cluster.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { aWidget, defineWidgets, WIDGETS, type Widget } from "../testkit/kube/widget.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { createObject, deleteObject, mergeObject } from "./crud.ts";
import { startInformer } from "./informer.ts";
import type { Observation } from "./observe.ts";
import { SECRETS } from "./resource.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

/** A server with widgets a and b, an informer of them, and what the informer told so far as `+a`, `~a`, `-a`. */
async function aRig(options: ClusterOptions = {}) {
  const clock = virtualClock();
  const cluster = rig.cluster(options);
  const observations: Observation[] = [];
  const client = rig.client(cluster.url, clock, observations);
  await defineWidgets(client);
  const make = (name: string) => createObject(client, WIDGETS, aWidget("default", name));
  const resize = (name: string, size: number) =>
    mergeObject(client, WIDGETS, { namespace: "default", name }, { spec: { size } });
  for (const name of ["a", "b"]) await make(name);
  const told: string[] = [];
  cluster.requests.length = 0;
  const informer = startInformer<Widget>({
    ...{ client, resource: WIDGETS },
    onChange({ key, now, before }) {
      told.push(`${now === null ? "-" : before === null ? "+" : "~"}${key.replace("default/", "")}`);
    },
  });
  rig.onTearDown(informer.stop);
  const waits = () => observations.flatMap((each) => (each.kind === "watch-ended" ? [each.waitMs] : []));
  const ends = () => observations.flatMap((each) => (each.kind === "watch-ended" ? [each.end] : []));
  let resumed = 0;
  /** Lets time pass where the reflector waits for it, and only there, until `check` holds: an answer takes no time here. */
  const resumeUntil = async (check: () => boolean) => {
    while (!check()) {
      await eventually(() => check() || ends().length > resumed);
      if (check()) return;
      resumed = ends().length;
      clock.advance(waits().at(-1) ?? 0);
    }
  };
  const lists = () => observations.filter((each) => each.kind === "listed").length;
  const asked = () => cluster.requests.filter(({ path }) => path.includes("/widgets?")).map(({ path }) => path);
  const remove = (name: string) => deleteObject(client, WIDGETS, { namespace: "default", name });
  return {
    clock,
    cluster,
    client,
    observations,
    make,
    resize,
    remove,
    told,
    informer,
    ends,
    waits,
    lists,
    asked,
    resumeUntil,
  };
}

test("startReflector() begins with a watch that lists (WatchList), and needs one request", async () => {
  const { cluster, make, told, informer, asked } = await aRig();
  await informer.synced;
  await make("c");
  await eventually(() => told.length === 3);
  expect(told).toEqual(["+a", "+b", "+c"]);
  expect(asked().length).toBe(1);
  expect(cluster.watches()).toBe(1);
});

test("startReflector() lists pages and watches where the server has no WatchList", async () => {
  const { make, told, informer, asked } = await aRig({ offersWatchList: false });
  await informer.synced;
  await make("c");
  await eventually(() => told.length === 3);
  expect(told).toEqual(["+a", "+b", "+c"]);
  expect(asked().map((path) => (path.includes("watch=1") ? "watch" : "list"))).toEqual(["watch", "list", "watch"]);
});

for (const how of ["cut", "end"] as const) {
  test(`a watch that ends (${how}) goes on where it was: no list, nothing told twice`, async () => {
    const { cluster, make, resize, told, informer, ends, lists, asked, resumeUntil } = await aRig();
    await informer.synced;
    await resize("a", 2);
    await eventually(() => told.length === 3);
    cluster.endWatches(how);
    await resize("b", 2);
    await make("c");
    await resumeUntil(() => told.length === 5);
    expect(told).toEqual(["+a", "+b", "~a", "~b", "+c"]);
    expect(ends()).toEqual([how === "cut" ? "failed" : "ended"]);
    expect(lists()).toBe(1);
    expect(asked()[1]).toContain("resourceVersion=");
  });
}

for (const expiresByStatus of [true, false]) {
  const answer = expiresByStatus ? "status" : "event";
  test(`410 as ${answer} lists again, and tells only what changed meanwhile`, async () => {
    const { cluster, make, resize, remove, told, informer, ends, lists, resumeUntil } = await aRig({ expiresByStatus });
    await informer.synced;
    cluster.endWatches("cut");
    await eventually(() => ends().length === 1);
    await resize("a", 2);
    await remove("b");
    await make("c");
    cluster.compact();
    await resumeUntil(() => told.length === 5);
    expect(told.slice(2).sort()).toEqual(["+c", "-b", "~a"]);
    expect(ends()).toEqual(["failed", "expired"]);
    expect(lists()).toBe(2);
    expect([...informer.objects.keys()].sort()).toEqual(["default/a", "default/c"]);
  });
}

test("bookmarks move the place where a watch goes on, so that a compaction does not matter", async () => {
  const { cluster, client, make, told, informer, ends, lists, asked, resumeUntil } = await aRig();
  await informer.synced;
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "x" } };
  await createObject(client, SECRETS, secret);
  cluster.bookmark();
  cluster.compact();
  // In order, so that the bookmark is read before the end.
  cluster.endWatches("end");
  await eventually(() => ends().length === 1);
  await make("c");
  await resumeUntil(() => told.length === 3);
  expect(lists()).toBe(1);
  expect(asked()[1]).toContain(`resourceVersion=${cluster.store.version - 1}`);
});

test("a watch on which nothing comes is given up after a while, and goes on where it was", async () => {
  const { clock, cluster, make, told, informer, ends, lists, resumeUntil } = await aRig();
  await informer.synced;
  clock.advance(149_000);
  expect(ends()).toEqual([]);
  cluster.bookmark();
  await make("c");
  await eventually(() => told.length === 3);
  clock.advance(150_000);
  await eventually(() => ends().length === 1);
  expect(ends()).toEqual(["silent"]);
  await make("d");
  await resumeUntil(() => told.length === 4);
  expect(lists()).toBe(1);
});

test("a server that is away is asked again, less often each time, and all is told when it is back", async () => {
  const { clock, cluster, told, informer, ends, waits, resumeUntil } = await aRig();
  await informer.synced;
  await cluster.stop();
  await resumeUntil(() => ends().length === 9);
  expect(waits()[0]).toBeLessThanOrEqual(250);
  expect(waits()[8]).toBeGreaterThanOrEqual(5000);
  expect(Math.max(...waits())).toBeLessThanOrEqual(10_000);
  const again = rig.cluster({ port: cluster.port, store: cluster.store });
  const other = rig.client(again.url, clock);
  await createObject(other, WIDGETS, aWidget("default", "c"));
  await resumeUntil(() => told.length === 3);
  expect(told).toEqual(["+a", "+b", "+c"]);
});

test("a server that ends every watch at once is not asked without pause", async () => {
  const { cluster, observations, informer, ends, waits, resumeUntil } = await aRig();
  await informer.synced;
  const line = JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 500, message: "broken" } });
  cluster.faults.push({ times: 1000, path: /watch=1/, effect: { kind: "status", status: 200, body: `${line}\n` } });
  cluster.endWatches("cut");
  await resumeUntil(() => ends().length === 8);
  expect(Math.min(...waits())).toBeGreaterThan(0);
  expect(waits().at(-1)).toBeGreaterThan(2000);
  const errors = observations.flatMap((each) => (each.kind === "watch-ended" ? [each.error?.message] : []));
  expect(errors.at(-1)).toBe("watch /apis/contract.pisanix.io/v1/widgets: broken");
});

test("a server that turns a watch away says for how long", async () => {
  const { cluster, make, told, informer, waits, resumeUntil } = await aRig();
  await informer.synced;
  cluster.faults.push({ times: 1, path: /watch=1/, effect: { kind: "status", status: 429, retryAfterSeconds: 7 } });
  cluster.endWatches("end");
  await make("c");
  await resumeUntil(() => told.length === 3);
  expect(waits()[1]).toBeGreaterThanOrEqual(7_000);
  expect(waits()[1]).toBeLessThanOrEqual(10_500);
});

test("a server that takes no notice of WatchList is listed", async () => {
  const { clock, cluster, informer, asked } = await aRig();
  await informer.synced;
  await informer.stop();
  const told: string[] = [];
  cluster.faults.push({ times: 1, path: /sendInitialEvents/, effect: { kind: "status", status: 200, body: "" } });
  const observations: Observation[] = [];
  const client = rig.client(cluster.url, clock, observations);
  const second = startInformer({ client, resource: WIDGETS, onChange: ({ key }) => told.push(key) });
  rig.onTearDown(second.stop);
  await eventually(() => observations.some(({ kind }) => kind === "watch-ended"));
  clock.advance(1000);
  await second.synced;
  expect(told).toEqual(["default/a", "default/b"]);
  expect(asked().some((path) => path.includes("limit=500"))).toBe(true);
});

test("stop() ends the watch", async () => {
  const { clock, cluster, informer } = await aRig();
  await informer.synced;
  await informer.stop();
  await eventually(() => cluster.watches() === 0);
  expect(clock.waiting()).toBe(0);
});
