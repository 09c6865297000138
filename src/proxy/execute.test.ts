import { afterEach, describe, expect, test } from "bun:test";
import { COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { resultSet, textRow } from "../testkit/answers.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { ask, brief, closedBy, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { statementsOf } from "../testkit/fake-server.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import type { TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const BREAKER: TestListener = {
  plugin: { circuit_break: [{ name: "no-drops", regex: ["^DROP", "delete from t$"], case_insensitive: false }] },
};
const limited = (max: number): TestListener => ({
  pool_size: 8,
  plugin: {
    concurrency_control: [
      { name: "few", regex: ["heavy"], case_insensitive: false, max_concurrency: max, duration: 1 },
    ],
  },
});

describe("circuit break", () => {
  test("refuses with the rule's name, sends nothing to the server, and the session goes on", async () => {
    const { server, tested } = await rig.pair({}, BREAKER);
    const client = await rig.client({ port: tested.port });
    expect(errOf(await query(client, "DROP TABLE t"))).toEqual({
      code: 1047,
      sqlState: "08S01",
      message: 'audit plugin rejected: circuit break rule "no-drops"',
    });
    expect(errOf(await query(client, "delete from t")).code).toBe(1047);
    expect(brief(await query(client, "delete from t where id = 1"))).toBe("OK");
    expect(statementsOf(server)).toEqual(["delete from t where id = 1"]);
  });

  test("refuses to prepare what it refuses to run, and in a transaction leaves that open", async () => {
    const { server, tested } = await rig.pair({}, BREAKER);
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    expect(errOf(await ask(client, COM_STMT_PREPARE, "DROP TABLE t")).code).toBe(1047);
    await query(client, "COMMIT");
    expect(statementsOf(server)).toEqual(["BEGIN", "COMMIT"]);
  });

  test("a statement larger than can be judged is refused, never passed unseen", async () => {
    const { server, tested } = await rig.pair({}, { ...BREAKER, limits: { statement_bytes_max: 100_000 } });
    const client = await rig.client({ port: tested.port });
    expect(errOf(await query(client, `DROP TABLE t /* ${"x".repeat(5_000_000)} */`))).toEqual({
      code: 1153,
      sqlState: "08S01",
      message: "Got a packet bigger than statement_bytes_max (100000 bytes) of listener listener-0",
    });
    expect(statementsOf(server)).toEqual([]);
  });

  test("a statement in several packets is judged as a whole", async () => {
    const { server, tested } = await rig.pair({}, BREAKER);
    const client = await rig.client({ port: tested.port });
    const text = `SELECT '${"x".repeat(0xffffff)}'; delete from t`;
    expect(errOf(await query(client, text)).code).toBe(1047);
    expect(brief(await query(client, text.slice(0, -1)))).toBe("OK");
    expect(statementsOf(server)).toHaveLength(1);
  });

  test("refusals are counted by rule", async () => {
    const { tested } = await rig.pair({}, BREAKER);
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 3; i++) await query(client, "DROP TABLE t");
    const line = (await tested.scrape()).split("\n").find((each) => each.includes('rule="no-drops"'));
    expect(line).toEndWith(" 3");
  });
});

describe("concurrency control", () => {
  test("a permit is held until the last byte of the answer, and not longer", async () => {
    const { server, tested } = await rig.pair({}, limited(1));
    const gate = newGate();
    const bytes = packetsOf(resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], [textRow(["1"])]), 1);
    server.script = async ({ text, connection }) => {
      if (text !== "SELECT heavy") return undefined;
      connection.stream.socket.write(bytes.subarray(0, -1));
      await gate.opened;
      return { bytes: bytes.subarray(-1) };
    };
    const first = await rig.client({ port: tested.port });
    const second = await rig.client({ port: tested.port });
    sendCommand(first, COM_QUERY, "SELECT heavy");
    await eventually(() => first.stream.receivedBytes > first.stream.start);
    expect(errOf(await query(second, "SELECT heavy")).message).toContain("few");
    expect(brief(await query(second, "SELECT light"))).toBe("OK");
    gate.open();
    await readAnswer(first, COM_QUERY);
    expect(brief(await query(second, "SELECT heavy"))).toBe("4 packets");
  });

  test("as many run as are permitted, however many ask", async () => {
    const { server, tested } = await rig.pair({}, limited(3));
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT heavy") await gate.opened;
      return undefined;
    };
    const clients = await Promise.all(Array.from({ length: 8 }, () => rig.client({ port: tested.port })));
    for (const client of clients) sendCommand(client, COM_QUERY, "SELECT heavy");
    const answers = clients.map(async (client) => brief(await readAnswer(client, COM_QUERY)));
    await eventually(() => statementsOf(server).length === 3);
    gate.open();
    const all = await Promise.all(answers);
    expect([all.filter((each) => each === "OK").length, all.filter((each) => each.startsWith("ERR")).length]).toEqual([
      3, 5,
    ]);
  });

  const losses: Array<[name: string, code: number | null]> = [
    ["a server that closes", 0],
    ["a client that vanishes", null],
  ];
  for (const [name, code] of losses) {
    test(`a permit comes back from ${name}`, async () => {
      const { server, tested } = await rig.pair({}, limited(1));
      server.script = ({ text }) => {
        if (text !== "SELECT heavy") return undefined;
        return code === null ? null : { bytes: new Uint8Array(0), close: "end" };
      };
      const first = await rig.client({ port: tested.port });
      sendCommand(first, COM_QUERY, "SELECT heavy");
      await eventually(() => statementsOf(server).includes("SELECT heavy"));
      if (code === null) first.stream.socket.resetAndDestroy();
      else {
        await closedBy(first);
        first.stream.socket.destroy();
      }
      await eventually(() => tested.listener.sessions.size === 0);
      server.script = () => undefined;
      expect(brief(await query(await rig.client({ port: tested.port }), "SELECT heavy"))).toBe("OK");
    });
  }

  test("a permit comes back when no connection can be had", async () => {
    const { server, tested } = await rig.pair({}, { ...limited(1), pool_size: 1 });
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT slow") await gate.opened;
      return undefined;
    };
    const holder = await rig.client({ port: tested.port });
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT heavy");
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    tested.clock.advance(10_000);
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1203);
    gate.open();
    await readAnswer(holder, COM_QUERY);
    expect(brief(await query(client, "SELECT heavy"))).toBe("OK");
  });

  test("executions of a prepared statement are counted as its text", async () => {
    const { server, tested } = await rig.pair({}, limited(1));
    const gate = newGate();
    server.script = async ({ command }) => {
      if (command === COM_STMT_EXECUTE) await gate.opened;
      return undefined;
    };
    const first = await rig.client({ port: tested.port });
    const [prepared] = await ask(first, COM_STMT_PREPARE, "SELECT heavy");
    const id = prepared?.payload.slice(1, 5) ?? new Uint8Array(0);
    sendCommand(first, COM_STMT_EXECUTE, Buffer.concat([id, Buffer.alloc(5)]));
    await eventually(() => server.connections.some((each) => each.commands.at(-1)?.command === COM_STMT_EXECUTE));
    expect(errOf(await query(await rig.client({ port: tested.port }), "SELECT heavy")).message).toContain("few");
    gate.open();
    expect(brief(await readAnswer(first, COM_STMT_EXECUTE))).toBe("OK");
  });
});

describe("findConnection()", () => {
  test("statements are spread by turns over the nodes", async () => {
    const servers = [await rig.server(), await rig.server()] as const;
    const tested = rig.proxy({ nodes: servers.map(({ port }) => ({ port })) });
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 10; i++) await query(client, `SELECT ${i}`);
    expect(servers.map((server) => statementsOf(server).length)).toEqual([5, 5]);
  });

  test("a transaction stays on its node", async () => {
    const servers = [await rig.server(), await rig.server()] as const;
    const tested = rig.proxy({ nodes: servers.map(({ port }) => ({ port })) });
    const client = await rig.client({ port: tested.port });
    const texts = ["BEGIN", "SELECT 1", "SELECT 2", "SELECT 3", "COMMIT"];
    for (const text of texts) await query(client, text);
    expect(servers.map(statementsOf).sort()).toEqual([[], texts]);
  });
});
