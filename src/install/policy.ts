/**
 * The sidecar without a webhook: a MutatingAdmissionPolicy, which the API server evaluates itself. No certificate is needed, and no pod
 * waits for a controller. It makes what `sidecarFor()` makes: the container, the volumes and the status annotation are those of
 * `src/inject`, with expressions in the places of what the pod decides. What needs more than CEL can do is left to the webhook: `env`
 * and `user-volume` of an annotation, the ports of a VirtualDatabase, replacing the sidecar of another version, and saying why not.
 */
import { UNLIMITED } from "../api/quantity.ts";
import { ANNOTATION_PREFIX, INJECT_ANNOTATION, STATUS_ANNOTATION } from "../api/sidecar.ts";
import { LISTEN_PORT_DEFAULT } from "../api/virtual-database.ts";
import { MESH_CONTAINERS } from "../inject/advice.ts";
import {
  type PodSettings,
  SHUTDOWN_MARGIN_SECONDS,
  sidecarParts,
  TERMINATION_GRACE_SECONDS_DEFAULT,
} from "../inject/container.ts";
import { DEFAULT_CONTAINER_ANNOTATION, ORIGINAL_NAMES, statusOf } from "../inject/injection.ts";
import { HASH, HASH_LABELS, MINUTES_MAX, MINUTES_MIN, SECONDS } from "../inject/workload-name.ts";
import { celOf, celText, expression } from "./cel.ts";
import { CONTROLLER, clusterMetadataOf, INJECT_NO, WEBHOOKS } from "./names.ts";
import type { InstallSettings } from "./settings.ts";
import type { Fields } from "./template.ts";
import { NO_HOST_NETWORK, PODS_CREATED, podSelectors } from "./webhooks.ts";

const ADMISSION = "admissionregistration.k8s.io/v1";

/** The policy, and where it holds: the pods that a webhook would be asked about. */
export function policyObjects(settings: InstallSettings): Fields[] {
  const name = WEBHOOKS;
  const policy = {
    apiVersion: ADMISSION,
    kind: "MutatingAdmissionPolicy",
    metadata: clusterMetadataOf(settings, name),
    spec: {
      failurePolicy: settings.failurePolicy,
      reinvocationPolicy: "IfNeeded",
      matchConstraints: { matchPolicy: "Equivalent", resourceRules: [PODS_CREATED] },
      matchConditions: conditions(),
      variables: variables(settings),
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: patch(settings) } }],
    },
  };
  const bindings = podSelectors(settings).map(({ name: suffix, selectors }) => ({
    apiVersion: ADMISSION,
    kind: "MutatingAdmissionPolicyBinding",
    metadata: clusterMetadataOf(settings, `${name}-${suffix}`),
    spec: { policyName: name, matchResources: { matchPolicy: "Equivalent", ...selectors } },
  }));
  return [policy, ...bindings];
}

const list = (words: readonly unknown[]) => JSON.stringify(words).replaceAll(",", ", ");

/** As `refusalOf()` and `nameClash()` in `src/inject/sidecar.ts`. */
function conditions(): Fields[] {
  const optOut = `object.metadata.?annotations[?"${INJECT_ANNOTATION}"].orValue("enabled")`;
  const names = list(ORIGINAL_NAMES);
  return [
    NO_HOST_NETWORK,
    { name: "not-opted-out", expression: `!(${optOut} in ${list(INJECT_NO)})` },
    {
      name: "not-injected",
      expression: `!(object.spec.?initContainers.orValue([]) + object.spec.containers).exists(c, c.name in ${names})`,
    },
    { name: "not-windows", expression: 'object.spec.?os.?name.orValue("linux") != "windows"' },
    {
      name: "not-for-windows",
      expression: 'object.spec.?nodeSelector[?"kubernetes.io/os"].orValue("linux") != "windows"',
    },
    { name: "not-static", expression: '!object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == "Node")' },
  ];
}

/** What a pod may say, and is said for all pods. */
const OF_POD = {
  image: "proxy-image",
  imagePullPolicy: "image-pull-policy",
  cpuRequest: "proxy-cpu-request",
  cpuLimit: "proxy-cpu-limit",
  memoryRequest: "proxy-memory-request",
  memoryLimit: "proxy-memory-limit",
  logLevel: "log-level",
  logFormat: "log-format",
  failureMode: "config-failure-mode",
} as const;

/** Each may use those before it. */
function variables({ sidecar, namespace }: InstallSettings): Fields[] {
  const annotation = (name: string) => `variables.annotations[?"${ANNOTATION_PREFIX}${name}"]`;
  const seconds = (text: string) => `${text}.matches("^[0-9]+$") ? int(${text}) : duration(${text}).getSeconds()`;
  const [first, second] = HASH_LABELS;
  const name = "variables.ownerName";
  const all: Record<string, string> = {
    annotations: "object.metadata.?annotations.orValue({})",
    labels: "object.metadata.?labels.orValue({})",
    ...defaults(sidecar),
    ...Object.fromEntries(
      Object.entries(OF_POD).map(([key, setting]) => [key, `${annotation(setting)}.orValue(variables.${key}Default)`]),
    ),
    controllerNamespace: JSON.stringify(namespace),
    owners: "object.metadata.?ownerReferences.orValue([])",
    owner: "variables.owners.filter(o, o.?controller.orValue(false)) + variables.owners",
    ownerKind: 'variables.owner.size() > 0 ? variables.owner[0].kind : ""',
    ownerName: 'variables.owner.size() > 0 ? variables.owner[0].name : ""',
    ownName:
      'object.metadata.?name.orValue("") != "" ? object.metadata.name : object.metadata.?generateName.orValue("").find("^.*[^-]")',
    hash: `variables.labels[?"${first}"].orValue(variables.labels[?"${second}"].orValue(""))`,
    ofReplicaSet: `variables.hash == "" ? ${name}.substring(0, ${name}.size() - ${name}.find(${regex(HASH)}).size()) : ${name}.endsWith("-" + variables.hash) ? ${name}.substring(0, ${name}.size() - variables.hash.size() - 1) : ${name}`,
    time: `${name}.find("-[0-9]{8,10}$")`,
    isTime: `variables.time != "" && variables.time.size() < ${name}.size() && (variables.time.substring(1).matches(${regex(SECONDS)}) || (int(variables.time.substring(1)) >= ${MINUTES_MIN} && int(variables.time.substring(1)) <= ${MINUTES_MAX}))`,
    ofJob: `variables.isTime ? ${name}.substring(0, ${name}.size() - variables.time.size()) : ${name}`,
    workload:
      'variables.ownerKind == "" ? variables.ownName : variables.ownerKind == "ReplicaSet" ? variables.ofReplicaSet : variables.ownerKind == "Job" ? variables.ofJob : variables.ownerName',
    virtualDatabase: `${annotation("virtual-database")}.orValue(variables.workload)`,
    adminPort: `int(${annotation("admin-port")}.orValue(variables.adminPortDefault))`,
    listenPorts: `${annotation("listen-ports")}.orValue("${LISTEN_PORT_DEFAULT}").split(",").map(p, int(p.trim()))`,
    ports:
      '(object.spec.?initContainers.orValue([]) + object.spec.containers).map(c, c.?ports.orValue([]).filter(p, p.?protocol.orValue("TCP") == "TCP").map(p, p.containerPort))',
    isClash:
      "variables.ports.exists(ports, ports.exists(p, p == variables.adminPort || p in variables.listenPorts)) || " +
      `object.spec.?volumes.orValue([]).exists(v, v.name in ${list(volumeNames())})`,
    podSeconds: `object.spec.?terminationGracePeriodSeconds.orValue(${TERMINATION_GRACE_SECONDS_DEFAULT})`,
    roomSeconds: `variables.podSeconds > ${SHUTDOWN_MARGIN_SECONDS} ? variables.podSeconds - ${SHUTDOWN_MARGIN_SECONDS} : 0`,
    mostSeconds: `variables.graceDefault == "" ? variables.podSeconds : ${seconds("variables.graceDefault")}`,
    grace: `${annotation("shutdown-grace-period")}.orValue("")`,
    graceSeconds: `variables.grace != "" ? (${seconds("variables.grace")}) : variables.mostSeconds < variables.roomSeconds ? variables.mostSeconds : variables.roomSeconds`,
    isWanted: '!variables.isClash && variables.graceSeconds <= variables.podSeconds && variables.virtualDatabase != ""',
    application: `object.spec.containers.filter(c, !(c.name in ${list(MESH_CONTAINERS)})) + object.spec.containers`,
    hasDefaultContainer: `"${DEFAULT_CONTAINER_ANNOTATION}" in variables.annotations`,
  };
  return Object.entries(all).map(([name, expression]) => ({ name, expression }));
}

function defaults(sidecar: InstallSettings["sidecar"]): Record<string, string> {
  const of = Object.entries(OF_POD).map(([key, setting]) => [`${key}Default`, sidecar(setting)]);
  const more = { adminPortDefault: sidecar("admin-port"), graceDefault: sidecar("shutdown-grace-period") };
  return { ...Object.fromEntries(of), ...more };
}

const regex = ({ source }: RegExp) => JSON.stringify(source);
const variable = <T>(name: string) => expression<T>(`variables.${name}`);

/** Settings as `sidecarParts()` takes them, none of which is known yet. */
function unknownSettings(): PodSettings {
  return {
    "proxy-image": variable("image"),
    "image-pull-policy": variable("imagePullPolicy"),
    "proxy-cpu-request": variable("cpuRequest"),
    "proxy-cpu-limit": UNLIMITED,
    "proxy-memory-request": variable("memoryRequest"),
    "proxy-memory-limit": UNLIMITED,
    "log-level": expression("variables.logLevel.upperAscii()"),
    "log-format": variable("logFormat"),
    "admin-port": expression("variables.adminPort"),
    // Whoever has such policies has native sidecars.
    "native-sidecar": true,
    "config-failure-mode": "open",
    "shutdown-grace-period": expression("string(variables.graceSeconds)"),
    "controller-service": CONTROLLER,
    "controller-namespace": variable("controllerNamespace"),
  };
}

function parts(): { container: Fields; volumes: readonly Fields[] } {
  const { container, volumes } = sidecarParts(variable("virtualDatabase"), unknownSettings());
  const { startupProbe, resources, env } = container as { startupProbe: Fields; resources: Fields; env: Fields[] };
  const path = expression('variables.failureMode == "closed" ? "/readyz" : "/livez"');
  const amount = (name: string) =>
    `variables.${name}Limit == "${UNLIMITED}" ? optional.none() : optional.of(variables.${name}Limit)`;
  const limits = `{?"cpu": ${amount("cpu")}, ?"memory": ${amount("memory")}}`;
  const none = `variables.cpuLimit == "${UNLIMITED}" && variables.memoryLimit == "${UNLIMITED}"`;
  return {
    volumes,
    container: {
      ...container,
      // A number there, and a text here.
      env: env.map((each) => {
        return each["name"] === "PISA_PROXY_ADMIN_LISTEN_PORT"
          ? { ...each, value: expression("string(variables.adminPort)") }
          : each;
      }),
      startupProbe: { ...startupProbe, httpGet: { ...(startupProbe["httpGet"] as Fields), path } },
      resources: {
        ...resources,
        limits: expression(`${none} ? optional.none() : optional.of(${limits})`, true),
      },
    },
  };
}

function volumeNames(): unknown[] {
  return parts().volumes.map(({ name }) => name);
}

/** The steps that make the pod what it is to be. A list that is not there is made first. */
function patch({ version }: InstallSettings): string {
  const { container, volumes } = parts();
  const step = (path: string, value: string) => `JSONPatch{op: "add", path: "${path}", value: ${value}}`;
  const made = (path: string, value: string) => {
    const field = `object${path.replaceAll("/", ".")}`;
    return `(has(${field}) ? [] : [${step(path, value)}])`;
  };
  const annotation = (name: string) => `/metadata/annotations/${name.replaceAll("/", "~1")}`;
  const status = (names: readonly string[]) => {
    const annotations = Object.fromEntries(names.map((name) => [name, ""]));
    const [image, virtualDatabase] = [variable<string>("image"), variable<string>("virtualDatabase")];
    const sidecar = {
      list: "initContainers",
      container,
      volumes,
      annotations,
      version,
      image,
      virtualDatabase,
    } as const;
    return celText(JSON.stringify(statusOf(sidecar, {})));
  };
  const volumeSteps = volumes.toReversed().map((volume) => {
    return `    ${step("/spec/volumes/0", celOf(volume, "Object.spec.volumes", "    "))}`;
  });
  return [
    "!variables.isWanted ? [] : (",
    `  ${made("/spec/initContainers", "[]")} +`,
    `  [${step("/spec/initContainers/0", celOf(container, "Object.spec.initContainers", "  "))}] +`,
    `  ${made("/spec/volumes", "[]")} +`,
    `  [\n${volumeSteps.join(",\n")}\n  ] +`,
    `  ${made("/metadata/annotations", "{}")} +`,
    "  (variables.hasDefaultContainer",
    `    ? [${step(annotation(STATUS_ANNOTATION), status([]))}]`,
    "    : [",
    `      ${step(annotation(STATUS_ANNOTATION), status([DEFAULT_CONTAINER_ANNOTATION]))},`,
    `      ${step(annotation(DEFAULT_CONTAINER_ANNOTATION), "variables.application[0].name")}`,
    "    ])",
    ")",
  ].join("\n");
}
