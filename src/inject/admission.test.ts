import { expect, test } from "bun:test";
import { pathOf, valueAt } from "../lib/path.ts";
import { podMistakes } from "../testkit/pod-shape.ts";
import { someOptions } from "../testkit/sidecar-settings.ts";
import { type AdmissionOptions, reviewPod } from "./admission.ts";
import type { PatchOperation } from "./json-patch.ts";

const OPTIONS: AdmissionOptions = { ...someOptions(), listenPortsOf: () => null };
const CONTAINERS = [{ name: "app", image: "app:1" }];

function aReview(object: unknown, request: Record<string, unknown> = {}): unknown {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      namespace: "shop",
      operation: "CREATE",
      object,
      ...request,
    },
  };
}

function answerTo(object: unknown, request: Record<string, unknown> = {}, options = OPTIONS) {
  const answer = reviewPod(aReview(object, request), options);
  if (answer === null) throw new Error("no answer");
  expect(answer).toMatchObject({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" });
  const { uid, allowed, patch, patchType, warnings } = answer.response;
  expect({ uid, allowed }).toEqual({ uid: "705ab4f5-6393-11e8-b7cc-42010a800002", allowed: true });
  expect(patchType).toBe(patch === undefined ? undefined : "JSONPatch");
  const operations: PatchOperation[] = patch === undefined ? [] : JSON.parse(Buffer.from(patch, "base64").toString());
  return { operations, warnings };
}

interface APod {
  metadata: { annotations: Record<string, string> };
  spec: Record<"containers" | "initContainers" | "volumes", ({ name: string } & Record<string, unknown>)[]>;
}

/** RFC 6902, strictly: what an operation names must be there. */
function patched(object: unknown, operations: readonly PatchOperation[]): APod {
  const result = structuredClone(object);
  for (const operation of operations) {
    const items = pathOf(operation.path);
    const last = items.pop() ?? "";
    const holder = valueAt(result, items);
    if (Array.isArray(holder)) {
      const index = Number(last);
      expect(index).toBeWithin(0, holder.length + 1);
      if (operation.op === "remove") holder.splice(index, 1);
      else holder.splice(index, operation.op === "replace" ? 1 : 0, operation.value);
      continue;
    }
    const map = holder as Record<string, unknown>;
    if (operation.op !== "add") expect(Object.keys(map)).toContain(last);
    if (operation.op === "remove") delete map[last];
    else map[last] = operation.value;
  }
  return result as APod;
}

const namesOf = (list: readonly { name: string }[]) => list.map(({ name }) => name);

test("reviewPod() adds the sidecar of the workload that owns the pod", () => {
  const pod = {
    metadata: {
      generateName: "web-6668ddbf55-",
      labels: { "pod-template-hash": "6668ddbf55" },
      ownerReferences: [{ kind: "ReplicaSet", name: "web-6668ddbf55", controller: true }],
    },
    spec: { containers: CONTAINERS, volumes: [{ name: "v" }] },
  };
  const { operations, warnings } = answerTo(pod);
  expect(warnings).toBeUndefined();
  expect(operations.map(({ op, path }) => `${op} ${path}`)).toEqual([
    "add /metadata/annotations",
    "add /spec/volumes/0",
    "add /spec/volumes/1",
    "add /spec/volumes/2",
    "add /spec/initContainers",
  ]);
  const result = patched(pod, operations);
  expect(podMistakes(result, ({ name }) => name === "pisa-proxy")).toEqual([]);
  expect(JSON.parse(result.metadata.annotations["pisanix.io/status"] ?? "")).toMatchObject({ virtualDatabase: "web" });
  expect(namesOf(result.spec.volumes)).toEqual(["pisa-config", "pisa-token", "pisa-no-api-token", "v"]);
});

test("reviewPod() has nothing to do when it is called again, whatever others have added", () => {
  const pod = {
    metadata: { name: "web", annotations: { "a/b": "c" } },
    spec: { containers: CONTAINERS, initContainers: [{ name: "i" }] },
  };
  const result = patched(pod, answerTo(pod).operations);
  expect(namesOf(result.spec.initContainers)).toEqual(["pisa-proxy", "i"]);
  expect(answerTo(result).operations).toEqual([]);
  const sidecar = result.spec.initContainers[0] as APod["spec"]["volumes"][number];
  sidecar["terminationMessagePath"] = "/dev/termination-log";
  sidecar["startupProbe"] = { successThreshold: 1, ...(sidecar["startupProbe"] as object) };
  sidecar["resources"] = { requests: { cpu: "0.1", memory: "65536Ki" }, limits: { memory: "256Mi" } };
  (sidecar["volumeMounts"] as unknown[]).push({ name: "more", mountPath: "/more" });
  result.spec.initContainers.unshift({ name: "of-another-webhook" });
  result.spec.volumes.reverse();
  result.spec.volumes.push({ name: "more" });
  expect(answerTo(result)).toEqual({ operations: [], warnings: undefined });
});

test("reviewPod() brings the sidecar of another version up to date", () => {
  const pod = { metadata: { name: "web" }, spec: { containers: CONTAINERS, restartPolicy: "Always" } };
  const old = patched(
    pod,
    answerTo(pod, {}, { ...OPTIONS, ...someOptions({ "native-sidecar": "false" }), version: "0.9.0" }).operations,
  );
  expect(namesOf(old.spec.containers)).toEqual(["pisa-proxy", "app"]);
  const { operations } = answerTo(old);
  expect(patched(old, operations)).toEqual(patched(pod, answerTo(pod).operations));
});

test("reviewPod() replaces the sidecar of the original", () => {
  const env = [{ name: "PISA_DEPLOYED_NAME", value: "web" }];
  const pod = {
    metadata: { name: "web" },
    spec: { containers: [...CONTAINERS, { name: "pisanix-proxy", env }], initContainers: null },
  };
  const result = patched(pod, answerTo(pod).operations);
  expect(result.spec.containers).toEqual(CONTAINERS);
  expect(result.spec.initContainers).toHaveLength(1);
});

test("reviewPod() lets every pod pass, and says why it has no sidecar unless that was asked for", () => {
  const spec = { containers: CONTAINERS };
  expect(answerTo({ metadata: { name: "p" }, spec: { ...spec, hostNetwork: true } })).toEqual({
    operations: [],
    warnings: ["pisanix: not injected: hostNetwork: true: the proxy would listen on the node, for everybody there"],
  });
  expect(answerTo({ metadata: { name: "p", labels: { "pisanix.io/inject": "disabled" } }, spec })).toEqual({
    operations: [],
    warnings: undefined,
  });
  const wrong = answerTo({ metadata: { name: "p", annotations: { "pisanix.io/admin-port": "x" } }, spec });
  expect(wrong).toEqual({
    operations: [],
    warnings: [
      'pisanix metadata.annotations["pisanix.io/admin-port"]: must be a whole number from 1 to 65535: pisanix.io/admin-port: port of the proxy\'s admin server, which the kubelet probes',
    ],
  });
  const { warnings } = answerTo({
    metadata: { name: "p", annotations: { "pisanix.io/env": "x".repeat(9), "pisanix.io/log-levle": "x" } },
    spec,
  });
  expect(warnings?.every((text) => text.length <= 256)).toBe(true);
  for (const object of [{}, { spec: {} }, { spec: { containers: "?" } }, { metadata: [], spec }]) {
    expect(answerTo(object).operations).toEqual([]);
    expect(answerTo(object).warnings).toHaveLength(1);
  }
});

test("reviewPod() asks for the ports of the VirtualDatabase in the pod's namespace", () => {
  const asked: string[] = [];
  const options = {
    ...OPTIONS,
    listenPortsOf(namespace: string, name: string) {
      asked.push(`${namespace}/${name}`);
      return [3307];
    },
  };
  const pod = { metadata: { name: "db" }, spec: { containers: [{ name: "app", ports: [{ containerPort: 3306 }] }] } };
  expect(answerTo(pod, {}, options).operations).not.toEqual([]);
  expect(answerTo(pod).warnings?.[0]).toContain("listens on port 3306");
  expect(asked).toEqual(["shop/db"]);
});

test("reviewPod() changes nothing but pods that are created", () => {
  const pod = { metadata: { name: "p" }, spec: { containers: CONTAINERS } };
  const others = [
    { operation: "UPDATE" },
    { resource: { group: "", version: "v1", resource: "services" } },
    { resource: { group: "apps", version: "v1", resource: "pods" } },
    { subResource: "ephemeralcontainers" },
    { object: null },
  ];
  for (const request of others) expect(answerTo(pod, request)).toEqual({ operations: [], warnings: undefined });
});

test("reviewPod() answers nothing that is no review", () => {
  const review = aReview({}) as Record<string, unknown>;
  const others = [
    null,
    "x",
    {},
    { ...review, request: {} },
    { ...review, apiVersion: "admission.k8s.io/v1beta1" },
    { ...review, kind: "Pod" },
  ];
  expect(others.map((other) => reviewPod(other, OPTIONS))).toEqual(others.map(() => null));
});
