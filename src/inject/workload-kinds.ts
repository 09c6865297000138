/** The kinds of objects that have pods in them, and where. */
import { isMapping } from "../api/schema-walk.ts";
import type { Path } from "../lib/issue.ts";
import { valueAt } from "../lib/path.ts";
import type { Mapping } from "./pod.ts";

interface WorkloadKind {
  readonly groups: readonly string[];
  /** From the object to the template of its pods; [] when it is a pod itself. */
  readonly template: readonly string[];
}

const APPS = ["apps", "extensions"];
const TEMPLATE = ["spec", "template"];

const WORKLOAD_KINDS: Readonly<Record<string, WorkloadKind>> = {
  Pod: { groups: [""], template: [] },
  Deployment: { groups: APPS, template: TEMPLATE },
  StatefulSet: { groups: APPS, template: TEMPLATE },
  DaemonSet: { groups: APPS, template: TEMPLATE },
  ReplicaSet: { groups: APPS, template: TEMPLATE },
  ReplicationController: { groups: [""], template: TEMPLATE },
  Job: { groups: ["batch"], template: TEMPLATE },
  CronJob: { groups: ["batch"], template: ["spec", "jobTemplate", "spec", "template"] },
  Rollout: { groups: ["argoproj.io"], template: TEMPLATE },
};

/** An object that has pods, and where it and their template stand in its document. */
export interface Workload {
  /** Null when it is missing: then the kind only seems to be what it is. */
  readonly apiVersion: string | null;
  readonly kind: string;
  readonly metadata: Mapping;
  readonly spec: Mapping;
  readonly path: Path;
  readonly templatePath: Path;
  /** Null when the object has none. */
  readonly template: Mapping | null;
}

/** The workloads in a document, those in its Lists included, from top to bottom. */
export function workloadsIn(value: unknown): Workload[] {
  return find(value, [], {});
}

/** `common` is what the list around it says of every item. */
function find(value: unknown, path: Path, common: Mapping): Workload[] {
  if (!isMapping(value)) return [];
  const { apiVersion = common["apiVersion"], kind = common["kind"], items } = value;
  if (typeof kind !== "string") return [];
  if (kind.endsWith("List") && Array.isArray(items)) {
    // The API server leaves out of a PodList what says for every item that it is a Pod.
    const ofItems = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
    return items.flatMap((item, index) => find(item, [...path, "items", index], ofItems));
  }
  const known = Object.hasOwn(WORKLOAD_KINDS, kind) ? WORKLOAD_KINDS[kind] : undefined;
  const version = typeof apiVersion === "string" ? apiVersion : null;
  if (known === undefined || !(version === null || known.groups.includes(groupOf(version)))) return [];
  const template = valueAt(value, known.template);
  return [
    {
      apiVersion: version,
      kind,
      metadata: isMapping(value["metadata"]) ? value["metadata"] : {},
      spec: isMapping(value["spec"]) ? value["spec"] : {},
      path,
      templatePath: [...path, ...known.template],
      template: isMapping(template) ? template : null,
    },
  ];
}

/** `apps` of `apps/v1`, "" of `v1`. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}
