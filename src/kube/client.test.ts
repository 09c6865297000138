import { afterEach, expect, test } from "bun:test";
import { eventually, newGate } from "../testkit/eventually.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { ApiError, UnreachableError } from "./api-error.ts";
import { call } from "./client.ts";
import type { Observation } from "./observe.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const VERSION = { method: "GET", path: "/version" } as const;

function aRig() {
  const clock = virtualClock();
  const observations: Observation[] = [];
  const cluster = rig.cluster();
  return { clock, observations, cluster, client: rig.client(cluster.url, clock, observations) };
}

const failureOf = (made: Promise<unknown>): Promise<unknown> => made.then(() => null).catch((error: unknown) => error);

const retriesOf = (observations: readonly Observation[]) => {
  return observations.flatMap((each) => (each.kind === "retry" ? [each.waitMs] : []));
};

test("call() waits as long as the server asks (Retry-After), and up to half as long again", async () => {
  const { clock, observations, cluster, client } = aRig();
  const effect = { kind: "status", status: 429, retryAfterSeconds: 3 } as const;
  cluster.faults.push({ times: 2, effect });
  const asked = call(client, VERSION);
  for (const round of [1, 2]) {
    await eventually(() => retriesOf(observations).length === round);
    const [waitMs = 0] = retriesOf(observations).slice(-1);
    expect(waitMs).toBeGreaterThanOrEqual(3000);
    expect(waitMs).toBeLessThanOrEqual(4500);
    clock.advance(waitMs - 1);
    expect(cluster.requests.length).toBe(round);
    clock.advance(1);
  }
  expect(await asked).toMatchObject({ major: "1" });
});

test("call() tries again on 429 without Retry-After and on 503 with it, but not for ever, and not at all when told", async () => {
  const { clock, observations, cluster, client } = aRig();
  cluster.faults.push({ times: 100, effect: { kind: "status", status: 429 } });
  const failure = failureOf(call(client, VERSION));
  for (let round = 1; round <= 5; round++) {
    await eventually(() => retriesOf(observations).length === round);
    clock.advance(20_000);
  }
  expect(await failure).toMatchObject({ status: 429 });
  expect(cluster.requests.length).toBe(6);
  expect(await failureOf(call(client, { ...VERSION, retries: false }))).toMatchObject({ status: 429 });
  cluster.faults.splice(0);
  cluster.faults.push({ times: 1, effect: { kind: "status", status: 503, retryAfterSeconds: 1 } });
  const again = call(client, VERSION);
  await eventually(() => retriesOf(observations).length === 6);
  clock.advance(2000);
  expect(await again).toMatchObject({ major: "1" });
  cluster.faults.push({ times: 1, effect: { kind: "status", status: 503 } });
  expect(await failureOf(call(client, VERSION))).toMatchObject({ status: 503 });
});

test("call() gives up after its time, and when nobody wants the answer any more", async () => {
  const { clock, cluster, client } = aRig();
  cluster.faults.push({ times: 2, effect: { kind: "hang" } });
  const late = failureOf(call(client, VERSION));
  await eventually(() => cluster.requests.length === 1);
  clock.advance(29_999);
  clock.advance(1);
  expect(await late).toBeInstanceOf(UnreachableError);
  expect(String(await late)).toContain("GET /version: no answer within 30000 ms");
  const controller = new AbortController();
  const unwanted = failureOf(call(client, { ...VERSION, signal: controller.signal }));
  await eventually(() => cluster.requests.length === 2);
  controller.abort();
  expect(await unwanted).toBeInstanceOf(UnreachableError);
  expect(clock.waiting()).toBe(0);
});

test("call() tells a connection that breaks or is refused from an answer", async () => {
  const { clock, cluster, client } = aRig();
  cluster.faults.push({ times: 1, effect: { kind: "cut" } });
  expect(await failureOf(call(client, VERSION))).toBeInstanceOf(UnreachableError);
  await cluster.stop();
  const failure = await failureOf(call(rig.client(cluster.url, clock), VERSION));
  expect(failure).toBeInstanceOf(UnreachableError);
  expect(String(failure)).toMatch(/GET \/version: .*ECONNREFUSED/);
});

test("call() reads a page of a proxy in between as an error with its text", async () => {
  const { cluster, client } = aRig();
  cluster.faults.push({ times: 1, effect: { kind: "status", status: 502, body: "<html>Bad Gateway</html>" } });
  const failure = await failureOf(call(client, VERSION));
  expect(failure).toBeInstanceOf(ApiError);
  expect(String(failure)).toContain("GET /version: HTTP 502: <html>Bad Gateway</html>");
});

test("call() has no more than 32 requests under way at once", async () => {
  const { cluster, client } = aRig();
  const gate = newGate();
  cluster.faults.push({ times: 1000, effect: { kind: "late", until: gate.opened } });
  const calls = Array.from({ length: 100 }, () => call(client, VERSION));
  await eventually(() => cluster.requests.length >= 32);
  // Another client's request, which is let through, arrives after all that the first had under way.
  cluster.faults.unshift({ times: 1, path: /livez/, effect: { kind: "status", status: 500 } });
  await failureOf(call(rig.client(cluster.url, client.clock), { method: "GET", path: "/livez" }));
  expect(cluster.requests.filter(({ path }) => path === "/version").length).toBe(32);
  gate.open();
  await Promise.all(calls);
  expect(cluster.requests.length).toBe(101);
});
