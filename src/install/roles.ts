/**
 * What the controller may do: each verb that it uses and no other. `least-privilege.test.ts` runs it with these roles and nothing else.
 */
import { GROUP, KINDS } from "../api/kinds.ts";
import { AUTHORITY_CONFIG_MAP } from "../inject/container.ts";
import { CONTROLLER, clusterMetadataOf, metadataOf, TLS_SECRET, WEBHOOKS } from "./names.ts";
import type { InstallSettings } from "./settings.ts";
import { type Fields, forEach, not, when } from "./template.ts";

const RBAC = "rbac.authorization.k8s.io";

/** The ServiceAccount, and what is granted to it. */
export function roleObjects(settings: InstallSettings): unknown[] {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: metadataOf(settings, CONTROLLER) };
  return [
    // Its pods mount the token; who else is given the account need not.
    { ...account, automountServiceAccountToken: false },
    role("ClusterRole", clusterMetadataOf(settings, CONTROLLER), clusterRules(settings)),
    binding("ClusterRoleBinding", clusterMetadataOf(settings, CONTROLLER), "ClusterRole", settings),
    role("Role", metadataOf(settings, CONTROLLER), ownRules(settings)),
    binding("RoleBinding", metadataOf(settings, CONTROLLER), "Role", settings),
    ...forEach(settings.readsSecretsIn, (namespace) => {
      const metadata = { ...metadataOf(settings, `${CONTROLLER}-secrets`), namespace };
      return [
        role("Role", metadata, [rule("", ["secrets"], ["get"])]),
        binding("RoleBinding", metadata, "Role", settings),
      ];
    }),
  ];
}

function clusterRules({ usesCertManager, readsAllSecrets, watchesSecrets }: InstallSettings): unknown[] {
  const plurals = Object.values(KINDS).map(({ plural }) => plural);
  const webhooks = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];
  return [
    rule(GROUP, plurals, ["list", "watch"]),
    rule(
      GROUP,
      plurals.map((plural) => `${plural}/status`),
      ["patch"],
    ),
    rule("events.k8s.io", ["events"], ["create", "patch"]),
    rule("authentication.k8s.io", ["tokenreviews"], ["create"]),
    // Server-side apply of an object that is not there yet wants both.
    rule("", ["configmaps"], ["create", "patch"], [AUTHORITY_CONFIG_MAP]),
    ...when(readsAllSecrets, [rule("", ["secrets"], ["get"])]),
    ...when(watchesSecrets, [rule("", ["secrets"], ["list", "watch"])]),
    ...when(not(usesCertManager), [rule("admissionregistration.k8s.io", webhooks, ["get", "patch"], [WEBHOOKS])]),
  ];
}

/** In its own namespace. What is created cannot be limited to a name. */
function ownRules({ usesCertManager }: InstallSettings): unknown[] {
  return [
    rule("coordination.k8s.io", ["leases"], ["create"]),
    rule("coordination.k8s.io", ["leases"], ["get", "update"], [CONTROLLER]),
    ...when(not(usesCertManager), [
      rule("", ["secrets"], ["create"]),
      rule("", ["secrets"], ["list", "watch", "update"], [TLS_SECRET]),
    ]),
  ];
}

function rule(group: string, resources: readonly string[], verbs: readonly string[], names: readonly string[] = []) {
  return { apiGroups: [group], resources, ...(names.length === 0 ? {} : { resourceNames: names }), verbs };
}

function role(kind: "ClusterRole" | "Role", metadata: Fields, rules: readonly unknown[]): Fields {
  return { apiVersion: `${RBAC}/v1`, kind, metadata, rules };
}

function binding(kind: string, metadata: Fields, roleKind: string, { namespace }: InstallSettings): Fields {
  return {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata,
    roleRef: { apiGroup: RBAC, kind: roleKind, name: metadata["name"] },
    subjects: [{ kind: "ServiceAccount", name: CONTROLLER, namespace }],
  };
}
