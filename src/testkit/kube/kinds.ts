/** Which kinds the fake API server knows, and how a path names one. */
import type { Schema } from "./schema.ts";

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** Whether status is written at a path of its own, and counts no generation. */
  readonly hasStatus: boolean;
  /** Null for built-in kinds, which are taken as they come. */
  readonly schema: Schema | null;
}

function builtIn(group: string, version: string, plural: string, kind: string, isNamespaced: boolean): Kind {
  return { group, version, plural, kind, isNamespaced, hasStatus: false, schema: null };
}

export const CRDS = builtIn(
  "apiextensions.k8s.io",
  "v1",
  "customresourcedefinitions",
  "CustomResourceDefinition",
  false,
);
export const NAMESPACES = builtIn("", "v1", "namespaces", "Namespace", false);
export const TOKEN_REVIEWS = builtIn("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false);
export const MUTATING = builtIn(
  "admissionregistration.k8s.io",
  "v1",
  "mutatingwebhookconfigurations",
  "MutatingWebhookConfiguration",
  false,
);
export const VALIDATING = builtIn(
  "admissionregistration.k8s.io",
  "v1",
  "validatingwebhookconfigurations",
  "ValidatingWebhookConfiguration",
  false,
);
export const EVENTS = builtIn("events.k8s.io", "v1", "events", "Event", true);
export const LEASES = builtIn("coordination.k8s.io", "v1", "leases", "Lease", true);

const BUILT_IN: readonly Kind[] = [
  CRDS,
  NAMESPACES,
  TOKEN_REVIEWS,
  MUTATING,
  VALIDATING,
  EVENTS,
  LEASES,
  builtIn("", "v1", "secrets", "Secret", true),
  builtIn("", "v1", "configmaps", "ConfigMap", true),
  builtIn("", "v1", "pods", "Pod", true),
  builtIn("", "v1", "services", "Service", true),
  // What a real server that has this one for its core looks for.
  builtIn("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "FlowSchema", false),
  builtIn("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", false),
];

/** The kinds of one server: the built-in ones and those of its CustomResourceDefinitions. */
export type KindTable = Map<string, Kind>;

/** A table of what every server has. */
export function newKindTable(): KindTable {
  return new Map(BUILT_IN.map((kind) => [keyOfKind(kind), kind]));
}

/** How a kind is found in the table. */
export function keyOfKind({ group, version, plural }: Pick<Kind, "group" | "version" | "plural">): string {
  return `${group}/${version}/${plural}`;
}

/** The kinds that a CustomResourceDefinition defines, one for each served version. */
export function kindsOfCrd(crd: Record<string, unknown>): Kind[] {
  const spec = crd["spec"] as {
    group: string;
    scope: string;
    names: { plural: string; kind: string };
    versions: {
      name: string;
      served: boolean;
      subresources?: { status?: object };
      schema?: { openAPIV3Schema?: Schema };
    }[];
  };
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name, subresources, schema }) => ({
      group: spec.group,
      version: name,
      plural: spec.names.plural,
      kind: spec.names.kind,
      isNamespaced: spec.scope === "Namespaced",
      hasStatus: subresources?.status !== undefined,
      schema: schema?.openAPIV3Schema ?? null,
    }));
}

/** What a request is about. */
export interface Asked {
  kind: Kind;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/;

/** Reads a path; null when it is of no known kind. */
export function readPath(kinds: KindTable, path: string): Asked | null {
  const parts = PATH.exec(path)?.groups;
  if (parts === undefined) return null;
  const { core, group = "", version = core ?? "", plural = "" } = parts;
  const kind = kinds.get(keyOfKind({ group, version, plural }));
  if (kind === undefined) return null;
  const decoded = (text: string | undefined) => (text === undefined ? undefined : decodeURIComponent(text));
  const { namespace, name, subresource } = parts;
  return { kind, namespace: decoded(namespace), name: decoded(name), subresource };
}
