import { afterEach, describe, expect, test } from "bun:test";
import { seededRandom } from "../lib/random.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, query } from "../testkit/fake-client.ts";
import { newRig } from "../testkit/rig.ts";
import { type VirtualClock, virtualClock } from "../testkit/virtual-clock.ts";
import { newRetryPlan, retryLater, stopRetrying, wantEndpoint } from "./pool-retry.ts";
import type { Pool } from "./pool-state.ts";
import type { Probe } from "./probe.ts";

/** The clock is moved by so much at a time, and what a probe has answered counts behind that. */
const STEP_MS = 50;

const rig = newRig();
afterEach(rig.tearDown);

/** A pool of which only the trying again is there, with an endpoint that answers no probe; it notes when it is asked. */
function aPool(clock: VirtualClock, seed: number): { pool: Pool<unknown>; triedMs: number[] } {
  const triedMs: number[] = [];
  const probe: Probe = async () => {
    triedMs.push(clock.monotonicMs());
    return "connection refused";
  };
  const endpoint = { state: "down", failures: 1, probeSuccesses: 0, reason: "" };
  const counters = { values: new Float64Array(1_000) };
  const pool = { endpoint, clock, probe, counters, random: seededRandom(seed), retry: newRetryPlan(), health: {} };
  return { pool: pool as unknown as Pool<unknown>, triedMs };
}

async function pass(clock: VirtualClock, ms: number, each: () => void = () => {}): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    each();
    clock.advance(Math.min(left, STEP_MS));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const gapsOf = (triedMs: readonly number[]) => triedMs.slice(1).map((ms, i) => ms - (triedMs[i] as number));

describe("retryLater()", () => {
  test("waits longer each time while nobody wants the endpoint", async () => {
    const clock = virtualClock();
    const { pool, triedMs } = aPool(clock, 1);
    retryLater(pool, null);
    await pass(clock, 60_000);
    expect(triedMs[0]).toBeLessThanOrEqual(250);
    expect(Math.min(...gapsOf(triedMs).slice(-3))).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...gapsOf(triedMs))).toBeLessThanOrEqual(10_000);
  });

  test("waits a second at most while somebody does, and no less for more who do", async () => {
    const clock = virtualClock();
    const { pool, triedMs } = aPool(clock, 2);
    retryLater(pool, null);
    await pass(clock, 30_000);
    const before = triedMs.length;
    await pass(clock, 20_000, () => {
      for (let i = 0; i < 100; i++) wantEndpoint(pool);
    });
    const tries = triedMs.slice(before);
    expect(tries[0]).toBe(30_000);
    expect(Math.max(...gapsOf(tries))).toBeLessThanOrEqual(1_000 + STEP_MS);
    expect(Math.min(...gapsOf(tries))).toBeGreaterThanOrEqual(500);
  });

  test("goes on so for a while behind the last one, then as before", async () => {
    const clock = virtualClock();
    const { pool, triedMs } = aPool(clock, 3);
    retryLater(pool, null);
    await pass(clock, 30_000);
    wantEndpoint(pool);
    const from = triedMs.length;
    await pass(clock, 60_000);
    const gaps = gapsOf(triedMs.slice(from));
    expect(gaps.filter((gap) => gap <= 1_000 + STEP_MS).length).toBeGreaterThanOrEqual(9);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(5_000);
  });

  test("a hundred proxies that lost a server together do not come back to it together", async () => {
    const clock = virtualClock();
    const all = Array.from({ length: 100 }, (_, i) => aPool(clock, 100 + i));
    for (const { pool } of all) retryLater(pool, null);
    await pass(clock, 20_000, () => {
      for (const { pool } of all) wantEndpoint(pool);
    });
    const slots = new Map<number, number>();
    for (const { triedMs } of all) {
      for (const ms of triedMs) {
        const slot = Math.floor(ms / 100);
        if (ms >= 5_000) slots.set(slot, (slots.get(slot) ?? 0) + 1);
      }
    }
    // A hundred tries in 0.75 s, which is 13 in 0.1 s on the mean.
    expect(Math.max(...slots.values())).toBeLessThanOrEqual(35);
  });

  test("stopRetrying() ends it", async () => {
    const clock = virtualClock();
    const { pool, triedMs } = aPool(clock, 4);
    retryLater(pool, null);
    stopRetrying(pool);
    await pass(clock, 20_000);
    expect(triedMs).toEqual([]);
    expect(clock.waiting()).toBe(0);
  });
});

test("a server all of whose connections are ours is back, though it gives no other one", async () => {
  const server = await rig.server();
  let isAway = false;
  const probe: Probe = async () => (isAway ? "connection refused" : null);
  const health = { probe_interval_ms: 1_000 };
  const tested = rig.proxy({ listeners: [{ health, pool_size: 1 }], nodes: [{ port: server.port }], probe });
  const [pool] = tested.listener.setup.pools.values();
  await eventually(() => pool?.idle.size === 1);
  const client = await rig.client({ port: tested.port });
  isAway = true;
  await pass(tested.clock, 20_000);
  expect([pool?.endpoint.state, pool?.idle.size]).toEqual(["down", 1]);
  isAway = false;
  server.account.refuse = { code: 1040, message: "Too many connections" };
  await pass(tested.clock, 11_000);
  await eventually(() => pool?.endpoint.state === "up");
  expect(brief(await query(client, "SELECT 1"))).toBe("OK");
});

test("a client that asks again and again is served within a second or so of its server's return", async () => {
  const server = await rig.server();
  let isAway = false;
  const probe: Probe = async () => (isAway ? "connection refused" : null);
  const tested = rig.proxy({
    listeners: [{ health: { probe_interval_ms: 5_000 } }],
    nodes: [{ port: server.port }],
    probe,
  });
  const [pool] = tested.listener.setup.pools.values();
  await eventually(() => pool?.idle.size === 1);
  const client = await rig.client({ port: tested.port });
  isAway = true;
  await pass(tested.clock, 120_000);
  expect(pool?.endpoint.state).toBe("down");
  for (let i = 0; i < 4; i++) {
    expect(brief(await query(client, "SELECT 1"))).toContain("1429");
    await pass(tested.clock, 3_000);
  }
  isAway = false;
  const since = tested.clock.monotonicMs();
  await pass(tested.clock, 1_000);
  await eventually(() => pool?.endpoint.state === "up");
  expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  expect(tested.clock.monotonicMs() - since).toBeLessThanOrEqual(1_000);
});
