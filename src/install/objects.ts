/** Everything that an installation is made of, in an order in which `kubectl apply` can create it at the first try. */
import { customResourceDefinition } from "../api/crd.ts";
import { isKind, KINDS } from "../api/kinds.ts";
import { certificateObjects } from "./cert-manager.ts";
import { deployment } from "./deployment.ts";
import { CONTROLLER, clusterMetadataOf, INJECT_LABEL, labelsOf } from "./names.ts";
import { disruptionBudget, networkPolicy, service } from "./network.ts";
import { policyObjects } from "./policy.ts";
import { roleObjects } from "./roles.ts";
import type { InstallSettings } from "./settings.ts";
import { type Fields, when } from "./template.ts";
import { webhookObjects } from "./webhooks.ts";

/** The objects that belong together, by the name of their file. */
export interface Part {
  readonly name: string;
  readonly objects: readonly unknown[];
}

/** Above pods without a class, below those that the cluster itself is made of. */
const PRIORITY = 100_000_000;

/** The kinds of the mesh. They stay when pisanix goes, unless somebody asks for it: the manifests go with them. */
export function definitions(): Fields[] {
  return Object.keys(KINDS)
    .filter(isKind)
    .map((kind) => customResourceDefinition(kind) as Fields);
}

/** All others. Webhooks come last: then nobody waits for a controller that is not there yet. */
export function installParts(settings: InstallSettings): Part[] {
  const { hasNamespace, usesCertManager, usesPolicy } = settings;
  return [
    { name: "namespace", objects: hasNamespace ? [namespaceObject(settings)] : [] },
    { name: "priority-class", objects: [priorityClass(settings)] },
    { name: "rbac", objects: roleObjects(settings) },
    { name: "certificate", objects: when(usesCertManager, certificateObjects(settings)) },
    { name: "service", objects: [service(settings)] },
    { name: "network-policy", objects: [networkPolicy(settings)] },
    { name: "disruption-budget", objects: [disruptionBudget(settings)] },
    { name: "deployment", objects: [deployment(settings)] },
    { name: "policy", objects: when(usesPolicy, policyObjects(settings)) },
    { name: "webhooks", objects: webhookObjects(settings) },
  ];
}

/** Its own pods are never asked about, and are as restricted as they can be. */
function namespaceObject(settings: InstallSettings): Fields {
  const labels = {
    ...labelsOf(settings),
    [INJECT_LABEL]: "disabled",
    "pod-security.kubernetes.io/enforce": "restricted",
  };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: settings.namespace, labels } };
}

function priorityClass(settings: InstallSettings): Fields {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: clusterMetadataOf(settings, CONTROLLER),
    description: "the controller of the database mesh: without it pods of the mesh cannot be created",
    value: PRIORITY,
  };
}
