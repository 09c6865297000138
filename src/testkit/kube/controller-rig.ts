/** Controllers in the test's own process, on a fake API server, with all their edges: certificates, webhooks, streams, leader election. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../../api/sidecar-flags.ts";
import { startController } from "../../controller/controller.ts";
import type { ControllerOptions } from "../../controller/options.ts";
import type { Parts } from "../../controller/parts.ts";
import type { KubeClient } from "../../kube/client.ts";
import { createObject } from "../../kube/crud.ts";
import type { WebhookConfiguration } from "../../kube/objects.ts";
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from "../../kube/resource.ts";
import { addNamespace, type FakeCluster } from "./cluster.ts";

/** Where controllers of tests live. */
export const HOME = "pisa-system";
const SERVICE = "pisanix-controller";

export interface RunningController {
  parts: Parts;
  adminUrl: string;
  webhookPort(): number;
  configPort(): number;
  stop(drainMs: number): Promise<void>;
}

/** Starts a controller on `cluster`. */
export async function runController(
  cluster: FakeCluster,
  identity: string,
  changes: Partial<ControllerOptions> = {},
): Promise<RunningController> {
  addNamespace(cluster.store, HOME);
  const folder = mkdtempSync(join(tmpdir(), "pisanix-controller-"));
  const kubeconfig = join(folder, "kubeconfig");
  const user = { tokenFile: "/dev/null", token: "controller" };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "fake", cluster: { server: cluster.url } }],
      users: [{ name: "controller", user }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "controller", namespace: HOME } }],
      "current-context": "fake",
    }),
  );
  // As the kubelet projects it, and as the API server knows it.
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `token-of-${identity}`);
  const username = `system:serviceaccount:${HOME}:pisanix-controller`;
  cluster.tokens.set(`token-of-${identity}`, { username, audiences: ["pisanix-controller"] });
  const local = { host: "127.0.0.1", port: 0 };
  const { settings } = readSettings({ "proxy-image": "pisanix:test" });
  if (settings === null) throw new Error("the default settings of sidecars are not valid");
  const started = await startController({
    ...{ kubeconfig, context: undefined, namespace: undefined, identity, service: SERVICE },
    ...{ serviceAccount: "pisanix-controller", leaseName: "pisanix-controller", tokenFile },
    ...{ webhook: local, config: local, plainConfig: null, admin: local },
    ...{ certificate: { kind: "self", secretName: "pisanix-webhook-tls" }, webhookConfigurations: ["pisanix"] },
    ...{
      injector: { settings, asksCluster: true },
      secretAccess: "get",
      address: null,
      logLevel: "ERROR",
      noColor: true,
    },
    version: { version: "test", commit: "test", bun: Bun.version },
    ...changes,
  });
  if (started.kind === "failed") throw new Error(started.reason);
  const { parts, ports, stop } = started;
  return {
    parts,
    adminUrl: `http://127.0.0.1:${ports.admin}`,
    webhookPort: () => parts.servers.ports().webhook,
    configPort: () => parts.servers.ports().config,
    async stop(drainMs) {
      await stop(drainMs);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the controller says that it is ready. */
export async function untilReady({ adminUrl }: RunningController): Promise<void> {
  while (!(await fetch(`${adminUrl}/readyz`)).ok) await Bun.sleep(2);
}

/** Webhooks that call the Service: every manifest is validated, and pods are reviewed at `/mutate`. */
export async function installWebhooks(client: KubeClient): Promise<void> {
  const webhook = (name: string, path: string, rule: object, failurePolicy: string) => ({
    ...{ name, failurePolicy, sideEffects: "None", admissionReviewVersions: ["v1"], timeoutSeconds: 5 },
    clientConfig: { service: { namespace: HOME, name: SERVICE, path } },
    rules: [{ operations: ["CREATE", "UPDATE"], apiVersions: ["*"], ...rule }],
  });
  const manifests = { apiGroups: ["core.database-mesh.io"], resources: ["*"] };
  const pods = { apiGroups: [""], resources: ["pods"] };
  const all = [
    [VALIDATING_WEBHOOKS, webhook("manifests.pisanix.io", "/validate", manifests, "Ignore")],
    [MUTATING_WEBHOOKS, webhook("pods.pisanix.io", "/mutate", pods, "Fail")],
  ] as const;
  for (const [resource, hook] of all) {
    const object = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: resource.kind,
      metadata: { name: "pisanix" },
      webhooks: [hook],
    };
    await createObject(client, resource, object as WebhookConfiguration);
  }
}

/** Sends what is for the Service to these controllers, in turn. */
export function routeService(cluster: FakeCluster, controllers: readonly RunningController[]): void {
  let turn = 0;
  cluster.services.set(`${HOME}/${SERVICE}`, () => {
    const chosen = controllers[turn++ % controllers.length];
    return `127.0.0.1:${chosen?.webhookPort() ?? 0}`;
  });
}
