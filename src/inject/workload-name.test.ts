import { expect, test } from "bun:test";
import { isMirrorPod, workloadNameOf } from "./workload-name.ts";

function podName(owner: string, name: string | undefined, more: Record<string, unknown> = {}): string | null {
  return workloadNameOf("Pod", {
    ownerReferences: [{ kind: owner, ...(name === undefined ? {} : { name }) }],
    ...more,
  });
}

const hash = (value: string) => ({ labels: { "pod-template-hash": value } });

test("workloadNameOf() a pod of a ReplicaSet is its name without the hash of the template", () => {
  expect(podName("ReplicaSet", "a-b-c-6668ddbf55", hash("6668ddbf55"))).toBe("a-b-c");
  expect(podName("ReplicaSet", "a-b-c-6668ddbf55")).toBe("a-b-c");
  expect(podName("ReplicaSet", undefined, { generateName: "a-b-c-12345678-" })).toBe("a-b-c");
  expect(podName("ReplicaSet", "canary-5b8c", { labels: { "rollouts-pod-template-hash": "5b8c" } })).toBe("canary");
  expect(podName("ReplicaSet", "bare-frontend")).toBe("bare-frontend");
  expect(podName("ReplicaSet", "web-bcdfg", hash("zzzzz"))).toBe("web-bcdfg");
  const long = "x".repeat(70);
  expect(podName("ReplicaSet", `${long}-6668ddbf55`, { generateName: "truncated-", ...hash("6668ddbf55") })).toBe(long);
});

test("workloadNameOf() a pod of a Job is its name, or its CronJob's when the time is behind it", () => {
  expect(podName("Job", "c-27912345")).toBe("c");
  expect(podName("Job", undefined, { generateName: "c-27912345-" })).toBe("c");
  expect(podName("Job", "old-1700000000")).toBe("old");
  expect(podName("Job", "backup-20240131")).toBe("backup-20240131");
  expect(podName("Job", "myjob")).toBe("myjob");
  expect(podName("Job", undefined, { generateName: "myjob-" })).toBe("myjob");
});

test("workloadNameOf() a pod of anything else is its owner's name", () => {
  expect(podName("StatefulSet", "a-b")).toBe("a-b");
  expect(podName("StatefulSet", undefined, { generateName: "a-b-" })).toBe("a-b");
  expect(podName("DaemonSet", "d")).toBe("d");
  expect(podName("ReplicationController", "rc")).toBe("rc");
  expect(podName("Cluster", "of-an-operator")).toBe("of-an-operator");
  const two = [
    { kind: "Node", name: "n" },
    { kind: "StatefulSet", name: "s", controller: true },
  ];
  expect(workloadNameOf("Pod", { ownerReferences: two })).toBe("s");
});

test("workloadNameOf() what nothing owns is its own name", () => {
  expect(workloadNameOf("Pod", { name: "pod", generateName: "a-b-c-12345678-" })).toBe("pod");
  expect(workloadNameOf("Pod", { generateName: "web-" })).toBe("web");
  expect(workloadNameOf("Deployment", { name: "web-6668ddbf55" })).toBe("web-6668ddbf55");
  expect(workloadNameOf("Job", { generateName: "migrate-" })).toBe("migrate");
  for (const metadata of [{}, { name: "" }, { generateName: "-" }]) expect(workloadNameOf("Pod", metadata)).toBeNull();
});

test("workloadNameOf() a ReplicaSet of a Deployment, or a Job of a CronJob, is the owner's name", () => {
  const of = (kind: string, owner: string) =>
    workloadNameOf(kind, { name: "own", ownerReferences: [{ kind: owner, name: "owner" }] });
  expect([of("ReplicaSet", "Deployment"), of("ReplicaSet", "Rollout"), of("Job", "CronJob")]).toEqual([
    "owner",
    "owner",
    "owner",
  ]);
  expect([of("Deployment", "App"), of("Job", "Workflow"), of("StatefulSet", "Deployment")]).toEqual([
    "own",
    "own",
    "own",
  ]);
});

test("isMirrorPod() tells pods that a kubelet made itself", () => {
  expect(isMirrorPod({ ownerReferences: [{ kind: "Node", name: "n", controller: true }] })).toBe(true);
  expect(isMirrorPod({ ownerReferences: "?" })).toBe(false);
});
