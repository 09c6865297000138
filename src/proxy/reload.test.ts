/** What a new configuration does to sessions, rules and pools of a running proxy. */
import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY } from "../mysql/commands.ts";
import { ok, resultSet, textRow } from "../testkit/answers.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { brief, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest, TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const REFUSES_DROP = { plugin: { circuit_break: [{ name: "no drop", regex: ["^DROP"], case_insensitive: false }] } };
const ONE_SLOW = {
  plugin: {
    concurrency_control: [
      { name: "slow", regex: ["^SELECT slow"], case_insensitive: false, max_concurrency: 1, duration: 1 },
    ],
  },
};

/** Two servers; the proxy has the first, and `change` has it go over to the second. */
async function two(listener: TestListener = {}) {
  const [old, next] = [await rig.server(), await rig.server()];
  const tested = rig.proxy({ listeners: [listener], nodes: [{ name: "old", port: old.port }] });
  const change = () => tested.reload({ nodes: [{ name: "next", port: next.port }] });
  return { old, next, tested, change };
}

/** Statements that begin with SELECT slow are answered when the gate opens. */
function gated(...servers: FakeServer[]) {
  const gate = newGate();
  for (const server of servers) {
    server.script = async ({ text }) => {
      if (text.startsWith("SELECT slow")) await gate.opened;
      return undefined;
    };
  }
  return gate;
}

const poolsOf = (tested: ProxyUnderTest) => [...tested.listener.setup.pools.values()];
const isLetGo = (tested: ProxyUnderTest) => eventually(() => tested.listener.retiring.size === 0);

describe("changeConfig() and sessions", () => {
  test("a session at rest finds new rules at its next statement, and keeps its connection", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    expect(brief(await query(client, "DROP TABLE t"))).toBe("OK");
    tested.reload({ listeners: [REFUSES_DROP] });
    expect(errOf(await query(client, "DROP TABLE t"))).toMatchObject({ code: 1047 });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    tested.reload({ listeners: [{}] });
    expect(brief(await query(client, "DROP TABLE t"))).toBe("OK");
    expect(server.connections).toHaveLength(1);
    expect(tested.proxy.generation.number).toBe(3);
  });

  test("a running statement keeps its place under a rule that stays, and gives it back once", async () => {
    const { server, tested } = await rig.pair({}, ONE_SLOW);
    const gate = gated(server);
    const [first, second] = [await rig.client({ port: tested.port }), await rig.client({ port: tested.port })];
    sendCommand(first, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    tested.reload({ listeners: [{ plugin: { ...ONE_SLOW.plugin, ...REFUSES_DROP.plugin } }] });
    expect(errOf(await query(second, "SELECT slow")).message).toContain('rule "slow" (1 running)');
    gate.open();
    expect(brief(await readAnswer(first, COM_QUERY))).toBe("OK");
    expect(brief(await query(second, "SELECT slow"))).toBe("OK");
    const [, concurrency] = tested.listener.setup.chain;
    expect(concurrency?.tallies).toEqual([{ key: "name slow", refused: 1, taken: 0, shared: null }]);
  });

  test("a statement that was admitted by a rule that is gone ends as if nothing had happened", async () => {
    const { server, tested } = await rig.pair({}, ONE_SLOW);
    const gate = gated(server);
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    tested.reload({ listeners: [{}] });
    gate.open();
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(brief(await query(client, "SELECT slow again"))).toBe("OK");
  });

  test("sessions stay when user and password change; who logs in needs the new ones", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    tested.reload({ listeners: [{ user: "other", password: "changed" }] });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(rig.client({ port: tested.port })).rejects.toThrow("log-in refused with 1045");
    const other = await rig.client({ port: tested.port, user: "other", password: "changed" });
    expect(brief(await query(other, "SELECT 1"))).toBe("OK");
  });

  test("limits count from the next statement or log-in on", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    tested.reload({ listeners: [{ limits: { sessions_max: 1, prepared_statements_max: 1 } }] });
    expect(rig.client({ port: tested.port })).rejects.toThrow("greeted with 1040");
    tested.reload({ listeners: [{ limits: { sessions_max: 2 } }] });
    await rig.client({ port: tested.port });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  });

  test("a configuration that says the same changes nothing, and one that does says what in one line", async () => {
    const { tested } = await rig.pair();
    const { setup } = tested.listener;
    expect(tested.reload({})).toBe(false);
    expect(tested.listener.setup).toBe(setup);
    expect(tested.proxy.generation.number).toBe(1);
    const { length } = tested.log.lines;
    expect(tested.reload({ listeners: [{ password: "changed", pool_size: 1 }] })).toBe(true);
    expect(tested.log.lines.slice(length)).toEqual([
      {
        level: "INFO",
        message: "configuration changed",
        fields: { generation: 2, listeners: "listener-0(password,pool_size)" },
      },
    ]);
  });
});

describe("changeConfig() and pools", () => {
  test("weight, role, rules and limits leave a pool and its connections alone", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    const [pool] = poolsOf(tested);
    tested.reload({
      listeners: [{ ...REFUSES_DROP, limits: { timeout_idle_connection_ms: 1 } }],
      nodes: [{ name: "renamed", port: server.port, weight: 7, role: "read" }],
    });
    await query(client, "SELECT 2");
    expect(poolsOf(tested)).toEqual([pool!]);
    expect(server.connections).toHaveLength(1);
    expect(pool?.options.timeoutIdleMs).toBe(1);
    expect(pool?.endpoint.name).toBe("renamed");
    expect([...tested.listener.setup.pools.keys()]).toMatchObject([{ name: "renamed", weight: 7, role: "read" }]);
  });

  test("a node that is gone: its idle connections close, sessions go on with the new one", async () => {
    const { old, next, tested, change } = await two();
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    change();
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    expect(statementsOf(next)).toEqual(["SELECT 2"]);
    await eventually(() => openConnections(old).length === 0);
    expect(tested.listener.retiring.size).toBe(0);
  });

  test("a running statement is answered by the node that is gone, and the next one by the new one", async () => {
    const { old, next, tested, change } = await two();
    const gate = gated(old);
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(old).includes("SELECT slow"));
    change();
    expect(tested.listener.retiring.size).toBe(1);
    gate.open();
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    expect([statementsOf(old), statementsOf(next)]).toEqual([["SELECT slow"], ["SELECT 2"]]);
    await isLetGo(tested);
  });

  test("a transaction ends where it began; then its session moves", async () => {
    const { old, next, tested, change } = await two();
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    change();
    for (const text of ["INSERT INTO t VALUES (1)", "SELECT 1", "COMMIT"]) {
      expect(brief(await query(client, text))).toBe("OK");
    }
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    expect(statementsOf(old)).toEqual(["BEGIN", "INSERT INTO t VALUES (1)", "SELECT 1", "COMMIT"]);
    expect(statementsOf(next)).toEqual(["SELECT 2"]);
    await eventually(() => openConnections(old).length === 0);
    expect(tested.log.lines.filter(({ level }) => level !== "INFO" && level !== "DEBUG")).toEqual([]);
  });

  test("a session that has not let go when timeout_drain_ms is over hears why, and ends", async () => {
    const { old, tested, change } = await two({ limits: { timeout_drain_ms: 5_000 } });
    const client = await rig.client({ port: tested.port });
    await query(client, "CREATE TEMPORARY TABLE scratch (a int)");
    change();
    tested.clock.advance(4_999);
    expect(brief(await query(client, "SELECT * FROM scratch"))).toBe("OK");
    tested.clock.advance(1);
    const packet = await nextPacket(client.stream);
    expect(packet === null ? null : errOf(packet)).toMatchObject({
      code: 1158,
      message: `Lost connection to old (127.0.0.1:${old.port}): the configuration no longer has it, and its 5000 ms to let go (timeout_drain_ms) are over`,
    });
    expect(await nextPacket(client.stream)).toBeNull();
    await isLetGo(tested);
  });

  test("statements in line for a node that is gone are routed anew", async () => {
    const { old, next, tested, change } = await two({ pool_size: 1 });
    const gate = gated(old);
    const [holder, waiting] = [await rig.client({ port: tested.port }), await rig.client({ port: tested.port })];
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(old).includes("SELECT slow"));
    sendCommand(waiting, COM_QUERY, "SELECT 2");
    await eventually(() => poolsOf(tested)[0]?.waiters.length === 1);
    change();
    expect(brief(await readAnswer(waiting, COM_QUERY))).toBe("OK");
    expect(statementsOf(next)).toEqual(["SELECT 2"]);
    gate.open();
    expect(brief(await readAnswer(holder, COM_QUERY))).toBe("OK");
  });

  test("another password of a node: what is open goes on, what is opened logs in with it", async () => {
    const { server, tested } = await rig.pair();
    const [first, second] = [await rig.client({ port: tested.port }), await rig.client({ port: tested.port })];
    await query(first, "BEGIN");
    server.account.password = "rotated";
    tested.reload({ nodes: [{ port: server.port, password: "rotated" }] });
    expect(brief(await query(second, "SELECT 2"))).toBe("OK");
    for (const text of ["SELECT 1", "COMMIT", "SELECT 3"]) expect(brief(await query(first, text))).toBe("OK");
    await isLetGo(tested);
    expect(openConnections(server)).toHaveLength(1);
    expect(await tested.scrape()).toContain(
      `pisanix_pool_connections{domain="listener-0",server="127.0.0.1:${server.port}",state="idle"} 1`,
    );
  });

  test("a smaller pool closes what is idle now and what is busy later, also while others wait", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 4 });
    const gate = gated(server);
    const clients = await Promise.all(Array.from({ length: 6 }, () => rig.client({ port: tested.port })));
    for (const client of clients) sendCommand(client, COM_QUERY, "SELECT slow");
    await eventually(() => openConnections(server).length === 4 && poolsOf(tested)[0]?.waiters.length === 2);
    tested.reload({ listeners: [{ pool_size: 1 }] });
    expect(openConnections(server)).toHaveLength(4);
    gate.open();
    for (const client of clients) expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    await eventually(() => openConnections(server).length === 1);
    expect(poolsOf(tested)[0]).toMatchObject({ surplus: 0, options: { sizeMax: 1 } });
    for (const client of clients) expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(openConnections(server)).toHaveLength(1);
  });

  test("a larger pool serves those in line at once", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const gate = gated(server);
    const clients = await Promise.all(Array.from({ length: 3 }, () => rig.client({ port: tested.port })));
    for (const client of clients) sendCommand(client, COM_QUERY, "SELECT slow");
    await eventually(() => poolsOf(tested)[0]?.waiters.length === 2);
    tested.reload({ listeners: [{ pool_size: 3 }] });
    await eventually(() => statementsOf(server).length === 3);
    gate.open();
    for (const client of clients) expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
  });
});

describe("changeConfig() and what a session's last statement left", () => {
  /** A client whose last statement on the old node made a row with the number 42, and the pool's parked connection. */
  async function inserted() {
    const made = await two();
    made.old.script = ({ text, connection }) => {
      if (text.startsWith("INSERT")) return [ok({ status: connection.status, insertId: 42 })];
      if (text === "SELECT LAST_INSERT_ID()") return resultSet(connection.capabilities, ["id"], [textRow(["42"])]);
      if (text === "SELECT warned") return [ok({ status: connection.status, warnings: 1 })];
      return undefined;
    };
    const client = await rig.client({ port: made.tested.port });
    return { ...made, client };
  }

  test("LAST_INSERT_ID() is asked for before the node is left, and told to the next one", async () => {
    const { old, next, client, tested, change } = await inserted();
    await query(client, "INSERT INTO t VALUES ()");
    change();
    expect(brief(await query(client, "SELECT LAST_INSERT_ID()"))).toBe("OK");
    expect(statementsOf(next)).toEqual(["SET last_insert_id = 42", "SELECT LAST_INSERT_ID()"]);
    await isLetGo(tested);
    await eventually(() => openConnections(old).length === 0);
  });

  test("warnings are shown by the node that is gone; any other statement goes to the new one", async () => {
    const { old, next, client, tested, change } = await inserted();
    await query(client, "SELECT warned");
    change();
    expect(tested.listener.retiring.size).toBe(1);
    expect(brief(await query(client, "SHOW WARNINGS"))).toBe("OK");
    expect(statementsOf(old)).toContain("SHOW WARNINGS");
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    expect(statementsOf(next)).toEqual(["SELECT 2"]);
    await isLetGo(tested);
  });
});
