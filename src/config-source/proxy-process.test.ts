/** The proxy as a process: its configuration from files, read again by signal, by request and when it changes. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brief, errOf, query } from "../testkit/fake-client.ts";
import { type PisanixProcess, startPisanix } from "../testkit/pisanix-process.ts";
import { newRig } from "../testkit/rig.ts";
import { freePort } from "../testkit/servers/port.ts";

const rig = newRig();
let folder = "";
const processes: PisanixProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pisanix-proxy-process-"));
});
afterEach(async () => {
  await rig.tearDown();
  for (const each of processes.splice(0)) expect(await each.stop()).toBe(0);
  rmSync(folder, { recursive: true });
});

/** A proxy in front of a fake server; `write` replaces fields of its listener, or of the whole. */
async function aProxy() {
  const server = await rig.server();
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(folder, "pisanix.json");
  const write = (listener: object, whole: object = {}) => {
    const written = {
      admin: { host: "127.0.0.1", port: adminPort },
      proxy: { config: [{ name: "a", listen_addr: `127.0.0.1:${port}`, user: "app", password: "pw", ...listener }] },
      mysql: { node: [{ name: "db", port: server.port, user: "u", password: "secret" }] },
      ...whole,
    };
    writeFileSync(`${file}.new`, JSON.stringify(written, null, 1));
    renameSync(`${file}.new`, file);
  };
  write({});
  const started = startPisanix(["proxy", "--config", file]);
  processes.push(started);
  await started.said(/ listening domain=a /);
  const client = await rig.client({ port });
  const admin = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${adminPort}${path}`, init);
  const reload = async () => {
    const response = await admin("/-/reload", { method: "POST" });
    return [response.status, await response.text()];
  };
  return { ...started, write, client, admin, reload, server, port, adminPort };
}

const REFUSES = { plugin: { circuit_break: [{ name: "no drop", regex: ["^DROP"] }] } };

test("a changed file is served without anybody asking; the session goes on", async () => {
  const { client, write, said, admin } = await aProxy();
  expect(brief(await query(client, "DROP TABLE t"))).toBe("OK");
  write(REFUSES);
  await said(/INFO {2}configuration changed generation=2 listeners=a\(plugin\)\n/);
  expect(errOf(await query(client, "DROP TABLE t")).code).toBe(1047);
  const metrics = await (await admin("/metrics")).text();
  expect(metrics).toContain("pisanix_config_generation 2");
  expect(metrics).toMatch(
    /pisanix_config_last_success_timestamp_seconds 1\.\d+e9|pisanix_config_last_success_timestamp_seconds \d{10}/,
  );
  const status = await (await admin("/status")).json();
  expect(status).toMatchObject({ config: { generation: 2, trouble: null, failures: 0 } });
});

test("POST /-/reload says what came of it, and what is wrong with its place", async () => {
  const { client, write, reload, admin, adminPort } = await aProxy();
  expect(await reload()).toEqual([200, "unchanged, generation 1\n"]);
  expect((await admin("/-/reload")).status).toBe(405);
  write({ plugin: { circuit_break: [{ regex: ["a("] }] } });
  const [status, text] = await reload();
  expect(status).toBe(422);
  expect(text).toContain("proxy.config[0].plugin.circuit_break[0].regex[0]: does not compile: unclosed group");
  expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  write({ listen_addr: `127.0.0.1:${adminPort}` });
  expect(await reload()).toEqual([
    422,
    `listener a cannot listen on 127.0.0.1:${adminPort} (EADDRINUSE): end what uses the address, or change listen_addr\n`,
  ]);
  expect(brief(await query(client, "SELECT 1"))).toBe("OK");
  write(REFUSES);
  expect((await reload())[0]).toBe(200);
  expect(errOf(await query(client, "DROP TABLE t")).code).toBe(1047);
});

test("SIGHUP reads the file, and never ends the process", async () => {
  const { child, said, log } = await aProxy();
  child.kill("SIGHUP");
  await said(/SIGHUP: the configuration is read again\n.*INFO {2}configuration is the same source=/);
  expect(log()).not.toContain("ERROR");
});

test("the admin server and the log level follow the configuration", async () => {
  const { write, said, reload, admin, log } = await aProxy();
  const next = await freePort();
  write({}, { admin: { host: "127.0.0.1", port: next, log_level: "DEBUG" } });
  await said(/configuration changed generation=2 admin="port log_level"/);
  const moved = await fetch(`http://127.0.0.1:${next}/readyz`);
  expect([moved.status, await moved.text()]).toEqual([200, "ok\n"]);
  expect(admin("/readyz")).rejects.toThrow();
  expect(reload()).rejects.toThrow();
  write({ ...REFUSES }, { admin: { host: "0.0.0.0", port: next, log_level: "DEBUG" } });
  await said(/generation=3 listeners=a\(plugin\) admin=host/);
  expect((await fetch(`http://127.0.0.1:${next}/readyz`)).status).toBe(200);
  expect(log()).not.toContain("ERROR");
});
