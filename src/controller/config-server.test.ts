import { afterEach, expect, test } from "bun:test";
import { readProxyConfig } from "../api/read-proxy-config.ts";
import { formatIssue } from "../lib/issue.ts";
import { seededRandom } from "../lib/random.ts";
import { newAuthority, newLeaf } from "../lib/x509.ts";
import { eventually } from "../testkit/eventually.ts";
import { type HttpLines, openHttpLines } from "../testkit/http-lines.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { recordingLogger } from "../testkit/log.ts";
import { virtualClock } from "../testkit/virtual-clock.ts";
import { startConfigServer, startPlainConfigServer } from "./config-server.ts";
import { newConfigStore, publish, withdraw } from "./config-store.ts";
import type { Report } from "./peer-reports.ts";
import { countProxies, forgetAbsent, newProxyRegistry } from "./proxy-registry.ts";
import { newTokenAuthenticator } from "./token-auth.ts";

const NOW_MS = Date.UTC(2026, 10, 1);
const YEAR_MS = 365 * 86_400_000;
const authority = await newAuthority({ commonName: "ca" }, NOW_MS, YEAR_MS);
const aPair = () =>
  newLeaf(authority, {
    subject: { commonName: "x" },
    purpose: "server",
    hosts: ["localhost"],
    nowMs: NOW_MS,
    validMs: YEAR_MS,
  });

const rig = newKubeRig();
afterEach(rig.tearDown);

const aConfig = (user: string, nodes = 1) => {
  const node = Array.from({ length: nodes }, (_, index) => ({ name: `node-${index}`, user, password: "hunter2" }));
  const names = node.map(({ name }) => name);
  const listener = { name: "catalogue", user: "app", password: "app", simple_loadbalance: { nodes: names } };
  const text = JSON.stringify({ mysql: { node }, proxy: { config: [listener] } });
  const { config, issues } = readProxyConfig(text, "test.json");
  if (config === null) throw new Error(issues.map(formatIssue).join("\n"));
  return config;
};

const SHOP = "/apis/configs.database-mesh.io/v1alpha1/namespaces/shop/proxyconfigs/catalogue";

async function aServer() {
  const cluster = rig.cluster();
  const clock = virtualClock();
  const log = recordingLogger();
  const client = rig.client(cluster.url, clock);
  const store = newConfigStore();
  store.isComplete = true;
  const changes: string[] = [];
  const reports: Report[] = [];
  const registry = newProxyRegistry((key) => changes.push(key));
  const server = startConfigServer({
    ...{ host: "127.0.0.1", port: 0, store, registry, clock, random: seededRandom(1), log },
    certificate: await aPair(),
    authenticator: newTokenAuthenticator(client),
    peers: { namespace: "mesh", serviceAccount: "app", take: (report) => void reports.push(report) },
  });
  rig.onTearDown(server.stop);
  const identity = (namespace: string, pod: string) => ({
    username: `system:serviceaccount:${namespace}:app`,
    audiences: ["pisanix-controller"],
    extra: { "authentication.kubernetes.io/pod-uid": [pod] },
  });
  cluster.tokens.set("good", identity("shop", "pod-1"));
  cluster.tokens.set("other", identity("elsewhere", "pod-2"));
  cluster.tokens.set("user", { username: "alice", audiences: ["pisanix-controller"] });
  cluster.tokens.set("audience", { ...identity("shop", "pod-3"), audiences: ["something else"] });
  const session = new Bun.FetchSession({ tls: { ca: authority.cert } });
  rig.onTearDown(() => session.close());
  const ask = (path: string, token: string | null, init: RequestInit = {}) => {
    const headers = { ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...init.headers };
    return session.fetch(`https://localhost:${server.port}${path}`, { ...init, headers } as BunFetchRequestInit);
  };
  const stream = (path: string, headers: Record<string, string> = {}, onData = () => {}): HttpLines => {
    const all = { Authorization: "Bearer good", ...headers };
    const opened = openHttpLines({ port: server.port, path, ca: authority.cert, headers: all, onData });
    rig.onTearDown(opened.close);
    return opened;
  };
  const counts = (version: string) => countProxies(registry, "shop/catalogue", version);
  return { cluster, clock, log, store, registry, changes, server, ask, stream, counts, reports, identity };
}

test("a proxy of the namespace gets its configuration with its passwords, and 304 when it has it", async () => {
  const { store, ask } = await aServer();
  const version = publish(store, "shop/catalogue", aConfig("a"), true);
  const response = await ask(SHOP, "good");
  expect([response.status, response.headers.get("ETag"), response.headers.get("Cache-Control")]).toEqual([
    ...[200, `"${version}"`, "no-store"],
  ]);
  expect(await response.json()).toMatchObject({ mysql: { node: [{ user: "a", password: "hunter2" }] } });
  for (const tag of [`"${version}"`, `W/"${version}"`, `"x", "${version}"`, "*"]) {
    expect((await ask(SHOP, "good", { headers: { "If-None-Match": tag } })).status).toBe(304);
  }
  expect((await ask(SHOP, "good", { headers: { "If-None-Match": '"x"' } })).status).toBe(200);
});

test("versions are of what is said, and only of that", async () => {
  const store = newConfigStore();
  const version = publish(store, "a/b", aConfig("a"), false);
  expect(publish(store, "a/b", aConfig("a"), false)).toBe(version);
  expect(publish(store, "c/d", aConfig("a"), true)).toBe(version);
  expect(publish(store, "a/b", aConfig("b"), false)).not.toBe(version);
  expect(version).toMatch(/^[0-9a-f]{64}$/);
});

test("nobody else gets it: no token, a wrong one, another audience, a user, another namespace", async () => {
  const { store, ask, cluster } = await aServer();
  publish(store, "shop/catalogue", aConfig("a"), true);
  for (const token of [null, "wrong", "audience", "user"]) {
    const response = await ask(SHOP, token);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain("hunter2");
  }
  const other = await ask(SHOP, "other");
  expect(other.status).toBe(403);
  expect(await other.json()).toMatchObject({
    kind: "Status",
    message: "ServiceAccount elsewhere/app may ask about namespace elsewhere only",
  });
  cluster.faults.push({ times: 1, effect: { kind: "status", status: 500 } });
  expect((await ask(`${SHOP}x`, "new")).status).toBe(503);
});

test("a token is reviewed once a minute, however often it is shown", async () => {
  const { clock, cluster, store, ask } = await aServer();
  publish(store, "shop/catalogue", aConfig("a"), true);
  await Promise.all(Array.from({ length: 20 }, () => ask(SHOP, "good")));
  expect(cluster.requests.length).toBe(1);
  clock.advance(60_001);
  await ask(SHOP, "good");
  expect(cluster.requests.length).toBe(2);
  cluster.tokens.delete("good");
  clock.advance(59_000);
  expect((await ask(SHOP, "good")).status).toBe(200);
  clock.advance(2_000);
  expect((await ask(SHOP, "good")).status).toBe(401);
  cluster.tokens.set("good", { username: "system:serviceaccount:shop:app", audiences: ["pisanix-controller"] });
  clock.advance(5_001);
  expect((await ask(SHOP, "good")).status).toBe(200);
});

test("what is not there is 404 with a Status, and 503 while the cluster is still being read", async () => {
  const { store, ask } = await aServer();
  expect(await (await ask(SHOP, "good")).json()).toMatchObject({ kind: "Status", code: 404, reason: "NotFound" });
  expect((await ask("/apis/nothing", "good")).status).toBe(404);
  expect((await ask(SHOP, "good", { method: "DELETE" })).status).toBe(405);
  store.isComplete = false;
  const early = await ask(SHOP, "good");
  expect([early.status, early.headers.get("Retry-After")]).toEqual([503, "2"]);
  expect((await ask(`${SHOP}?wait=55s`, "good")).status).toBe(503);
  expect((await ask(`${SHOP}?watch=1`, "good")).status).toBe(503);
});

test("?wait= answers at once with what is new, else when it changes, else after its time", async () => {
  const { clock, store, registry, ask } = await aServer();
  const version = publish(store, "shop/catalogue", aConfig("a"), true);
  const headers = { "If-None-Match": `"${version}"` };
  expect((await ask(`${SHOP}?wait=55s`, "good")).status).toBe(200);
  const changed = ask(`${SHOP}?wait=55s`, "good", { headers });
  await eventually(() => countProxies(registry, "shop/catalogue", version).connected === 1);
  publish(store, "shop/other", aConfig("b"), true);
  publish(store, "shop/catalogue", aConfig("b"), true);
  expect(await (await changed).json()).toMatchObject({ mysql: { node: [{ user: "b" }] } });
  const [{ version: now } = { version: "" }] = [...store.configs.values()];
  const listening = () => store.listeners.get("shop/catalogue")?.size ?? 0;
  const unchanged = ask(`${SHOP}?wait=55s`, "good", { headers: { "If-None-Match": `"${now}"` } });
  await eventually(() => listening() === 1);
  clock.advance(55_000);
  expect((await unchanged).status).toBe(304);
  expect(listening()).toBe(0);
  expect((await ask(`${SHOP}?wait=301`, "good")).status).toBe(400);
  expect((await ask(`${SHOP}?wait=soon`, "good")).status).toBe(400);
});

test("?wait= waits for a configuration that is not there yet, and hears of one that goes", async () => {
  const { store, ask } = await aServer();
  const listening = () => store.listeners.get("shop/catalogue")?.size ?? 0;
  const first = ask(`${SHOP}?wait=55s`, "good");
  await eventually(() => listening() === 1);
  const version = publish(store, "shop/catalogue", aConfig("a"), true);
  expect((await first).status).toBe(200);
  const gone = ask(`${SHOP}?wait=55s`, "good", { headers: { "If-None-Match": `"${version}"` } });
  await eventually(() => listening() === 1);
  withdraw(store, "shop/catalogue");
  expect((await gone).status).toBe(404);
});

test("?watch=1 streams the configuration, each change of it, and signs of life", async () => {
  const { clock, store, stream } = await aServer();
  const version = publish(store, "shop/catalogue", aConfig("a"), true);
  const { lines, status } = stream(`${SHOP}?watch=1`);
  await eventually(() => lines.length === 1);
  expect(status()).toBe(200);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    type: "config",
    version,
    config: { mysql: { node: [{ user: "a" }] } },
  });
  publish(store, "shop/catalogue", aConfig("b"), true);
  await eventually(() => lines.length === 2);
  clock.advance(20_000);
  await eventually(() => lines.length === 3);
  withdraw(store, "shop/catalogue");
  await eventually(() => lines.length === 4);
  publish(store, "shop/catalogue", aConfig("a"), true);
  await eventually(() => lines.length === 5);
  expect(lines.map((line) => JSON.parse(line).type)).toEqual(["config", "config", "alive", "gone", "config"]);
  expect(JSON.parse(lines[4] ?? "").version).toBe(version);
});

test("?watch=1 does not send again what the proxy has, and says that there is nothing", async () => {
  const { store, stream } = await aServer();
  const version = publish(store, "shop/catalogue", aConfig("a"), true);
  const known = stream(`${SHOP}?watch=1`, { "If-None-Match": `"${version}"` });
  const missing = stream(`${SHOP.replace("catalogue", "nothing")}?watch=1`);
  await eventually(() => known.lines.length + missing.lines.length === 2);
  expect([known.lines, missing.lines]).toEqual([['{"type":"alive"}'], ['{"type":"gone"}']]);
});

test("a stream ends after a while and when its certificate is replaced, so that its caller proves itself anew", async () => {
  const { clock, store, server, stream, registry } = await aServer();
  publish(store, "shop/catalogue", aConfig("a"), true);
  const open = () => store.listeners.get("shop/catalogue")?.size ?? 0;
  const long = stream(`${SHOP}?watch=1`);
  await eventually(() => long.lines.length === 1);
  clock.advance(1_800_000);
  expect(open()).toBe(1);
  clock.advance(1_800_000);
  expect(open()).toBe(0);
  const second = stream(`${SHOP}?watch=1`);
  await eventually(() => second.lines.length === 1);
  server.rotate(await aPair());
  await eventually(() => open() === 0);
  forgetAbsent(registry, clock.monotonicMs() + 91_000);
  expect(countProxies(registry, "shop/catalogue", "")).toMatchObject({ connected: 0 });
});

test("acknowledgements are counted by pod, for the version that they are about", async () => {
  const { clock, cluster, store, registry, ask, stream, counts, changes } = await aServer();
  const version = publish(store, "shop/catalogue", aConfig("a"), true);
  const ack = (token: string, body: object) =>
    ask(`${SHOP}/ack`, token, { method: "POST", body: JSON.stringify(body) });
  const opened = stream(`${SHOP}?watch=1`);
  await eventually(() => opened.lines.length === 1);
  expect(counts(version)).toEqual({ connected: 1, current: 0, pending: 1, silent: 1, rejected: 0, error: "" });
  expect((await ack("good", { version, status: "applied" })).status).toBe(204);
  expect(counts(version)).toMatchObject({ connected: 1, current: 1, pending: 0 });
  const next = publish(store, "shop/catalogue", aConfig("b"), true);
  expect(counts(next)).toMatchObject({ connected: 1, pending: 1 });
  await ack("good", { version: next, status: "rejected", error: "port 3306 is taken" });
  expect(counts(next)).toMatchObject({ rejected: 1, error: "port 3306 is taken" });
  cluster.tokens.set("second", {
    username: "system:serviceaccount:shop:app",
    audiences: ["pisanix-controller"],
    extra: { "authentication.kubernetes.io/pod-uid": ["pod-9"] },
  });
  await ack("second", { version: next, status: "applied" });
  expect(counts(next)).toMatchObject({ connected: 2, current: 1, rejected: 1 });
  forgetAbsent(registry, clock.monotonicMs() + 91_000);
  expect(counts(next)).toMatchObject({ connected: 1, rejected: 1 });
  expect(new Set(changes)).toEqual(new Set(["shop/catalogue"]));
  for (const wrong of [{}, { version }, { version, status: "fine" }, { version: "", status: "applied" }, []]) {
    expect((await ack("good", wrong)).status).toBe(400);
  }
  expect((await ask(`${SHOP}/ack`, "good")).status).toBe(405);
});

test("a slow reader of a stream gets the newest configuration, and holds nobody's memory", async () => {
  const { store, stream } = await aServer();
  publish(store, "shop/catalogue", aConfig("first"), true);
  const slow = stream(`${SHOP}?watch=1`);
  await eventually(() => slow.lines.length === 1);
  slow.pause();
  const config = aConfig("first", 1500);
  const [node, ...nodes] = config.mysql.node;
  if (node === undefined) throw new Error("no node");
  for (let index = 0; index < 300; index++) {
    const mysql = { node: [{ ...node, user: `user-${index}` }, ...nodes] };
    publish(store, "shop/catalogue", { ...config, mysql }, true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  slow.resume();
  await eventually(() => slow.lines.at(-1)?.includes(`"user-299"`) === true);
  // What the sockets' buffers hold arrives, some megabytes; of 300 configurations most were never written.
  expect(slow.bytes()).toBeLessThan(12_000_000);
  expect(slow.lines.length).toBeLessThan(150);
});

test("reports are taken from our own replicas only", async () => {
  const { ask, cluster, reports, identity } = await aServer();
  cluster.tokens.set("replica", identity("mesh", "pod-1"));
  const report = { replica: "b", isAll: true, proxies: {} };
  const post = (token: string, body: string) => ask("/internal/v1/proxies", token, { method: "POST", body });
  expect((await post("replica", JSON.stringify(report))).status).toBe(204);
  expect(reports).toEqual([report]);
  expect((await post("good", JSON.stringify(report))).status).toBe(403);
  expect((await post("wrong", JSON.stringify(report))).status).toBe(401);
  expect((await post("replica", "{}")).status).toBe(400);
  expect((await ask("/internal/v1/proxies", "replica")).status).toBe(405);
});

test("plain HTTP answers the original's proxies, but gives away no password of a Secret", async () => {
  const { store, registry, clock, log } = await aServer();
  const server = startPlainConfigServer({
    ...{ host: "127.0.0.1", port: 0, store, registry, clock, random: seededRandom(1), log },
  });
  rig.onTearDown(server.stop);
  publish(store, "shop/catalogue", aConfig("a"), false);
  publish(store, "shop/secret", aConfig("a"), true);
  const url = `http://127.0.0.1:${server.port}`;
  const plain = await fetch(`${url}${SHOP}`);
  expect([plain.status, await plain.json()]).toMatchObject([
    200,
    { admin: { port: 5591 }, node_group: { member: [] } },
  ]);
  const secret = await fetch(`${url}${SHOP.replace("catalogue", "secret")}`);
  expect(secret.status).toBe(403);
  expect(await secret.text()).not.toContain("hunter2");
  expect((await fetch(`${url}${SHOP}/ack`, { method: "POST", body: "{}" })).status).toBe(404);
  expect((await fetch(`${url}${SHOP}`, { method: "PUT" })).status).toBe(405);
  expect((await fetch(`${url}${SHOP}/`)).status).toBe(200);
});
