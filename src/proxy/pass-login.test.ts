/** Log-ins that a server judges, on fakes: what becomes of them when either side lies, breaks off or falls silent. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_CONNECT_ATTRS, CLIENT_PLUGIN_AUTH } from "../mysql/capabilities.ts";
import { attributesBlock } from "../mysql/connection-attributes.ts";
import { newCursor } from "../mysql/cursor.ts";
import { writeHandshakeResponse } from "../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { answerOf } from "../mysql/scramble.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, dial, errOf, query, tryFakeClient } from "../testkit/fake-client.ts";
import {
  FAKE_CLIENT_CAPABILITIES,
  type FakeClientOptions,
  nextPacketOf,
  responseTo,
} from "../testkit/fake-client-login.ts";
import type { FakeServer } from "../testkit/fake-server-types.ts";
import { isServed, newBystander, pass, selectAnswer, settle, unaccounted, within } from "../testkit/hostile-rig.ts";
import { startMeddler } from "../testkit/meddler.ts";
import { closeStream, nextPacket, type PacketStream, packetsOf, type RawPacket } from "../testkit/packet-stream.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import type { ProxyUnderTest } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { SABOTAGES } from "../testkit/sabotages.ts";

const rig = newRig();
afterEach(rig.tearDown);

const certificate = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", name), "utf8");
const TLS = { key: certificate("server.key.pem"), cert: certificate("server.pem") };
const LISTENER = { accounts: "server" } as const;
const PASSWORD = "secret";
const PLUGIN = "mysql_native_password";

const guest = (tested: ProxyUnderTest, more: Partial<FakeClientOptions> = {}): FakeClientOptions => {
  return { port: tested.port, user: "guest", password: PASSWORD, ...more };
};

/** Names itself and stops where the server asks it something. */
async function asked(port: number, user = "guest"): Promise<{ stream: PacketStream; question: RawPacket }> {
  const stream = await dial(port);
  const greeting = readHandshakeV10(newCursor((await nextPacketOf(stream)).payload));
  const writer = newWriter();
  writeHandshakeResponse(writer, 1, responseTo(greeting, { port, user }));
  stream.socket.write(writtenBytes(writer));
  return { stream, question: await nextPacketOf(stream) };
}

const ofGuests = (server: FakeServer) => server.connections.filter(({ user }) => user === "guest");

describe("passLogin()", () => {
  test("the client hears the server's plugin and scramble, and logs in with the account's own", async () => {
    const { server, tested } = await rig.pair({}, LISTENER);
    const { stream, question } = await asked(tested.port);
    expect(Buffer.from(question.payload).toString("latin1")).toBe("\xfemysql_native_password\0ABCDEFGHIJKLMNOPQRST\0");
    expect(question.sequence).toBe(2);
    closeStream(stream);
    const client = await rig.client(guest(tested, { schema: "shop", collation: 33, attributes: [["a", "b"]] }));
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    const { schema, collation, commands } = ofGuests(server).at(-1) as FakeServer["connections"][0];
    expect([schema, collation, commands.at(-1)?.text]).toEqual(["shop", 33, "SELECT 1"]);
  });

  test("the listener's own user is judged by the listener, with its own password", async () => {
    const { server, tested } = await rig.pair({}, LISTENER);
    expect(errOf((await tryFakeClient({ port: tested.port, password: PASSWORD })).last).code).toBe(1045);
    await rig.client({ port: tested.port });
    expect(server.connections.map(({ user }) => user)).not.toContain("app");
  });

  test("wrong passwords say nothing of the endpoint, and slow their address down", async () => {
    const { tested } = await rig.pair({}, { ...LISTENER, limits: { login_failures_max: 5 } });
    for (let i = 0; i < 5; i++) {
      const { last } = await tryFakeClient(guest(tested, { password: "wrong" }));
      expect(errOf(last)).toMatchObject({ code: 1045, message: "Access denied for user 'guest'" });
    }
    expect(tested.listener.setup.endpoints.map(({ state, failures }) => [state, failures])).toEqual([["up", 0]]);
    expect(await tested.figure("pisanix_backend_connect_failures_total", "access_denied")).toBe(0);
    const slow = tryFakeClient(guest(tested));
    await settle();
    const connections = tested.listener.setup.pools.values().next().value?.accounts?.connections;
    expect(connections?.size).toBe(0);
    tested.clock.advance(100);
    expect((await slow).last.payload[0]).toBe(0);
  });

  test("a client that goes away when it has been asked leaves nothing, and its server is answered", async () => {
    const { server, tested } = await rig.pair({}, LISTENER);
    const { stream } = await asked(tested.port);
    stream.socket.resetAndDestroy();
    await eventually(() => ofGuests(server).every(({ isClosed }) => isClosed));
    expect(await unaccounted(tested, 0)).toBe("");
    // The server has refused the empty answer; one that was left alone would not have spoken again.
    expect([...tested.listener.throttle.byAddress.values()].map(({ count }) => count)).toEqual([1]);
  });

  test("a client that falls silent is ended by timeout_handshake_ms, one that does not answer by nothing sooner", async () => {
    const { server, tested } = await rig.pair({}, { ...LISTENER, limits: { timeout_connect_ms: 1_000 } });
    const { stream } = await asked(tested.port);
    await pass(tested, 9_000);
    expect(ofGuests(server).map(({ isClosed }) => isClosed)).toEqual([false]);
    tested.clock.advance(1_000);
    expect(errOf(await nextPacketOf(stream))).toMatchObject({ code: 1043, message: "No log-in within 10000 ms" });
    closeStream(stream);
    await eventually(() => ofGuests(server).every(({ isClosed }) => isClosed));
    expect(await unaccounted(tested, 0)).toBe("");
  });

  test("a server that falls silent is given up after timeout_connect_ms", async () => {
    const { server, tested } = await rig.pair({}, LISTENER);
    await settle();
    server.account.isSilent = true;
    const outcome = tryFakeClient(guest(tested));
    await settle();
    tested.clock.advance(5_000);
    const { client, last } = await outcome;
    expect(errOf(last)).toMatchObject({ code: 1429, message: expect.stringContaining("no answer within 5000 ms") });
    closeStream(client.stream);
    expect(await unaccounted(tested, 0)).toBe("");
  });

  test("a server that takes no more connections says so to the client", async () => {
    const { server, tested } = await rig.pair({}, LISTENER);
    await settle();
    server.account.refuse = { code: 1040, message: "Too many connections" };
    const { last } = await tryFakeClient(guest(tested));
    expect(errOf(last)).toEqual({ code: 1040, sqlState: "08004", message: "Too many connections" });
  });

  test("another endpoint is asked where one cannot be connected to", async () => {
    const server = await rig.server();
    const gone = await rig.server();
    const tested = rig.proxy({ listeners: [LISTENER], nodes: [{ port: server.port }, { port: gone.port }] });
    await settle();
    await gone.stop();
    for (let i = 0; i < 4; i++) expect((await tryFakeClient(guest(tested))).last.payload[0]).toBe(0);
  });

  test("what pisanix does not pass on is refused by name, and costs the server nothing", async () => {
    const { server, tested } = await rig.pair({ account: { greetingPlugin: "mysql_native_password" } }, LISTENER);
    await settle();
    for (const [plugin, words] of [
      ["auth_gssapi_client", "uses the authentication plugin auth_gssapi_client, which pisanix does not pass on"],
      ["mysql_clear_password", "wants its password in clear text (mysql_clear_password): connect with TLS"],
    ] as const) {
      server.account.plugin = plugin;
      const { client, last } = await tryFakeClient(guest(tested));
      expect(errOf(last)).toMatchObject({ code: 1251, sqlState: "08004", message: expect.stringContaining(words) });
      closeStream(client.stream);
      await eventually(() => ofGuests(server).every(({ isClosed }) => isClosed));
      expect(await unaccounted(tested, 0)).toBe("");
    }
  });

  test("a password in clear needs TLS to the server, too", async () => {
    const { server, tested } = await rig.pair({ account: { greetingPlugin: "mysql_native_password" } }, LISTENER);
    await settle();
    server.account.plugin = "mysql_clear_password";
    const { last } = await tryFakeClient(guest(tested, { isTls: true }));
    expect(errOf(last).message).toContain("pisanix has no TLS to the server: set tls.mode of the node");
  });

  test("a password in clear passes inside TLS on both legs", async () => {
    const server = await rig.server({ account: { plugin: "mysql_clear_password", greetingPlugin: PLUGIN, tls: TLS } });
    const tested = rig.proxy({ listeners: [LISTENER], nodes: [{ port: server.port, tls: { mode: "required" } }] });
    expect((await tryFakeClient(guest(tested, { isTls: true }))).last.payload[0]).toBe(0);
    expect(errOf((await tryFakeClient(guest(tested, { isTls: true, password: "other" }))).last).code).toBe(1045);
    expect(errOf((await tryFakeClient(guest(tested))).last).code).toBe(1251);
  });

  test("a password that its client has encrypted with the server's key is of no use inside TLS, and the client hears why", async () => {
    const account = { plugin: "caching_sha2_password", isCached: false, tls: TLS };
    const server = await rig.server({ account });
    const tested = rig.proxy({ listeners: [LISTENER], nodes: [{ port: server.port, tls: { mode: "required" } }] });
    await settle();
    server.account.isCached = false;
    const { stream } = await asked(tested.port);
    stream.socket.write(packetsOf([new Uint8Array(32).fill(7)], 3));
    expect([...(await nextPacketOf(stream)).payload]).toEqual([1, 4]);
    stream.socket.write(packetsOf([new Uint8Array(256).fill(7)], 5));
    expect(errOf(await nextPacketOf(stream))).toMatchObject({ code: 1045, message: expect.stringContaining("by TLS") });
    closeStream(stream);
    await eventually(() => ofGuests(server).every(({ isClosed }) => isClosed));
    expect(await unaccounted(tested, 0)).toBe("");
  });

  test("a library that answers COM_CHANGE_USER with the scramble that it has is given the server's before", async () => {
    const { tested } = await rig.pair(
      { account: { plugin: PLUGIN, greetingPlugin: "caching_sha2_password" } },
      LISTENER,
    );
    const capabilities = FAKE_CLIENT_CAPABILITIES | CLIENT_CONNECT_ATTRS;
    const attributes = [["_client_name", "libmariadb"]] as const;
    const { stream } = await rig.client({ port: tested.port, capabilities, attributes });
    const block = attributesBlock(attributes);
    const head = Buffer.from(`\x11guest\0\0\0\x2d\0${PLUGIN}\0`, "latin1");
    stream.socket.write(packetsOf([Buffer.concat([head, Buffer.of(block.length), block])]));
    const told = await nextPacketOf(stream);
    const scramble = "ABCDEFGHIJKLMNOPQRST";
    expect(Buffer.from(told.payload).toString("latin1")).toBe(`\xfecaching_sha2_password\0${scramble}\0`);
    stream.socket.write(packetsOf([new Uint8Array(32)], 2));
    const question = await nextPacketOf(stream);
    expect(Buffer.from(question.payload).toString("latin1")).toBe(`\xfe${PLUGIN}\0${scramble}\0`);
    stream.socket.write(packetsOf([answerOf(PLUGIN, PASSWORD, Buffer.from(scramble)) ?? new Uint8Array()], 4));
    const { sequence, payload } = await nextPacketOf(stream);
    expect([sequence, payload[0]]).toEqual([5, 0]);
  });

  test("a client that cannot be asked is told so", async () => {
    const { tested } = await rig.pair({}, LISTENER);
    const capabilities = FAKE_CLIENT_CAPABILITIES & ~CLIENT_PLUGIN_AUTH;
    const { last } = await tryFakeClient(guest(tested, { capabilities }));
    expect(errOf(last).code).toBe(1251);
  });

  test("a second factor is refused", async () => {
    const { server, tested } = await rig.pair({}, LISTENER);
    const meddler = await startMeddler(server.port);
    tested.reload({ nodes: [{ port: meddler.port }] });
    await settle();
    const mine = meddler.count + 1;
    meddler.meddle = ({ connection, isFromServer, index, sequence }) => {
      if (connection !== mine || !isFromServer || index !== 2) return null;
      return [packetsOf([Buffer.from("\x02dialog\0more", "latin1")], sequence)];
    };
    const { last } = await tryFakeClient(guest(tested));
    expect(errOf(last)).toMatchObject({ code: 1251, message: expect.stringContaining("more than one factor") });
    await meddler.stop();
  });

  test("a configuration that no longer has the endpoint lets such sessions end in their time", async () => {
    const { tested } = await rig.pair({}, { ...LISTENER, limits: { timeout_drain_ms: 1_000 } });
    const other = await rig.server();
    const client = await rig.client(guest(tested));
    tested.reload({ nodes: [{ port: other.port }] });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(tested.listener.retiring.size).toBe(1);
    tested.clock.advance(1_000);
    expect(await nextPacket(client.stream)).not.toBeNull();
    expect(await nextPacket(client.stream)).toBeNull();
    await eventually(() => tested.listener.retiring.size === 0);
  });
});

/** The whole way of a guest; what went wrong, or "right". */
async function visitOfGuest(options: FakeClientOptions, onStream: (stream: PacketStream) => void): Promise<string> {
  try {
    const { client, last } = await tryFakeClient(options);
    onStream(client.stream);
    if (last.payload[0] !== 0) return `ERR ${errOf(last).code} ${errOf(last).message}`;
    return brief(await query(client, "SELECT 'guest'"));
  } catch (error) {
    return `closed: ${error instanceof Error ? error.message : error}`;
  }
}

/** Greeting, question, news, key, OK; and something of what follows. */
const PACKETS_MAX = 7;

/** `sides`: whose packets can be told apart, because they are not encrypted. */
const WAYS = [
  { name: "native", account: { plugin: "mysql_native_password" }, node: {}, client: {}, sides: [true, false] },
  {
    name: "sha2 by RSA",
    account: { plugin: "caching_sha2_password", isCached: false },
    node: {},
    client: {},
    sides: [true, false],
  },
  {
    name: "sha2 by our key",
    account: { plugin: "caching_sha2_password", isCached: false, tls: TLS },
    node: { tls: { mode: "required" } },
    client: {},
    sides: [false],
  },
  {
    name: "sha2 by the server's key",
    account: { plugin: "caching_sha2_password", isCached: false },
    node: {},
    client: { isTls: true },
    sides: [true],
  },
] as const;

for (const way of WAYS) {
  describe(`${way.name}: what is said in place of a packet hurts nobody else`, () => {
    for (const [name, sabotage] of Object.entries(SABOTAGES)) {
      for (const isFromServer of way.sides) {
        test(`${name}, by the ${isFromServer ? "server" : "client"}`, async () => {
          const server = await rig.server({ account: { ...way.account }, script: selectAnswer });
          const toServer = await startMeddler(server.port);
          // No connection is opened but for guests.
          const listener = { ...LISTENER, limits: { pool_idle_min: 0 } };
          const tested = rig.proxy({
            listeners: [listener],
            nodes: [{ port: isFromServer ? toServer.port : server.port, ...way.node }],
          });
          const toProxy = await startMeddler(tested.port);
          const bystander = await newBystander(await rig.client({ port: tested.port }));
          // Keys and certificates take real time to be made.
          server.account.isCached = false;
          const first = await rig.client(guest(tested, way.client));
          closeStream(first.stream);
          const meddler = isFromServer ? toServer : toProxy;
          const outcomes: string[] = [];
          for (let at = 0; ; at++) {
            server.account.isCached = false;
            const target = meddler.count + 1;
            let isDone = false;
            meddler.meddle = (packet) => {
              const isIt = packet.connection === target && packet.isFromServer === isFromServer && packet.index === at;
              // What follows a log-in is as in every other connection.
              if (!isIt || at >= PACKETS_MAX) return null;
              isDone = true;
              return sabotage(packet);
            };
            const streams: PacketStream[] = [];
            const port = isFromServer ? tested.port : toProxy.port;
            const visit = visitOfGuest(guest(tested, { port, ...way.client }), (each) => streams.push(each));
            const outcome = await within(tested, 60_000, visit);
            for (const each of streams) each.socket.resetAndDestroy();
            await settle();
            await pass(tested, 15_000);
            await isServed(bystander);
            expect([at, await unaccounted(tested, 1)]).toEqual([at, ""]);
            outcomes.push(outcome ?? "waits");
            if (!isDone) break;
          }
          expect(outcomes.at(-1)).toBe("4 packets");
          expect(tested.log.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
          expect(JSON.stringify(tested.log.lines)).not.toContain(PASSWORD);
          await toProxy.stop();
          await toServer.stop();
        }, 10_000);
      }
    }
  });
}
