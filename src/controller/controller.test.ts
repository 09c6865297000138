/** Whole controllers: ready, serving, replaced by one another, stopped. */
import { afterEach, expect, test } from "bun:test";
import type { Kind } from "../api/kinds.ts";
import { createObject, mergeObject } from "../kube/crud.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Resource } from "../kube/resource.ts";
import { systemClock } from "../lib/clock.ts";
import { openHttpLines } from "../testkit/http-lines.ts";
import {
  installWebhooks,
  type RunningController,
  routeService,
  runController,
  untilReady,
} from "../testkit/kube/controller-rig.ts";
import { aTrio, conditionsAt, createMesh, defineMesh, meshObject } from "../testkit/kube/mesh-objects.ts";
import { newKubeRig } from "../testkit/kube/rig.ts";
import { freePort } from "../testkit/servers/port.ts";
import { resourceOf } from "./mesh-resources.ts";
import type { ControllerOptions } from "./options.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const PODS: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };
const NAME = "pisanix-controller.pisa-system.svc";
const SHOP = "/apis/configs.database-mesh.io/v1alpha1/namespaces/default/proxyconfigs/shop";

async function aCluster() {
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, systemClock);
  await defineMesh(client);
  await installWebhooks(client);
  await createMesh(client, aTrio("default", "shop"));
  cluster.tokens.set("proxy", {
    username: "system:serviceaccount:default:app",
    audiences: ["pisanix-controller"],
    extra: { "authentication.kubernetes.io/pod-uid": ["pod-1"] },
  });
  const run = async (identity: string, changes: Partial<ControllerOptions> = {}) => {
    const controller = await runController(cluster, identity, changes);
    rig.onTearDown(() => controller.stop(0));
    return controller;
  };
  const until = async (check: () => Promise<boolean> | boolean) => {
    while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return { cluster, client, run, until };
}

test("a controller becomes ready, and says what it is waiting for before", async () => {
  const { cluster, run } = await aCluster();
  const hold = Promise.withResolvers<void>();
  cluster.faults.push({ times: 1, path: /trafficstrategies/, effect: { kind: "late", until: hold.promise } });
  const controller = await run("one");
  const early = await fetch(`${controller.adminUrl}/readyz`);
  expect([early.status, await early.text()]).toEqual([503, expect.stringContaining("TrafficStrategy")]);
  expect((await fetch(`${controller.adminUrl}/livez`)).status).toBe(200);
  hold.resolve();
  await untilReady(controller);
  const status = await (await fetch(`${controller.adminUrl}/status`)).json();
  expect(status).toMatchObject({ identity: "one", objects: { VirtualDatabase: 1 }, configs: 1 });
  const metrics = await (await fetch(`${controller.adminUrl}/metrics`)).text();
  expect(metrics).toContain("pisanix_controller_configs 1");
  expect(metrics).toMatch(/pisanix_controller_certificate_expiry_timestamp_seconds \d{10}/);
  expect(metrics).toMatch(/pisanix_controller_lists_total\{resource="virtualdatabases"\} 1/);
  expect(Object.keys((await (await fetch(`${controller.adminUrl}/config`)).json()) as object)).toEqual([
    "default/shop",
  ]);
});

test("the API server asks its webhooks over a certificate of their own making: pods get sidecars, mistakes are refused", async () => {
  const { cluster, client, run, until } = await aCluster();
  const controller = await run("one");
  await untilReady(controller);
  routeService(cluster, [controller]);
  const pod = (name: string, containerPort: number) => ({
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: {
      namespace: "default",
      name,
      annotations: { "pisanix.io/virtual-database": "shop" },
      labels: { "pisanix.io/inject": "enabled" },
    },
    spec: { containers: [{ name: "app", image: "app", ports: [{ containerPort }] }] },
  });
  // Until the leader has made the webhooks trust it, the API server cannot ask.
  let made: KubeObject | null = null;
  for (let index = 0; made === null; index++)
    made = await createObject(client, PODS, pod(`p${index}`, 8080)).catch(() => null);
  const { initContainers } = (
    made as unknown as { spec: { initContainers: { image: string; restartPolicy?: string }[] } }
  ).spec;
  expect(initContainers).toMatchObject([{ image: "pisanix:test", restartPolicy: "Always" }]);
  expect(JSON.stringify(initContainers)).toContain('{"name":"PISA_CONTROLLER_NAMESPACE","value":"pisa-system"}');
  expect(Object.keys(made.metadata.annotations ?? {})).toContain("pisanix.io/status");
  // The application listens where the proxy of its VirtualDatabase does.
  const clashing = await createObject(client, PODS, pod("clash", 3306));
  expect(Object.keys(clashing.metadata.annotations ?? {})).not.toContain("pisanix.io/status");
  const wrong = meshObject("TrafficStrategy", "default", "wrong", { selector: {}, circuitBreaks: [{ regex: ["("] }] });
  await until(async () => {
    const refused = await createObject(client, resourceOf("TrafficStrategy"), wrong)
      .then(() => null)
      .catch((error: Error) => error);
    return (
      refused?.message.includes(
        'admission webhook "manifests.pisanix.io" denied the request: TrafficStrategy default/wrong is invalid',
      ) === true
    );
  });
  const metrics = await (await fetch(`${controller.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/pisanix_controller_reviews_total\{webhook="inject",outcome="changed"\} 1\n/);
  expect(metrics).toMatch(/pisanix_controller_reviews_total\{webhook="validate",outcome="refused"\} [1-9]/);
});

test("a proxy streams its configuration, acknowledges it, and the object's status says so", async () => {
  const { client, run, until } = await aCluster();
  const controller = await run("one");
  await untilReady(controller);
  const ca = controller.parts.keeper.trusted();
  const headers = { Authorization: "Bearer proxy" };
  const local = { servername: NAME };
  const stream = openHttpLines({ port: controller.configPort(), path: `${SHOP}?watch=1`, ca, headers, ...local });
  rig.onTearDown(stream.close);
  await until(() => stream.lines.length === 1);
  const acknowledge = async () => {
    const { version } = JSON.parse(stream.lines.findLast((line) => line.includes('"config"')) ?? "{}");
    const response = await fetch(`https://127.0.0.1:${controller.configPort()}${SHOP}/ack`, {
      ...{ method: "POST", headers, body: JSON.stringify({ version, status: "applied" }) },
      tls: { ca, serverName: local.servername },
    });
    expect(response.status).toBe(204);
  };
  await acknowledge();
  const programmed = (kind: Kind) => async () =>
    (await conditionsAt(client, kind, "default", "shop")).includes("Programmed=True Programmed");
  await until(programmed("VirtualDatabase"));
  await until(programmed("TrafficStrategy"));
  const spec = { circuitBreaks: [{ regex: ["^delete"] }] };
  await mergeObject(client, resourceOf("TrafficStrategy"), { namespace: "default", name: "shop" }, { spec });
  await until(() => stream.lines.at(-1)?.includes("^delete") === true);
  await acknowledge();
  await until(programmed("TrafficStrategy"));
});

test("two replicas: one leads, both serve, what proxies say to the other reaches status, and the other takes over", async () => {
  const { client, run, until } = await aCluster();
  // Fixed ports, since the Lease says where the leader is reached.
  const replica = async (identity: string) => {
    const config = { host: "127.0.0.1", port: await freePort() };
    const controller = await run(identity, { address: "127.0.0.1", config });
    await untilReady(controller);
    return controller;
  };
  const one = await replica("one");
  const two = await replica("two");
  expect([one.parts.election.isLeader(), two.parts.election.isLeader()]).toEqual([true, false]);
  const ca = one.parts.keeper.trusted();
  expect(two.parts.keeper.trusted()).toBe(ca);
  const init = { headers: { Authorization: "Bearer proxy" }, tls: { ca, serverName: NAME } };
  const ask = ({ configPort }: RunningController, path = "", more: RequestInit = {}) => {
    return fetch(`https://127.0.0.1:${configPort()}${SHOP}${path}`, { ...init, ...more } as BunFetchRequestInit);
  };
  const [a, b] = await Promise.all([ask(one), ask(two)]);
  expect(a.headers.get("ETag")).toBe(b.headers.get("ETag") ?? "none");
  const version = a.headers.get("ETag")?.replaceAll('"', "");
  const acknowledged = await ask(two, "/ack", { method: "POST", body: JSON.stringify({ version, status: "applied" }) });
  expect(acknowledged.status).toBe(204);
  const conditions = () => conditionsAt(client, "VirtualDatabase", "default", "shop");
  await until(async () => (await conditions()).includes("Programmed=True Programmed"));
  expect(one.parts.registry.proxies.size).toBe(0);
  await one.stop(0);
  await until(() => two.parts.election.isLeader());
  const spec = { circuitBreaks: [{ regex: ["^delete"] }] };
  await mergeObject(client, resourceOf("TrafficStrategy"), { namespace: "default", name: "shop" }, { spec });
  await until(async () => (await conditions()).includes("Programmed=False Pending"));
  expect((await ask(two)).status).toBe(200);
}, 20_000);

test("stop() ends readiness first, answers on while it drains, and leaves nothing behind", async () => {
  const { cluster, run } = await aCluster();
  const controller = await run("one");
  await untilReady(controller);
  const port = controller.configPort();
  const ca = controller.parts.keeper.trusted();
  const stopped = controller.stop(600_000);
  const draining = await fetch(`${controller.adminUrl}/readyz`);
  expect([draining.status, await draining.text()]).toEqual([503, "not ready\n- the controller is stopping\n"]);
  const init = {
    headers: { Authorization: "Bearer proxy" },
    tls: { ca, serverName: NAME },
  };
  const answer = await fetch(`https://127.0.0.1:${port}${SHOP}`, init);
  expect([answer.status, answer.headers.get("Connection")]).toEqual([200, "close"]);
  await controller.stop(0);
  await stopped;
  expect(fetch(`${controller.adminUrl}/livez`)).rejects.toThrow();
  expect(fetch(`https://127.0.0.1:${port}${SHOP}`, init)).rejects.toThrow();
  while (cluster.watches() > 0) await new Promise<void>((resolve) => setImmediate(resolve));
});

test("a controller starts before its API server does, and is ready when that answers", async () => {
  const { cluster, run } = await aCluster();
  await cluster.stop();
  const controller = await run("one");
  const early = await fetch(`${controller.adminUrl}/readyz`);
  expect([early.status, (await fetch(`${controller.adminUrl}/livez`)).status]).toEqual([503, 200]);
  rig.cluster({ port: cluster.port, store: cluster.store });
  await untilReady(controller);
}, 20_000);

test("startController() that cannot work says why, and leaves nothing behind", async () => {
  const { cluster } = await aCluster();
  const files = runController(cluster, "one", { certificate: { kind: "files", folder: "/nowhere" } });
  expect(files).rejects.toThrow("/nowhere/tls.crt cannot be read");
  const kubeconfig = runController(cluster, "one", { kubeconfig: "/nowhere/kubeconfig" });
  expect(kubeconfig).rejects.toThrow("/nowhere/kubeconfig");
});
