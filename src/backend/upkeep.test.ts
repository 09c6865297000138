import { afterEach, describe, expect, test } from "bun:test";
import { COM_PING, COM_QUERY } from "../mysql/commands.ts";
import { ok, stateEntry } from "../testkit/answers.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { brief, query, sendCommand } from "../testkit/fake-client.ts";
import { type FakeClient, readAnswer } from "../testkit/fake-client-answer.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import type { FakeServer, FakeServerOptions } from "../testkit/fake-server-types.ts";
import type { ProxyUnderTest, TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import type { Pool } from "./pool-state.ts";

const rig = newRig();
afterEach(rig.tearDown);

interface Setting {
  server: FakeServer;
  tested: ProxyUnderTest;
  pool: Pool<unknown>;
}

/** A pool whose first connections are there. */
async function aPool(listener: TestListener = {}, options: FakeServerOptions = {}): Promise<Setting> {
  const { server, tested } = await rig.pair(options, { ...listener, health: { probe_interval_ms: 0 } });
  const pool = [...tested.listener.setup.pools.values()][0] as Pool<unknown>;
  const { idleMin } = pool.options;
  await eventually(() => pool.idle.size === idleMin || (idleMin === 0 && pool.connections.size > 0));
  return { server, tested, pool };
}

/** Opens `count` connections by as many statements at once, and leaves them idle. */
async function spread({ server, tested, pool }: Setting, count: number): Promise<FakeClient[]> {
  const gate = newGate();
  server.script = async ({ text }) => {
    if (text === "SELECT slow") await gate.opened;
    return undefined;
  };
  const clients = await Promise.all(Array.from({ length: count }, () => rig.client({ port: tested.port })));
  for (const client of clients) sendCommand(client, COM_QUERY, "SELECT slow");
  await eventually(() => statementsOf(server).filter((text) => text === "SELECT slow").length === count);
  gate.open();
  for (const client of clients) await readAnswer(client, COM_QUERY);
  server.script = () => undefined;
  await eventually(() => pool.idle.size === count);
  return clients;
}

const pingsOf = (server: FakeServer) =>
  server.connections.map(({ commands }) => commands.filter(({ command }) => command === COM_PING).length);

/** Lets whole seconds pass, and what they set off happen. */
async function pass({ tested, pool }: Setting, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    tested.clock.advance(1_000);
    await eventually(() => [...pool.connections].every(({ state }) => state !== "checking" && state !== "connecting"));
  }
}

describe("pool_idle_min", () => {
  test("as many are open before the first client comes, and are there again when some broke", async () => {
    const setting = await aPool({ limits: { pool_idle_min: 3 } });
    const { server, pool } = setting;
    expect(server.connections).toHaveLength(3);
    for (const { stream } of openConnections(server).slice(0, 2)) stream.socket.destroy();
    await eventually(() => pool.connections.size === 1);
    await pass(setting, 1);
    expect([pool.idle.size, server.connections.length]).toEqual([3, 5]);
  });

  test("a borrowed one is replaced, but never beyond pool_size", async () => {
    const setting = await aPool({ pool_size: 3, limits: { pool_idle_min: 2 } });
    const { server, tested, pool } = setting;
    const [first, second] = [await rig.client({ port: tested.port }), await rig.client({ port: tested.port })];
    await query(first, "BEGIN");
    await pass(setting, 1);
    expect([pool.idle.size, pool.connections.size]).toEqual([2, 3]);
    await query(second, "BEGIN");
    await pass(setting, 3);
    expect([pool.idle.size, pool.connections.size, server.openMax]).toEqual([1, 3, 3]);
  });
});

describe("timeout_idle_connection_ms", () => {
  test("closes what nobody has wanted, but not the last pool_idle_min", async () => {
    const setting = await aPool({ limits: { pool_idle_min: 2, timeout_idle_connection_ms: 60_000 } });
    await spread(setting, 5);
    await pass(setting, 60);
    expect(setting.pool.idle.size).toBe(5);
    await pass(setting, 1);
    expect(setting.pool.idle.size).toBe(2);
    expect(await setting.tested.figure("pisanix_backend_connections_destroyed_total", 'reason="idle_timeout"')).toBe(3);
  });
});

describe("timeout_connection_age_ms", () => {
  test("replaces connections in the last fifth of their age, not all at once", async () => {
    const setting = await aPool({ limits: { pool_idle_min: 8, timeout_connection_age_ms: 1_000_000 }, pool_size: 16 });
    const { pool } = setting;
    const ages = [...pool.connections].map(({ oldSinceMs }) => oldSinceMs);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(800_000);
    expect(Math.max(...ages)).toBeLessThanOrEqual(1_000_000);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(50_000);
  });

  test("a connection in a transaction lives on until that is over", async () => {
    const setting = await aPool({ limits: { pool_idle_min: 1, timeout_connection_age_ms: 20_000 } });
    const { server, tested } = setting;
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    const mine = server.connections.find(({ commands }) => commands.some(({ text }) => text === "BEGIN"));
    await pass(setting, 21);
    expect(mine?.isClosed).toBe(false);
    await query(client, "INSERT INTO t VALUES (1)");
    expect(brief(await query(client, "COMMIT"))).toBe("OK");
    expect(statementsOf(server)).toEqual(["BEGIN", "INSERT INTO t VALUES (1)", "COMMIT"]);
    await eventually(() => mine?.isClosed === true);
    expect(await tested.figure("pisanix_backend_connections_destroyed_total", 'reason="max_age"')).toBeGreaterThan(0);
    await pass(setting, 1);
    expect(setting.pool.idle.size).toBe(1);
  });
});

describe("timeout_quiet_connection_ms", () => {
  test("silent connections are asked from time to time; busy ones never are", async () => {
    const setting = await aPool({ limits: { timeout_quiet_connection_ms: 10_000 } });
    const { server, tested } = setting;
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 30; i++) {
      await query(client, `SELECT ${i}`);
      await pass(setting, 1);
    }
    expect(pingsOf(server)).toEqual([0]);
    await pass(setting, 30);
    expect(pingsOf(server)).toEqual([3]);
  });

  test("one whose server has died unheard is never used: the statement gets another, and nobody hears of it", async () => {
    const setting = await aPool({ limits: { timeout_quiet_connection_ms: 10_000 } });
    const { server, tested, pool } = setting;
    const client = await rig.client({ port: tested.port });
    const [old] = server.connections;
    server.script = ({ connection }) => (connection === old ? null : undefined); // as behind a firewall that forgot it
    // No upkeep in between: time has passed at once, as for a machine that was asleep.
    for (const each of pool.connections) each.quietSinceMs -= 10_000;
    for (const each of pool.connections) each.idleTurn = -1;
    sendCommand(client, COM_QUERY, "SELECT 1");
    await eventually(() => pingsOf(server)[0] === 1);
    tested.clock.advance(1_000);
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect([statementsOf(server), server.connections.length]).toEqual([["SELECT 1"], 2]);
    expect(old?.commands.some(({ text }) => text === "SELECT 1")).toBe(false);
  });

  test("ROW_COUNT() of the last statement is the session's also after a ping", async () => {
    const setting = await aPool({ limits: { timeout_quiet_connection_ms: 10_000 } });
    const { server, tested } = setting;
    server.script = ({ text }) => (text === "UPDATE t SET a = 1" ? [ok({ affectedRows: 7 })] : undefined);
    const client = await rig.client({ port: tested.port });
    await query(client, "UPDATE t SET a = 1");
    await pass(setting, 11);
    expect(pingsOf(server)).toEqual([1]);
    await query(client, "SELECT ROW_COUNT()");
    const texts = server.connections[0]?.commands.map(({ text }) => text) ?? [];
    const after = texts.slice(texts.indexOf("UPDATE t SET a = 1") + 2);
    expect(after.at(-1)).toBe("SELECT ROW_COUNT()");
    expect(after.length).toBeGreaterThan(1); // it was told before
  });
});

describe("wait_timeout of the server", () => {
  test("connections are asked in half of that time, so that it never closes them", async () => {
    const setting = await aPool({}, { variables: { wait_timeout: "10" } });
    await pass(setting, 20);
    expect(pingsOf(setting.server)).toEqual([4]);
  });

  test("a session's own counts for the connection that has it", async () => {
    const setting = await aPool({}, { variables: { wait_timeout: "28800" } });
    const { server, tested } = setting;
    server.script = ({ text }) =>
      text === "SET wait_timeout = 8" ? [ok({ state: [stateEntry(0, "wait_timeout", "8")] })] : undefined;
    const client = await rig.client({ port: tested.port });
    await query(client, "SET wait_timeout = 8");
    await pass(setting, 7);
    expect(pingsOf(server)).toEqual([1]);
  });
});
