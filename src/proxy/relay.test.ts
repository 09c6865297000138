import { afterEach, describe, expect, test } from "bun:test";
import { CLIENT_DEPRECATE_EOF, CLIENT_LOCAL_FILES, CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import {
  COM_FIELD_LIST,
  COM_PING,
  COM_QUERY,
  COM_RESET_CONNECTION,
  COM_STATISTICS,
  COM_STMT_EXECUTE,
  COM_STMT_PREPARE,
  COM_STMT_SEND_LONG_DATA,
} from "../mysql/commands.ts";
import {
  SERVER_MORE_RESULTS_EXISTS,
  SERVER_SESSION_STATE_CHANGED,
  SERVER_STATUS_AUTOCOMMIT,
} from "../mysql/status-flags.ts";
import {
  columnDefinition,
  eof,
  err,
  localInfile,
  ok,
  prepareOk,
  resultSet,
  stateEntry,
  textRow,
} from "../testkit/answers.ts";
import { eventually, newGate } from "../testkit/eventually.ts";
import { ask, brief, closedBy, commandBytes, errOf, query, sendCommand } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import type { FakeCommand } from "../testkit/fake-server-types.ts";
import { nextPacket, packetsOf, type RawPacket } from "../testkit/packet-stream.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const isQuery = ({ command, text }: FakeCommand, wanted: string) => command === COM_QUERY && text === wanted;

/** The packets that `payloads` make, as the client should see them. */
function packets(payloads: readonly Uint8Array[]): Array<[sequence: number, payload: string]> {
  return payloads.map((payload, i) => [(i + 1) & 0xff, Buffer.from(payload).toString("hex")]);
}

function plain(answer: readonly RawPacket[]): Array<[sequence: number, payload: string]> {
  return answer.map(({ sequence, payload }) => [sequence, Buffer.from(payload).toString("hex")]);
}

describe("onResponse()", () => {
  for (const capabilities of [FAKE_CLIENT_CAPABILITIES, FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF]) {
    const eofName = (capabilities & CLIENT_DEPRECATE_EOF) === 0 ? "EOF packets" : "CLIENT_DEPRECATE_EOF";
    const more = { status: SERVER_STATUS_AUTOCOMMIT | SERVER_MORE_RESULTS_EXISTS };
    const rows = ["one", null, "", "\0\xff\xfe"].map((value) => textRow([value, "x"]));
    const answers: Record<string, Uint8Array[]> = {
      "a result set": resultSet(capabilities, ["a", "b"], rows),
      "an empty result set": resultSet(capabilities, ["a"], []),
      "an OK with info": [ok({ affectedRows: 70_000, insertId: 5, info: "Rows matched: 1", warnings: 3 })],
      "an ERR": [err(1064, "You have an error in your SQL syntax", "42000")],
      "an ERR amid rows": [
        ...resultSet(capabilities, ["a", "b"], rows).slice(0, -1),
        err(1317, "interrupted", "70100"),
      ],
      "several results": [
        ...resultSet(capabilities, ["a"], [textRow(["1"])], more),
        ...resultSet(capabilities, ["a", "b"], rows, more),
        ok(),
      ],
      "300 rows, whose sequence ids wrap around": resultSet(
        capabilities,
        ["a"],
        Array.from({ length: 300 }, (_, i) => textRow([`${i}`])),
      ),
    };
    for (const [name, payloads] of Object.entries(answers)) {
      test(`${name}, ${eofName}: the client gets the server's bytes`, async () => {
        const { server, tested } = await rig.pair();
        server.script = (command) => (isQuery(command, "SELECT answer") ? payloads : undefined);
        const client = await rig.client({ port: tested.port, capabilities });
        expect(plain(await query(client, "SELECT answer"))).toEqual(packets(payloads));
        expect(brief(await query(client, "SELECT 1"))).toBe("OK");
      });
    }

    test(`COM_FIELD_LIST, COM_STATISTICS, COM_STMT_PREPARE, ${eofName}: the client gets the server's bytes`, async () => {
      const { server, tested } = await rig.pair();
      const end = resultSet(capabilities, [], []).at(-1) as Uint8Array;
      const answers = new Map<number, Uint8Array[]>([
        [COM_FIELD_LIST, [columnDefinition("a"), columnDefinition("b"), end]],
        [COM_STATISTICS, [Buffer.from("Uptime: 12")]],
        [COM_STMT_PREPARE, prepareOk(capabilities, 1, 2, 3)],
      ]);
      // Its ids are the server's business: the client counts its own, from 1.
      server.script = ({ command }) =>
        command === COM_STMT_PREPARE ? prepareOk(capabilities, 7, 2, 3) : answers.get(command);
      const client = await rig.client({ port: tested.port, capabilities });
      for (const [command, payloads] of answers) {
        expect(plain(await ask(client, command, "table\0"))).toEqual(packets(payloads));
      }
    });
  }

  test("a row of 40 MB in three packets passes whole", async () => {
    const { server, tested } = await rig.pair();
    const big = Buffer.alloc(40_000_000, "pisanix ");
    const payloads = resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], [textRow([big])]);
    server.script = (command) => (isQuery(command, "SELECT big") ? payloads : undefined);
    const client = await rig.client({ port: tested.port });
    const answer = await query(client, "SELECT big");
    const row = Buffer.concat(answer.slice(2, 5).map((packet) => packet.payload));
    expect([answer.length, Bun.hash(row)]).toEqual([6, Bun.hash(payloads[2] as Uint8Array)]);
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  });

  test("an EOF whose status says that state has changed still ends the answer", async () => {
    const { server, tested } = await rig.pair();
    const capabilities = FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF;
    const head = resultSet(capabilities, ["a"], [textRow(["1"])]).slice(0, -1);
    const payloads = [...head, eof(SERVER_STATUS_AUTOCOMMIT | SERVER_SESSION_STATE_CHANGED)];
    server.script = (command) => (isQuery(command, "SELECT changed") ? payloads : undefined);
    const client = await rig.client({ port: tested.port, capabilities });
    // The flag is not for a client that has not asked for session state.
    expect(plain(await query(client, "SELECT changed"))).toEqual(packets([...head, eof()]));
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  });

  test("session state reaches who asked for it, as far as the server's defaults go, and nobody else", async () => {
    const { server, tested } = await rig.pair();
    const wanted = [stateEntry(1, "shop"), stateEntry(0, "autocommit", "OFF")];
    const changed = ok({ state: wanted });
    // Connections of a pool report more.
    const reported = ok({ state: [...wanted, stateEntry(0, "sql_mode", "ANSI"), stateEntry(2, "1")] });
    server.script = (command) => (isQuery(command, "DO change()") ? [reported] : undefined);
    const aware = await rig.client({
      port: tested.port,
      capabilities: FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK,
    });
    expect(plain(await query(aware, "DO change()"))).toEqual(packets([changed]));
    const unaware = await rig.client({ port: tested.port });
    expect(plain(await query(unaware, "DO change()"))).toEqual(packets([ok()]));
  });

  test("answers of every split of the server's bytes are the same bytes", async () => {
    const { server, tested } = await rig.pair();
    const state = ok({ header: 0xfe, state: [stateEntry(1, "shop")] });
    const payloads = [
      ...resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], [textRow(["x"]), textRow(["y"])]).slice(0, -1),
      state,
    ];
    const bytes = packetsOf(payloads, 1);
    let cut = 0;
    server.script = async (command) => {
      if (!isQuery(command, "SELECT split")) return undefined;
      const { socket } = command.connection.stream;
      await new Promise<void>((resolve) => socket.write(bytes.subarray(0, cut), () => setImmediate(resolve)));
      return { bytes: bytes.subarray(cut) };
    };
    const client = await rig.client({ port: tested.port });
    const expected = packets([...payloads.slice(0, -1), ok({ header: 0xfe })]);
    for (cut = 1; cut < bytes.length; cut++) expect(plain(await query(client, "SELECT split"))).toEqual(expected);
  });
});

describe("a server that lies", () => {
  const lies: Record<string, Uint8Array> = {
    "an OK that is cut short": packetsOf([Uint8Array.of(0)], 1),
    "a column count beyond all bounds": packetsOf([Uint8Array.of(0xfd, 1, 0, 1)], 1),
    "a packet of 16 MB where OK must stand": Uint8Array.of(0xfe, 0xff, 0xff, 1, 0, 1, 2, 3),
    "more than the answer": Buffer.concat([packetsOf([ok()], 1), packetsOf([ok()], 1)]),
    "an empty packet": packetsOf([new Uint8Array(0)], 1),
  };
  for (const [name, bytes] of Object.entries(lies)) {
    test(`${name}: loses its connection, and no other session notices`, async () => {
      const { server, tested } = await rig.pair();
      server.script = (command) => (isQuery(command, "SELECT lie") ? { bytes } : undefined);
      const bystander = await rig.client({ port: tested.port });
      await query(bystander, "SELECT 0");
      const client = await rig.client({ port: tested.port });
      sendCommand(client, COM_QUERY, "SELECT lie");
      await eventually(() => server.connections.some(({ isClosed }) => isClosed));
      expect(brief(await query(bystander, "SELECT 1"))).toBe("OK");
      expect(tested.log.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
    });
  }

  test("a word of a server that nobody asked closes its idle connection", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    server.connections[0]?.stream.socket.write(packetsOf([err(4031, "disconnected for inactivity")]));
    await eventually(() => server.connections[0]?.isClosed === true);
    expect(brief(await query(client, "SELECT 2"))).toBe("OK");
  });
});

describe("onConnectionLost()", () => {
  test("before the answer: the client is closed without a word, as by the server itself", async () => {
    const { server, tested } = await rig.pair();
    server.script = (command) =>
      isQuery(command, "SELECT lost") ? { bytes: new Uint8Array(0), close: "end" } : undefined;
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT lost");
    expect(await nextPacket(client.stream)).toBeNull();
    expect(brief(await query(await rig.client({ port: tested.port }), "SELECT 1"))).toBe("OK");
  });

  test("given up by the proxy, with nothing to lose: an ERR that names the endpoint, and the session goes on", async () => {
    const { server, tested } = await rig.pair();
    server.script = (command) =>
      isQuery(command, "SELECT lost") ? { bytes: Uint8Array.of(2, 0, 0, 1, 0, 0) } : undefined;
    const client = await rig.client({ port: tested.port });
    expect(errOf(await query(client, "SELECT lost"))).toEqual({
      code: 1158,
      sqlState: "08S01",
      message: `Lost connection to node-0 (127.0.0.1:${server.port}): the server's OK packet ends before its status flags`,
    });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  });

  test("within the answer: the client gets what came, then the end", async () => {
    const { server, tested } = await rig.pair();
    const part = packetsOf(resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], [textRow(["1"])]).slice(0, -1), 1);
    server.script = (command) => (isQuery(command, "SELECT lost") ? { bytes: part, close: "end" } : undefined);
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT lost");
    const got: RawPacket[] = [];
    for (let packet = await nextPacket(client.stream); packet !== null; packet = await nextPacket(client.stream)) {
      got.push(packet);
    }
    expect(
      Buffer.compare(
        packetsOf(
          got.map(({ payload }) => payload),
          1,
        ),
        part,
      ),
    ).toBe(0);
  });

  for (const [name, first] of [
    ["a transaction", "BEGIN"],
    ["a user variable", "SET @a = 1"],
    ["a temporary table", "CREATE TEMPORARY TABLE scratch (a int)"],
  ] as const) {
    test(`with ${name}: the session ends instead of going on without it`, async () => {
      const { server, tested } = await rig.pair();
      server.script = (command) =>
        isQuery(command, "SELECT lost") ? { bytes: new Uint8Array(0), close: "reset" } : undefined;
      const client = await rig.client({ port: tested.port });
      await query(client, first);
      sendCommand(client, COM_QUERY, "SELECT lost");
      expect(await nextPacket(client.stream)).toBeNull();
      client.stream.socket.write(commandBytes(COM_QUERY, "INSERT INTO t VALUES (1)"));
      await closedBy(client);
      expect(statementsOf(server)).toEqual([first, "SELECT lost"]);
    });
  }

  test("between statements of a transaction: the session ends", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    openConnections(server)[0]?.stream.socket.resetAndDestroy();
    expect(await nextPacket(client.stream)).toBeNull();
  });
});

describe("closeSession()", () => {
  test("a client that vanishes in the middle of a statement takes its connection with it, and the statement is killed", async () => {
    const { server, tested } = await rig.pair();
    const gate = newGate();
    server.script = async (command) => {
      if (isQuery(command, "SELECT long")) await gate.opened;
      return undefined;
    };
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT long");
    await eventually(() => statementsOf(server).includes("SELECT long"));
    client.stream.socket.resetAndDestroy();
    const [victim] = server.connections;
    await eventually(() => statementsOf(server).includes(`KILL CONNECTION ${victim?.id}`));
    gate.open();
    await eventually(() => victim?.isClosed === true);
    expect(tested.listener.sessions.size).toBe(0);
    const next = await rig.client({ port: tested.port });
    expect(brief(await query(next, "SELECT 2"))).toBe("OK");
    expect(victim?.commands.at(-1)?.text).toBe("SELECT long");
  });

  test("an open transaction is rolled back by a reset before anybody else gets the connection", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    client.stream.socket.destroy();
    const other = await rig.client({ port: tested.port });
    await query(other, "SELECT 2");
    const commands = server.connections.flatMap((each) => each.commands.map(({ command, text }) => text || command));
    expect(commands.slice(commands.indexOf("BEGIN") + 1)[0]).toBe(0x1f);
    expect(commands.at(-1)).toBe("SELECT 2");
  });
});

describe("closeSession() in the middle of COM_STMT_SEND_LONG_DATA", () => {
  test("the connection is closed, not reset: its server waits for the rest of a packet", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const client = await rig.client({ port: tested.port });
    const [prepared] = await ask(client, COM_STMT_PREPARE, "INSERT INTO t VALUES (?)");
    const body = Buffer.concat([(prepared as RawPacket).payload.slice(1, 5), Buffer.alloc(3_000_002, 1)]);
    const command = commandBytes(COM_STMT_SEND_LONG_DATA, body);
    client.stream.socket.write(command.subarray(0, 2_900_000));
    const [connection] = server.connections;
    await eventually(() => (connection?.stream.receivedBytes ?? 0) > 2_900_000);
    client.stream.socket.resetAndDestroy();
    await eventually(() => connection?.isClosed === true);
    expect(connection?.commands.map((each) => each.command)).not.toContain(COM_RESET_CONNECTION);
    expect(brief(await query(await rig.client({ port: tested.port }), "SELECT 1"))).toBe("OK");
  });
});

describe("backpressure", () => {
  test("a client that does not read stops the server; when it reads it gets everything", async () => {
    const { server, tested } = await rig.pair();
    const rows = Array.from({ length: 64 }, (_, i) => textRow([Buffer.alloc(1 << 20, i + 1)]));
    const payloads = resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], rows);
    const bytes = packetsOf(payloads, 1);
    let accepted = 0;
    server.script = async (command) => {
      if (!isQuery(command, "SELECT flood")) return undefined;
      const { socket } = command.connection.stream;
      for (let at = 0; at < bytes.length; at += 1 << 18) {
        const part = bytes.subarray(at, at + (1 << 18));
        await new Promise<void>((resolve) => socket.write(part, () => resolve()));
        accepted = at + part.length;
      }
      return { bytes: new Uint8Array(0) };
    };
    const client = await rig.client({ port: tested.port });
    client.stream.socket.pause();
    sendCommand(client, COM_QUERY, "SELECT flood");
    // The server writes until everything between it and the client is full. Another session's answers show that the
    // proxy has turned its loop many times since.
    const bystander = await rig.client({ port: tested.port });
    for (let last = -1; last !== accepted || accepted === 0; ) {
      last = accepted;
      for (let i = 0; i < 50; i++) expect(brief(await query(bystander, "SELECT 1"))).toBe("OK");
    }
    expect(accepted).toBeLessThan(24 << 20);
    client.stream.socket.resume();
    const answer = await readAnswer(client, COM_QUERY);
    expect(
      Bun.hash(
        packetsOf(
          answer.map(({ payload }) => payload),
          1,
        ),
      ),
    ).toBe(Bun.hash(bytes));
  });

  test("a client that pipelines and does not read is not answered without end", async () => {
    const { server, tested } = await rig.pair();
    const payloads = resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], [textRow([Buffer.alloc(1 << 20, 7)])]);
    server.script = (command) => (isQuery(command, "SELECT big") ? payloads : undefined);
    const client = await rig.client({ port: tested.port });
    client.stream.socket.pause();
    for (let i = 0; i < 60; i++) sendCommand(client, COM_QUERY, "SELECT big");
    const bystander = await rig.client({ port: tested.port });
    const begun = () => statementsOf(server).filter((text) => text === "SELECT big").length;
    for (let last = -1; last !== begun() || begun() === 0; ) {
      last = begun();
      for (let i = 0; i < 50; i++) expect(brief(await query(bystander, "SELECT 1"))).toBe("OK");
    }
    expect(begun()).toBeLessThan(30);
    client.stream.socket.resume();
    for (let i = 0; i < 60; i++) expect(await readAnswer(client, COM_QUERY)).toHaveLength(4);
  });

  test("a server that does not read stops the client", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "SELECT 1");
    server.connections[0]?.stream.socket.pause();
    const statement = commandBytes(COM_QUERY, Buffer.alloc(15_000_000, "x"));
    let accepted = 0;
    const writeAll = async () => {
      for (let at = 0; at < statement.length; at += 1 << 18) {
        const part = statement.subarray(at, at + (1 << 18));
        await new Promise<void>((resolve) => client.stream.socket.write(part, () => resolve()));
        accepted = at + part.length;
      }
    };
    const written = writeAll();
    const bystander = await rig.client({ port: tested.port });
    for (let last = -1; last !== accepted || accepted === 0; ) {
      last = accepted;
      for (let i = 0; i < 50; i++) expect(brief(await query(bystander, "SELECT 1"))).toBe("OK");
    }
    expect(accepted).toBeLessThan(statement.length);
    server.connections[0]?.stream.socket.resume();
    await written;
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
  });
});

describe("onEnd()", () => {
  test("a client that closes its half while a result flows still gets all of it", async () => {
    const { server, tested } = await rig.pair();
    const rows = Array.from({ length: 20 }, () => textRow([Buffer.alloc(1 << 20, 1)]));
    const payloads = resultSet(FAKE_CLIENT_CAPABILITIES, ["a"], rows);
    server.script = (command) => (isQuery(command, "SELECT big") ? payloads : undefined);
    const client = await rig.client({ port: tested.port });
    client.stream.socket.pause();
    sendCommand(client, COM_QUERY, "SELECT big");
    client.stream.socket.end();
    client.stream.socket.resume();
    expect(await readAnswer(client, COM_QUERY)).toHaveLength(23);
    expect(await nextPacket(client.stream)).toBeNull();
  });

  test("a client that pipelines two statements and closes its half gets both answers", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    client.stream.socket.end(Buffer.concat([commandBytes(COM_QUERY, "SELECT 1"), commandBytes(COM_QUERY, "SELECT 2")]));
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    expect(await nextPacket(client.stream)).toBeNull();
  });

  test("a client that waits in line and closes its half gets its answer", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    const gate = newGate();
    server.script = async (command) => {
      if (isQuery(command, "SELECT long")) await gate.opened;
      return undefined;
    };
    const holder = await rig.client({ port: tested.port });
    sendCommand(holder, COM_QUERY, "SELECT long");
    await eventually(() => statementsOf(server).includes("SELECT long"));
    const client = await rig.client({ port: tested.port });
    client.stream.socket.end(commandBytes(COM_QUERY, "SELECT 2"));
    await eventually(() => [...tested.listener.sessions.values()].some(({ hasClientEnded }) => hasClientEnded));
    gate.open();
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
  });

  test("a client that hangs up while its statement runs has it killed after a while, and the connection closed", async () => {
    const { server, tested } = await rig.pair({}, { limits: { timeout_abandoned_ms: 300 } });
    const gate = newGate();
    server.script = async ({ text }) => {
      if (text === "SELECT slow") await gate.opened;
      return undefined;
    };
    const client = await rig.client({ port: tested.port });
    sendCommand(client, COM_QUERY, "SELECT slow");
    await eventually(() => statementsOf(server).includes("SELECT slow"));
    client.stream.socket.end();
    await eventually(() => [...tested.listener.sessions.values()][0]?.hasClientEnded === true);
    tested.clock.advance(299);
    expect(tested.listener.sessions.size).toBe(1);
    tested.clock.advance(1);
    expect(tested.listener.sessions.size).toBe(0);
    await eventually(() => statementsOf(server).some((text) => text.startsWith("KILL CONNECTION")));
    gate.open();
  });

  test("a client that closes its half in the middle of a command is done, and no half of it is executed", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    client.stream.socket.end(commandBytes(COM_QUERY, "DELETE FROM t WHERE id = 1").subarray(0, 16));
    expect(await nextPacket(client.stream)).toBeNull();
    expect(statementsOf(server)).toEqual([]);
    const large = await rig.client({ port: tested.port });
    large.stream.socket.end(
      commandBytes(COM_QUERY, `DELETE FROM t /* ${"x".repeat(3_000_000)} */`).subarray(0, 2_000_000),
    );
    await closedBy(large);
    await eventually(() => tested.listener.sessions.size === 0);
    expect(brief(await query(await rig.client({ port: tested.port }), "SELECT 1"))).toBe("OK");
    expect(statementsOf(server).filter((text) => text.startsWith("DELETE"))).toEqual([]);
  });
});

describe("LOCAL INFILE", () => {
  const capabilities = FAKE_CLIENT_CAPABILITIES | CLIENT_LOCAL_FILES;

  test("the file passes in every split, the server answers, and the session goes on", async () => {
    const { server, tested } = await rig.pair();
    const files: string[] = [];
    server.script = async (command) => {
      if (!isQuery(command, "LOAD DATA LOCAL INFILE 'f' INTO TABLE t")) return undefined;
      const { stream } = command.connection;
      stream.socket.write(packetsOf([localInfile("f")], 1));
      const parts: Uint8Array[] = [];
      for (;;) {
        const packet = await nextPacket(stream);
        if (packet === null) return null;
        if (packet.payload.length === 0) {
          files.push(Buffer.concat(parts).toString());
          return { bytes: packetsOf([ok({ affectedRows: 3 })], packet.sequence + 1) };
        }
        parts.push(packet.payload);
      }
    };
    const client = await rig.client({ port: tested.port, capabilities });
    const file = packetsOf([Buffer.from("1\tone\n"), Buffer.from("2\ttwo\n3\tthree\n"), new Uint8Array(0)], 2);
    for (let cut = 0; cut < file.length; cut++) {
      const [request] = await query(client, "LOAD DATA LOCAL INFILE 'f' INTO TABLE t");
      expect(Buffer.from(request?.payload ?? []).toString("latin1")).toBe("\xfbf");
      if (cut > 0)
        await new Promise<void>((resolve) =>
          client.stream.socket.write(file.subarray(0, cut), () => setImmediate(resolve)),
        );
      client.stream.socket.write(file.subarray(cut));
      expect(brief(await readAnswer(client, COM_QUERY))).toBe("OK");
    }
    expect(new Set(files)).toEqual(new Set(["1\tone\n2\ttwo\n3\tthree\n"]));
    expect(files).toHaveLength(file.length);
    expect(brief(await ask(client, COM_PING))).toBe("OK");
  });

  test("a client that refuses with an empty file gets the server's answer to that", async () => {
    const { server, tested } = await rig.pair();
    server.script = async (command) => {
      if (!isQuery(command, "LOAD DATA LOCAL INFILE 'f' INTO TABLE t")) return undefined;
      const { stream } = command.connection;
      stream.socket.write(packetsOf([localInfile("f")], 1));
      const packet = await nextPacket(stream);
      return { bytes: packetsOf([err(2, "File 'f' not found")], (packet?.sequence ?? 0) + 1) };
    };
    const client = await rig.client({ port: tested.port, capabilities });
    await query(client, "LOAD DATA LOCAL INFILE 'f' INTO TABLE t");
    client.stream.socket.write(packetsOf([new Uint8Array(0)], 2));
    expect(brief(await readAnswer(client, COM_QUERY))).toBe("ERR 2 File 'f' not found");
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  });

  test("an answer before the end of the file ends the session: its rest must not become commands", async () => {
    const { server, tested } = await rig.pair();
    const file: string[] = [];
    server.script = async ({ text, connection: { stream } }) => {
      if (!text.startsWith("LOAD DATA")) return undefined;
      stream.socket.write(packetsOf([localInfile("f")], 1));
      file.push(Buffer.from((await nextPacket(stream))?.payload ?? []).toString());
      return { bytes: packetsOf([err(1114, "The table is full")], 3), close: "end" };
    };
    const client = await rig.client({ port: tested.port, capabilities });
    await query(client, "LOAD DATA LOCAL INFILE 'f' INTO TABLE t");
    client.stream.socket.write(packetsOf([Buffer.from("1\tone\n")], 2));
    await eventually(() => file.length === 1);
    await eventually(() => tested.listener.sessions.size === 0 || client.stream.hasEnded);
    client.stream.socket.write(packetsOf([Buffer.from("\x03DROP TABLE innocent")], 0));
    await closedBy(client);
    expect([file, statementsOf(server)]).toEqual([["1\tone\n"], ["LOAD DATA LOCAL INFILE 'f' INTO TABLE t"]]);
  });

  test("the server is not told of CLIENT_LOCAL_FILES by a client that has it not", async () => {
    const { server, tested } = await rig.pair();
    await query(await rig.client({ port: tested.port }), "SELECT 1");
    const used = server.connections.filter((each) => each.commands.some(({ text }) => text === "SELECT 1"));
    expect(used.map((each) => each.capabilities & CLIENT_LOCAL_FILES)).toEqual([0]);
  });
});

describe("statementEnded()", () => {
  test("an answer before the end of a large command costs the connection, not the session", async () => {
    const { server, tested } = await rig.pair();
    await query(await rig.client({ port: tested.port }), "SELECT 0");
    const client = await rig.client({ port: tested.port });
    await ask(client, COM_STMT_PREPARE, "INSERT INTO t VALUES (1)");
    const statement = commandBytes(COM_STMT_EXECUTE, Buffer.concat([Buffer.of(1, 0, 0, 0), Buffer.alloc(8_000_000)]));
    client.stream.socket.write(statement.subarray(0, 2_000_000));
    const [connection] = server.connections;
    await eventually(() => (connection?.stream.receivedBytes ?? 0) > 1_000_000);
    connection?.stream.socket.write(packetsOf([err(1153, "Got a packet bigger than 'max_allowed_packet' bytes")], 1));
    expect(errOf(await readAnswer(client, COM_STMT_EXECUTE)).code).toBe(1153);
    client.stream.socket.write(statement.subarray(2_000_000));
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(connection?.isClosed).toBe(true);
  });

  test("an answer before the end of a large command in a transaction ends the session, which has lost it", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    const statement = commandBytes(COM_QUERY, Buffer.alloc(8_000_000, "SELECT 1 "));
    client.stream.socket.write(statement.subarray(0, 2_000_000));
    const [connection] = server.connections;
    await eventually(() => (connection?.stream.receivedBytes ?? 0) > 1_000_000);
    connection?.stream.socket.write(packetsOf([err(1153, "Got a packet bigger than 'max_allowed_packet' bytes")], 1));
    expect(errOf(await readAnswer(client, COM_QUERY)).code).toBe(1153);
    client.stream.socket.write(statement.subarray(2_000_000));
    sendCommand(client, COM_QUERY, "INSERT INTO t VALUES (1)");
    await closedBy(client);
    expect(statementsOf(server)).toEqual(["BEGIN"]);
  });
});
