/** The installed webhooks, on a fake API server with a controller behind them: which pods they are asked about, and what becomes of the others. */
import { afterEach, expect, test } from "bun:test";
import { decide, defaultSettings, installObjects, type PlainSettings } from "./install/plain.ts";
import { createObject } from "./kube/crud.ts";
import type { KubeObject, WebhookConfiguration } from "./kube/objects.ts";
import { MUTATING_WEBHOOKS, type Resource, VALIDATING_WEBHOOKS } from "./kube/resource.ts";
import { systemClock } from "./lib/clock.ts";
import { addNamespace } from "./testkit/kube/cluster.ts";
import { HOME, routeService, runController, untilReady } from "./testkit/kube/controller-rig.ts";
import { aTrio, createMesh, defineMesh } from "./testkit/kube/mesh-objects.ts";
import { newKubeRig } from "./testkit/kube/rig.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const PODS: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };
const LABEL = "pisanix.io/inject";

interface PodObject extends KubeObject {
  spec: { initContainers?: { name: string }[]; containers: object[] };
}

/** A cluster on which pisanix is installed; without a controller its Service leads nowhere. */
async function aCluster(hasController: boolean, changes: Partial<PlainSettings> = {}) {
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, systemClock);
  await defineMesh(client);
  addNamespace(cluster.store, "mesh", { [LABEL]: "enabled" });
  addNamespace(cluster.store, "never", { [LABEL]: "disabled" });
  addNamespace(cluster.store, HOME, { [LABEL]: "enabled" });
  // Somebody has labelled everything.
  addNamespace(cluster.store, "kube-public", { [LABEL]: "enabled" });
  const plain = { ...defaultSettings("1.2.3"), namespace: HOME, ...changes };
  for (const object of installObjects(decide(plain)) as unknown as KubeObject[]) {
    const resource = [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS].find(({ kind }) => kind === object.kind);
    if (resource !== undefined) await createObject(client, resource, object as WebhookConfiguration);
  }
  if (hasController) {
    const controller = await runController(cluster, "one");
    rig.onTearDown(() => controller.stop(0));
    await untilReady(controller);
    routeService(cluster, [controller]);
    const isTrusted = () =>
      cluster.requests.some(({ method, path }) => method === "PATCH" && path.includes("/mutating"));
    while (!isTrusted()) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  let count = 0;
  /** `+` where a pod of that namespace and label got a sidecar, `-` where not; then which webhooks were asked. */
  const create = async (namespace: string, label?: string) => {
    cluster.calls.length = 0;
    const metadata = { namespace, name: `p${count++}`, ...(label === undefined ? {} : { labels: { [LABEL]: label } }) };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "app", image: "app" }] } };
    const made = (await createObject(client, PODS, pod as PodObject)) as PodObject;
    const isInjected = made.spec.initContainers?.[0]?.name === "pisa-proxy";
    return [isInjected ? "+" : "-", ...new Set(cluster.calls.map(({ webhook }) => webhook))].join(" ");
  };
  return { client, create };
}

test("pods of a labelled namespace get a sidecar, and those that are labelled themselves; no other is asked about", async () => {
  const { create } = await aCluster(true);
  const byNamespace = "+ namespace.inject.pisanix.io";
  const byPod = "+ pod.inject.pisanix.io";
  expect([await create("mesh"), await create("mesh", "enabled")]).toEqual([byNamespace, byNamespace]);
  expect([await create("mesh", "disabled"), await create("mesh", "false")]).toEqual(["-", "-"]);
  expect([await create("default"), await create("default", "enabled")]).toEqual(["-", byPod]);
  expect([await create("default", "true"), await create("default", "disabled")]).toEqual([byPod, "-"]);
  // Whoever says no is heard.
  expect([await create("never"), await create("never", "enabled")]).toEqual(["-", "-"]);
  // A cluster must be able to start whatever has become of the controller, and the controller, too.
  for (const namespace of ["kube-system", "kube-public", HOME]) {
    expect([namespace, await create(namespace), await create(namespace, "enabled")]).toEqual([namespace, "-", "-"]);
  }
});

test("without a controller pods of the mesh wait, all others are created, and manifests are stored", async () => {
  const { client, create } = await aCluster(false);
  const why = (name: string) =>
    `failed calling webhook "${name}.inject.pisanix.io": service "pisanix-controller" not found`;
  await expect(create("mesh")).rejects.toThrow(why("namespace"));
  await expect(create("default", "enabled")).rejects.toThrow(why("pod"));
  expect([await create("default"), await create("mesh", "disabled"), await create(HOME)]).toEqual(["-", "-", "-"]);
  await createMesh(client, aTrio("default", "shop"));
});

test("with --failure-policy Ignore pods of the mesh start without a proxy while there is no controller", async () => {
  const { create } = await aCluster(false, { failurePolicy: "Ignore" });
  expect(await create("mesh")).toBe("- namespace.inject.pisanix.io");
});
