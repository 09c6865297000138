/** Events of conditions that became others. */
import type { Kind } from "../api/kinds.ts";
import type { EventRecorder } from "../kube/events.ts";
import { apiVersionOf } from "../kube/resource.ts";
import { type Condition, transitionsBetween } from "../mesh/status.ts";
import { type MeshObject, resourceOf } from "./mesh-resources.ts";

/** Events are for what people want to know: what has become wrong, and what is right again. */
export function tellTransitions(
  recorder: EventRecorder,
  kind: Kind,
  object: MeshObject,
  before: readonly Condition[],
  now: readonly Condition[],
): void {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const regarding = {
    ...{ apiVersion: apiVersionOf(resourceOf(kind)), kind, name },
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  for (const { type, status, reason, message } of transitionsBetween(before, now)) {
    const earlier = before.find((condition) => condition.type === type);
    const isBad = status === "False" && (type !== "Programmed" || reason === "ProxyRejected");
    const isGoodAgain =
      status === "True" && earlier?.status === "False" && (type !== "Programmed" || earlier.reason === "ProxyRejected");
    if (!isBad && !isGoodAgain && type !== "Warnings") continue;
    const note = `${type}: ${message}`;
    recorder.tell({ regarding, type: isGoodAgain ? "Normal" : "Warning", reason, action: "Reconcile", note });
  }
}
