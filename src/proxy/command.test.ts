import { afterEach, describe, expect, test } from "bun:test";
import { CLIENT_MULTI_STATEMENTS, CLIENT_QUERY_ATTRIBUTES } from "../mysql/capabilities.ts";
import {
  COM_INIT_DB,
  COM_PING,
  COM_PROCESS_INFO,
  COM_QUERY,
  COM_QUIT,
  COM_RESET_CONNECTION,
  COM_SET_OPTION,
  COM_SHUTDOWN,
  COM_STATISTICS,
  COM_STMT_CLOSE,
  COM_STMT_EXECUTE,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
} from "../mysql/commands.ts";
import { ok, stateEntry } from "../testkit/answers.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { ask, brief, closedBy, commandBytes, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { isOwn, openConnections, statementsOf } from "../testkit/fake-server.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import { nextPacket, packetsOf } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { PIN_LONG_DATA, PIN_TRANSACTION } from "./pin.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** Texts or command numbers that came over each connection of `server`, without the proxy's own setting up. */
function historyOf(server: FakeServer): Array<Array<string | number>> {
  return server.connections.map((connection) =>
    connection.commands
      .filter(({ command, text }) => command !== COM_QUERY || !isOwn(text))
      .map(({ command, text }) => (command === COM_QUERY ? text : command)),
  );
}

describe("pump()", () => {
  test("pipelined commands are answered in order, also when they come in one segment", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    const texts = Array.from({ length: 30 }, (_, i) => `SELECT ${i}`);
    client.stream.socket.write(Buffer.concat(texts.map((text) => commandBytes(COM_QUERY, text))));
    for (const text of texts) expect([text, brief(await readAnswer(client, COM_QUERY))]).toEqual([text, "OK"]);
    expect(statementsOf(server)).toEqual(texts);
  });

  test("pipelined commands behind an ERR of the proxy are answered, too", async () => {
    const server = await rig.server();
    await server.stop();
    const tested = rig.proxy({ nodes: [{ port: server.port }] });
    const client = await rig.client({ port: tested.port });
    const commands = [commandBytes(COM_QUERY, "SELECT 1"), commandBytes(COM_SHUTDOWN), commandBytes(COM_PING)];
    client.stream.socket.write(Buffer.concat(commands));
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1429);
    expect(errOf(await readAnswer(client, COM_SHUTDOWN)).code).toBe(1047);
    expect(brief(await readAnswer(client, COM_PING))).toBe("OK");
  });

  test("a command that comes byte by byte is one command", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    for (const byte of commandBytes(COM_QUERY, "SELECT 'bytes'")) {
      client.stream.socket.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(statementsOf(server)).toEqual(["SELECT 'bytes'"]);
  });

  for (const length of [0xffffff - 1, 0xffffff, 0xffffff + 1, 2 * 0xffffff + 5]) {
    test(`a statement whose payload is ${length} bytes reaches the server as it is`, async () => {
      const { server, tested } = await rig.pair();
      const client = await rig.client({ port: tested.port });
      const text = `SELECT '${"x".repeat(length - 10)}'`;
      expect(brief(await query(client, text))).toBe("OK");
      const [seen] = statementsOf(server);
      expect([seen?.length, Bun.hash(seen ?? "")]).toEqual([length - 1, Bun.hash(text)]);
      expect(brief(await query(client, "SELECT 2"))).toBe("OK");
    });
  }

  test("a session at rest keeps nothing of what its client has sent", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, `SELECT '${"x".repeat(30_000)}'`);
    const [session] = tested.listener.sessions.values();
    expect(session?.request.bytes.length).toBe(0);
    expect(session?.statement.bytes.length).toBe(0);
    expect(session?.inbox.bytes.length).toBe(0);
    expect(session?.statement.text).toBe("");
  });

  test("a large statement that has to wait for a connection arrives whole when there is one", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT slow") await gate.opened;
      return undefined;
    };
    const holder = await rig.client({ port: tested.port });
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    const client = await rig.client({ port: tested.port });
    const text = `SELECT '${"y".repeat(5_000_000)}'`;
    sendCommand(client, COM_QUERY, text);
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    gate.open();
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(Bun.hash(statementsOf(server).at(-1) ?? "")).toBe(Bun.hash(text));
  });

  test("a large statement that waits in vain is thrown away, and the session goes on", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT slow") await gate.opened;
      return undefined;
    };
    const holder = await rig.client({ port: tested.port });
    sendCommand(holder, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, `SELECT '${"z".repeat(5_000_000)}'`);
    await eventually(() => [...tested.listener.setup.pools.values()][0]?.waiters.length === 1);
    tested.clock.advance(10_000);
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1203);
    expect(brief(await ask(client, COM_PING))).toBe("OK");
    gate.open();
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
  });

  test("a wrong sequence id is an ERR and the end", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    const wrong = packetsOf([Buffer.from("\x03SELECT 1")], 3);
    client.stream.socket.write(Buffer.concat([wrong, commandBytes(COM_QUERY, "DROP TABLE t")]));
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1156);
    expect(await nextPacket(client.stream)).toBeNull();
    expect(statementsOf(server)).toEqual([]);
  });

  test("a packet without a command is an unknown one, and the session goes on", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    client.stream.socket.write(Buffer.concat([packetsOf([new Uint8Array(0)]), commandBytes(COM_PING)]));
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1047);
    expect(brief(await readAnswer(client, COM_PING))).toBe("OK");
  });
});

describe("onCommand()", () => {
  test("COM_PING at rest needs no server; COM_STATISTICS and others do", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    expect(brief(await ask(client, COM_PING))).toBe("OK");
    expect(Buffer.from((await ask(client, COM_STATISTICS))[0]?.payload ?? []).toString()).toStartWith("Uptime");
    expect(historyOf(server).flat()).toEqual([COM_STATISTICS]);
  });

  test("commands that nobody has are answered by the server, and COM_SHUTDOWN is refused", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    expect(errOf(await ask(client, COM_SHUTDOWN)).message).toBe(
      "COM_SHUTDOWN is refused: clients of pisanix do not stop databases",
    );
    expect(errOf(await ask(client, 0x5f))).toEqual({ code: 1047, sqlState: "08S01", message: "Unknown command" });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(historyOf(server).flat()).toEqual([0x5f, "SELECT 1"]);
    expect(tested.listener.sessions.values().next().value?.pins).toBe(0);
  });

  test("COM_QUIT closes without a word, and the connection serves others", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    sendCommand(client, COM_QUIT);
    await closedBy(client);
    await query(await rig.client({ port: tested.port }), "SELECT 2");
    expect(historyOf(server)).toEqual([["SELECT 1", "SELECT 2"]]);
  });

  test("query attributes are the server's; the statement behind them is understood", async () => {
    const { server, tested } = await rig.pair(
      {},
      { plugin: { circuit_break: [{ regex: ["^DROP"], case_insensitive: false }] } },
    );
    const capabilities = FAKE_CLIENT_CAPABILITIES | CLIENT_QUERY_ATTRIBUTES;
    const client = await rig.client({ port: tested.port, capabilities });
    const attributes = Buffer.from("\x01\x01\x00\x01\xfe\x00\x05trace\x03abc", "latin1");
    expect(brief(await ask(client, COM_QUERY, Buffer.concat([attributes, Buffer.from("SELECT 1")])))).toBe("OK");
    const refused = await ask(client, COM_QUERY, Buffer.concat([attributes, Buffer.from("DROP TABLE t")]));
    expect(errOf(refused).code).toBe(1047);
    expect(statementsOf(server)).toEqual(["SELECT 1"]);
    const cut = await ask(client, COM_QUERY, Buffer.from("\x09\x01\xff"));
    expect(errOf(cut).code).toBe(1835);
    expect(brief(await ask(client, COM_PING))).toBe("OK");
  });

  test("COM_INIT_DB follows the session to every connection", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    server.script = ({ command, connection, text }) => {
      if (command !== COM_INIT_DB) return undefined;
      connection.schema = text;
      return [
        ok({
          state: [stateEntry(1, text), stateEntry(2, "1")].map(
            ([type, data], i) => [type, i === 1 ? Buffer.from("1") : data] as const,
          ),
        }),
      ];
    };
    const first = await rig.client({ port: tested.port });
    const second = await rig.client({ port: tested.port, schema: "other" });
    expect(brief(await ask(first, COM_INIT_DB, "shop"))).toBe("OK");
    await query(second, "SELECT 'in other'");
    await query(first, "SELECT 'in shop'");
    expect(historyOf(server).flat()).toEqual([
      COM_INIT_DB, // the second client's log-in
      COM_INIT_DB,
      COM_INIT_DB,
      "SELECT 'in other'",
      COM_INIT_DB,
      "SELECT 'in shop'",
    ]);
    expect(openConnections(server)[0]?.schema).toBe("shop");
  });

  test("COM_SET_OPTION: the session goes on with connections that have it so, and keeps none", async () => {
    const { server, tested } = await rig.pair();
    const capabilities = FAKE_CLIENT_CAPABILITIES & ~CLIENT_MULTI_STATEMENTS;
    const client = await rig.client({ port: tested.port, capabilities });
    await query(client, "SELECT 'one'");
    expect(brief(await ask(client, COM_SET_OPTION, Buffer.from([0, 0])))).toBe("fe000002000000");
    await query(client, "SELECT 1; SELECT 2");
    await ask(client, COM_SET_OPTION, Buffer.from([1, 0]));
    await query(client, "SELECT 'two'");
    expect([...tested.listener.sessions.values()].map(({ pins }) => pins)).toEqual([0]);
    const seen = openConnections(server).map(({ capabilities: has, commands }) => ({
      isMulti: (has & CLIENT_MULTI_STATEMENTS) !== 0,
      texts: commands.map(({ text }) => text).filter((text) => text.startsWith("SELECT ") && !isOwn(text)),
    }));
    expect(seen.filter(({ texts }) => texts.length > 0)).toEqual([
      { isMulti: true, texts: ["SELECT 1; SELECT 2"] },
      { isMulti: false, texts: ["SELECT 'one'", "SELECT 'two'"] },
    ]);
  });

  test("COM_SET_OPTION on a connection that the session keeps changes what it is good for", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const client = await rig.client({ port: tested.port, capabilities: FAKE_CLIENT_CAPABILITIES });
    await query(client, "BEGIN");
    await ask(client, COM_SET_OPTION, Buffer.from([1, 0]));
    await query(client, "COMMIT");
    const other = await rig.client({ port: tested.port, capabilities: FAKE_CLIENT_CAPABILITIES });
    await query(other, "SELECT 1; SELECT 2");
    await query(client, "SELECT 3");
    const texts = server.connections.map((each) =>
      each.commands.map(({ text }) => text).filter((text) => /^SELECT \d/.test(text)),
    );
    expect(texts.filter((each) => each.length > 0)).toEqual([["SELECT 1; SELECT 2"], ["SELECT 3"]]);
  });

  test("COM_PROCESS_INFO is the server's", async () => {
    const { server, tested } = await rig.pair();
    await ask(await rig.client({ port: tested.port }), COM_PROCESS_INFO);
    expect(historyOf(server).flat()).toEqual([COM_PROCESS_INFO]);
  });
});

describe("a transaction", () => {
  for (const poolSize of [1, 2]) {
    test(`keeps its connection to the end, with two clients over pool_size ${poolSize}`, async () => {
      const { server, tested } = await rig.pair({}, { pool_size: poolSize });
      const first = await rig.client({ port: tested.port });
      const second = await rig.client({ port: tested.port });
      await query(first, "BEGIN");
      sendCommand(second, COM_QUERY, "START TRANSACTION");
      await query(first, "INSERT 'first'");
      await query(first, "SELECT 'first'");
      await query(first, "COMMIT");
      expect(brief(await readAnswer(second, COM_QUERY))).toBe("OK");
      await query(second, "INSERT 'second'");
      if (poolSize === 2) await query(first, "SELECT 'between'");
      await query(second, "ROLLBACK");
      const first4 = ["BEGIN", "INSERT 'first'", "SELECT 'first'", "COMMIT"];
      const owners = historyOf(server).map((texts) => texts.filter((text) => typeof text === "string" && text !== ""));
      if (poolSize === 1) expect(owners).toEqual([[...first4, "START TRANSACTION", "INSERT 'second'", "ROLLBACK"]]);
      else {
        expect(owners.some((texts) => texts.slice(0, 4).join() === first4.join())).toBe(true);
        const secondOwner = owners.find((texts) => texts.includes("START TRANSACTION")) ?? [];
        expect(secondOwner.filter((text) => text !== "SELECT 'between'")).toEqual(
          expect.arrayContaining(["START TRANSACTION", "INSERT 'second'", "ROLLBACK"]),
        );
        expect(secondOwner).not.toContain("INSERT 'first'");
      }
    });
  }

  test("is known from the server's flags alone, whatever the text says", async () => {
    const { server, tested } = await rig.pair();
    server.script = ({ text }) => {
      if (text === "SELECT begin_somehow()") return [ok({ status: 0x0003 })];
      return text === "SELECT in_it()" ? [ok({ status: 0x0003 })] : undefined;
    };
    const client = await rig.client({ port: tested.port });
    const pinned = () => [...tested.listener.sessions.values()].some(({ pins }) => pins !== 0);
    await query(client, "SELECT begin_somehow()");
    expect(pinned()).toBe(true);
    await query(client, "SELECT in_it()");
    expect(pinned()).toBe(true);
    await query(client, "SELECT 'the server says that it is over'");
    expect(pinned()).toBe(false);
    expect(historyOf(server).filter((texts) => texts.length > 0)).toHaveLength(1);
  });

  test("autocommit off keeps the connection", async () => {
    const { server, tested } = await rig.pair();
    server.script = ({ text, connection }) => {
      if (text === "SET autocommit = 0") connection.status &= ~0x0002;
      if (text === "SET autocommit = 1") connection.status |= 0x0002;
      return undefined;
    };
    const client = await rig.client({ port: tested.port });
    const isInTransaction = () =>
      [...tested.listener.sessions.values()].map(({ pins }) => (pins & PIN_TRANSACTION) !== 0);
    await query(client, "SET autocommit = 0");
    await query(client, "SELECT 1");
    expect(isInTransaction()).toEqual([true]);
    await query(client, "SET autocommit = 1");
    expect(isInTransaction()).toEqual([false]);
  });
});

const pinsOf = (tested: ProxyUnderTest) => [...tested.listener.sessions.values()].map(({ pins }) => pins);

describe("prepared statements", () => {
  const long = (id: Uint8Array, data: string) => Buffer.concat([id, Buffer.from([0, 0]), Buffer.from(data)]);

  test("COM_STMT_SEND_LONG_DATA keeps the connection up to the execution; neither it nor COM_STMT_CLOSE is answered", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 2 });
    const client = await rig.client({ port: tested.port });
    const [prepared] = await ask(client, COM_STMT_PREPARE, "INSERT INTO t VALUES (?)");
    const id = prepared?.payload.slice(1, 5) ?? new Uint8Array(0);
    sendCommand(client, COM_STMT_SEND_LONG_DATA, long(id, "some"));
    sendCommand(client, COM_STMT_SEND_LONG_DATA, long(id, "x".repeat(3_000_000)));
    await eventually(() => pinsOf(tested).includes(PIN_LONG_DATA));
    expect(brief(await ask(client, COM_STMT_EXECUTE, Buffer.concat([id, Buffer.alloc(5)])))).toBe("OK");
    expect(pinsOf(tested)).toEqual([0]);
    expect(brief(await ask(client, COM_STMT_RESET, id))).toBe("OK");
    sendCommand(client, COM_STMT_CLOSE, id);
    expect(brief(await ask(client, COM_PING))).toBe("OK");
    await eventually(() => historyOf(server).flat().includes(COM_STMT_CLOSE));
    const [used, ...others] = historyOf(server).filter((each) => each.length > 0);
    expect([used, others]).toEqual([
      [COM_STMT_PREPARE, COM_STMT_SEND_LONG_DATA, COM_STMT_SEND_LONG_DATA, COM_STMT_EXECUTE, COM_STMT_CLOSE],
      [],
    ]);
  });

  test("an id that nobody prepared, with nothing on any connection, is not answered and harms nobody", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_STMT_CLOSE, Buffer.from([9, 0, 0, 0]));
    sendCommand(client, COM_STMT_SEND_LONG_DATA, long(Buffer.from([9, 0, 0, 0]), "y".repeat(2_000_000)));
    expect(brief(await ask(client, COM_PING))).toBe("OK");
    expect(historyOf(server).flat()).toEqual([]);
  });

  test("more than prepared_statements_max are refused", async () => {
    const { tested } = await rig.pair({}, { limits: { prepared_statements_max: 2 } });
    const client = await rig.client({ port: tested.port });
    for (let i = 0; i < 2; i++) expect((await ask(client, COM_STMT_PREPARE, "SELECT 1"))[0]?.payload[0]).toBe(0);
    expect(errOf(await ask(client, COM_STMT_PREPARE, "SELECT 1"))).toEqual({
      code: 1461,
      sqlState: "42000",
      message: "Can't create more than prepared_statements_max statements in a session (current value: 2)",
    });
  });

  test("COM_RESET_CONNECTION closes them", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const client = await rig.client({ port: tested.port });
    await ask(client, COM_STMT_PREPARE, "SELECT 1");
    expect(brief(await ask(client, COM_RESET_CONNECTION))).toBe("OK");
    expect([...tested.listener.sessions.values()].map(({ pins, prepared }) => [pins, prepared.size])).toEqual([[0, 0]]);
    await query(await rig.client({ port: tested.port }), "SELECT 2");
    expect(historyOf(server)).toEqual([[COM_STMT_PREPARE, COM_STMT_CLOSE, "SELECT 2"]]);
  });
});
