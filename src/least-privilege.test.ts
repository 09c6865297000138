/**
 * The roles of the installation are what the controller uses: it does all that it ever does on a fake API server, and what it asked for
 * is compared with what is granted. Nothing is missing, and nothing is there that is not used.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kind } from "./api/kinds.ts";
import { MESH_KINDS, resourceOf } from "./controller/mesh-resources.ts";
import type { ControllerOptions } from "./controller/options.ts";
import { decide, defaultSettings, installObjects, type PlainSettings } from "./install/plain.ts";
import { createObject, getObject, mergeObject } from "./kube/crud.ts";
import type { KubeObject, SecretObject, WebhookConfiguration } from "./kube/objects.ts";
import { MUTATING_WEBHOOKS, SECRETS, VALIDATING_WEBHOOKS } from "./kube/resource.ts";
import { systemClock } from "./lib/clock.ts";
import { reveal } from "./lib/secret.ts";
import { newAuthority, newLeaf } from "./lib/x509.ts";
import { HOME, runController, untilReady } from "./testkit/kube/controller-rig.ts";
import { covers, type Grant, grantsOf, neededFor } from "./testkit/kube/grants.ts";
import { aTrio, createMesh, defineMesh, meshObject } from "./testkit/kube/mesh-objects.ts";
import { newKubeRig } from "./testkit/kube/rig.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const NS = "default";
const CONFIG = `/apis/configs.database-mesh.io/v1alpha1/namespaces/${NS}/proxyconfigs/shop`;
const DAY_MS = 86_400_000;
/** Every ServiceAccount may ask: system:public-info-viewer. */
const FOR_ALL = ["/version"];

/** Objects of each kind, some with passwords in a Secret. */
function aMesh() {
  const shard = {
    tableName: "t",
    databaseTableStrategy: {
      ...{ databaseShardingAlgorithmName: "mod", databaseShardingColumn: "a" },
      ...{ tableShardingAlgorithmName: "mod", tableShardingColumn: "b", shardingCount: 2 },
    },
    actualDatanodes: { valueSource: { nodes: [{ value: "shop" }] } },
  };
  return [
    ...aTrio(NS, "bank"),
    ...aTrio(NS, "shop", { passwordSecretRef: { name: "login", key: "password" } }),
    meshObject("DataShard", NS, "shop", { rules: [shard] }),
    meshObject("QoSClaim", NS, "shop", { trafficQoS: { name: "shop", qos_group: { rate: "1mbps", ceil: "2mbps" } } }),
  ];
}

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** What is installed, and what a controller that does everything asks for. */
async function usedBy(plain: PlainSettings, changes: Partial<ControllerOptions>) {
  const objects = installObjects(decide(plain)) as unknown as KubeObject[];
  const cluster = rig.cluster({ offersWatchList: false });
  const client = rig.client(cluster.url, systemClock);
  await defineMesh(client);
  for (const object of objects) {
    const resource = [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS].find(({ kind }) => kind === object.kind);
    if (resource !== undefined) await createObject(client, resource, object as WebhookConfiguration);
  }
  const login = { apiVersion: "v1", kind: "Secret", metadata: { namespace: NS, name: "login" } };
  await createObject(client, SECRETS, { ...login, data: { password: btoa("hunter2") } } as SecretObject);
  await createMesh(client, aMesh());
  const username = `system:serviceaccount:${NS}:app`;
  cluster.tokens.set("proxy", { username, audiences: ["pisanix-controller"] });
  const controller = await runController(cluster, "one", changes);
  rig.onTearDown(() => controller.stop(0));
  await untilReady(controller);
  const uses = (method: string, path: string) =>
    until(() => cluster.requests.some((request) => request.method === method && request.path.includes(path)));
  for (const kind of MESH_KINDS) await uses("PATCH", `/${resourceOf(kind).plural}/shop/status`);
  await uses("PATCH", "/configmaps/pisanix-ca");

  // The same mistake twice is one event, and a series of it.
  const change = (spec: object) =>
    mergeObject(client, resourceOf("TrafficStrategy"), { namespace: NS, name: "shop" }, { spec });
  const accepted = (status: string) =>
    until(async () => {
      const { status: now } = await getObject(client, resourceOf("TrafficStrategy" satisfies Kind), {
        namespace: NS,
        name: "shop",
      });
      return now?.conditions?.some((each) => each.type === "Accepted" && each.status === status) === true;
    });
  for (const regex of ["(", "x", "(", "x"]) {
    await change({ circuitBreaks: [{ regex: [regex] }] });
    await accepted(regex === "(" ? "False" : "True");
  }
  await uses("POST", "/events");
  await uses("PATCH", "/events/");

  const tls = { ca: controller.parts.keeper.trusted(), serverName: `pisanix-controller.${HOME}.svc` };
  const headers = { Authorization: "Bearer proxy" };
  const answer = await fetch(`https://127.0.0.1:${controller.configPort()}${CONFIG}`, { headers, tls });
  expect(answer.status).toBe(plain.secretAccess === "none" ? 503 : 200);
  if (changes.certificate === undefined) {
    await uses("PATCH", "/validatingwebhookconfigurations/pisanix");
    // What somebody has made useless is made anew.
    await mergeObject(client, SECRETS, { namespace: HOME, name: "pisanix-webhook-tls" }, { data: { "tls.crt": null } });
    await uses("PUT", "/secrets/pisanix-webhook-tls");
  }
  await controller.stop(0);
  const asked = cluster.requests.filter(({ userAgent }) => userAgent.startsWith("pisanix-controller/"));
  const strange = asked.filter((request) => neededFor(request, cluster.kinds).length === 0).map(({ path }) => path);
  expect(strange.filter((path) => !FOR_ALL.includes(path))).toEqual([]);
  const needed = asked.flatMap((request) => neededFor(request, cluster.kinds));
  return { needed, granted: grantsOf(objects, HOME, "pisanix-controller") };
}

const textOf = ({ namespace, verb, resource, name }: Grant) => `${verb} ${resource} ${namespace}/${name}`;

describe("the roles of an installation", () => {
  test.each<[string, Partial<PlainSettings>, Partial<ControllerOptions>]>([
    ["by default", {}, {}],
    ["that watches Secrets", { secretAccess: "watch" }, { secretAccess: "watch" }],
    ["that reads no Secrets", { secretAccess: "none" }, { secretAccess: "none" }],
    ["that reads Secrets of one namespace", { secretNamespaces: [NS] }, {}],
  ])(
    "%s are what the controller uses",
    async (_, settings, changes) => {
      const plain = { ...defaultSettings("1.2.3"), namespace: HOME, ...settings };
      const { needed, granted } = await usedBy(plain, changes);
      const missing = needed.filter((need) => !granted.some((grant) => covers(grant, need)));
      const unused = granted.filter((grant) => !needed.some((need) => covers(grant, need)));
      expect({ missing: [...new Set(missing.map(textOf))], unused: unused.map(textOf) }).toEqual({
        missing: [],
        unused: [],
      });
    },
    20_000,
  );

  test("with cert-manager are what the controller uses", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pisanix-tls-"));
    rig.onTearDown(() => rmSync(folder, { recursive: true }));
    const nowMs = systemClock.wallMs();
    const authority = await newAuthority({ commonName: "test" }, nowMs, DAY_MS);
    const hosts = [`pisanix-controller.${HOME}.svc`];
    const subject = { commonName: "test" };
    const leaf = await newLeaf(authority, { subject, purpose: "server", hosts, nowMs, validMs: DAY_MS });
    writeFileSync(join(folder, "tls.crt"), leaf.cert);
    writeFileSync(join(folder, "tls.key"), reveal(leaf.key));
    writeFileSync(join(folder, "ca.crt"), authority.cert);
    const plain = { ...defaultSettings("1.2.3"), namespace: HOME, overlays: ["cert-manager"] as const };
    const { needed, granted } = await usedBy(plain, { certificate: { kind: "files", folder } });
    const missing = needed.filter((need) => !granted.some((grant) => covers(grant, need)));
    const unused = granted.filter((grant) => !needed.some((need) => covers(grant, need)));
    expect({ missing: missing.map(textOf), unused: unused.map(textOf) }).toEqual({ missing: [], unused: [] });
  }, 20_000);
});
