import { afterEach, expect, test } from "bun:test";
import { eventually } from "../testkit/eventually.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { getObject, mergeObject } from "./crud.ts";
import { startElection } from "./lease.ts";
import type { Observation } from "./observe.ts";
import { LEASES } from "./resource.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

/** Two candidates with clocks of their own, and the order of what happened. */
function aRig() {
  const cluster = rig.cluster();
  const order: string[] = [];
  const candidate = (identity: string) => {
    const clock = virtualClock();
    const observations: Observation[] = [];
    const client = rig.client(cluster.url, clock, observations);
    const onChange = (isLeader: boolean) => {
      order.push(`${identity}${isLeader ? "+" : "-"}`);
    };
    const election = startElection({ client, namespace: "default", name: "pisanix", identity, onChange });
    rig.onTearDown(election.stop);
    /** Lets time pass, but not while a request is under way: an answer takes no time here. */
    const pass = async (ms: number) => {
      for (let step = 0; step < ms; step += 500) {
        clock.advance(500);
        await new Promise((resolve) => setImmediate(resolve));
        await eventually(() => client.permits.free === 32 && clock.waiting() > 0);
      }
    };
    return { clock, client, election, observations, pass };
  };
  return { cluster, order, candidate };
}

test("startElection() takes a free Lease, and one that its holder has not renewed for its duration", async () => {
  const { cluster, order, candidate } = aRig();
  const a = candidate("a");
  await eventually(() => a.election.isLeader());
  const b = candidate("b");
  await eventually(() => b.election.holder() === "a");
  // The clock of a stands still: to b it looks dead.
  await b.pass(14_000);
  expect(order).toEqual(["a+"]);
  await b.pass(5_000);
  await eventually(() => b.election.isLeader());
  expect(order).toEqual(["a+", "b+"]);
  const lease = await getObject(b.client, LEASES, { namespace: "default", name: "pisanix" });
  expect(lease.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1, leaseDurationSeconds: 15 });
  await a.pass(3_000);
  await eventually(() => !a.election.isLeader());
  expect(order).toEqual(["a+", "b+", "a-"]);
  expect(cluster.requests.length).toBeGreaterThan(3);
});

test("a leader that renews keeps the Lease, however long", async () => {
  const { order, candidate } = aRig();
  const a = candidate("a");
  await eventually(() => a.election.isLeader());
  const b = candidate("b");
  await eventually(() => b.election.holder() === "a");
  for (let round = 0; round < 30; round++) {
    await a.pass(3_000);
    await b.pass(3_000);
  }
  expect(order).toEqual(["a+"]);
});

test("a leader that cannot renew steps down before others may take over", async () => {
  const { cluster, order, candidate } = aRig();
  const a = candidate("a");
  await eventually(() => a.election.isLeader());
  cluster.faults.push({ times: 1000, effect: { kind: "status", status: 500 } });
  await a.pass(9_500);
  expect(a.election.isLeader()).toBe(true);
  await a.pass(1_000);
  expect(order).toEqual(["a+", "a-"]);
  expect(a.observations.filter(({ kind }) => kind === "lease-failed").length).toBeGreaterThan(2);
  cluster.faults.splice(0);
  await a.pass(3_000);
  await eventually(() => a.election.isLeader());
  expect(order).toEqual(["a+", "a-", "a+"]);
});

test("who loses the race for a Lease is told so by the version, and does not lead", async () => {
  const { cluster, order, candidate } = aRig();
  cluster.faults.push({ times: 1, method: "POST", effect: { kind: "status", status: 409 } });
  const a = candidate("a");
  await a.pass(500);
  expect([a.election.isLeader(), order]).toEqual([false, []]);
  await a.pass(3_000);
  await eventually(() => a.election.isLeader());
});

test("a Lease that was given to somebody else by hand is given up", async () => {
  const { order, candidate } = aRig();
  const a = candidate("a");
  await eventually(() => a.election.isLeader());
  const named = { namespace: "default", name: "pisanix" };
  await mergeObject(a.client, LEASES, named, { spec: { holderIdentity: "z" } });
  await a.pass(3_000);
  await eventually(() => !a.election.isLeader());
  expect([order, a.election.holder()]).toEqual([["a+", "a-"], "z"]);
});

test("stop() frees the Lease, and leaves one alone that is somebody else's", async () => {
  const { order, candidate } = aRig();
  const a = candidate("a");
  await eventually(() => a.election.isLeader());
  const b = candidate("b");
  await eventually(() => b.election.holder() === "a");
  await b.election.stop();
  const named = { namespace: "default", name: "pisanix" };
  expect((await getObject(a.client, LEASES, named)).spec.holderIdentity).toBe("a");
  await a.election.stop();
  expect((await getObject(a.client, LEASES, named)).spec.holderIdentity ?? "").toBe("");
  expect(order).toEqual(["a+", "a-"]);
  expect([a.clock.waiting(), b.clock.waiting()]).toEqual([0, 0]);
});
