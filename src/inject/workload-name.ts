/**
 * The name of the workload that a pod belongs to, which is the name of its VirtualDatabase unless an annotation says
 * another. Owners tell it; the original takes pieces off generateName instead, which fails for half of the kinds.
 */
import { isMapping } from "../api/schema-walk.ts";
import type { Mapping } from "./pod.ts";

/** Labels in which Deployments and Argo Rollouts say what they added to the name of their ReplicaSet. */
export const HASH_LABELS = ["pod-template-hash", "rollouts-pod-template-hash"];
/** What such a hash looks like, where the label is missing: letters without vowels, or digits as in old versions. */
export const HASH = /-(?:[bcdfghjklmnpqrstvwxz2456789]{5,10}|\d{6,10})$/;
/** A CronJob adds the time, in minutes since 1970: here 2020 to 2046, so that a date (20240131) is not taken for one. */
export const MINUTES_MIN = 26_297_280;
export const MINUTES_MAX = 40_000_000;
/** Before Kubernetes 1.21 it added seconds. */
export const SECONDS = /^1[5-9]\d{8}$/;

/** What owns workloads that own pods. */
const OWNERS_ABOVE: Readonly<Record<string, readonly string[]>> = {
  ReplicaSet: ["Deployment", "Rollout"],
  Job: ["CronJob"],
};

/** The name for an object that is applied as it is: a workload with a template, or a pod. Null when nothing tells it. */
export function workloadNameOf(kind: string, metadata: Mapping): string | null {
  const owner = ownerOf(metadata);
  const own = ownNameOf(metadata);
  if (owner === null) return own;
  if (kind !== "Pod") return OWNERS_ABOVE[kind]?.includes(owner.kind) === true ? owner.name : own;
  // An owner of which only the kind is known has given the pod its generateName.
  const name = owner.name ?? generatedBase(metadata) ?? own;
  if (name === null) return null;
  switch (owner.kind) {
    case "ReplicaSet":
      return withoutHash(name, isMapping(metadata["labels"]) ? metadata["labels"] : {});
    case "Job":
      return withoutTime(name);
    default:
      return name;
  }
}

/** Whether the kubelet made the pod from a file on its node: the API server only mirrors it. */
export function isMirrorPod(metadata: Mapping): boolean {
  return ownerOf(metadata)?.kind === "Node";
}

function ownerOf(metadata: Mapping): { kind: string; name: string | null } | null {
  const references = Array.isArray(metadata["ownerReferences"]) ? metadata["ownerReferences"].filter(isMapping) : [];
  const owner = references.find((reference) => reference["controller"] === true) ?? references[0];
  if (owner === undefined || typeof owner["kind"] !== "string") return null;
  return { kind: owner["kind"], name: nonEmpty(owner["name"]) };
}

function ownNameOf(metadata: Mapping): string | null {
  return nonEmpty(metadata["name"]) ?? generatedBase(metadata);
}

/** `web-` is what is left of `web`; a name that is generated has more behind it. */
function generatedBase(metadata: Mapping): string | null {
  return nonEmpty(String(metadata["generateName"] ?? "").replace(/-+$/, ""));
}

function withoutHash(name: string, labels: Mapping): string {
  const hash = HASH_LABELS.map((label) => labels[label]).find((value) => typeof value === "string");
  if (typeof hash !== "string") return name.replace(HASH, "");
  return name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : name;
}

function withoutTime(name: string): string {
  const [, base = "", digits = ""] = /^(.+)-(\d{8,10})$/.exec(name) ?? [];
  const minutes = Number(digits);
  const isTime = SECONDS.test(digits) || (minutes >= MINUTES_MIN && minutes <= MINUTES_MAX);
  return base !== "" && isTime ? base : name;
}

function nonEmpty(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
