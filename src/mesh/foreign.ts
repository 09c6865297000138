/** Objects of Kubernetes that say something about the mesh: Secrets with passwords, and the workloads that a proxy is put into. */
import { ADMIN_DEFAULT } from "../api/proxy-config.ts";
import { isMapping } from "../api/schema-walk.ts";
import { ANNOTATION_PREFIX, INJECT_ANNOTATION } from "../api/sidecar.ts";
import type { Path, PathItem } from "../lib/issue.ts";
import { newSecret, type Secret } from "../lib/secret.ts";
import type { MeshObject } from "./object.ts";

/** A Secret's values, decoded. */
export interface SecretObject {
  readonly namespace: string;
  readonly name: string;
  readonly data: ReadonlyMap<string, Secret>;
}

/** A container of a pod, as far as anything is asked of it. */
export interface Container {
  readonly name: string;
  readonly ports: readonly { readonly port: number; readonly path: Path }[];
}

/** Something that makes pods. */
export interface Workload {
  readonly object: MeshObject;
  /** Whether the pod asks for a proxy, by annotation or by the original's label. */
  readonly wantsProxy: boolean;
  /** Whether an annotation names the VirtualDatabase. */
  readonly isNamed: boolean;
  /** Where the proxy's admin server listens. */
  readonly adminPort: number;
  readonly containers: readonly Container[];
  readonly isHostNetwork: boolean;
  /** Where the pod's spec is, in the document. */
  readonly path: Path;
  /** The name that a VirtualDatabase must have to serve it. */
  readonly virtualDatabase: string;
}

export const VIRTUAL_DATABASE_ANNOTATION = `${ANNOTATION_PREFIX}virtual-database`;
const ADMIN_PORT_ANNOTATION = `${ANNOTATION_PREFIX}admin-port`;

/** Where the pod is in each kind that makes pods; [] is the object itself. */
const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  "v1 Pod": [],
  "v1 ReplicationController": ["spec", "template"],
  "apps/v1 Deployment": ["spec", "template"],
  "apps/v1 StatefulSet": ["spec", "template"],
  "apps/v1 DaemonSet": ["spec", "template"],
  "apps/v1 ReplicaSet": ["spec", "template"],
  "batch/v1 Job": ["spec", "template"],
  "batch/v1 CronJob": ["spec", "jobTemplate", "spec", "template"],
  "argoproj.io/v1alpha1 Rollout": ["spec", "template"],
};

/** The workload that `value` is, or null. */
export function readWorkload(object: MeshObject, value: Record<string, unknown>): Workload | null {
  const podPath = POD_PATHS[`${object.apiVersion} ${object.kind}`];
  if (podPath === undefined) return null;
  const pod = at(value, podPath);
  const spec = at(pod, ["spec"]);
  const metadata = at(pod, ["metadata"]);
  const path = [...object.path, ...podPath, "spec"];
  const containers = ["containers", "initContainers"].flatMap((field) => {
    const list = spec[field];
    return Array.isArray(list) ? list.map((item, index) => readContainer(item, [...path, field, index])) : [];
  });
  const annotations = at(metadata, ["annotations"]);
  const named = annotations[VIRTUAL_DATABASE_ANNOTATION];
  const wish = annotations[INJECT_ANNOTATION] ?? at(metadata, ["labels"])[INJECT_ANNOTATION];
  const adminPort = Number(annotations[ADMIN_PORT_ANNOTATION]);
  return {
    object,
    wantsProxy: wish === "enabled",
    isNamed: typeof named === "string",
    adminPort: adminPort > 0 ? adminPort : ADMIN_DEFAULT.port,
    containers,
    isHostNetwork: spec["hostNetwork"] === true,
    path,
    virtualDatabase: typeof named === "string" ? named : object.name,
  };
}

function readContainer(value: unknown, path: Path): Container {
  const container = isMapping(value) ? value : {};
  const { name, ports } = container;
  const list: unknown[] = Array.isArray(ports) ? ports : [];
  return {
    name: typeof name === "string" ? name : "",
    ports: list.flatMap((item, index) => {
      const port = isMapping(item) ? item["containerPort"] : undefined;
      return typeof port === "number" ? [{ port, path: [...path, "ports", index, "containerPort"] }] : [];
    }),
  };
}

/** The Secret that `value` is, or null. `stringData` counts before `data`, as on the API server. */
export function readSecret(object: MeshObject, value: Record<string, unknown>): SecretObject | null {
  if (object.apiVersion !== "v1" || object.kind !== "Secret") return null;
  const data = new Map<string, Secret>();
  for (const [key, item] of Object.entries(at(value, ["data"]))) {
    if (typeof item === "string") data.set(key, newSecret(Buffer.from(item, "base64").toString("utf8")));
  }
  for (const [key, item] of Object.entries(at(value, ["stringData"]))) {
    if (typeof item === "string") data.set(key, newSecret(item));
  }
  return { namespace: object.namespace, name: object.name, data };
}

/** The mapping at `path`; an empty one where there is none. */
function at(value: unknown, path: readonly PathItem[]): Record<string, unknown> {
  let found: unknown = value;
  for (const item of path) found = isMapping(found) ? found[item] : undefined;
  return isMapping(found) ? found : {};
}
