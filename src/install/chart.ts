/** The Helm chart: the same manifests as `--print-install` prints, with Helm's values in the places of what is chosen. */
import { settingFlags } from "../api/sidecar-flags.ts";
import { writeYaml } from "../lib/yaml.ts";
import { valuesFile, valuesSchema } from "./chart-values.ts";
import { definitions, installParts } from "./objects.ts";
import type { InstallSettings } from "./settings.ts";
import { type Fields, hole, MARK_CLOSE, MARK_OPEN, numberHole, whenFields, yamlHole } from "./template.ts";

/** The settings that Helm decides. */
function chartSettings(version: string): InstallSettings {
  const isSecrets = 'ne $.Values.secretAccess "none"';
  return {
    version,
    namespace: hole("$.Release.Namespace"),
    // `helm install --create-namespace` makes it.
    hasNamespace: false,
    image: hole("$.Values.image"),
    imagePullPolicy: hole("$.Values.imagePullPolicy"),
    replicas: numberHole("$.Values.replicas"),
    failurePolicy: hole("$.Values.failurePolicy"),
    usesCertManager: 'eq $.Values.certificates "cert-manager"',
    secretAccess: hole("$.Values.secretAccess"),
    usesPolicy: 'eq $.Values.injector "policy"',
    readsAllSecrets: `and (${isSecrets}) (not $.Values.secretNamespaces)`,
    readsSecretsIn: { range: 'ternary (list) $.Values.secretNamespaces (eq $.Values.secretAccess "none")' },
    watchesSecrets: 'eq $.Values.secretAccess "watch"',
    hasPlainConfig: "$.Values.plainConfig",
    args: [
      { range: "$name, $value := $.Values.sidecar", item: 'printf "--inject-%s=%v" $name $value' },
      { range: "$.Values.args" },
    ],
    resources: yamlHole("$.Values.resources"),
    nodeSelector: yamlHole("$.Values.nodeSelector"),
    sidecar(name) {
      const fallback = settingFlags().find((flag) => flag.name === name)?.fallback ?? "";
      const otherwise = name === "proxy-image" ? "$.Values.image" : JSON.stringify(fallback);
      return hole(`printf "%q" (toString (default ${otherwise} (index $.Values.sidecar "${name}")))`);
    },
    podExtras: {
      ...whenFields("$.Values.tolerations", { tolerations: yamlHole("$.Values.tolerations") }),
      ...whenFields("$.Values.imagePullSecrets", { imagePullSecrets: yamlHole("$.Values.imagePullSecrets") }),
    },
  };
}

/** The chart's files, by their path in it. */
export function chartFiles(version: string): Map<string, string> {
  const files = new Map([
    ["Chart.yaml", writeYaml(metadata(version))],
    ["values.yaml", valuesFile(version)],
    ["values.schema.json", `${JSON.stringify(valuesSchema(version), null, 2)}\n`],
    ["templates/NOTES.txt", NOTES],
  ]);
  for (const definition of definitions()) {
    const { name } = definition["metadata"] as { name: string };
    const kept = { ...definition, metadata: { name, annotations: { "helm.sh/resource-policy": "keep" } } };
    files.set(`templates/crd/${name}.yaml`, `{{- if $.Values.crds }}\n${template(writeYaml(kept))}{{- end }}\n`);
  }
  for (const { name, objects } of installParts(chartSettings(version))) {
    if (objects.length > 0) files.set(`templates/${name}.yaml`, documents(objects));
  }
  return files;
}

function metadata(version: string): Fields {
  return {
    apiVersion: "v2",
    name: "pisanix",
    description: "A database mesh for MySQL: the controller, which configures and injects proxies",
    type: "application",
    version,
    appVersion: version,
    kubeVersion: ">=1.28.0-0",
    home: "https://github.com/database-mesh/pisanix",
    keywords: ["mysql", "mariadb", "database-mesh", "proxy"],
  };
}

const NOTES = `pisanix {{ .Chart.AppVersion }} is installed in {{ .Release.Namespace }}.

A namespace is in the mesh by its label:

  kubectl label namespace NAMESPACE pisanix.io/inject=enabled

Pods that are created there from now on get a proxy; which VirtualDatabase it serves is its workload's name, or what the
pod's annotation pisanix.io/virtual-database says. What is wrong with a manifest stands in its status:

  kubectl get virtualdatabases,trafficstrategies,databaseendpoints -A
`;

function documents(objects: readonly unknown[]): string {
  return objects
    .map((object) => (typeof object === "string" ? template(`${object}\n`) : `---\n${template(writeYaml(object))}`))
    .join("");
}

/** A line that is nothing but a mark: an item of a list, a key of a mapping, or between documents. */
const BLOCK = /^ *(?:- )?['"]?\u27ea(if|range|end)([^\u27eb]*)\u27eb['"]?(?:: null|:)?$/;
const WHOLE = /^( *)((?:- )?(?:[\w./-]+: )?)['"]?\u27ea([^\u27eb]*)\u27eb['"]?$/;

/** Turns the marks in a text into Helm's actions. */
function template(text: string): string {
  const lines = text.replaceAll("{{", '{{ "{{" }}').split("\n");
  return lines.map(templateLine).join("\n");
}

function templateLine(line: string): string {
  const [, block, what = ""] = BLOCK.exec(line) ?? [];
  if (block !== undefined) return block === "end" ? "{{- end }}" : `{{- ${block}${what} }}`;
  const [, indent = "", key = "", expression] = WHOLE.exec(line) ?? [];
  if (expression === undefined) return withHoles(line);
  const [, kind = "text", value = expression] = /^(yaml|number) (.*)$/.exec(expression) ?? [];
  if (kind === "yaml") return `${indent}${key.trimEnd()} {{- toYaml ${value} | nindent ${indent.length + 2} }}`;
  return `${indent}${key}{{ ${value}${kind === "number" ? "" : " | quote"} }}`;
}

/** Of a longer text each part is filled in as it is. */
function withHoles(line: string): string {
  return line
    .split(MARK_OPEN)
    .map((part, index) => (index === 0 ? part : `{{ ${part.replace(MARK_CLOSE, " }}")}`))
    .join("");
}
