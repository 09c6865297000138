/** A new configuration of what a pool does by itself. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Pool } from "../backend/pool-state.ts";
import type { Probe } from "../backend/probe.ts";
import { COM_PING } from "../mysql/commands.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, query } from "../testkit/fake-client.ts";
import { openConnections } from "../testkit/fake-server.ts";
import type { TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { reasonsOfPins } from "./pin.ts";
import type { Session } from "./session.ts";

const rig = newRig();
afterEach(rig.tearDown);

async function aProxy(listener: TestListener, probe?: Probe) {
  const server = await rig.server();
  const nodes = [{ port: server.port }];
  const tested = rig.proxy({ listeners: [listener], nodes, ...(probe === undefined ? {} : { probe }) });
  const pool = [...tested.listener.setup.pools.values()][0] as Pool<Session>;
  await eventually(() => pool.connections.size > 0 && pool.idle.size === pool.connections.size);
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      tested.clock.advance(1_000);
      await eventually(() => [...pool.connections].every(({ state }) => state === "idle" || state === "busy"));
    }
  };
  const pins = () => [...tested.listener.sessions.values()].map((session) => reasonsOfPins(session.pins).join());
  return { server, tested, pool, pass, pins };
}

describe("changePool()", () => {
  test("more connections are to be idle: they are opened; fewer: the rest goes in time", async () => {
    const { tested, pool, pass } = await aProxy({ limits: { pool_idle_min: 1 } });
    tested.reload({ listeners: [{ limits: { pool_idle_min: 4 } }] });
    await pass(1);
    expect(pool.idle.size).toBe(4);
    tested.reload({ listeners: [{ limits: { pool_idle_min: 2, timeout_idle_connection_ms: 10_000 } }] });
    await pass(12);
    expect(pool.idle.size).toBe(2);
  });

  test("quiet connections are asked as often as the new one says", async () => {
    const { server, tested, pass } = await aProxy({ limits: { timeout_quiet_connection_ms: 20_000 } });
    tested.reload({ listeners: [{ limits: { timeout_quiet_connection_ms: 2_000 } }] });
    await pass(10);
    expect(server.connections[0]?.commands.filter(({ command }) => command === COM_PING)).toHaveLength(5);
  });

  test("probes begin, and end", async () => {
    let asked = 0;
    const probe: Probe = async () => {
      asked++;
      return null;
    };
    const { tested, pass } = await aProxy({ health: { probe_interval_ms: 0 } }, probe);
    await pass(10);
    expect(asked).toBe(0);
    tested.reload({ listeners: [{ health: { probe_interval_ms: 1_000 } }] });
    await pass(10);
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(12);
    tested.reload({ listeners: [{ health: { probe_interval_ms: 0 } }] });
    const before = asked;
    await pass(10);
    expect(asked).toBe(before);
  });

  test("session mode ends: who had a connection for good shares it from the next statement on", async () => {
    const { tested, pool, pins } = await aProxy({ pool_mode: "session", pool_size: 2 });
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    expect(pins()).toEqual(["pool_mode"]);
    tested.reload({ listeners: [{ pool_mode: "transaction", pool_size: 2 }] });
    await query(client, "SELECT 2");
    await eventually(() => pins()[0] === "");
    await eventually(() => pool.idle.size === pool.connections.size);
  });

  test("dedicated mode begins: what was shared is not given to anybody", async () => {
    const { server, tested } = await aProxy({ pool_mode: "transaction", pool_size: 2 });
    const [shared] = openConnections(server);
    tested.reload({ listeners: [{ pool_mode: "dedicated", pool_size: 2 }] });
    const client = await rig.client({ port: tested.port });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    await eventually(() => shared?.isClosed === true);
    expect(openConnections(server)).toHaveLength(1);
  });
});

describe("retirePool()", () => {
  test("a session of session mode goes to the new server after its next statement", async () => {
    const { tested, pins } = await aProxy({ pool_mode: "session" });
    const other = await rig.server();
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    tested.reload({ nodes: [{ port: other.port }] });
    await query(client, "SELECT 2");
    await eventually(() => pins()[0] === "");
    expect(brief(await query(client, "SELECT 3"))).toBe("OK");
    expect(other.connections.flatMap(({ commands }) => commands.map(({ text }) => text))).toContain("SELECT 3");
    expect(pins()).toEqual(["pool_mode"]);
  });

  test("nothing is left that asks a server that is no longer there", async () => {
    const asked: number[] = [];
    const probe: Probe = async ({ port }) => {
      asked.push(port);
      return "gone";
    };
    const { server, tested } = await aProxy({ health: { probe_interval_ms: 1_000 } }, probe);
    const other = await rig.server();
    tested.reload({ nodes: [{ port: other.port }], listeners: [{ health: { probe_interval_ms: 0 } }] });
    await eventually(() => openConnections(server).length === 0);
    tested.clock.advance(60_000);
    expect([asked.includes(server.port), server.connections.length]).toEqual([false, 1]);
  });
});
