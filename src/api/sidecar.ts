/**
 * What can be set about the sidecar. A setting has one name everywhere: `pisanix.io/NAME` on a pod, `--NAME` as the
 * default of all pods. Both are text.
 */
import * as v from "valibot";
import { toNanoseconds } from "./duration.ts";
import { choice } from "./fields.ts";
import { CPU, limit, MEMORY, quantityOf, request, UNLIMITED } from "./quantity.ts";
import { envField, userVolumeField, userVolumeMountField } from "./sidecar-extras.ts";

/** Annotations that mean something to us begin so. */
export const ANNOTATION_PREFIX = "pisanix.io/";
/** Annotation or label: whether the pod gets a sidecar. The original knows the label. */
export const INJECT_ANNOTATION = `${ANNOTATION_PREFIX}inject`;
/** Annotation that we write: what was injected. */
export const STATUS_ANNOTATION = `${ANNOTATION_PREFIX}status`;
/** Annotation of ours that is none of the sidecar's: findings that `pisanix render --check` keeps to itself. */
export const IGNORE_ANNOTATION = `${ANNOTATION_PREFIX}ignore`;

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** https://github.com/opencontainers/distribution-spec: host[:port]/path[:tag][@digest], a little more lenient. */
const IMAGE =
  /^[A-Za-z0-9][A-Za-z0-9._-]*(:\d{1,5}(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@[a-z0-9+._-]+:[0-9a-f]{32,})?$/;

const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const SECONDS_MAX = 86_400;

function words(pattern: RegExp, lengthMax: number, complaint: string, description: string) {
  return v.pipe(
    v.string(),
    v.regex(pattern, complaint),
    v.maxLength(lengthMax, `must have at most ${lengthMax} characters`),
    v.description(description),
  );
}

function onOff(description: string) {
  return v.pipe(
    v.picklist(["true", "false"]),
    v.transform((word) => word === "true"),
    v.description(description),
  );
}

function isPort(written: string): boolean {
  return /^\d{1,5}$/.test(written) && Number(written) >= 1 && Number(written) <= 65_535;
}

const PORT_COMPLAINT = "must be a whole number from 1 to 65535";

const logLevel = v.pipe(
  v.string(),
  v.transform((word) => word.toUpperCase()),
  v.check((word) => LOG_LEVELS.includes(word), `must be one of ${LOG_LEVELS.join(", ")}`),
  v.description("least important messages that the proxy writes"),
);

const adminPort = v.pipe(
  v.string(),
  v.check(isPort, PORT_COMPLAINT),
  v.transform(Number),
  v.description("port of the proxy's admin server, which the kubelet probes"),
);

const listenPorts = v.pipe(
  v.string(),
  v.check(
    (written) => written.split(",").every((port) => isPort(port.trim())),
    `${PORT_COMPLAINT}, or several with commas between them`,
  ),
  v.transform((written) => written.split(",").map(Number)),
  v.description(
    "ports that the VirtualDatabase listens on, when it is not in the input: no container may have them, too",
  ),
);

const gracePeriod = v.pipe(
  v.string(),
  v.check((written) => {
    const nanoseconds = toNanoseconds(/^\d+$/.test(written) ? `${written}s` : written);
    return nanoseconds !== null && nanoseconds >= 0n && nanoseconds <= BigInt(SECONDS_MAX) * 1_000_000_000n;
  }, `is no duration from 0 to ${SECONDS_MAX}s\nwrite seconds, or a duration such as "1m30s"`),
  v.transform((written) => {
    const nanoseconds = toNanoseconds(/^\d+$/.test(written) ? `${written}s` : written) ?? 0n;
    return Math.ceil(Number(nanoseconds) / 1e9);
  }),
  v.description(
    "how long statements and transactions may take when the pod ends; 5 seconds less than the pod's own when absent",
  ),
);

/** Settings of one pod. */
const POD_SETTINGS = {
  "virtual-database": words(
    DNS_SUBDOMAIN,
    253,
    "is no name of a VirtualDatabase",
    "name of the VirtualDatabase, in the pod's namespace; the workload's name when absent",
  ),
  "proxy-image": words(IMAGE, 512, "is no name of an image", "image of the proxy"),
  "image-pull-policy": choice(["Always", "IfNotPresent", "Never"], "when the kubelet pulls the image"),
  "proxy-cpu-request": request("CPU that the proxy is sure to get", CPU),
  "proxy-cpu-limit": limit("CPU that the proxy gets at most", CPU),
  "proxy-memory-request": request("memory that the proxy is sure to get", MEMORY),
  "proxy-memory-limit": limit("memory that the proxy gets at most", MEMORY),
  "log-level": logLevel,
  "log-format": choice(["text", "json"], "form of the proxy's messages"),
  "admin-port": adminPort,
  "listen-ports": listenPorts,
  "native-sidecar": onOff(
    "true: an init container that stays, from Kubernetes 1.29 on; false: a container like the others",
  ),
  "shutdown-grace-period": gracePeriod,
  "config-failure-mode": choice(
    ["closed", "open"],
    "without configuration or database: closed keeps the application from starting, open does not",
  ),
  env: envField,
  "user-volume": userVolumeField,
  "user-volume-mount": userVolumeMountField,
} as const;

type PodSettingName = keyof typeof POD_SETTINGS;

const optionalPodSettings = Object.fromEntries(
  Object.entries(POD_SETTINGS).map(([name, field]) => [`${ANNOTATION_PREFIX}${name}`, v.exactOptional(field)]),
) as unknown as {
  [N in PodSettingName as `${typeof ANNOTATION_PREFIX}${N}`]: v.ExactOptionalSchema<
    (typeof POD_SETTINGS)[N],
    undefined
  >;
};

/** Whether a pod gets a sidecar, by label or annotation. */
export const injectField = v.pipe(
  v.picklist(["enabled", "disabled", "true", "false"]),
  v.transform((word) => word === "enabled" || word === "true"),
  v.description("enabled or disabled"),
);

/** The annotations of a pod that are ours. */
export const sidecarAnnotations = v.object({
  ...optionalPodSettings,
  [INJECT_ANNOTATION]: v.exactOptional(injectField),
});

/** The names of annotations that a pod may have. */
export const SIDECAR_ANNOTATIONS: readonly string[] = [
  ...Object.keys(sidecarAnnotations.entries),
  STATUS_ANNOTATION,
  IGNORE_ANNOTATION,
];

/** Settings of all pods, with what they are when nobody says. The image has no default: it is that of the running version. */
export const sidecarSettings = v.object({
  "proxy-image": POD_SETTINGS["proxy-image"],
  "image-pull-policy": v.exactOptional(POD_SETTINGS["image-pull-policy"], "IfNotPresent"),
  "proxy-cpu-request": v.exactOptional(POD_SETTINGS["proxy-cpu-request"], "100m"),
  "proxy-cpu-limit": v.exactOptional(POD_SETTINGS["proxy-cpu-limit"], UNLIMITED),
  "proxy-memory-request": v.exactOptional(POD_SETTINGS["proxy-memory-request"], "64Mi"),
  "proxy-memory-limit": v.exactOptional(POD_SETTINGS["proxy-memory-limit"], "256Mi"),
  "log-level": v.exactOptional(POD_SETTINGS["log-level"], "INFO"),
  "log-format": v.exactOptional(POD_SETTINGS["log-format"], "text"),
  "admin-port": v.exactOptional(POD_SETTINGS["admin-port"], "5591"),
  "native-sidecar": v.exactOptional(POD_SETTINGS["native-sidecar"], "true"),
  "shutdown-grace-period": v.exactOptional(POD_SETTINGS["shutdown-grace-period"]),
  "config-failure-mode": v.exactOptional(POD_SETTINGS["config-failure-mode"], "closed"),
  "controller-service": v.exactOptional(
    words(DNS_LABEL, 63, "is no name of a Service", "Service of the controller"),
    "pisanix-controller",
  ),
  "controller-namespace": v.exactOptional(
    words(DNS_LABEL, 63, "is no namespace", "namespace of the controller"),
    "pisanix-system",
  ),
});

export type SidecarAnnotations = v.InferOutput<typeof sidecarAnnotations>;
export type SidecarSettings = v.InferOutput<typeof sidecarSettings>;

/** A request above its limit, which Kubernetes refuses: the two settings, or null. */
export function requestAboveLimit(
  settings: SidecarSettings,
): { request: keyof SidecarSettings; limit: keyof SidecarSettings } | null {
  for (const kind of ["cpu", "memory"] as const) {
    const [requested, limited] = [`proxy-${kind}-request`, `proxy-${kind}-limit`] as const;
    if (settings[limited] === UNLIMITED) continue;
    const [least, most] = [quantityOf(settings[requested]), quantityOf(settings[limited])];
    if (least !== null && most !== null && least > most) return { request: requested, limit: limited };
  }
  return null;
}
