/** What a new configuration does to listeners and their ports, and what one does that cannot be served. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COM_QUERY } from "../mysql/commands.ts";
import { eventually } from "../testkit/eventually.ts";
import { brief, dial, errOf, query } from "../testkit/fake-client.ts";
import { readAnswer } from "../testkit/fake-client-answer.ts";
import { openConnections } from "../testkit/fake-server.ts";
import { nextPacket } from "../testkit/packet-stream.ts";
import type { ProxyUnderTest, TestListener } from "../testkit/proxy-under-test.ts";
import { newRig } from "../testkit/rig.ts";
import { freePort } from "../testkit/servers/port.ts";

const rig = newRig();
afterEach(rig.tearDown);

async function proxyOf(...listeners: TestListener[]) {
  const server = await rig.server();
  const tested = rig.proxy({ listeners, nodes: [{ port: server.port }] });
  return { server, tested };
}

const at = (port: number, host = "127.0.0.1") => `${host}:${port}`;
const portOf = (tested: ProxyUnderTest, index: number) => tested.proxy.listeners[index]?.server?.port ?? 0;

/** A port that somebody else listens on. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  stops.push(() => server.close());
  return address.port;
}
const stops: Array<() => void> = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

describe("changeConfig() and listeners", () => {
  test("a new listener serves at once, and the others do not notice", async () => {
    const { tested } = await proxyOf({ name: "a" });
    const client = await rig.client({ port: tested.port });
    tested.reload({ listeners: [{ name: "b", user: "b" }, { name: "a" }] });
    const other = await rig.client({ port: portOf(tested, 0), user: "b" });
    expect(brief(await query(other, "SELECT 1"))).toBe("OK");
    expect(portOf(tested, 1)).toBe(tested.port);
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  });

  test("a listener that is gone takes nobody in, tells those at rest, and lets transactions end", async () => {
    const { server, tested } = await proxyOf({ name: "a" }, { name: "b" });
    const port = portOf(tested, 1);
    const [resting, working] = [await rig.client({ port }), await rig.client({ port })];
    await query(working, "BEGIN");
    tested.reload({ listeners: [{ name: "a" }] });
    expect(dial(port)).rejects.toThrow();
    const goodbye = await nextPacket(resting.stream);
    expect(goodbye === null ? null : errOf(goodbye)).toEqual({
      code: 1053,
      sqlState: "08S01",
      message: "Server shutdown in progress: listener b is no longer in the configuration",
    });
    resting.stream.socket.end();
    expect(await tested.scrape()).toContain('pisanix_pool_size{domain="b"');
    expect(brief(await query(working, "COMMIT"))).toBe("OK");
    await eventually(() => {
      tested.clock.advance(20);
      return working.stream.end > working.stream.start;
    });
    expect(errOf(await readAnswer(working, COM_QUERY)).code).toBe(1053);
    working.stream.socket.end();
    await eventually(() => {
      tested.clock.advance(20);
      return tested.proxy.leaving.size === 0;
    });
    expect(await tested.scrape()).not.toContain('domain="b"');
    await eventually(() => openConnections(server).length === 1);
  });

  test("a listener that is gone does not wait longer than timeout_drain_ms", async () => {
    const { tested } = await proxyOf({ name: "a" }, { name: "b", limits: { timeout_drain_ms: 1_000 } });
    const client = await rig.client({ port: portOf(tested, 1) });
    await query(client, "BEGIN");
    tested.reload({ listeners: [{ name: "a" }] });
    tested.clock.advance(980);
    expect(tested.proxy.leaving.size).toBe(1);
    tested.clock.advance(40);
    expect(await nextPacket(client.stream)).toBeNull();
    await eventually(() => tested.proxy.leaving.size === 0);
  });

  test("another address: sessions go on, clients come in by the new one only", async () => {
    const { tested } = await proxyOf({ name: "a" });
    const client = await rig.client({ port: tested.port });
    const [old, next] = [tested.port, await freePort()];
    tested.reload({ listeners: [{ name: "a", listen_addr: at(next) }] });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect(brief(await query(await rig.client({ port: next }), "SELECT 1"))).toBe("OK");
    expect(dial(old)).rejects.toThrow();
  });

  test("two listeners exchange their ports: each session stays with its listener, each port is never closed", async () => {
    const [one, two] = [await freePort(), await freePort()];
    const { tested } = await proxyOf(
      { name: "a", user: "a", listen_addr: at(one) },
      { name: "b", user: "b", listen_addr: at(two) },
    );
    const client = await rig.client({ port: one, user: "a" });
    const sockets = tested.proxy.listeners.map(({ server }) => server);
    tested.reload({
      listeners: [
        { name: "a", user: "a", listen_addr: at(two) },
        { name: "b", user: "b", listen_addr: at(one) },
      ],
    });
    expect(tested.proxy.listeners.map(({ server }) => server)).toEqual(sockets.reverse());
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    expect([...tested.listener.sessions.values()].map(({ user }) => user)).toEqual(["a"]);
    await rig.client({ port: two, user: "a" });
    await rig.client({ port: one, user: "b" });
    expect(rig.client({ port: one, user: "a" })).rejects.toThrow("1045");
  });

  test("the same port on another address of this machine", async () => {
    const port = await freePort();
    const { tested } = await proxyOf({ name: "a", listen_addr: at(port, "0.0.0.0") });
    tested.reload({ listeners: [{ name: "a", listen_addr: at(port) }] });
    expect(brief(await query(await rig.client({ port }), "SELECT 1"))).toBe("OK");
    const taken = await takenPort();
    const wanted = [
      { name: "a", listen_addr: at(port, "0.0.0.0") },
      { name: "b", listen_addr: at(taken) },
    ];
    expect(() => tested.reload({ listeners: wanted })).toThrow("listener b cannot listen");
    expect(brief(await query(await rig.client({ port }), "SELECT 1"))).toBe("OK");
  });

  test("another name: sessions and ports stay, figures go on under it", async () => {
    const { server, tested } = await proxyOf({ name: "before", listen_addr: at(await freePort()) });
    const client = await rig.client({ port: tested.port });
    await query(client, "BEGIN");
    tested.reload({ listeners: [{ name: "after", listen_addr: at(tested.port) }] });
    expect(brief(await query(client, "SELECT 1"))).toBe("OK");
    const text = await tested.scrape();
    expect(text).not.toContain('domain="before"');
    expect(text).toContain('pisanix_client_connections_open{domain="after"} 1');
    expect(text).toContain('pisanix_sessions_pinned{domain="after",reason="transaction"} 1');
    const labels = `domain="after",type="SELECT",server="127.0.0.1:${server.port}"`;
    expect(text).toContain(`sql_processed_total{${labels}} 1`);
    client.stream.socket.destroy();
    await eventually(() => tested.listener.sessions.size === 0);
    const later = await tested.scrape();
    expect(later).toContain('pisanix_client_connections_open{domain="after"} 0');
    expect(later).toContain('pisanix_sessions_pinned{domain="after",reason="transaction"} 0');
  });

  test("a unix socket comes, stays and goes", async () => {
    const { tested } = await proxyOf({ name: "a" });
    const path = join(tmpdir(), `pisanix-reload-${tested.port}.sock`);
    tested.reload({ listeners: [{ name: "a", socket: path }] });
    const { socketServer } = tested.listener;
    tested.reload({ listeners: [{ name: "a", socket: path, pool_size: 2 }] });
    expect(tested.listener.socketServer).toBe(socketServer!);
    expect(existsSync(path)).toBe(true);
    tested.reload({ listeners: [{ name: "a" }] });
    expect(tested.listener.socketServer).toBeNull();
    expect(existsSync(path)).toBe(false);
  });

  test("clients that are waiting to be greeted are greeted by what the new nodes say", async () => {
    const [silent, speaking] = [
      await rig.server({ account: { isSilent: true } }),
      await rig.server({ version: "9.9.9" }),
    ];
    const tested = rig.proxy({ nodes: [{ port: silent.port }] });
    const stream = await dial(tested.port);
    await eventually(() => tested.listener.ungreeted.size === 1);
    tested.reload({ nodes: [{ port: speaking.port }] });
    const greeting = await nextPacket(stream);
    expect(Buffer.from(greeting?.payload ?? []).toString("latin1")).toContain("9.9.9");
    stream.socket.destroy();
  });
});

describe("changeConfig() refuses", () => {
  const refusals: ReadonlyArray<readonly [what: string, listener: TestListener, error: string]> = [
    [
      "a pattern that does not compile",
      { plugin: { circuit_break: [{ name: "bad", regex: ["a("], case_insensitive: false }] } },
      'listener b: circuit_break rule "bad": regex[0]: unclosed group at character 1',
    ],
    [
      "a certificate that is not there",
      { tls: { mode: "required", cert: "/nowhere/tls.crt", key: "/nowhere/tls.key" } } as unknown as TestListener,
      "listener b: tls: ",
    ],
    ["an address that cannot be had", { listen_addr: "192.0.2.1:3306" }, "listener b cannot listen on 192.0.2.1:3306"],
    ["sharding", { sharding: [{}] } as unknown as TestListener, "listener b is sharded"],
  ];

  for (const [what, listener, error] of refusals) {
    test(`${what}, and everything is as it was`, async () => {
      const { server, tested } = await proxyOf({ name: "a" });
      const client = await rig.client({ port: tested.port });
      await query(client, "BEGIN");
      const before = { ...tested.proxy, setup: tested.listener.setup };
      const scraped = await tested.scrape();
      const [node, other] = [{ port: server.port }, { name: "other", port: 1 }];
      const listeners = [{ name: "a", listen_addr: at(await freePort()) }, { name: "c" }, { name: "b", ...listener }];
      expect(() => tested.reload({ listeners, nodes: [node, other] })).toThrow(error);
      expect({ ...tested.proxy, setup: tested.listener.setup }).toEqual(before);
      expect(await tested.scrape()).toBe(scraped);
      expect(dial(Number(listeners[0]?.listen_addr?.split(":")[1]))).rejects.toThrow();
      expect(brief(await query(client, "COMMIT"))).toBe("OK");
      await rig.client({ port: tested.port });
    });
  }

  test("anything once the proxy is stopping", async () => {
    const { tested } = await proxyOf({ name: "a" });
    await tested.stop();
    expect(() => tested.reload({})).toThrow("the proxy is stopping");
  });
});
