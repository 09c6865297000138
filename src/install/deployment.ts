/** The controller's pods: two by default, on different nodes, with the least that they need. */
import { CONTROLLER_AUDIENCE } from "../inject/container.ts";
import { CONTROLLER, INJECT_LABEL, labelsOf, metadataOf, PORTS, SELECTOR, TLS_SECRET } from "./names.ts";
import type { InstallSettings } from "./settings.ts";
import { type Fields, forEach, when } from "./template.ts";

/** Not root, and no user of common images. */
const USER_ID = 65_532;
/** Where the controller looks for its token by default, and for certificates that others make. */
const TOKEN_PATH = "/var/run/secrets/pisanix.io";
const CERTIFICATE_PATH = "/etc/pisanix/tls";
/** Ten seconds in which answers go on, thirty for requests that are under way, and a margin. */
const TERMINATION_SECONDS = 45;

/** The Deployment. */
export function deployment(settings: InstallSettings): Fields {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(settings, CONTROLLER),
    spec: {
      replicas: settings.replicas,
      // With the webhook's failurePolicy a pod of the mesh cannot be created while no replica answers.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: {
          labels: { ...labelsOf(settings), [INJECT_LABEL]: "disabled" },
          annotations: { "kubectl.kubernetes.io/default-container": "controller" },
        },
        spec: podSpec(settings),
      },
    },
  };
}

function podSpec(settings: InstallSettings): Fields {
  const { usesCertManager, nodeSelector, podExtras } = settings;
  return {
    serviceAccountName: CONTROLLER,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: TERMINATION_SECONDS,
    priorityClassName: CONTROLLER,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER_ID,
      runAsGroup: USER_ID,
      fsGroup: USER_ID,
      seccompProfile: { type: "RuntimeDefault" },
    },
    nodeSelector,
    ...placement(),
    ...podExtras,
    containers: [container(settings)],
    volumes: [
      {
        name: "token",
        projected: {
          sources: [{ serviceAccountToken: { audience: CONTROLLER_AUDIENCE, expirationSeconds: 3600, path: "token" } }],
        },
      },
      ...when(usesCertManager, [{ name: "certificate", secret: { secretName: TLS_SECRET } }]),
    ],
  };
}

/** Replicas keep away from each other where they can, so that losing a node, or a zone, loses one of them. */
function placement(): Fields {
  const labelSelector = { matchLabels: SELECTOR };
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector } },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
      },
    ],
  };
}

function container(settings: InstallSettings): Fields {
  const { image, imagePullPolicy, hasPlainConfig, usesCertManager, secretAccess, args, resources } = settings;
  const probe = (path: string) => ({ httpGet: { path, port: "admin" } });
  const fieldRef = (fieldPath: string) => ({ fieldRef: { fieldPath } });
  return {
    name: "controller",
    image,
    imagePullPolicy,
    args: [
      "controller",
      `--secret-access=${secretAccess}`,
      ...when(hasPlainConfig, [`--plain-config-port=${PORTS.plainConfig}`]),
      ...args.flatMap((each) => forEach(each, (argument) => [argument])),
      ...when(usesCertManager, ["--webhook-cert=files", `--webhook-cert-dir=${CERTIFICATE_PATH}`]),
    ],
    env: [
      { name: "POD_NAME", valueFrom: fieldRef("metadata.name") },
      { name: "POD_IP", valueFrom: fieldRef("status.podIP") },
      { name: "PISA_CONTROLLER_NAMESPACE", valueFrom: fieldRef("metadata.namespace") },
      { name: "PISA_CONTROLLER_SERVICE", value: CONTROLLER },
      { name: "PISA_PROXY_IMAGE", value: image },
    ],
    ports: [
      { name: "webhook", containerPort: PORTS.webhook, protocol: "TCP" },
      { name: "config", containerPort: PORTS.config, protocol: "TCP" },
      { name: "admin", containerPort: PORTS.admin, protocol: "TCP" },
      ...when(hasPlainConfig, [{ name: "plain-config", containerPort: PORTS.plainConfig, protocol: "TCP" }]),
    ],
    startupProbe: { ...probe("/livez"), periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...probe("/livez"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
    resources,
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "token", mountPath: TOKEN_PATH, readOnly: true },
      ...when(usesCertManager, [{ name: "certificate", mountPath: CERTIFICATE_PATH, readOnly: true }]),
    ],
  };
}
