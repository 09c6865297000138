/** The values of the Helm chart: what each is, what it may be, and what it is when nobody says. */
import { writeYaml } from "../lib/yaml.ts";
import { NODE_SELECTOR_DEFAULT, REPLICAS_DEFAULT, RESOURCES_DEFAULT } from "./settings.ts";

interface ChartValue {
  readonly description: string;
  readonly fallback: unknown;
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

const choice = (...words: string[]) => ({ type: "string", enum: words });
const texts = { type: "array", items: { type: "string" } };

/** All of them, in the order of values.yaml. */
function chartValues(version: string): Readonly<Record<string, ChartValue>> {
  const image = {
    description: "image of the controller, and of sidecars unless sidecar.proxy-image names another",
    fallback: `pisanix:${version}`,
    schema: { type: "string", minLength: 1 },
  };
  return { image, ...VALUES };
}

const VALUES: Readonly<Record<string, ChartValue>> = {
  imagePullPolicy: {
    description: "when nodes pull it",
    fallback: "IfNotPresent",
    schema: choice("Always", "IfNotPresent", "Never"),
  },
  imagePullSecrets: {
    description: "Secrets that the controller's image is pulled with: [{ name: registry }]",
    fallback: [],
    schema: {
      type: "array",
      items: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    },
  },
  replicas: {
    description:
      "one is enough for proxies, which keep what they have; two for pods, which could not be created without any",
    fallback: REPLICAS_DEFAULT,
    schema: { type: "integer", minimum: 1 },
  },
  failurePolicy: {
    description:
      "of pods of the mesh while no controller answers: Fail creates them later, Ignore at once and without a sidecar",
    fallback: "Fail",
    schema: choice("Fail", "Ignore"),
  },
  certificates: {
    description: "who makes the certificate: self-signed is the controller itself",
    fallback: "self-signed",
    schema: choice("self-signed", "cert-manager"),
  },
  injector: {
    description: "what puts sidecars into pods: webhook, or policy (a MutatingAdmissionPolicy: Kubernetes 1.36)",
    fallback: "webhook",
    schema: choice("webhook", "policy"),
  },
  secretAccess: {
    description:
      "of passwords in Secrets: get reads single ones by name, watch hears of every change at once, none reads nothing",
    fallback: "get",
    schema: choice("none", "get", "watch"),
  },
  secretNamespaces: {
    description: "with get: the namespaces whose Secrets may be read; all when none is named",
    fallback: [],
    schema: texts,
  },
  plainConfig: {
    description: "configurations in clear on port 8080, for the original's proxies",
    fallback: false,
    schema: { type: "boolean" },
  },
  sidecar: {
    description: "settings of sidecars, as `pisanix controller --inject-NAME` takes them: { log-level: DEBUG }",
    fallback: {},
    schema: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
  },
  args: { description: "further flags of `pisanix controller`", fallback: [], schema: texts },
  resources: {
    description: "of the controller; 5,000 workloads need more memory",
    fallback: RESOURCES_DEFAULT,
    schema: { type: "object" },
  },
  nodeSelector: {
    description: "nodes that the controller may run on",
    fallback: NODE_SELECTOR_DEFAULT,
    schema: { type: "object", additionalProperties: { type: "string" } },
  },
  tolerations: {
    description: "taints of nodes that it may run on all the same",
    fallback: [],
    schema: { type: "array", items: { type: "object" } },
  },
  crds: {
    description: "whether the kinds of the mesh are installed; they stay when the chart is uninstalled",
    fallback: true,
    schema: { type: "boolean" },
  },
};

/** values.yaml. */
export function valuesFile(version: string): string {
  const values = Object.entries(chartValues(version));
  return values
    .map(([name, { description, fallback }]) => `# ${description}\n${writeYaml({ [name]: fallback })}`)
    .join("\n");
}

/** values.schema.json, by which Helm refuses what is misspelt. */
export function valuesSchema(version: string): Record<string, unknown> {
  const values = Object.entries(chartValues(version));
  const properties = values.map(([name, { description, fallback, schema }]) => {
    return [name, { description, default: fallback, ...schema }];
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "values of the pisanix chart",
    type: "object",
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), global: { type: "object" } },
  };
}
