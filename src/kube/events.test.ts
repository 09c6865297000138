import { afterEach, expect, test } from "bun:test";
import { eventually } from "../testkit/eventually.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { deleteObject } from "./crud.ts";
import { newRecorder } from "./events.ts";
import { listObjects } from "./list.ts";
import type { EventObject } from "./objects.ts";
import type { Observation } from "./observe.ts";
import { EVENTS } from "./resource.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const told = (name: string, note = "why") => {
  const regarding = { apiVersion: "v1", kind: "Pod", namespace: "default", name };
  return { regarding, type: "Warning", reason: "Invalid", action: "Reconcile", note } as const;
};

function aRig() {
  const cluster = rig.cluster();
  const clock = virtualClock();
  const observations: Observation[] = [];
  const client = rig.client(cluster.url, clock, observations);
  const recorder = newRecorder({ client, controller: "pisanix.io/controller", instance: "pod-1" });
  rig.onTearDown(recorder.stop);
  const events = async () => (await listObjects(client, EVENTS, { namespace: "default" })).objects;
  const counts = (list: readonly EventObject[]) => list.map(({ series }) => series?.count ?? 1).sort();
  const writes = () => cluster.requests.filter(({ method }) => method !== "GET").length;
  return { cluster, clock, observations, client, recorder, events, counts, writes };
}

test("tell() writes an event about an object, named after it", async () => {
  const { recorder, events, writes } = aRig();
  recorder.tell(told("shop"));
  await eventually(() => writes() === 1);
  await recorder.stop();
  const [event] = await events();
  expect(event?.metadata.name).toMatch(/^shop\.[0-9a-f]{13}$/);
  expect(event).toMatchObject({
    ...{
      reportingController: "pisanix.io/controller",
      reportingInstance: "pod-1",
      eventTime: "2026-01-01T00:00:00.000000Z",
    },
    ...{
      reason: "Invalid",
      action: "Reconcile",
      type: "Warning",
      note: "why",
      regarding: { kind: "Pod", name: "shop" },
    },
  });
});

test("tell() of the same again is a series that is written at most every ten seconds, with the last count", async () => {
  const { clock, recorder, events, counts, writes } = aRig();
  recorder.tell(told("shop"));
  for (let index = 0; index < 99; index++) recorder.tell(told("shop"));
  await eventually(() => writes() === 2);
  clock.advance(10_000);
  for (let index = 0; index < 50; index++) recorder.tell(told("shop"));
  clock.advance(10_000);
  await eventually(() => writes() === 3);
  await recorder.stop();
  expect(counts(await events())).toEqual([150]);
});

test("tell() begins anew after a while, and when the first event is no longer there", async () => {
  const { clock, client, recorder, events, counts, writes } = aRig();
  recorder.tell(told("shop"));
  await eventually(() => writes() === 1);
  clock.advance(360_000);
  recorder.tell(told("shop"));
  await eventually(() => writes() === 2);
  const [first, second] = await events();
  for (const event of [first, second])
    await deleteObject(client, EVENTS, { namespace: "default", name: event?.metadata.name ?? "" });
  recorder.tell(told("shop"));
  await eventually(() => writes() === 6);
  await recorder.stop();
  expect(counts(await events())).toEqual([2]);
});

test("tell() never holds more than a bounded number of events", async () => {
  const { cluster, observations, recorder, writes } = aRig();
  for (let index = 0; index < 600; index++) recorder.tell(told(`pod-${index}`));
  const dropped = observations.filter(({ kind }) => kind === "events-dropped").length;
  expect(dropped).toBeGreaterThan(90);
  await eventually(() => writes() === 600 - dropped);
  expect(cluster.requests.length).toBe(600 - dropped);
});

test("stop() does not wait for a server that is away", async () => {
  const { cluster, observations, recorder } = aRig();
  await cluster.stop();
  for (let index = 0; index < 100; index++) recorder.tell(told(`pod-${index}`));
  await recorder.stop();
  expect(observations.filter(({ kind }) => kind === "event-failed").length).toBeLessThan(5);
});
