import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newSecret } from "../lib/secret.ts";
import { SHA256_REQUEST_PUBLIC_KEY } from "../mysql/auth-more-data.ts";
import { CLIENT_PLUGIN_AUTH } from "../mysql/capabilities.ts";
import { newCursor } from "../mysql/cursor.ts";
import { writeHandshakeResponse } from "../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { eventually } from "../testkit/eventually.ts";
import { dial, errOf, query, tryFakeClient } from "../testkit/fake-client.ts";
import { FAKE_CLIENT_CAPABILITIES, nextPacketOf, responseTo } from "../testkit/fake-client-login.ts";
import { packetsOf } from "../testkit/packet-stream.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const pem = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", `${name}.pem`), "utf8");
const TLS = { mode: "optional", cert: pem("server"), key: newSecret(pem("server.key")) } as const;

describe("judgeClient()", () => {
  test("sha256_password and client_ed25519 are asked again with a scramble of their own, and served", async () => {
    const { tested } = await rig.pair();
    for (const plugin of ["sha256_password", "client_ed25519"]) {
      const client = await rig.client({ port: tested.port, plugin });
      expect(await query(client, "SELECT 1")).toHaveLength(1);
      const { last } = await tryFakeClient({ port: tested.port, plugin, password: "wrong" });
      expect(errOf(last).code).toBe(1045);
    }
  });

  test("a password in clear is taken inside TLS only; without it caching_sha2_password is asked for", async () => {
    const { tested } = await rig.pair({}, { tls: TLS });
    const plugin = "mysql_clear_password";
    await rig.client({ port: tested.port, plugin, isTls: true });
    await rig.client({ port: tested.port, plugin });
    const { last } = await tryFakeClient({ port: tested.port, plugin, isTls: true, password: "wrong" });
    expect(errOf(last).code).toBe(1045);
  });

  for (const isTls of [false, true]) {
    const way = isTls ? "inside TLS" : "encrypted with our key";
    test(`caching_sha2_password: who answers a scramble wrongly is asked for the password, ${way}`, async () => {
      const { tested } = await rig.pair({}, { tls: TLS, auth_plugin: "caching_sha2_password" });
      const port = tested.port;
      const scrambled = await tryFakeClient({ port, isTls, password: "wrong" });
      expect(errOf(scrambled.last)).toMatchObject({ code: 1045, sqlState: "28000" });
      // The greeting, (TLS,) the response, "give me the password", (the key and its request,) the password.
      expect(scrambled.last.sequence).toBe(isTls ? 5 : 6);
      // A client that remembers another scramble, as after COM_CHANGE_USER.
      const client = await rig.client({ port, isTls, isScrambleForgotten: true });
      expect(await query(client, "SELECT 1")).toHaveLength(1);
    });
  }

  test("a client that asks for our public key and sends noise has a wrong password", async () => {
    const { tested } = await rig.pair({}, { auth_plugin: "sha256_password" });
    const stream = await dial(tested.port);
    const greeting = readHandshakeV10(newCursor((await nextPacketOf(stream)).payload));
    const writer = newWriter();
    writeHandshakeResponse(writer, 1, responseTo(greeting, { port: tested.port }));
    stream.socket.write(writtenBytes(writer));
    const asked = await nextPacketOf(stream);
    expect(Buffer.from(asked.payload).toString("latin1")).toStartWith("\xfesha256_password\0");
    stream.socket.write(packetsOf([Uint8Array.of(SHA256_REQUEST_PUBLIC_KEY)], asked.sequence + 1));
    const key = await nextPacketOf(stream);
    expect(Buffer.from(key.payload).toString("latin1")).toStartWith("\x01-----BEGIN PUBLIC KEY-----");
    stream.socket.write(packetsOf([new Uint8Array(256).fill(7)], key.sequence + 1));
    expect(errOf(await nextPacketOf(stream)).code).toBe(1045);
    stream.socket.destroy();
  });

  for (const auth_plugin of ["sha256_password", "client_ed25519"] as const) {
    test(`a greeting never names ${auth_plugin}, which wants more than a scramble of 20 bytes`, async () => {
      const { tested } = await rig.pair({ account: { plugin: "mysql_native_password" } }, { auth_plugin });
      const stream = await dial(tested.port);
      const greeting = readHandshakeV10(newCursor((await nextPacketOf(stream)).payload));
      expect(greeting.authPlugin).toBe("mysql_native_password");
      stream.socket.destroy();
    });
  }

  for (const auth_plugin of ["mysql_native_password", "caching_sha2_password", "client_ed25519"] as const) {
    test(`a listener that insists on ${auth_plugin} is obeyed by clients of any plugin`, async () => {
      const { tested } = await rig.pair({}, { auth_plugin });
      for (const plugin of ["mysql_native_password", "caching_sha2_password", "sha256_password"]) {
        const client = await rig.client({ port: tested.port, plugin });
        expect(await query(client, "SELECT 1")).toHaveLength(1);
      }
    });
  }

  test("a client without CLIENT_PLUGIN_AUTH cannot be asked again: 1251 says what the listener wants", async () => {
    const { tested } = await rig.pair({}, { auth_plugin: "caching_sha2_password" });
    const capabilities = FAKE_CLIENT_CAPABILITIES & ~CLIENT_PLUGIN_AUTH;
    const { last } = await tryFakeClient({ port: tested.port, capabilities, plugin: "mysql_native_password" });
    expect(errOf(last)).toMatchObject({ code: 1251, sqlState: "08004" });
  });
});

describe("afterThrottle()", () => {
  test("who fails again and again waits longer and longer, right or wrong, until a log-in is right", async () => {
    const { tested } = await rig.pair({}, { limits: { login_failures_max: 2 } });
    const { clock, listener, port } = tested;
    const waiting = () => [...listener.sessions.values()].filter(({ phase }) => phase === "waiting").length;
    const attempt = (password: string) => tryFakeClient({ port, password });
    for (let i = 0; i < 2; i++) expect(errOf((await attempt("wrong")).last).code).toBe(1045);
    for (const waitMs of [100, 200]) {
      const failing = attempt("wrong");
      await eventually(() => waiting() === 1);
      clock.advance(waitMs - 1);
      expect(waiting()).toBe(1);
      clock.advance(1);
      expect(errOf((await failing).last).code).toBe(1045);
    }
    const right = attempt("pw");
    await eventually(() => waiting() === 1);
    clock.advance(400);
    expect((await right).last.payload[0]).toBe(0);
    await rig.client({ port });
  });

  test("a client that goes away while it waits leaves nothing behind", async () => {
    const { tested } = await rig.pair({}, { limits: { login_failures_max: 1 } });
    await tryFakeClient({ port: tested.port, password: "wrong" });
    const stream = await dial(tested.port);
    const greeting = readHandshakeV10(newCursor((await nextPacketOf(stream)).payload));
    const writer = newWriter();
    writeHandshakeResponse(writer, 1, responseTo(greeting, { port: tested.port }));
    stream.socket.write(writtenBytes(writer));
    await eventually(() => [...tested.listener.sessions.values()].some(({ phase }) => phase === "waiting"));
    stream.socket.resetAndDestroy();
    await eventually(() => ![...tested.listener.sessions.values()].some(({ phase }) => phase === "waiting"));
    tested.clock.advance(10_000);
    expect(tested.listener.sessions.size).toBe(0);
  });
});
