/** `pisanix proxy --workers 2` as a process: one address, one log, one admin server, one end. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { brief, errOf, query } from "../testkit/fake-client.ts";
import { type PisanixProcess, startPisanix } from "../testkit/pisanix-process.ts";
import { newRig } from "../testkit/rig.ts";
import { freePort } from "../testkit/servers/port.ts";

/** Threads and processes start late on a machine that has much to do. */
setDefaultTimeout(60_000);

const rig = newRig();
let folder = "";
const processes: PisanixProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pisanix-workers-process-"));
});
afterEach(async () => {
  await rig.tearDown();
  for (const each of processes.splice(0)) expect(await each.stop()).toBe(0);
  rmSync(folder, { recursive: true });
});

async function aConfig(listener: object = {}, nodePort?: number) {
  const server = await rig.server();
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(folder, `${port}.json`);
  const write = (more: object) => {
    const written = {
      admin: { host: "127.0.0.1", port: adminPort },
      proxy: {
        config: [{ name: "a", listen_addr: `127.0.0.1:${port}`, user: "app", password: "pw", ...listener, ...more }],
      },
      mysql: { node: [{ name: "db", port: nodePort ?? server.port, user: "u", password: "secret" }] },
    };
    writeFileSync(`${file}.new`, JSON.stringify(written));
    renameSync(`${file}.new`, file);
  };
  write({});
  const admin = (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`);
  return { server, port, file, write, admin };
}

function start(...argv: string[]): PisanixProcess {
  const started = startPisanix(["proxy", ...argv]);
  processes.push(started);
  return started;
}

test("clients of both workers are in one list, and a signal has both read the configuration again", async () => {
  const { port, file, write, admin } = await aConfig();
  const proxy = start("--config", file, "--workers", "2");
  await proxy.said(/ listening domain=a address=127\.0\.0\.1:\d+ workers=2\n/);
  const clients = [];
  const workers = new Set<number>();
  while (workers.size < 2) {
    clients.push(await rig.client({ port }));
    const { sessions } = (await (await admin("/sessions")).json()) as { sessions: Array<{ worker: number }> };
    expect(sessions).toHaveLength(clients.length);
    for (const { worker } of sessions) workers.add(worker);
  }
  const status = await (await admin("/status")).json();
  expect(status).toMatchObject({ config: { generation: 1 }, listeners: [{ name: "a", sessions: clients.length }] });
  const metrics = await (await admin("/metrics")).text();
  expect(metrics).toContain("pisanix_workers 2\n");
  expect(metrics).toContain(`pisanix_client_connections_open{domain="a"} ${clients.length}\n`);
  expect(await (await admin("/config")).text()).not.toContain("secret");
  write({ plugin: { circuit_break: [{ regex: ["^DROP"] }] } });
  proxy.child.kill("SIGHUP");
  await proxy.said(/configuration changed generation=2 listeners=a\(plugin\)\n/);
  for (const client of clients) expect(errOf(await query(client, "DROP TABLE t")).code).toBe(1047);
  expect(proxy.log()).not.toMatch(/WARN|ERROR/);
  expect(proxy.log().match(/listening/g)).toHaveLength(1);
});

test("clients are spread evenly, inside TLS, too", async () => {
  const { port, file, admin } = await aConfig();
  const proxy = start("--config", file, "--workers", "3");
  await proxy.said(/ listening /);
  const clients: Connection[] = [];
  for (let count = 0; count < 24; count++) {
    const login = { host: "127.0.0.1", port, user: "app", password: "pw" };
    clients.push(await createConnection(count % 2 === 0 ? login : { ...login, ssl: { rejectUnauthorized: false } }));
  }
  const { sessions } = (await (await admin("/sessions")).json()) as { sessions: Array<{ worker: number }> };
  for (const worker of [0, 1, 2]) expect(sessions.filter((each) => each.worker === worker)).toHaveLength(8);
  await Promise.all(clients.map((client) => client.query("SELECT 1")));
  await Promise.all(clients.map((client) => client.end()));
});

test("SIGTERM lets a transaction of any worker end, and tells who is at rest", async () => {
  const { port, file } = await aConfig();
  const proxy = start("--config", file, "--workers", "2");
  await proxy.said(/ listening /);
  const clients = [];
  for (let count = 0; count < 6; count++) clients.push(await rig.client({ port }));
  for (const client of clients) expect(brief(await query(client, "BEGIN"))).toBe("OK");
  proxy.child.kill("SIGTERM");
  await proxy.said(/ stopping /);
  for (const client of clients) {
    expect(brief(await query(client, "COMMIT"))).toBe("OK");
    client.stream.socket.end();
  }
  expect(await proxy.child.exited).toBe(0);
  expect(proxy.log()).toMatch(/ stopped\n$/);
});

test("an address that workers share is nobody else's, not even another proxy's with workers", async () => {
  const { port, file } = await aConfig();
  const first = start("--config", file, "--workers", "2");
  await first.said(/ listening /);
  for (const workers of ["2", "1"]) {
    const second = startPisanix(["proxy", "--config", file, "--admin-port", "0", "--workers", workers]);
    expect(await second.child.exited).toBe(1);
    expect(second.log()).toContain(
      `listener a cannot listen on 127.0.0.1:${port} (EADDRINUSE): end what uses the address, or change listen_addr`,
    );
  }
  expect(brief(await query(await rig.client({ port }), "SELECT 1"))).toBe("OK");
});

test("what a worker has to say is in the log, with its number", async () => {
  const { file, admin } = await aConfig({}, await freePort());
  const proxy = start("--config", file, "--workers", "2");
  await proxy.said(/WARN {2}endpoint cannot be reached .*worker=0/);
  await proxy.said(/WARN {2}endpoint cannot be reached .*worker=1/);
  const response = await admin("/readyz");
  expect(response.status).toBe(503);
  expect((await response.text()).match(/no endpoint can be reached/g)).toHaveLength(1);
});

test("--workers takes a number or auto", async () => {
  for (const wrong of ["0", "65", "two", "1.5"]) {
    const child = startPisanix(["proxy", "--config", "x.yaml", "--workers", wrong]);
    expect(await child.child.exited).toBe(2);
    expect(child.log()).toContain(`--workers takes a whole number from 1 to 64, not "${wrong}"`);
  }
});
