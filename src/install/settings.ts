/** What can be chosen about an installation. One shape for what is decided and for what Helm is to decide. */
import type { SettingName } from "../api/sidecar-flags.ts";
import type { Condition, Each, Fields } from "./template.ts";

/** Where the controller lives unless another namespace is named. */
export const NAMESPACE_DEFAULT = "pisanix-system";
export const REPLICAS_DEFAULT = 2;

export const NODE_SELECTOR_DEFAULT = { "kubernetes.io/os": "linux" };

/** How much the controller needs: it was measured with 71 MB for 100 VirtualDatabases. */
export const RESOURCES_DEFAULT = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } };

export interface InstallSettings {
  /** Of pisanix. */
  readonly version: string;
  readonly namespace: string;
  /** Whether the namespace is among the manifests. */
  readonly hasNamespace: boolean;
  /** Of the controller, and of sidecars unless they have another. */
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly replicas: unknown;
  /** What becomes of a pod that should get a sidecar while no controller answers. */
  readonly failurePolicy: string;
  /** cert-manager makes the certificate, not the controller. */
  readonly usesCertManager: Condition;
  /** A MutatingAdmissionPolicy injects, not a webhook. */
  readonly usesPolicy: Condition;
  /** Passwords in Secrets: by name in every namespace, by name in some, and whether changes are watched. */
  readonly readsAllSecrets: Condition;
  readonly readsSecretsIn: Each;
  readonly watchesSecrets: Condition;
  /** Configurations in clear on port 8080, for the original's proxies. */
  readonly hasPlainConfig: Condition;
  readonly secretAccess: string;
  /** Further arguments of the controller. */
  readonly args: readonly Each[];
  readonly resources: unknown;
  readonly nodeSelector: unknown;
  /** More of the pod: tolerations, pull secrets. */
  readonly podExtras: Fields;
  /** A setting of all sidecars as a text in CEL, "" where it has no default: for the policy. */
  sidecar(name: SettingName): string;
}
