/** Which kind of object a request is about, and the path that the API server has for it. */
import { assert } from "../lib/assert.ts";
import type {
  ConfigMap,
  EventObject,
  KubeObject,
  Lease,
  SecretObject,
  TokenReview,
  WebhookConfiguration,
} from "./objects.ts";

declare const OBJECT: unique symbol;

/** A kind of object as the API server's paths name it. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** Never there; it binds the type of the objects to the resource. */
  readonly [OBJECT]?: T;
}

export const LEASES: Resource<Lease> = namespaced("coordination.k8s.io", "v1", "leases", "Lease");
export const SECRETS: Resource<SecretObject> = namespaced("", "v1", "secrets", "Secret");
export const CONFIG_MAPS: Resource<ConfigMap> = namespaced("", "v1", "configmaps", "ConfigMap");
export const EVENTS: Resource<EventObject> = namespaced("events.k8s.io", "v1", "events", "Event");
export const TOKEN_REVIEWS: Resource<TokenReview> = clusterWide(
  "authentication.k8s.io",
  "v1",
  "tokenreviews",
  "TokenReview",
);
export const MUTATING_WEBHOOKS: Resource<WebhookConfiguration> = clusterWide(
  "admissionregistration.k8s.io",
  "v1",
  "mutatingwebhookconfigurations",
  "MutatingWebhookConfiguration",
);
export const VALIDATING_WEBHOOKS: Resource<WebhookConfiguration> = clusterWide(
  "admissionregistration.k8s.io",
  "v1",
  "validatingwebhookconfigurations",
  "ValidatingWebhookConfiguration",
);

/** `v1`, or `group/version`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Names an object or a collection: without a name the collection, without a namespace that of all namespaces. */
export interface Target {
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: "status" | undefined;
}

/** The path of `target`, from the API server's root. */
export function pathOf(resource: Resource, target: Target = {}): string {
  const { namespace, name, subresource } = target;
  // No object is called so, and a URL would take them for steps upwards.
  assert(![namespace, name].some((part) => part === "." || part === ".."), "a path has no steps upwards");
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  const inNamespace = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${inNamespace}/${resource.plural}${object}${subresource === undefined ? "" : `/${subresource}`}`;
}

/** `namespace/name`, or the name of an object that lives in no namespace. */
export function keyOf({ metadata: { namespace, name } }: Pick<KubeObject, "metadata">): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function namespaced(group: string, version: string, plural: string, kind: string): Resource<never> {
  return { group, version, plural, kind, isNamespaced: true };
}

function clusterWide(group: string, version: string, plural: string, kind: string): Resource<never> {
  return { group, version, plural, kind, isNamespaced: false };
}
