/** The fake API server asks webhooks as a real one does. */
import { afterEach, expect, test } from "bun:test";
import { createObject, mergeObject } from "../../kube/crud.ts";
import type { KubeObject, WebhookConfiguration } from "../../kube/objects.ts";
import { MUTATING_WEBHOOKS, type Resource, VALIDATING_WEBHOOKS } from "../../kube/resource.ts";
import { virtualClock } from "../virtual-clock.ts";
import { addNamespace } from "./cluster.ts";
import { newKubeRig } from "./rig.ts";

const rig = newKubeRig();
afterEach(rig.tearDown);

const PODS: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };

interface Asked {
  name: string;
  operation: string;
  marks: string[];
}

/** A server with webhooks that each leave a mark on the pod, once. */
async function aRig() {
  const cluster = rig.cluster();
  const client = rig.client(cluster.url, virtualClock());
  const asked: Asked[] = [];
  const refusing = new Set<string>();
  const hooks = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    async fetch(request) {
      const name = new URL(request.url).pathname.slice(1);
      const { request: review } = (await request.json()) as {
        request: { uid: string; operation: string; object: KubeObject };
      };
      const marks = Object.keys(review.object.metadata.labels ?? {});
      asked.push({ name, operation: review.operation, marks });
      if (name === "broken") return new Response("no", { status: 500 });
      if (refusing.has(name)) return answer({ uid: review.uid, allowed: false, status: { message: "not so" } });
      if (name.startsWith("validate") || marks.includes(name)) return answer({ uid: review.uid, allowed: true });
      const path = marks.length === 0 ? "/metadata/labels" : `/metadata/labels/${name}`;
      const steps = [{ op: "add", path, value: marks.length === 0 ? { [name]: "x" } : "x" }];
      return answer({ uid: review.uid, allowed: true, patchType: "JSONPatch", patch: btoa(JSON.stringify(steps)) });
    },
  });
  rig.onTearDown(() => hooks.stop(true));
  const install = async (
    resource: Resource<WebhookConfiguration>,
    name: string,
    names: string[],
    more: object = {},
  ) => {
    const webhooks = names.map((each) => ({
      ...{ name: each, clientConfig: { url: `http://127.0.0.1:${hooks.port}/${each}` } },
      rules: [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
      ...more,
    }));
    const object = { apiVersion: "admissionregistration.k8s.io/v1", kind: resource.kind, metadata: { name }, webhooks };
    await createObject(client, resource, object as never);
  };
  const pod = (name = "p", namespace = "default") => {
    return createObject(client, PODS, { apiVersion: "v1", kind: "Pod", metadata: { name, namespace } });
  };
  const names = () => asked.map(({ name }) => name);
  return { cluster, client, asked, refusing, install, pod, names };
}

function answer(response: object): Response {
  return Response.json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

test("mutating webhooks are asked in the order of their configurations' names, each on what the one before made of it", async () => {
  const { install, pod, asked } = await aRig();
  await install(MUTATING_WEBHOOKS, "b", ["second"]);
  await install(MUTATING_WEBHOOKS, "a", ["first"]);
  expect((await pod()).metadata.labels).toEqual({ first: "x", second: "x" });
  expect(asked.map(({ name, marks }) => `${name} ${marks}`)).toEqual(["first ", "second first"]);
});

test("who wants to be is asked again when somebody changed the object after it", async () => {
  const { install, pod, names } = await aRig();
  await install(MUTATING_WEBHOOKS, "a", ["again"], { reinvocationPolicy: "IfNeeded" });
  await install(MUTATING_WEBHOOKS, "b", ["once"]);
  await install(MUTATING_WEBHOOKS, "c", ["last"], { reinvocationPolicy: "IfNeeded" });
  await pod();
  expect(names()).toEqual(["again", "once", "last", "again"]);
});

test("validating webhooks come after, see the result, and can refuse it", async () => {
  const { install, pod, asked, refusing, client } = await aRig();
  await install(MUTATING_WEBHOOKS, "a", ["mark"]);
  await install(VALIDATING_WEBHOOKS, "a", ["validate"]);
  await pod();
  expect(asked.map(({ name, marks }) => `${name} ${marks}`)).toEqual(["mark ", "validate mark"]);
  refusing.add("validate");
  expect(pod("q")).rejects.toThrow('admission webhook "validate" denied the request: not so');
  const patched = mergeObject(
    client,
    PODS,
    { namespace: "default", name: "p" },
    { metadata: { annotations: { a: "b" } } },
  );
  expect(patched).rejects.toThrow("denied the request");
  await patched.catch(() => {});
  expect(asked.at(-1)?.operation).toBe("UPDATE");
});

test("a webhook that fails stops what it must not miss, and nothing else", async () => {
  const { install, pod, cluster } = await aRig();
  await install(MUTATING_WEBHOOKS, "a", ["broken"], { failurePolicy: "Ignore" });
  await pod("ignored");
  await install(MUTATING_WEBHOOKS, "b", ["broken"], { failurePolicy: "Fail" });
  expect(pod("failed")).rejects.toThrow('failed calling webhook "broken": the server answered 500');
  await pod("failed").catch(() => {});
  expect(cluster.calls.every(({ failure }) => failure !== null)).toBe(true);
});

test("selectors choose by the labels of the namespace and of the object", async () => {
  const { install, pod, names, cluster } = await aRig();
  addNamespace(cluster.store, "chosen", { inject: "enabled" });
  await install(MUTATING_WEBHOOKS, "a", ["namespaced"], { namespaceSelector: { matchLabels: { inject: "enabled" } } });
  const notOptedOut = { matchExpressions: [{ key: "namespaced", operator: "DoesNotExist" }] };
  await install(MUTATING_WEBHOOKS, "b", ["labelled"], { objectSelector: notOptedOut });
  await pod("p", "default");
  expect(names()).toEqual(["labelled"]);
  await pod("p", "chosen");
  expect(names()).toEqual(["labelled", "namespaced", "labelled"]);
});
