import { afterEach, describe, expect, test } from "bun:test";
import type { HostAddresses, Lookup } from "../net/lookup.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, errOf, query } from "../testkit/fake-client.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import { newRig } from "../testkit/rig.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { type Addresses, addressFailed, isAddressGone, newAddresses, whenKnown } from "./addresses.ts";
import type { Pool } from "./pool-state.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** A name server in the test's hand; it counts its questions. */
function aNameServer(first: HostAddresses | Error) {
  const state = { answer: first, questions: 0 };
  const lookup: Lookup = async () => {
    state.questions++;
    if (state.answer instanceof Error) throw state.answer;
    return state.answer;
  };
  return { state, lookup };
}

function known(addresses: Addresses, clock: ReturnType<typeof virtualClock>, lookup: Lookup) {
  return new Promise<{ candidates: readonly string[]; failure: string }>((resolve) =>
    whenKnown(addresses, clock, lookup, (candidates, failure) => resolve({ candidates, failure })),
  );
}

const A = "192.0.2.1";
const B = "192.0.2.2";

describe("whenKnown()", () => {
  test("an address is nobody's to look up", async () => {
    const { state, lookup } = aNameServer(new Error("asked"));
    const clock = virtualClock();
    expect(await known(newAddresses("::1"), clock, lookup)).toEqual({ candidates: ["::1"], failure: "" });
    expect(state.questions).toBe(0);
  });

  test("an answer holds for its time to live, at least a second and at most five minutes", async () => {
    for (const [ttlMs, heldMs] of [
      [7_000, 7_000],
      [0, 30_000],
      [5, 1_000],
      [86_400_000, 300_000],
    ] as const) {
      const { state, lookup } = aNameServer({ addresses: [A], ttlMs });
      const clock = virtualClock();
      const addresses = newAddresses("db");
      await known(addresses, clock, lookup);
      clock.advance(heldMs - 1);
      await known(addresses, clock, lookup);
      expect(state.questions).toBe(1);
      clock.advance(1);
      await known(addresses, clock, lookup);
      expect(state.questions).toBe(2);
    }
  });

  test("many who ask at once are one question", async () => {
    const { state, lookup } = aNameServer({ addresses: [A], ttlMs: 5_000 });
    const clock = virtualClock();
    const addresses = newAddresses("db");
    await Promise.all(Array.from({ length: 50 }, () => known(addresses, clock, lookup)));
    expect(state.questions).toBe(1);
  });

  test("each connection begins with the next address; one that failed is tried last", async () => {
    const { lookup } = aNameServer({ addresses: [A, B], ttlMs: 60_000 });
    const clock = virtualClock();
    const addresses = newAddresses("db");
    const first = async () => (await known(addresses, clock, lookup)).candidates[0];
    expect([await first(), await first(), await first()]).toEqual([A, B, A]);
    addressFailed(addresses, A, false);
    expect([await first(), await first(), await first()]).toEqual([B, B, B]);
    expect((await known(addresses, clock, lookup)).candidates).toEqual([B, A]);
  });

  test("when the last of them failed the name is asked at once", async () => {
    const { state, lookup } = aNameServer({ addresses: [A], ttlMs: 60_000 });
    const clock = virtualClock();
    const addresses = newAddresses("db");
    await known(addresses, clock, lookup);
    addressFailed(addresses, A, true);
    state.answer = { addresses: [B], ttlMs: 60_000 };
    expect((await known(addresses, clock, lookup)).candidates).toEqual([B]);
  });

  test("while no name server answers what is known holds on, and is asked for again in a second", async () => {
    const { state, lookup } = aNameServer({ addresses: [A], ttlMs: 2_000 });
    const clock = virtualClock();
    const addresses = newAddresses("db");
    await known(addresses, clock, lookup);
    clock.advance(2_000);
    state.answer = new Error("SERVFAIL");
    expect((await known(addresses, clock, lookup)).candidates).toEqual([A]);
    await known(addresses, clock, lookup);
    expect(state.questions).toBe(2);
    clock.advance(1_000);
    await known(addresses, clock, lookup);
    expect(state.questions).toBe(3);
  });

  test("a name that was never found is the reason that is told", async () => {
    const { lookup } = aNameServer(new Error("NXDOMAIN"));
    expect(await known(newAddresses("db"), virtualClock(), lookup)).toEqual({ candidates: [], failure: "NXDOMAIN" });
  });
});

describe("isAddressGone()", () => {
  test("true a minute after the last answer that named it", async () => {
    const { state, lookup } = aNameServer({ addresses: [A, B], ttlMs: 1_000 });
    const clock = virtualClock();
    const addresses = newAddresses("db");
    await known(addresses, clock, lookup);
    state.answer = { addresses: [B], ttlMs: 1_000 };
    clock.advance(1_000);
    await known(addresses, clock, lookup);
    expect(isAddressGone(addresses, A, clock.monotonicMs())).toBe(false);
    clock.advance(59_000);
    expect(isAddressGone(addresses, A, clock.monotonicMs())).toBe(true);
    expect(isAddressGone(addresses, B, clock.monotonicMs())).toBe(false);
  });
});

describe("a pool whose endpoint is a name", () => {
  /** Two servers on one port, as two addresses of one name. */
  async function twoServers() {
    const first = await rig.server({ host: "127.0.0.1" });
    const second = await rig.server({ host: "127.0.0.2", port: first.port });
    return { first, second, port: first.port };
  }

  test("moves to the new address when its time is over, and closes what goes to the old one", async () => {
    const { first, second, port } = await twoServers();
    const { state, lookup } = aNameServer({ addresses: ["127.0.0.1"], ttlMs: 5_000 });
    const tested = rig.proxy({ nodes: [{ host: "db.test", port }], lookup });
    const pool = [...tested.listener.setup.pools.values()][0] as Pool<unknown>;
    const client = await rig.client({ port: tested.port });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    state.answer = { addresses: ["127.0.0.2"], ttlMs: 5_000 };
    for (let i = 0; i < 70; i++) {
      tested.clock.advance(1_000);
      await eventually(() => pool.endpoint.addresses.asking === null && pool.idle.size > 0);
      expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    }
    expect(openConnections(first)).toHaveLength(0);
    expect(openConnections(second)).toHaveLength(1);
    expect(await tested.figure("pisanix_backend_connections_destroyed_total", "address_gone")).toBe(1);
  });

  test("a failover costs no statement: who cannot connect to any address asks for others", async () => {
    const { first, second, port } = await twoServers();
    const { state, lookup } = aNameServer({ addresses: ["127.0.0.1"], ttlMs: 300_000 });
    const tested = rig.proxy({ nodes: [{ host: "db.test", port }], lookup });
    const pool = [...tested.listener.setup.pools.values()][0] as Pool<unknown>;
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    await first.stop();
    await eventually(() => pool.connections.size === 0);
    state.answer = { addresses: ["127.0.0.2"], ttlMs: 300_000 };
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    expect(statementsOf(second)).toEqual(["SELECT 2"]);
  });

  test("one dead address of two costs no statement", async () => {
    const { first, second, port } = await twoServers();
    await first.stop();
    const { lookup } = aNameServer({ addresses: ["127.0.0.1", "127.0.0.2"], ttlMs: 60_000 });
    const tested = rig.proxy({ nodes: [{ host: "db.test", port }], lookup });
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 4; i++) expect(brief(await query(client, `SELECT ${i}`))).toBe("OK");
    expect(statementsOf(second)).toHaveLength(4);
  });

  test("when the others are dead, too, it is told once", async () => {
    const { first, second, port } = await twoServers();
    await first.stop();
    await second.stop();
    const { state, lookup } = aNameServer({ addresses: ["127.0.0.1"], ttlMs: 300_000 });
    const tested = rig.proxy({ nodes: [{ host: "db.test", port }], lookup });
    const client = await rig.client({ port: tested.port });
    await eventually(() => tested.listener.setup.endpoints[0]?.isUsable === false);
    const before = state.questions;
    tested.clock.advance(250);
    await eventually(() => tested.listener.setup.endpoints[0]?.failures === 2);
    expect(state.questions - before).toBe(2); // one to begin with, one for others
    expect(errOf(await query(client, "SELECT 1")).message).toContain("connection refused");
  });

  test("a name that nobody knows is told to who asks, and tried again", async () => {
    const { second, port } = await twoServers();
    const { state, lookup } = aNameServer(new Error("no such name"));
    const tested = rig.proxy({ nodes: [{ host: "db.test", port }], lookup });
    const client = await rig.client({ port: tested.port });
    expect(errOf(await query(client, "SELECT 1")).message).toBe(
      `There is no healthy backend to connect: node-0 (db.test:${port}): cannot look up db.test: no such name`,
    );
    state.answer = { addresses: ["127.0.0.2"], ttlMs: 1_000 };
    tested.clock.advance(1_000);
    await eventually(() => tested.listener.setup.endpoints[0]?.isUsable === true);
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    expect(statementsOf(second)).toEqual(["SELECT 2"]);
  });
});
