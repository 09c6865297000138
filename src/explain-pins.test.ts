/** `pisanix proxy --explain-pins` as people call it, against proxies that serve. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { RunningProxy } from "./proxy/proxy.ts";
import { listSessions, sessionsWithId } from "./proxy/session-report.ts";
import { sessionsOf } from "./proxy/status.ts";
import { type AdminServer, type AdminSources, startAdmin } from "./telemetry/admin.ts";
import { newProxyMetrics } from "./telemetry/metrics.ts";
import { ok, stateEntry } from "./testkit/answers.ts";
import { query } from "./testkit/fake-client.ts";
import { recordingLogger } from "./testkit/log.ts";
import { newRig } from "./testkit/rig.ts";
import { freePort } from "./testkit/servers/port.ts";

const ROOT = join(import.meta.dir, "..");
const rig = newRig();
const admins: AdminServer[] = [];
afterAll(async () => {
  for (const admin of admins) await admin.stop();
  await rig.tearDown();
});

async function pisanix(words: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, "cmd/main.ts", "proxy", "--explain-pins", ...words], {
    cwd: ROOT,
    env: { ...process.env, PISANIX_DEBUG: "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

/** The admin server of a proxy; of something else without one. */
async function anAdmin(proxy: RunningProxy | null): Promise<string> {
  const sources: AdminSources = {
    ...{ isLive: () => true, readiness: () => ({ ready: true, reasons: [] }) },
    ...{ version: () => ({ version: "0", commit: "", bun: "" }), config: () => ({}), status: () => ({}) },
    ...(proxy === null
      ? {}
      : {
          sessions: {
            list: () => listSessions(sessionsOf(proxy)),
            withId: (id: number) => sessionsWithId(sessionsOf(proxy), id),
          },
        }),
  };
  const admin = await startAdmin({
    ...{ host: "127.0.0.1", port: 0, metrics: newProxyMetrics(), log: recordingLogger(), sources },
  });
  admins.push(admin);
  return String(admin.port);
}

test("it prints who is pinned and what to change, nothing of anybody's data, also past a web proxy", async () => {
  const { server, tested } = await rig.pair();
  server.script = ({ text }) =>
    text.startsWith("CREATE") ? [ok({ state: [stateEntry(2, "1")] })] : text.startsWith("SET") ? [ok()] : undefined;
  const client = await rig.client({ port: tested.port });
  await rig.client({ port: tested.port });
  await query(client, "CREATE TEMPORARY TABLE x AS SELECT 'swordfish' AS a");
  const port = await anAdmin(tested.proxy);
  const env = { PISA_PROXY_ADMIN_LISTEN_HOST: "0.0.0.0", http_proxy: `http://127.0.0.1:${await freePort()}` };
  const all = await pisanix(["--admin-port", port], env);
  expect({ ...all, stdout: "" }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(all.stdout).toContain("1 of 2 sessions is pinned:\n");
  expect(all.stdout).toMatch(/ s +temporary_table +CREATE TEMPORARY TABLE x AS SELECT \? AS a\n/);
  expect(all.stdout).toContain("  temporary_table  Drop temporary tables when");
  const id = sessionsOf(tested.proxy).find(({ pins }) => pins !== 0)?.id;
  const one = await pisanix([String(id), "--admin-host", "localhost", "--admin-port", port]);
  expect({ ...one, stdout: "" }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(one.stdout).toStartWith(`Session ${id} of listener listener-0\n`);
  expect(one.stdout).toContain("The session keeps its connection until all of these have ended:\n");
  expect(all.stdout + one.stdout).not.toContain("swordfish");
});

test("it says what is wrong when there is no such session, no proxy, or something else", async () => {
  const { tested } = await rig.pair();
  const missing = await pisanix(["77", "--admin-port", await anAdmin(tested.proxy)]);
  expect([missing.exitCode, missing.stdout]).toEqual([1, ""]);
  expect(missing.stderr).toContain("no session 77 is open");
  const port = String(await freePort());
  const nobody = await pisanix(["--admin-port", port]);
  expect([nobody.exitCode, nobody.stdout]).toEqual([1, ""]);
  expect(nobody.stderr).toBe(
    `pisanix proxy: no proxy answers at http://127.0.0.1:${port}: connection refused\n    start it, or say where its admin server listens with --admin-host and --admin-port\n`,
  );
  const other = await pisanix(["--admin-port", await anAdmin(null)]);
  expect([other.exitCode, other.stdout]).toEqual([1, ""]);
  expect(other.stderr).toContain("no admin server of a proxy that knows its sessions (HTTP 404)");
});

test("it takes one session, by its number, and no configuration", async () => {
  for (const [words, what] of [
    [["1", "2"], "more than one session is named"],
    [["mine"], '"mine" is no session'],
    [["--config", "c.toml"], "--explain-pins asks a proxy that runs"],
  ] as const) {
    const { exitCode, stdout, stderr } = await pisanix([...words]);
    expect({ words, exitCode, stdout }).toEqual({ words, exitCode: 2, stdout: "" });
    expect(stderr).toContain(what);
  }
});
