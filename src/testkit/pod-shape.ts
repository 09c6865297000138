/**
 * What the API server would refuse in the parts of a pod that pisanix writes: unknown fields, wrong types, names and
 * references that do not hold, and what the restricted pod security standard forbids. Of containers and volumes that
 * are not ours it looks at names only.
 */

type Check = (value: unknown, at: string) => string[];
type Mapping = Record<string, unknown>;

/** Everything that is wrong with a pod or a template, as `spec.containers[0].image: must be text`. */
export function podMistakes(pod: unknown, isOurs: (container: Mapping) => boolean): string[] {
  const { metadata, spec } = pod as { metadata?: Mapping; spec: Mapping };
  const init = listOf(spec["initContainers"]);
  const containers = listOf(spec["containers"]);
  const volumes = listOf(spec["volumes"]);
  const names = [...init, ...containers, ...listOf(spec["ephemeralContainers"])].map((each) => each["name"]);
  const ours = [...init, ...containers].filter(isOurs);
  const mounted = ours.flatMap((container) => listOf(container["volumeMounts"]).map((mount) => mount["name"]));
  const own = volumes.filter((volume) => mounted.includes(volume["name"]));
  return [
    ...unique(names, "names of containers"),
    ...unique(
      volumes.map((volume) => volume["name"]),
      "names of volumes",
    ),
    ...mounted.filter((name) => !volumes.some((volume) => volume["name"] === name)).map((name) => `no volume ${name}`),
    ...(metadata?.["annotations"] === undefined ? [] : texts(metadata["annotations"], "metadata.annotations")),
    ...init.filter(isOurs).flatMap((container) => container_(container, "initContainer", true)),
    ...containers.filter(isOurs).flatMap((container) => container_(container, "container", false)),
    ...own.flatMap((volume) => volumeMistakes(volume, `volume ${volume["name"]}`)),
  ];
}

/** Restricted pod security, and unique mounts, besides the fields themselves. */
function container_(container: Mapping, at: string, isInit: boolean): string[] {
  const mounts = listOf(container["volumeMounts"]).map((mount) => mount["mountPath"]);
  const { restartPolicy } = container;
  return [
    ...CONTAINER(container, at),
    ...unique(mounts, `${at}: mount paths`),
    ...(isInit === (restartPolicy === "Always") ? [] : [`${at}: restartPolicy is for init containers that stay`]),
  ];
}

const text: Check = (value, at) => (typeof value === "string" ? [] : [`${at}: must be text`]);
const flag: Check = (value, at) => (typeof value === "boolean" ? [] : [`${at}: must be true or false`]);
const texts: Check = (value, at) =>
  Object.entries(value as Mapping).flatMap(([key, each]) => text(each, `${at}.${key}`));

function matching(pattern: RegExp, lengthMax: number): Check {
  return (value, at) =>
    typeof value === "string" && pattern.test(value) && value.length <= lengthMax ? [] : [`${at}: ${value}`];
}

function whole(min: number, max: number): Check {
  return (value, at) => {
    const isWhole = typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
    return isWhole ? [] : [`${at}: must be a whole number from ${min} to ${max}`];
  };
}

function oneOf(...values: unknown[]): Check {
  return (value, at) => (values.includes(value) ? [] : [`${at}: must be one of ${values.join(", ")}`]);
}

function list(item: Check): Check {
  return (value, at) =>
    Array.isArray(value) ? value.flatMap((each, index) => item(each, `${at}[${index}]`)) : [`${at}: must be a list`];
}

/** A mapping with these fields; those whose name ends in `?` may be missing. */
function fields(known: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at}: must be a mapping`];
    const checkOf = (key: string) => known[key] ?? known[`${key}?`];
    const missing = Object.keys(known).filter((key) => !key.endsWith("?") && !Object.hasOwn(value, key));
    return [
      ...missing.map((key) => `${at}.${key}: is missing`),
      ...Object.entries(value).flatMap(
        ([key, each]) => checkOf(key)?.(each, `${at}.${key}`) ?? [`${at}.${key}: unknown`],
      ),
    ];
  };
}

const dnsLabel = matching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63);
const quantity = matching(/^\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?$/, 20);
const absolutePath = matching(/^\/[^:]*$/, 4096);
const port = whole(1, 65_535);

const probe = fields({
  httpGet: fields({ path: absolutePath, port }),
  "periodSeconds?": whole(1, 3600),
  "timeoutSeconds?": whole(1, 3600),
  "failureThreshold?": whole(1, 3600),
});

const variable: Check = (value, at) => {
  const isReference = Object.hasOwn(value as Mapping, "valueFrom");
  const fieldRef = fields({ apiVersion: oneOf("v1"), fieldPath: oneOf("metadata.namespace") });
  const content: Record<string, Check> = isReference ? { valueFrom: fields({ fieldRef }) } : { value: text };
  return fields({ name: matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 253), ...content })(value, at);
};

/** What the restricted standard asks for is required here. */
const securityContext = fields({
  runAsNonRoot: oneOf(true),
  runAsUser: whole(1, 2 ** 31 - 1),
  runAsGroup: whole(1, 2 ** 31 - 1),
  readOnlyRootFilesystem: oneOf(true),
  allowPrivilegeEscalation: oneOf(false),
  capabilities: fields({ drop: (value, at) => (Bun.deepEquals(value, ["ALL"]) ? [] : [`${at}: must be ALL`]) }),
  seccompProfile: fields({ type: oneOf("RuntimeDefault") }),
});

const amounts = fields({ "cpu?": quantity, "memory?": quantity });

const CONTAINER = fields({
  name: dnsLabel,
  image: matching(/^\S+$/, 512),
  imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
  args: list(text),
  "restartPolicy?": oneOf("Always"),
  ports: list(
    fields({ name: matching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 15), containerPort: port, protocol: oneOf("TCP") }),
  ),
  env: list(variable),
  resources: fields({ requests: amounts, "limits?": amounts }),
  startupProbe: probe,
  readinessProbe: probe,
  securityContext,
  volumeMounts: list(fields({ name: dnsLabel, mountPath: absolutePath, "readOnly?": flag })),
});

const projection = fields({
  "serviceAccountToken?": fields({
    audience: text,
    expirationSeconds: whole(600, 86_400),
    path: matching(/^[^/]+$/, 255),
  }),
  "configMap?": fields({ name: dnsLabel, optional: flag, items: list(fields({ key: text, path: text })) }),
});

/** The volume types that the restricted standard allows, as far as we write them. */
const SOURCES: Readonly<Record<string, Check>> = {
  emptyDir: fields({ "medium?": oneOf("Memory"), "sizeLimit?": quantity }),
  projected: fields({ sources: list(projection) }),
  secret: fields({ secretName: text }),
};

function volumeMistakes(volume: Mapping, at: string): string[] {
  const sources = Object.keys(volume).filter((key) => key !== "name");
  const [source = ""] = sources;
  if (sources.length !== 1) return [`${at}: must have one source`];
  return [
    ...dnsLabel(volume["name"], at),
    ...(SOURCES[source]?.(volume[source], `${at}.${source}`) ?? [`${at}: ${source}?`]),
  ];
}

function unique(values: unknown[], what: string): string[] {
  return new Set(values).size === values.length ? [] : [`${what} are not unique: ${values.join(", ")}`];
}

function listOf(value: unknown): Mapping[] {
  return Array.isArray(value) ? value : [];
}
