/** What is not wrong, but will surprise: said beside the injection, which takes place. */
import type { Place } from "../api/validate.ts";
import { type Issue, issueAt } from "../lib/issue.ts";
import type { Pod } from "./pod.ts";

/** Containers of service meshes, through which a pod's connections go. */
export const MESH_CONTAINERS: readonly unknown[] = ["istio-proxy", "istio-init", "linkerd-proxy", "linkerd-init"];

/** Whether a container is a service mesh's, not the application's. */
export function isOfMesh(name: unknown): boolean {
  return MESH_CONTAINERS.includes(name);
}

/** Advice on a pod that gets a sidecar. */
export function adviceOn(pod: Pod, isNative: boolean, place: Place): Issue[] {
  const issues: Issue[] = [];
  const path = [...place.path, "spec"];
  const { restartPolicy } = pod.spec;
  if (!isNative && (restartPolicy === "Never" || restartPolicy === "OnFailure")) {
    const message = "is to end by itself, but with the proxy as a plain container it never does";
    const remedy = "let the proxy be a native sidecar, which ends with the others: Kubernetes 1.29 or later";
    const at = [...path, "restartPolicy"];
    issues.push(issueAt(place.source, at, message, remedy, { severity: "warning" }));
  }
  const mesh = [...pod.initContainers, ...pod.containers].find(({ name }) => isOfMesh(name));
  if (isNative && mesh !== undefined) {
    const message = `the proxy starts before ${mesh["name"]}: a database that only the mesh can reach is not there yet`;
    const remedy = "if there is one, set the annotation pisanix.io/config-failure-mode: open";
    issues.push(issueAt(place.source, path, message, remedy, { severity: "notice", part: "key" }));
  }
  return issues;
}
