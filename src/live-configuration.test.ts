/**
 * From `kubectl apply` to a running session: a controller and a proxy as processes, an API server, databases, and a client
 * that never connects again.
 */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import type { Kind } from "./api/kinds.ts";
import { resourceOf } from "./controller/mesh-resources.ts";
import { sidecarParts } from "./inject/container.ts";
import { getObject, mergeObject } from "./kube/crud.ts";
import { CONFIG_MAPS } from "./kube/resource.ts";
import { systemClock } from "./lib/clock.ts";
import { reveal } from "./lib/secret.ts";
import { newAuthority, newLeaf } from "./lib/x509.ts";
import { resultSet, textRow } from "./testkit/answers.ts";
import { addNamespace } from "./testkit/kube/cluster.ts";
import { createMesh, defineMesh, meshObject } from "./testkit/kube/mesh-objects.ts";
import { newKubeRig } from "./testkit/kube/rig.ts";
import { type PisanixProcess, startPisanix } from "./testkit/pisanix-process.ts";
import { newRig } from "./testkit/rig.ts";
import { freePort } from "./testkit/servers/port.ts";
import { someOptions } from "./testkit/sidecar-settings.ts";

const HOME = "pisanix-system";
const SHOP = { namespace: "shop", name: "catalogue" };
const YEAR_MS = 365 * 86_400_000;

const databases = newRig();
const kube = newKubeRig();
const processes = new Set<PisanixProcess>();
const folders: string[] = [];
afterEach(async () => {
  for (const each of processes) await kill(each);
  await databases.tearDown();
  await kube.tearDown();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function kill(started: PisanixProcess): Promise<void> {
  processes.delete(started);
  started.child.kill("SIGKILL");
  await started.child.exited;
}

/** Asks until it holds; the test's own timeout ends a wait for what never comes. */
async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pisanix-live-"));
  folders.push(folder);
  return folder;
}

/** A file as the kubelet writes it: nobody finds half of it. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** An API server that knows our kinds and the two ServiceAccounts. */
async function aCluster() {
  const cluster = kube.cluster();
  const client = kube.client(cluster.url, systemClock);
  for (const namespace of [HOME, SHOP.namespace]) addNamespace(cluster.store, namespace);
  await defineMesh(client);
  const audiences = ["pisanix-controller"];
  cluster.tokens.set("of-the-controller", {
    ...{ username: `system:serviceaccount:${HOME}:pisanix-controller`, audiences },
  });
  cluster.tokens.set("of-the-pod", {
    ...{ username: `system:serviceaccount:${SHOP.namespace}:app`, audiences },
    extra: { "authentication.kubernetes.io/pod-uid": ["pod-1"] },
  });
  const change = (kind: Kind, spec: object) => mergeObject(client, resourceOf(kind), SHOP, { spec });
  const conditions = async (kind: Kind) => {
    const { metadata, status } = await getObject(client, resourceOf(kind), SHOP);
    const all = status?.conditions ?? [];
    const current = all.filter(({ observedGeneration }) => observedGeneration === metadata.generation);
    return current.map(({ type, status: is, reason, message }) => `${type}=${is} ${reason}: ${message}`);
  };
  const says = (kind: Kind, start: string) =>
    until(async () => (await conditions(kind)).some((condition) => condition.startsWith(start)));
  return { cluster, client, change, conditions, says };
}

/** What a controller needs to run as often as the test likes, at the same address. */
async function aController(clusterUrl: string) {
  const folder = aFolder();
  const kubeconfig = join(folder, "kubeconfig");
  const text = JSON.stringify({
    clusters: [{ name: "fake", cluster: { server: clusterUrl } }],
    users: [{ name: "controller", user: { token: "of-the-controller" } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "controller", namespace: HOME } }],
    "current-context": "fake",
  });
  writeFileSync(kubeconfig, text);
  const nowMs = systemClock.wallMs();
  const authority = await newAuthority({ commonName: "ca" }, nowMs, YEAR_MS);
  const subject = { commonName: "controller" };
  const leaf = await newLeaf(authority, { subject, purpose: "server", hosts: ["localhost"], nowMs, validMs: YEAR_MS });
  const tls = join(folder, "tls");
  mkdirSync(tls);
  for (const [name, pem] of [
    ["tls.crt", leaf.cert],
    ["tls.key", reveal(leaf.key)],
    ["ca.crt", authority.cert],
  ] as const)
    writeFileSync(join(tls, name), pem);
  const port = await freePort();
  const local = ["--webhook-host", "127.0.0.1", "--config-host", "127.0.0.1", "--admin-host", "127.0.0.1"];
  const ports = ["--webhook-port", "0", "--admin-port", "0", "--config-port", String(port)];
  // A container that starts again has its pod's name, and leads on at once.
  const identity = ["--pod-name", "controller-0", "--drain", "0"];
  const start = async () => {
    const words = ["--kubeconfig", kubeconfig, "--webhook-cert", "files", "--webhook-cert-dir", tls];
    const started = startPisanix(["controller", ...words, ...identity, ...local, ...ports]);
    processes.add(started);
    await started.said(/ serving /);
    return started;
  };
  return { url: `https://localhost:${port}`, start };
}

/** The container that is injected into a pod, with its own arguments and environment; it may be started again. */
async function aPod(controllerUrl: string) {
  const folder = aFolder();
  const adminPort = await freePort();
  write(join(folder, "token"), "of-the-pod");
  const { settings } = someOptions({ "admin-port": String(adminPort) });
  const { args, env } = sidecarParts(SHOP.name, { ...settings, "shutdown-grace-period": 5 }).container as {
    args: string[];
    env: { name: string; value?: string }[];
  };
  const environment = {
    ...Object.fromEntries(env.map(({ name, value }) => [name, value ?? SHOP.namespace])),
    // Where the cluster's names lead, and what the kubelet mounts.
    ...{ PISA_CONTROLLER_HOST: controllerUrl, PISA_PROXY_ADMIN_LISTEN_HOST: "127.0.0.1", PISA_PROXY_STATE_DIR: folder },
    ...{ PISA_CONTROLLER_TOKEN_FILE: join(folder, "token"), PISA_CONTROLLER_CA_FILE: join(folder, "ca.crt") },
  };
  const start = () => {
    const started = startPisanix(args, environment);
    processes.add(started);
    return started;
  };
  const ready = async () => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => null);
    return response === null ? [0, ""] : [response.status, await response.text()];
  };
  return { adminPort, start, ready, trust: (pem: string) => write(join(folder, "ca.crt"), pem) };
}

/** A database that says its name. */
async function aDatabase(name: string) {
  const { port } = await databases.server({
    account: { password: "db-secret" },
    script: ({ connection, text }) =>
      text === "SELECT who" ? resultSet(connection.capabilities, ["who"], [textRow([name])]) : undefined,
  });
  const MySQL = { host: "127.0.0.1", port, user: "shop", password: "db-secret", db: "shop" };
  return meshObject("DatabaseEndpoint", SHOP.namespace, name, { database: { MySQL } }, { is: name });
}

async function aClient(port: number) {
  const connection = await createConnection({ host: "127.0.0.1", port, user: "app", password: "app-secret" });
  kube.onTearDown(() => connection.destroy());
  return {
    async who() {
      const [rows] = await connection.query("SELECT who");
      return (rows as Array<{ who: string }>)[0]?.who;
    },
    /** "ok", or the error's number. */
    async tries(text: string): Promise<string> {
      try {
        await connection.query(text);
        return "ok";
      } catch (error) {
        return String((error as { errno?: number }).errno);
      }
    },
  };
}

const breaks = (...regex: string[]) => ({ circuitBreaks: [{ regex }] });
const REFUSED = "1047";

test("manifests reach running sessions within a second; what is wrong is told, and changes nothing; the controller may be away", async () => {
  const { cluster, client, change, conditions, says } = await aCluster();
  const controller = await aController(cluster.url);
  const pod = await aPod(controller.url);
  const port = await freePort();
  const service = (more: object = {}) => ({
    name: "catalogue",
    databaseMySQL: { host: "127.0.0.1", port, user: "app", password: "app-secret", db: "shop", ...more },
    trafficStrategy: SHOP.name,
  });

  // The proxy is first, then its controller, then the manifests: it waits, and says for what.
  let proxy = pod.start();
  await until(async () => (await pod.ready())[0] === 503);
  let running = await controller.start();
  const toA = { selector: { matchLabels: { is: "a" } } };
  await createMesh(client, [
    ...[await aDatabase("a"), await aDatabase("b")],
    meshObject("TrafficStrategy", SHOP.namespace, SHOP.name, toA),
    meshObject("VirtualDatabase", SHOP.namespace, SHOP.name, { services: [service()] }),
  ]);
  const authority = { namespace: SHOP.namespace, name: "pisanix-ca" };
  const published = () => getObject(client, CONFIG_MAPS, authority).catch(() => null);
  await until(async () => (await published()) !== null);
  pod.trust((await published())?.data?.["ca.crt"] ?? "");
  await proxy.said(/ listening domain=catalogue /);
  await until(async () => (await pod.ready())[0] === 200);
  const session = await aClient(port);
  expect([await session.who(), await session.tries("DROP TABLE t")]).toEqual(["a", "ok"]);
  await says("TrafficStrategy", "Programmed=True");
  await says("VirtualDatabase", "Programmed=True");

  // Another rule, and another database: the session finds both.
  const withinMs = async (spec: object, check: () => Promise<boolean>) => {
    const startedMs = systemClock.monotonicMs();
    await change("TrafficStrategy", spec);
    await until(check);
    return systemClock.monotonicMs() - startedMs;
  };
  const isDropRefused = async () => (await session.tries("DROP TABLE t")) === REFUSED;
  expect(await withinMs(breaks("^DROP"), isDropRefused)).toBeLessThan(1_000);
  const toB = { selector: { matchLabels: { is: "b" } } };
  expect(await withinMs(toB, async () => (await session.who()) === "b")).toBeLessThan(1_000);
  await says("TrafficStrategy", "Programmed=True");

  // A mistake that the controller finds, and one that only the proxy can.
  await change("TrafficStrategy", breaks("("));
  await says("TrafficStrategy", "Accepted=False");
  expect((await conditions("TrafficStrategy")).join("\n")).toContain("spec.circuitBreaks[0].regex[0]");
  expect([await session.who(), await session.tries("DROP TABLE t")]).toEqual(["b", REFUSED]);
  await change("TrafficStrategy", breaks("^DROP"));
  await says("TrafficStrategy", "Programmed=True");
  await change("VirtualDatabase", { services: [service({ port: pod.adminPort })] });
  await says("VirtualDatabase", "Programmed=False ProxyRejected");
  expect((await conditions("VirtualDatabase")).join("\n")).toContain(`127.0.0.1:${pod.adminPort} (EADDRINUSE)`);
  expect([await session.who(), await session.tries("DROP TABLE t")]).toEqual(["b", REFUSED]);
  await change("VirtualDatabase", { services: [service()] });
  await says("VirtualDatabase", "Programmed=True");

  // The controller dies: the session goes on. What changes meanwhile is not heard of.
  await kill(running);
  await proxy.said(/configuration cannot be taken .*failure=unreachable/);
  await change("TrafficStrategy", { ...breaks("^DELETE"), ...toA });
  expect([await session.who(), await session.tries("DROP TABLE t")]).toEqual(["b", REFUSED]);

  // The proxy starts again without it, from what it had last.
  processes.delete(proxy);
  expect(await proxy.stop()).toBe(0);
  proxy = pod.start();
  await proxy.said(/the last good configuration is served/);
  await until(async () => (await pod.ready())[0] === 200);
  const later = await aClient(port);
  expect([await later.who(), await later.tries("DROP TABLE t")]).toEqual(["b", REFUSED]);

  // And hears of the change when a controller is back, without being started again.
  running = await controller.start();
  await until(async () => (await later.who()) === "a");
  expect([await later.tries("DROP TABLE t"), await later.tries("DELETE FROM t")]).toEqual(["ok", REFUSED]);
  await says("TrafficStrategy", "Programmed=True");
  processes.delete(proxy);
  processes.delete(running);
  expect([await proxy.stop(), await running.stop()]).toEqual([0, 0]);
}, 60_000);
