import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brief, errOf, query } from "../testkit/fake-client.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

const PLUGINS = ["mysql_native_password", "caching_sha2_password"];
const certificate = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", name), "utf8");
const TLS = { key: certificate("server.key.pem"), cert: certificate("server.pem") };

/** What a client of the proxy gets for its first statement. */
async function firstAnswer(port: number): Promise<string> {
  return brief(await query(await rig.client({ port }), "SELECT 1"));
}

describe("authenticate()", () => {
  for (const greetingPlugin of PLUGINS) {
    for (const plugin of PLUGINS) {
      test(`greeted with ${greetingPlugin}, the account has ${plugin}`, async () => {
        const { tested } = await rig.pair({ account: { greetingPlugin, plugin } });
        expect(await firstAnswer(tested.port)).toBe("OK");
      });
    }
    test(`greeted with ${greetingPlugin}, no password`, async () => {
      for (const plugin of PLUGINS) {
        const server = await rig.server({ account: { greetingPlugin, plugin, password: "" } });
        const tested = rig.proxy({ nodes: [{ port: server.port, password: "" }] });
        expect(await firstAnswer(tested.port)).toBe("OK");
      }
    });
  }

  test("caching_sha2_password that the server has not cached, without TLS: by the server's public key", async () => {
    const { server, tested } = await rig.pair({ account: { plugin: "caching_sha2_password", isCached: false } });
    expect(await firstAnswer(tested.port)).toBe("OK");
    expect([server.account.isCached, server.connections.some(({ isTls }) => isTls)]).toEqual([true, false]);
  });

  test("caching_sha2_password that the server has not cached, behind an AuthSwitchRequest", async () => {
    const account = { greetingPlugin: "mysql_native_password", plugin: "caching_sha2_password", isCached: false };
    const { tested } = await rig.pair({ account });
    expect(await firstAnswer(tested.port)).toBe("OK");
  });

  test("a wrong password, cached or not, is the server's 1045", async () => {
    for (const isCached of [true, false]) {
      const { tested } = await rig.pair({ account: { plugin: "caching_sha2_password", password: "other", isCached } });
      expect(await firstAnswer(tested.port)).toContain("error 1045: Access denied for user 'backend'");
    }
  });

  test("a plugin that pisanix does not have is named, with what to use", async () => {
    const { tested } = await rig.pair({
      account: { greetingPlugin: PLUGINS[0] as string, plugin: "auth_gssapi_client" },
    });
    expect(await firstAnswer(tested.port)).toContain("auth_gssapi_client, which pisanix does not have");
  });

  test("the shape of the client is the shape of the connection", async () => {
    const { server, tested } = await rig.pair();
    const client = await rig.client({ port: tested.port, collation: 33 });
    await query(client, "SELECT 1");
    const used = server.connections.find(({ commands }) => commands.some(({ text }) => text === "SELECT 1"));
    expect([used?.collation, used?.user]).toEqual([33, "backend"]);
  });
});

describe("authenticate() over TLS", () => {
  for (const plugin of PLUGINS) {
    test(`required: ${plugin}, full authentication inside`, async () => {
      const server = await rig.server({ account: { plugin, isCached: false, tls: TLS } });
      const tested = rig.proxy({ nodes: [{ port: server.port, tls: { mode: "required" } }] });
      expect(await firstAnswer(tested.port)).toBe("OK");
      expect(server.connections.every(({ isTls }) => isTls)).toBe(true);
    });
  }

  test("preferred takes what there is", async () => {
    for (const tls of [TLS, null]) {
      const server = await rig.server({ account: { tls } });
      const tested = rig.proxy({ nodes: [{ port: server.port, tls: { mode: "preferred" } }] });
      expect(await firstAnswer(tested.port)).toBe("OK");
      expect(server.connections[0]?.isTls).toBe(tls !== null);
    }
  });

  test("required of a server that has none is refused before the password is sent", async () => {
    const server = await rig.server();
    const tested = rig.proxy({ nodes: [{ port: server.port, tls: { mode: "required" } }] });
    expect(await firstAnswer(tested.port)).toContain("the server offers no TLS, and tls.mode is required");
    expect(server.connections.map(({ user }) => user)).toEqual([""]);
  });

  test("verify-identity and verify-ca accept the server's own authority and no other", async () => {
    const server = await rig.server({ account: { tls: TLS } });
    for (const mode of ["verify-ca", "verify-identity"] as const) {
      const good = rig.proxy({ nodes: [{ port: server.port, tls: { mode, ca: certificate("authority.pem") } }] });
      expect(await firstAnswer(good.port)).toBe("OK");
      const bad = rig.proxy({ nodes: [{ port: server.port, tls: { mode, ca: certificate("other-authority.pem") } }] });
      const { message } = errOf(await query(await rig.client({ port: bad.port }), "SELECT 1"));
      expect(message).toContain("TLS: ");
    }
  });
});
