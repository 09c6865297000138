/** The installed objects fit together: what one names another has. */
import { describe, expect, test } from "bun:test";
import { decide, defaultSettings, installObjects, type PlainSettings, uninstallObjects } from "./plain.ts";
import type { Fields } from "./template.ts";

const NAMESPACE = "mesh";

interface Container {
  ports: { name: string; containerPort: number }[];
  env: { name: string }[];
  volumeMounts: { name: string; mountPath: string }[];
  args: string[];
  [probe: string]: unknown;
}

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: [Container]; volumes: { name: string; [source: string]: unknown }[]; [field: string]: unknown };
}

/** As a reader would say it: `at(object, "spec.template.metadata")`. */
function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((found, key) => (found as Fields | undefined)?.[key], value);
}

function installed(changes: Partial<PlainSettings>) {
  const objects = installObjects(decide({ ...defaultSettings("1.2.3"), namespace: NAMESPACE, ...changes }));
  const only = (kind: string) => {
    const found = objects.filter((object) => object["kind"] === kind);
    expect([kind, found.length]).toEqual([kind, 1]);
    return found[0] as Fields;
  };
  const pod = at(only("Deployment"), "spec.template") as PodTemplate;
  return { objects, only, pod, container: pod.spec.containers[0] };
}

const VARIANTS: ReadonlyArray<readonly [string, Partial<PlainSettings>]> = [
  ["by default", {}],
  ["with cert-manager", { overlays: ["cert-manager"] }],
  ["with configurations in clear", { hasPlainConfig: true }],
  ["with Secrets of two namespaces", { secretNamespaces: ["a", "b"] }],
];

describe.each([...VARIANTS])("an installation %s", (_, changes) => {
  const { objects, only, pod, container } = installed(changes);

  test("selects its pods by labels that they have", () => {
    const selectors = [
      at(only("Deployment"), "spec.selector.matchLabels"),
      at(only("Service"), "spec.selector"),
      at(only("NetworkPolicy"), "spec.podSelector.matchLabels"),
      at(only("PodDisruptionBudget"), "spec.selector.matchLabels"),
    ];
    for (const selector of selectors) expect(pod.metadata.labels).toMatchObject(selector as Fields);
  });

  test("names ports that the container has", () => {
    const names = container.ports.map(({ name }) => name);
    const probed = ["startupProbe", "livenessProbe", "readinessProbe"].map((probe) =>
      at(container[probe], "httpGet.port"),
    );
    const served = (at(only("Service"), "spec.ports") as { targetPort: string }[]).map(({ targetPort }) => targetPort);
    const allowed = (at(only("NetworkPolicy"), "spec.ingress") as { ports: { port: string }[] }[]).flatMap(
      ({ ports }) => ports.map(({ port }) => port),
    );
    for (const name of [...probed, ...served, ...allowed]) expect(names).toContain(name as string);
    // A port that no policy lets through would be closed.
    expect(allowed.toSorted()).toEqual(names.toSorted());
  });

  test("mounts the volumes that it has, and tells the controller where", () => {
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.spec.volumes.map(({ name }) => name));
    const [token] = pod.spec.volumes;
    expect(token).toMatchObject({
      projected: { sources: [{ serviceAccountToken: { audience: "pisanix-controller", path: "token" } }] },
    });
    // The controller's default of --peer-token.
    expect(container.volumeMounts[0]).toMatchObject({ mountPath: "/var/run/secrets/pisanix.io" });
    expect(container.env.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["POD_NAME", "POD_IP", "PISA_CONTROLLER_NAMESPACE", "PISA_CONTROLLER_SERVICE"]),
    );
  });

  test("runs by the restricted pod security standard, with a root that cannot be written", () => {
    expect(pod.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(container["securityContext"]).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    expect(at(only("Namespace"), "metadata.labels")).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
  });

  test("has webhooks that call its Service, and never for its own pods or the cluster's", () => {
    const hooks = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"].flatMap((kind) => {
      return at(only(kind), "webhooks") as Fields[];
    });
    const ports = (at(only("Service"), "spec.ports") as { port: number }[]).map(({ port }) => port);
    for (const hook of hooks) {
      const service = at(hook, "clientConfig.service") as {
        name: string;
        namespace: string;
        path: string;
        port: number;
      };
      expect([service.name, service.namespace]).toEqual([at(only("Service"), "metadata.name") as string, NAMESPACE]);
      expect(ports).toContain(service.port);
      expect(hook).toMatchObject({ sideEffects: "None", admissionReviewVersions: ["v1"], timeoutSeconds: 5 });
      if (service.path !== "/mutate") continue;
      expect(JSON.stringify(hook["namespaceSelector"])).toContain(
        `"kube-system","kube-public","kube-node-lease","${NAMESPACE}"`,
      );
    }
    expect(hooks.map(({ name, failurePolicy }) => `${name} ${failurePolicy}`)).toEqual([
      "namespace.inject.pisanix.io Fail",
      "pod.inject.pisanix.io Fail",
      "manifests.pisanix.io Ignore",
    ]);
  });

  test("binds its roles to the account that its pods have", () => {
    const account = at(only("ServiceAccount"), "metadata") as { name: string; namespace: string };
    expect(pod.spec["serviceAccountName"]).toBe(account.name);
    const bindings = objects.filter(({ kind }) => String(kind).endsWith("RoleBinding"));
    expect(bindings.length).toBeGreaterThan(1);
    for (const binding of bindings) {
      expect(binding["subjects"]).toEqual([
        { kind: "ServiceAccount", name: account.name, namespace: account.namespace },
      ]);
    }
  });

  test("is taken away in the opposite order, but for the kinds of the mesh", () => {
    const settings = decide({ ...defaultSettings("1.2.3"), namespace: NAMESPACE, ...changes });
    const keyOf = ({ kind, metadata }: Fields) => `${kind} ${at(metadata, "namespace") ?? ""}/${at(metadata, "name")}`;
    const wanted = objects.filter(({ kind }) => kind !== "CustomResourceDefinition").map(keyOf);
    expect(uninstallObjects(settings).map(keyOf)).toEqual(wanted.reverse());
  });
});
