/**
 * Which objects the API server asks the controller about. A namespace is in the mesh by its label, a pod of another namespace by its
 * own; kube-system, the controller's namespace and the controller's pods never are, so that a cluster starts, and the controller in it,
 * whatever has become of the controller.
 */
import { GROUP, KINDS } from "../api/kinds.ts";
import { CONTROLLER, clusterMetadataOf, INJECT_LABEL, INJECT_NO, INJECT_YES, TLS_SECRET, WEBHOOKS } from "./names.ts";
import type { InstallSettings } from "./settings.ts";
import { type Fields, not, when, whenFields } from "./template.ts";

/** Namespaces of Kubernetes itself. */
const SYSTEM_NAMESPACES = ["kube-system", "kube-public", "kube-node-lease"];
/** The API server waits for as long at most; ours answers in a millisecond. */
const TIMEOUT_SECONDS = 5;
const ADMISSION = "admissionregistration.k8s.io/v1";

/** Such a pod gets no sidecar, and must not wait for us. */
export const NO_HOST_NETWORK = {
  name: "not-host-network",
  expression: "!(has(object.spec.hostNetwork) && object.spec.hostNetwork)",
};
export const PODS_CREATED = rule("", ["v1"], ["CREATE"], ["pods"]);

/** Pods that are asked about: by their namespace's label, or by their own. No pod is asked about twice. */
export function podSelectors({ namespace }: InstallSettings): { name: string; selectors: Fields }[] {
  const label = (operator: "In" | "NotIn", values: readonly string[]) => ({ key: INJECT_LABEL, operator, values });
  const others = {
    key: "kubernetes.io/metadata.name",
    operator: "NotIn",
    values: [...SYSTEM_NAMESPACES, namespace],
  };
  return [
    {
      name: "namespace",
      selectors: {
        namespaceSelector: { matchExpressions: [others, label("In", INJECT_YES)] },
        objectSelector: { matchExpressions: [label("NotIn", INJECT_NO)] },
      },
    },
    {
      name: "pod",
      selectors: {
        namespaceSelector: { matchExpressions: [others, label("NotIn", [...INJECT_YES, ...INJECT_NO])] },
        objectSelector: { matchExpressions: [label("In", INJECT_YES)] },
      },
    },
  ];
}

/** The webhook configurations. */
export function webhookObjects(settings: InstallSettings): unknown[] {
  return [validating(settings), ...when(not(settings.usesPolicy), [mutating(settings)])];
}

function mutating(settings: InstallSettings): Fields {
  const webhooks = podSelectors(settings).map(({ name, selectors }) => ({
    ...webhook(`${name}.inject.pisanix.io`, "/mutate", settings),
    failurePolicy: settings.failurePolicy,
    // Others may have added containers or ports since.
    reinvocationPolicy: "IfNeeded",
    ...selectors,
    matchConditions: [NO_HOST_NETWORK],
    rules: [PODS_CREATED],
  }));
  return configuration("MutatingWebhookConfiguration", webhooks, settings);
}

/** Refuses what could never be rendered. Without a controller it is stored all the same, and its status says what is wrong later. */
function validating(settings: InstallSettings): Fields {
  const plurals = Object.values(KINDS).map(({ plural }) => plural);
  const manifests = {
    ...webhook("manifests.pisanix.io", "/validate", settings),
    failurePolicy: "Ignore",
    rules: [rule(GROUP, ["*"], ["CREATE", "UPDATE"], plurals)],
  };
  return configuration("ValidatingWebhookConfiguration", [manifests], settings);
}

function configuration(kind: string, webhooks: readonly Fields[], settings: InstallSettings): Fields {
  const certificate = `${settings.namespace}/${TLS_SECRET}`;
  const metadata = {
    ...clusterMetadataOf(settings, WEBHOOKS),
    ...whenFields(settings.usesCertManager, { annotations: { "cert-manager.io/inject-ca-from": certificate } }),
  };
  return { apiVersion: ADMISSION, kind, metadata, webhooks };
}

/** `caBundle` is the controller's to fill in, or cert-manager's. */
function webhook(name: string, path: string, { namespace }: InstallSettings): Fields {
  return {
    name,
    admissionReviewVersions: ["v1"],
    clientConfig: { service: { name: CONTROLLER, namespace, path, port: 443 } },
    sideEffects: "None",
    matchPolicy: "Equivalent",
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

function rule(group: string, versions: string[], operations: string[], resources: readonly string[]): Fields {
  return { apiGroups: [group], apiVersions: versions, operations, resources, scope: "Namespaced" };
}
