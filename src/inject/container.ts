/** The sidecar as Kubernetes is to run it. It has what the restricted pod security standard wants and nothing more. */

import { UNLIMITED } from "../api/quantity.ts";
import type { SidecarAnnotations, SidecarSettings } from "../api/sidecar.ts";
import type { Mapping } from "./pod.ts";

/** The original's name, so that neither injects beside the other. */
export const SIDECAR_NAME = "pisa-proxy";

/** Volumes of ours: the name, what is in it, where the sidecar sees it. */
const CONFIG_VOLUME = "pisa-config";
const CONFIG_PATH = "/var/lib/pisanix";
const TOKEN_VOLUME = "pisa-token";
const TOKEN_PATH = "/var/run/secrets/pisanix.io";
const NO_API_TOKEN_VOLUME = "pisa-no-api-token";
const API_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Whom the token is for; the API server of the cluster does not accept it. */
export const CONTROLLER_AUDIENCE = "pisanix-controller";
/** A ConfigMap with the controller's authority, which the controller keeps in every namespace that it serves. */
export const AUTHORITY_CONFIG_MAP = "pisanix-ca";
/** Its key, and the name of the file. */
export const AUTHORITY_KEY = "ca.crt";

/** Not root, and no user of common images. */
const USER_ID = 65_532;
/** Of a pod that says nothing. */
export const TERMINATION_GRACE_SECONDS_DEFAULT = 30;
/** The proxy has to be done before the kubelet kills it. */
export const SHUTDOWN_MARGIN_SECONDS = 5;
/** Two minutes for a database to come up; then the proxy is started again. */
const STARTUP_SECONDS = 120;

export interface SidecarParts {
  readonly container: Mapping;
  readonly volumes: readonly Mapping[];
}

/** The pod's own settings count before those of all pods. */
export interface PodSettings extends SidecarSettings {
  readonly "shutdown-grace-period": number;
  readonly env?: NonNullable<SidecarAnnotations["pisanix.io/env"]>;
  readonly "user-volume"?: NonNullable<SidecarAnnotations["pisanix.io/user-volume"]>;
  readonly "user-volume-mount"?: NonNullable<SidecarAnnotations["pisanix.io/user-volume-mount"]>;
}

/** The container and its volumes. */
export function sidecarParts(virtualDatabase: string, settings: PodSettings): SidecarParts {
  const port = settings["admin-port"];
  const probe = (path: string) => ({ httpGet: { path, port } });
  const container = {
    name: SIDECAR_NAME,
    image: settings["proxy-image"],
    imagePullPolicy: settings["image-pull-policy"],
    args: ["proxy", "--shutdown-grace", String(settings["shutdown-grace-period"])],
    ...(settings["native-sidecar"] ? { restartPolicy: "Always" } : {}),
    ports: [{ name: "pisa-admin", containerPort: port, protocol: "TCP" }],
    env: environment(virtualDatabase, settings),
    resources: resources(settings),
    startupProbe: {
      ...probe(settings["config-failure-mode"] === "closed" ? "/readyz" : "/livez"),
      periodSeconds: 1,
      timeoutSeconds: 1,
      failureThreshold: STARTUP_SECONDS,
    },
    readinessProbe: { ...probe("/readyz"), periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER_ID,
      runAsGroup: USER_ID,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumeMounts: [
      { name: CONFIG_VOLUME, mountPath: CONFIG_PATH },
      { name: TOKEN_VOLUME, mountPath: TOKEN_PATH, readOnly: true },
      { name: NO_API_TOKEN_VOLUME, mountPath: API_TOKEN_PATH, readOnly: true },
      ...Object.entries(settings["user-volume-mount"] ?? {}).map(([name, mount]) => ({ ...mount, name })),
    ],
  };
  return { container, volumes: volumes(settings) };
}

/** How long the proxy may take: what the pod has, less a margin, because then the kubelet kills it; less if `most` is. */
export function shutdownSecondsIn(spec: Mapping, most: number | undefined): number {
  const seconds = terminationGraceSeconds(spec);
  return Math.min(most ?? seconds, Math.max(0, seconds - SHUTDOWN_MARGIN_SECONDS));
}

/** How long the pod may take to end. */
export function terminationGraceSeconds(spec: Mapping): number {
  const written = spec["terminationGracePeriodSeconds"];
  return typeof written === "number" && written >= 0 ? written : TERMINATION_GRACE_SECONDS_DEFAULT;
}

/** The original's seven variables in its order, then ours. */
function environment(virtualDatabase: string, settings: PodSettings): Mapping[] {
  const text = (name: string, value: string) => ({ name, value });
  return [
    text("PISA_CONTROLLER_SERVICE", settings["controller-service"]),
    text("PISA_CONTROLLER_NAMESPACE", settings["controller-namespace"]),
    {
      name: "PISA_DEPLOYED_NAMESPACE",
      valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
    },
    text("PISA_DEPLOYED_NAME", virtualDatabase),
    text("PISA_PROXY_ADMIN_LISTEN_HOST", "0.0.0.0"),
    text("PISA_PROXY_ADMIN_LISTEN_PORT", String(settings["admin-port"])),
    text("PISA_PROXY_ADMIN_LOG_LEVEL", settings["log-level"]),
    text("PISA_PROXY_LOG_FORMAT", settings["log-format"]),
    text("PISA_PROXY_STATE_DIR", CONFIG_PATH),
    text("PISA_CONTROLLER_TOKEN_FILE", `${TOKEN_PATH}/token`),
    text("PISA_CONTROLLER_CA_FILE", `${TOKEN_PATH}/${AUTHORITY_KEY}`),
    ...Object.entries(settings.env ?? {}).map(([name, value]) => text(name, value)),
  ];
}

function resources(settings: SidecarSettings): Mapping {
  const limits = { cpu: settings["proxy-cpu-limit"], memory: settings["proxy-memory-limit"] };
  const limited = Object.entries(limits).filter(([, amount]) => amount !== UNLIMITED);
  return {
    requests: { cpu: settings["proxy-cpu-request"], memory: settings["proxy-memory-request"] },
    ...(limited.length > 0 ? { limits: Object.fromEntries(limited) } : {}),
  };
}

/** Volumes in memory: the configuration has passwords in it, and a volume on the node's disk keeps the node from being drained. */
function volumes(settings: PodSettings): Mapping[] {
  const sources = [
    { serviceAccountToken: { audience: CONTROLLER_AUDIENCE, expirationSeconds: 3600, path: "token" } },
    {
      configMap: {
        name: AUTHORITY_CONFIG_MAP,
        optional: true,
        items: [{ key: AUTHORITY_KEY, path: AUTHORITY_KEY }],
      },
    },
  ];
  return [
    { name: CONFIG_VOLUME, emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
    { name: TOKEN_VOLUME, projected: { sources } },
    { name: NO_API_TOKEN_VOLUME, emptyDir: { medium: "Memory", sizeLimit: "64Ki" } },
    ...Object.entries(settings["user-volume"] ?? {}).map(([name, source]) => ({ name, ...source })),
  ];
}
