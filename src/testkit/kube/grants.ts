/** RBAC as far as a test compares it with what was asked: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
import type { RecordedRequest } from "./cluster.ts";
import { type KindTable, readPath } from "./kinds.ts";

/** One verb on one resource, as narrow as a rule can say it. */
export interface Grant {
  /** "*" for every one. */
  readonly namespace: string;
  readonly verb: string;
  /** `group/plural`, with `/status` behind it for that. */
  readonly resource: string;
  /** "*" for every one. */
  readonly name: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface RbacObject {
  readonly kind?: unknown;
  readonly metadata?: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

/** All that the bindings among `objects` grant to a ServiceAccount. */
export function grantsOf(objects: readonly object[], namespace: string, account: string): Grant[] {
  const all = objects as readonly RbacObject[];
  return all.flatMap(({ roleRef, subjects, metadata }) => {
    const isMeant = subjects?.some((subject) => subject.namespace === namespace && subject.name === account) === true;
    const role = all.find(({ kind, metadata: found }) => {
      const isSameNamespace = roleRef?.kind === "ClusterRole" || found?.namespace === metadata?.namespace;
      return kind === roleRef?.kind && found?.name === roleRef?.name && isSameNamespace;
    });
    if (!isMeant) return [];
    if (role === undefined) throw new Error(`${metadata?.name} binds ${roleRef?.name}, which is not there`);
    return (role.rules ?? []).flatMap((rule) => grantsOfRule(rule, metadata?.namespace ?? "*"));
  });
}

function grantsOfRule({ apiGroups, resources, verbs, resourceNames = ["*"] }: Rule, namespace: string): Grant[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        resourceNames.map((name) => ({ namespace, verb, resource: `${group}/${resource}`, name })),
      ),
    ),
  );
}

const VERBS: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/** What a request needs; nothing for one that is about no object, such as `/version`. */
export function neededFor({ method, path, contentType }: RecordedRequest, kinds: KindTable): Grant[] {
  const { pathname, searchParams } = new URL(path, "http://server");
  const asked = readPath(kinds, pathname);
  if (asked === null) return [];
  const { kind, namespace = "*", subresource } = asked;
  // A list of one object by its name is covered by a rule about that name.
  const selected = /^metadata\.name=([^,]+)$/.exec(searchParams.get("fieldSelector") ?? "")?.[1];
  const read = searchParams.has("watch") ? "watch" : asked.name === undefined ? "list" : "get";
  const needed = {
    namespace,
    verb: method === "GET" ? read : (VERBS[method] ?? method),
    resource: `${kind.group}/${kind.plural}${subresource === undefined ? "" : `/${subresource}`}`,
    name: asked.name ?? selected ?? "*",
  };
  // What is applied is created where it is not there, for which the right to create it by that name is asked.
  const creates = contentType === "application/apply-patch+yaml" && subresource === undefined;
  return creates ? [needed, { ...needed, verb: "create" }] : [needed];
}

/** Whether `grant` allows what `needed` says. */
export function covers(grant: Grant, needed: Grant): boolean {
  return (
    grant.verb === needed.verb &&
    grant.resource === needed.resource &&
    (grant.namespace === "*" || grant.namespace === needed.namespace) &&
    (grant.name === "*" || grant.name === needed.name)
  );
}
