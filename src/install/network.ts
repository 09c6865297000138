/** How the controller is reached, and by whom; and how many of it have to be there. */
import { CONTROLLER, metadataOf, PORTS, SELECTOR } from "./names.ts";
import type { InstallSettings } from "./settings.ts";
import { type Fields, when } from "./template.ts";

/** In front of all replicas: webhooks are called by its name, and proxies ask there. */
export function service(settings: InstallSettings): Fields {
  const port = (name: string, port: number) => ({ name, port, targetPort: name, protocol: "TCP" });
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(settings, CONTROLLER),
    spec: {
      selector: SELECTOR,
      ports: [
        port("webhook", 443),
        port("config", PORTS.config),
        ...when(settings.hasPlainConfig, [port("plain-config", PORTS.plainConfig)]),
      ],
    },
  };
}

/**
 * Webhooks are called by the API server, which no selector can name; configurations are asked for by pods of any namespace, where a
 * token says which; the other replicas are pods, too.
 */
export function networkPolicy(settings: InstallSettings): Fields {
  const pods = [{ namespaceSelector: {} }];
  const port = (name: string) => ({ port: name, protocol: "TCP" });
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadataOf(settings, CONTROLLER),
    spec: {
      podSelector: { matchLabels: SELECTOR },
      policyTypes: ["Ingress"],
      ingress: [
        { ports: [port("webhook")] },
        {
          from: pods,
          ports: [port("config"), port("admin"), ...when(settings.hasPlainConfig, [port("plain-config")])],
        },
      ],
    },
  };
}

/** Nodes are drained one after the other. */
export function disruptionBudget(settings: InstallSettings): Fields {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(settings, CONTROLLER),
    spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR } },
  };
}
