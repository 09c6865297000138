import { afterEach, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { seededRandom } from "../lib/random.ts";
import { type FakeCluster, startCluster } from "../testkit/kube/cluster.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { type VirtualClock, virtualClock } from "../testkit/virtual-clock.ts";
import { isRefused } from "./api-error.ts";
import { call, type KubeClient, newClient } from "./client.ts";
import { type Credentials, type CredentialsOptions, findCredentials } from "./credentials.ts";
import { observeNothing } from "./observe.ts";

const TLS = join(REPOSITORY, "testdata", "tls");
const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function folder(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "pisanix-kube-"));
  ends.push(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

function cluster(options: Parameters<typeof startCluster>[0]): FakeCluster {
  const started = startCluster(options);
  ends.push(started.stop);
  return started;
}

const kubeconfig = (server: string, user: object, more: object = {}) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server, ...more } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "ns" } }],
    "current-context": "x",
  });

function clientOf(credentials: Credentials, clock: Clock): KubeClient {
  return newClient({ credentials, clock, random: seededRandom(1), userAgent: "test/1", observe: observeNothing });
}

/** Asks for what needs nothing but permission. */
async function ask(options: CredentialsOptions): Promise<string> {
  const credentials = await findCredentials(options);
  const client = clientOf(credentials, options.clock);
  try {
    await call(client, { method: "GET", path: "/version", retries: false });
    return "ok";
  } catch (error) {
    if (isRefused(error, 401)) return "401";
    return error instanceof Error ? error.message : String(error);
  } finally {
    credentials.close();
  }
}

test("findCredentials() of KUBECONFIG merges the files that are there", async () => {
  const { url } = cluster({ bearers: new Set(["good"]) });
  const directory = await folder({ b: kubeconfig(url, { token: "good" }) });
  const environment = { KUBECONFIG: `${directory}/missing:${directory}/b`, KUBERNETES_SERVICE_HOST: "unused" };
  expect(await ask({ clock: virtualClock(), environment })).toBe("ok");
  const none = findCredentials({ clock: virtualClock(), environment: { KUBECONFIG: "/nowhere/a" } });
  expect(none).rejects.toThrow("KUBECONFIG names /nowhere/a, and no such file is there");
});

test("findCredentials() says where it looked", async () => {
  const nothing = findCredentials({ clock: virtualClock(), environment: { HOME: "/nowhere" } });
  expect(nothing).rejects.toThrow("/nowhere/.kube/config is not there, and this is no pod");
  const absent = findCredentials({ clock: virtualClock(), kubeconfig: "/nowhere/config" });
  expect(absent).rejects.toThrow("/nowhere/config");
});

test("findCredentials() in a pod takes the service's address, also an IPv6 one, its CA, token and namespace", async () => {
  const directory = await folder({ "ca.crt": "CA", token: "abc\n", namespace: "shop\n" });
  const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
  const credentials = await findCredentials({ clock: virtualClock(), environment, podFolder: directory });
  expect([credentials.server, credentials.namespace]).toEqual(["https://[fd00::1]:6443", "shop"]);
  expect((await credentials.access()).headers).toEqual({ Authorization: "Bearer abc" });
  const bare = findCredentials({ clock: virtualClock(), environment, podFolder: "/nowhere" });
  expect(bare).rejects.toThrow("automountServiceAccountToken");
});

test("a token file is read again after a minute, and at once when the server no longer takes the token", async () => {
  const bearers = new Set(["one"]);
  const { url } = cluster({ bearers });
  const directory = await folder({ token: "one", config: kubeconfig(url, { tokenFile: "token", token: "ignored" }) });
  const clock = virtualClock();
  const credentials = await findCredentials({ clock, kubeconfig: `${directory}/config` });
  const header = async () => (await credentials.access()).headers["Authorization"];
  expect(await header()).toBe("Bearer one");
  await writeFile(`${directory}/token`, "two");
  expect(await header()).toBe("Bearer one");
  clock.advance(60_001);
  expect(await header()).toBe("Bearer two");

  await writeFile(`${directory}/token`, "three");
  bearers.clear();
  bearers.add("three");
  const client = clientOf(credentials, clock);
  expect(await call(client, { method: "GET", path: "/version" })).toMatchObject({ major: "1" });
  bearers.clear();
  const refused: unknown = await call(client, { method: "GET", path: "/version" }).catch((error: unknown) => error);
  expect(isRefused(refused, 401)).toBe(true);
  credentials.close();
});

test("a server is verified by its CA and its name, and a client by its certificate", async () => {
  const read = (name: string) => Bun.file(join(TLS, name)).text();
  const tls = { cert: await read("server.pem"), key: await read("server.key.pem"), ca: await read("authority.pem") };
  const open = cluster({ tls });
  const strict = cluster({ tls: { ...tls, requestCert: true } });
  const user = { "client-certificate": join(TLS, "client.pem"), "client-key": join(TLS, "client.key.pem") };
  const ca = { "certificate-authority": join(TLS, "authority.pem") };
  const attempt = async (url: string, own: object, more: object) => {
    const directory = await folder({ config: kubeconfig(url, own, more) });
    return ask({ clock: virtualClock(), kubeconfig: `${directory}/config` });
  };
  const localhost = (fake: FakeCluster) => `https://localhost:${fake.port}`;
  expect(await attempt(localhost(open), {}, ca)).toBe("ok");
  expect(await attempt(localhost(open), {}, {})).toContain("GET /version: ");
  expect(await attempt(localhost(open), {}, {})).toMatch(/certificate|ISSUER/i);
  expect(await attempt(localhost(open), {}, { ...ca, "tls-server-name": "elsewhere.test" })).toContain("ALTNAME");
  expect(await attempt(localhost(open), {}, { "insecure-skip-tls-verify": true })).toBe("ok");
  expect(await attempt(localhost(strict), user, ca)).toBe("ok");
  expect(await attempt(localhost(strict), {}, ca)).not.toBe("ok");
});

async function plugin(script: string): Promise<{ directory: string; clock: VirtualClock; bearers: Set<string> }> {
  const bearers = new Set<string>();
  const { url } = cluster({ bearers });
  const directory = await folder({ login: `#!/bin/sh\n${script}\n` });
  await chmod(`${directory}/login`, 0o700);
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./login",
    args: ["a"],
    env: [{ name: "WHO", value: "me" }],
    provideClusterInfo: true,
    installHint: "get it from the shop",
  };
  await writeFile(`${directory}/config`, kubeconfig(url, { exec }, { "certificate-authority-data": btoa("CA") }));
  return { directory, clock: virtualClock(), bearers };
}

test("an exec plugin is told the cluster, and asked again when its credential ends or is refused", async () => {
  const { directory, clock, bearers } = await plugin(`
echo "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"
echo x >> "$(dirname "$0")/count"
echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$WHO\\",\\"expirationTimestamp\\":\\"2026-01-01T00:10:00Z\\"}}"`);
  const runs = async () => (await Bun.file(`${directory}/count`).text()).trim().split("\n").length;
  bearers.add("a-me");
  const credentials = await findCredentials({ clock, kubeconfig: `${directory}/config` });
  const client = clientOf(credentials, clock);
  await Promise.all([1, 2, 3].map(() => call(client, { method: "GET", path: "/version" })));
  expect(await runs()).toBe(1);
  expect(await Bun.file(`${directory}/info`).json()).toMatchObject({
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server: credentials.server, "certificate-authority-data": btoa("CA") } },
  });
  clock.advance(9 * 60_000);
  await call(client, { method: "GET", path: "/version" });
  expect(await runs()).toBe(1);
  clock.advance(51_000);
  await call(client, { method: "GET", path: "/version" });
  expect(await runs()).toBe(2);
  bearers.clear();
  await call(client, { method: "GET", path: "/version" }).catch(() => {});
  expect(await runs()).toBeGreaterThan(2);
  credentials.close();
});

test.each([
  ["exit 3", "ended with exit code 3"],
  ["echo no >&2; exit 1", "no"],
  ["echo nonsense", "printed no JSON"],
  ["echo '{}'", "printed undefined undefined, not client.authentication.k8s.io/v1 ExecCredential"],
  [`echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'`, "neither"],
])("an exec plugin that does %p is reported", async (script, complaint) => {
  const { directory, clock } = await plugin(script);
  expect(await ask({ clock, kubeconfig: `${directory}/config` })).toContain(complaint);
});

test("an exec plugin that is not there is reported with its install hint", async () => {
  const { directory, clock } = await plugin("");
  await rm(`${directory}/login`);
  const said = await ask({ clock, kubeconfig: `${directory}/config` });
  expect(said).toContain("login, which the kubeconfig names for credentials, cannot be started");
  expect(said).toContain("get it from the shop");
});
