import { afterEach, describe, expect, test } from "bun:test";
import { CLIENT_DEPRECATE_EOF, CLIENT_PLUGIN_AUTH, CLIENT_SSL } from "../mysql/capabilities.ts";
import { COM_PING } from "../mysql/commands.ts";
import { newCursor } from "../mysql/cursor.ts";
import { writeHandshakeResponse } from "../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { nativePasswordAnswer } from "../mysql/scramble.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { eventually } from "../testkit/eventually.ts";
import { ask, closedBy, commandBytes, dial, errOf, query, tryFakeClient } from "../testkit/fake-client.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { openConnections, statementsOf } from "../testkit/fake-server.ts";
import { nextPacket, packetsOf } from "../testkit/packet-stream.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const PLUGINS = ["mysql_native_password", "caching_sha2_password"];

describe("greet()", () => {
  test("tells what the server told: version, plugin, and only capabilities that it has", async () => {
    const { tested } = await rig.pair({
      version: "9.7.0-fake",
      capabilities: FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF,
    });
    const { greeting } = await rig.client({ port: tested.port });
    expect(greeting.serverVersion).toBe("9.7.0-fake");
    expect(greeting.authPlugin).toBe("mysql_native_password");
    expect(greeting.capabilities & (CLIENT_DEPRECATE_EOF | CLIENT_SSL)).toBe(CLIENT_SSL);
    expect([...greeting.scramble].every((byte) => byte > 0 && byte < 0x80 && byte !== 0x24)).toBe(true);
  });

  test("gives every client another scramble and another id", async () => {
    const { tested } = await rig.pair();
    const clients = [await rig.client({ port: tested.port }), await rig.client({ port: tested.port })];
    const scrambles = clients.map(({ greeting }) => Buffer.from(greeting.scramble).toString("hex"));
    expect(new Set(scrambles).size).toBe(2);
    expect(new Set(clients.map(({ greeting }) => greeting.connectionId)).size).toBe(2);
  });

  test("says the configured version even when no server has answered", async () => {
    const server = await rig.server();
    await server.stop();
    const tested = rig.proxy({ listeners: [{ server_version: "5.7.99" }], nodes: [{ port: server.port }] });
    const { greeting } = await rig.client({ port: tested.port });
    expect(greeting.serverVersion).toBe("5.7.99");
  });
});

describe("readHandshake()", () => {
  for (const greetingPlugin of PLUGINS) {
    for (const plugin of PLUGINS) {
      test(`greets with ${greetingPlugin}, the client answers with ${plugin}: in, and served`, async () => {
        const { tested } = await rig.pair({ account: { plugin: greetingPlugin } });
        const client = await rig.client({ port: tested.port, plugin });
        expect(await query(client, "SELECT 1")).toHaveLength(1);
      });

      test(`greets with ${greetingPlugin}, ${plugin} with a wrong password: 1045 and the end`, async () => {
        const { server, tested } = await rig.pair({ account: { plugin: greetingPlugin } });
        const { client, last } = await tryFakeClient({ port: tested.port, plugin, password: "wrong" });
        expect(errOf(last)).toEqual({
          code: 1045,
          sqlState: "28000",
          message: "Access denied for user 'app'@'127.0.0.1' (using password: YES)",
        });
        client.stream.socket.write(commandBytes(3, "DROP TABLE innocent"));
        await closedBy(client);
        expect(statementsOf(server)).toEqual([]);
        client.stream.socket.destroy();
      });
    }
  }

  test("a plugin that nobody knows is asked again with caching_sha2_password", async () => {
    const { tested } = await rig.pair();
    const client = await rig.client({ port: tested.port, plugin: "test_password_plugin" });
    expect(await query(client, "SELECT 1")).toHaveLength(1);
  });

  test("no password where one is needed is refused with (using password: NO)", async () => {
    const { tested } = await rig.pair();
    const { last } = await tryFakeClient({ port: tested.port, password: "" });
    expect(errOf(last).message).toBe("Access denied for user 'app'@'127.0.0.1' (using password: NO)");
  });

  test("a listener without a password lets in who has none, and nobody who gives one", async () => {
    const { tested } = await rig.pair({}, { password: "" });
    await rig.client({ port: tested.port, password: "" });
    await rig.client({ port: tested.port, password: "", plugin: "caching_sha2_password" });
    const { last } = await tryFakeClient({ port: tested.port, password: "some" });
    expect(errOf(last).code).toBe(1045);
  });

  test("an unknown user is told nothing else than a wrong password", async () => {
    const { tested } = await rig.pair();
    const { last } = await tryFakeClient({ port: tested.port, user: "nobody" });
    expect(errOf(last)).toEqual({
      code: 1045,
      sqlState: "28000",
      message: "Access denied for user 'nobody'@'127.0.0.1' (using password: YES)",
    });
  });

  test("another schema than the listener's is 1049 and the end", async () => {
    const { tested } = await rig.pair({}, { db: "shop" });
    const { client, last } = await tryFakeClient({ port: tested.port, schema: "other" });
    expect(errOf(last)).toEqual({ code: 1049, sqlState: "42000", message: "Unknown database 'other'" });
    await closedBy(client);
  });

  test("a schema that the server does not have is the server's 1049 and the end; one that it has is asked for once", async () => {
    const { server, tested } = await rig.pair();
    server.script = ({ command, text }) =>
      command === 2 && text === "missing"
        ? { bytes: packetsOf([Buffer.from("\xff\x19\x04#42000Unknown database 'missing'", "latin1")], 1) }
        : undefined;
    const { client, last } = await tryFakeClient({ port: tested.port, schema: "missing" });
    expect(errOf(last)).toEqual({ code: 1049, sqlState: "42000", message: "Unknown database 'missing'" });
    await closedBy(client);
    client.stream.socket.destroy();
    for (let i = 0; i < 3; i++) await rig.client({ port: tested.port, schema: "shop" });
    const asked = server.connections.flatMap(({ commands }) => commands.filter(({ command }) => command === 2));
    expect(asked.map(({ text }) => text)).toEqual(["missing", "shop"]);
  });

  test("a client is let in with any schema while no server can be asked", async () => {
    const server = await rig.server();
    await server.stop();
    const tested = rig.proxy({ nodes: [{ port: server.port }] });
    const client = await rig.client({ port: tested.port, schema: "shop" });
    expect(errOf(await query(client, "SELECT 1")).code).toBe(1429);
  });

  test("a client without CLIENT_PLUGIN_AUTH logs in with mysql_native_password", async () => {
    const { tested } = await rig.pair();
    const capabilities = FAKE_CLIENT_CAPABILITIES & ~CLIENT_PLUGIN_AUTH;
    const client = await rig.client({ port: tested.port, capabilities });
    expect(await ask(client, COM_PING)).toHaveLength(1);
  });

  test("a response that comes byte by byte is read, and so is the command behind it", async () => {
    const { tested } = await rig.pair();
    const stream = await dial(tested.port);
    const greeting = await nextPacket(stream);
    if (greeting === null) throw new Error("no greeting");
    const { scramble } = readHandshakeV10(newCursor(greeting.payload));
    const writer = newWriter();
    writeHandshakeResponse(writer, 1, {
      capabilities: FAKE_CLIENT_CAPABILITIES,
      mariadbCapabilities: 0,
      packetBytesMax: 1 << 24,
      collation: 45,
      user: "app",
      authResponse: nativePasswordAnswer("pw", scramble),
      schema: "",
      authPlugin: "mysql_native_password",
      attributes: new Uint8Array(0),
      zstdLevel: 0,
    });
    for (const byte of Buffer.concat([writtenBytes(writer), commandBytes(COM_PING)])) {
      stream.socket.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    expect([(await nextPacket(stream))?.sequence, (await nextPacket(stream))?.sequence]).toEqual([2, 1]);
    stream.socket.destroy();
  });

  test("a wrong sequence id, an oversized packet and nonsense end in an ERR and a closed socket", async () => {
    const { tested } = await rig.pair({}, { limits: { packet_before_auth_bytes_max: 1000 } });
    const hostile: Array<[Uint8Array, number]> = [
      [packetsOf([new Uint8Array(100)], 7), 1156],
      [packetsOf([new Uint8Array(2000)], 1), 1153],
      [packetsOf([Uint8Array.of(1, 0, 0)], 1), 1043],
      [packetsOf([new Uint8Array(0)], 1), 1835],
    ];
    for (const [bytes, code] of hostile) {
      const stream = await dial(tested.port);
      await nextPacket(stream); // greeting
      stream.socket.write(bytes);
      const answer = await nextPacket(stream);
      expect(answer).not.toBeNull();
      if (answer !== null) expect(errOf(answer).code).toBe(code);
      expect(await nextPacket(stream)).toBeNull();
      stream.socket.destroy();
    }
  });

  test("the time to log in is limited", async () => {
    const { tested } = await rig.pair({}, { limits: { timeout_handshake_ms: 3000 } });
    const stream = await dial(tested.port);
    await nextPacket(stream); // greeting
    tested.clock.advance(2999);
    expect(stream.hasEnded).toBe(false);
    tested.clock.advance(1);
    const answer = await nextPacket(stream);
    expect(answer === null ? null : errOf(answer).message).toBe("No log-in within 3000 ms");
    expect(await nextPacket(stream)).toBeNull();
    stream.socket.destroy();
  });

  test("behind its password a client may wait longer for a connection that can be asked for its schema", async () => {
    const limits = { timeout_handshake_ms: 3000, timeout_pool_wait_ms: 10_000, pool_reserve_max: 0 };
    const { tested } = await rig.pair({}, { pool_size: 1, limits });
    const first = await rig.client({ port: tested.port });
    await query(first, "BEGIN");
    const second = rig.client({ port: tested.port, schema: "shop" });
    await eventually(() => [...tested.listener.sessions.values()].some(({ waiter }) => waiter !== null));
    tested.clock.advance(5000);
    await query(first, "COMMIT");
    expect(await ask(await second, COM_PING)).toHaveLength(1);
  });

  test("a client that was refused and does not hang up is cut off, and its place is free again", async () => {
    const { tested } = await rig.pair();
    const { last } = await tryFakeClient({ port: tested.port, password: "wrong" });
    expect(errOf(last).code).toBe(1045);
    expect(tested.listener.sessions.size).toBe(1);
    tested.clock.advance(60_000);
    await eventually(() => tested.listener.sessions.size === 0);
  });

  test("more clients than sessions_max are told so", async () => {
    const { tested } = await rig.pair({}, { limits: { sessions_max: 2 } });
    const first = await rig.client({ port: tested.port });
    await rig.client({ port: tested.port });
    const stream = await dial(tested.port);
    const answer = await nextPacket(stream);
    // As servers say it: before the greeting there is no SQLSTATE.
    expect(Buffer.from(answer?.payload ?? []).toString("latin1")).toBe("\xff\x10\x04Too many connections");
    stream.socket.destroy();
    first.stream.socket.destroy();
    await eventually(() => tested.listener.sessions.size === 1);
    await rig.client({ port: tested.port });
  });

  test("an idle session holds no connection of the pool", async () => {
    const { server, tested } = await rig.pair({}, { pool_size: 1 });
    for (let i = 0; i < 5; i++) await query(await rig.client({ port: tested.port }), `SELECT ${i}`);
    expect(openConnections(server)).toHaveLength(1);
    expect(tested.listener.sessions.size).toBe(5);
  });
});
