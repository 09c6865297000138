/** What the installed objects are called. The controller's defaults are the same. */
import type { InstallSettings } from "./settings.ts";
import type { Fields } from "./template.ts";

/** Deployment, Service, ServiceAccount, Lease, roles. */
export const CONTROLLER = "pisanix-controller";
/** Webhook configurations and the injection policy. */
export const WEBHOOKS = "pisanix";
export const TLS_SECRET = "pisanix-webhook-tls";

/** Label of namespaces and pods: whether pods get a sidecar. */
export const INJECT_LABEL = "pisanix.io/inject";
export const INJECT_YES = ["enabled", "true"];
export const INJECT_NO = ["disabled", "false"];

/** Ports of the controller. */
export const PORTS = { webhook: 9443, config: 9444, admin: 8081, plainConfig: 8080 } as const;

/** What a Service and a policy select the controller's pods by. */
export const SELECTOR = { "app.kubernetes.io/name": "pisanix", "app.kubernetes.io/component": "controller" };

/** Labels of everything that is installed. */
export function labelsOf({ version }: InstallSettings): Fields {
  return { ...SELECTOR, "app.kubernetes.io/part-of": "pisanix", "app.kubernetes.io/version": version };
}

/** Metadata of an object in the controller's namespace. */
export function metadataOf(settings: InstallSettings, name: string): Fields {
  return { name, namespace: settings.namespace, labels: labelsOf(settings) };
}

/** Metadata of an object in no namespace. */
export function clusterMetadataOf(settings: InstallSettings, name: string): Fields {
  return { name, labels: labelsOf(settings) };
}
