/** The fields of kinds and of the proxy's configuration as Markdown tables. */
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";
import { GROUP, isKind, KINDS, type Kind, VERSION } from "./kinds.ts";
import { proxyConfigSchema } from "./proxy-config.ts";
import { walkable } from "./schema-walk.ts";

/** The page about all kinds. */
export function kindsReference(): string {
  const kinds = Object.keys(KINDS).filter(isKind);
  return `# Manifests

API version \`${GROUP}/${VERSION}\`. Fields in **bold** are required. \`[]\` is each item of a list, \`{}\` each value of a mapping.

${kinds.map(kindSection).join("\n")}`;
}

/** The page about the configuration of a proxy. */
export function proxyConfigReference(): string {
  return `# Configuration of a proxy

What \`pisanix render\` prints and \`pisanix proxy --config\` reads, as YAML, JSON or TOML. Fields in **bold** are required.

${tableOf(jsonSchemaOf(walkable(proxyConfigSchema), "draft-7"))}`;
}

function kindSection(kind: Kind): string {
  const { plural, shortNames, spec, annotations } = KINDS[kind];
  const schema = jsonSchemaOf(walkable(spec), "draft-7");
  const known = Object.entries((jsonSchemaOf(walkable(annotations), "draft-7")["properties"] ?? {}) as Properties);
  const notes = known.map(([name, field]) => row(`metadata.annotations["${name}"]`, field, false));
  const head = `## ${kind}\n\n${sentence(schema["description"])} \`kubectl get ${plural}\`, short ${shortNames.map((name) => `\`${name}\``).join(", ")}.\n\n`;
  return head + tableOf({ type: "object", properties: { spec: schema } }, notes);
}

function sentence(description: unknown): string {
  const text = String(description ?? "");
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

type Properties = Record<string, JsonSchema>;

function tableOf(schema: JsonSchema, more: readonly string[] = []): string {
  return `| field | type | default | what it is for |\n|---|---|---|---|\n${[...rowsOf(schema, ""), ...more].join("")}`;
}

function rowsOf(schema: JsonSchema, path: string): string[] {
  const required = (schema["required"] ?? []) as readonly string[];
  return Object.entries((schema["properties"] ?? {}) as Properties).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const items = (field["items"] ?? {}) as JsonSchema;
    const own = at === "spec" ? [] : [row(at, field, required.includes(name))];
    return [...own, ...rowsOf(field, at), ...rowsOf(items, `${at}[]`)];
  });
}

function row(path: string, field: JsonSchema, isRequired: boolean): string {
  const name = isRequired ? `**\`${path}\`**` : `\`${path}\``;
  const fallback = field["default"] === undefined ? "" : `\`${JSON.stringify(field["default"])}\``;
  return `| ${name} | ${typeOf(field)} | ${fallback} | ${String(field["description"] ?? "").replaceAll("|", "\\|")} |\n`;
}

function typeOf(field: JsonSchema): string {
  if (Array.isArray(field["enum"])) return field["enum"].map((word) => `\`${word}\``).join(", ");
  if (Array.isArray(field["anyOf"])) return field["anyOf"].map(typeOf).join(" or ");
  switch (field["type"]) {
    case "integer":
      return rangeOf(field);
    case "string":
      return "text";
    case "array": {
      const item = typeOf((field["items"] ?? {}) as JsonSchema);
      return item === "mapping" ? "list" : `list of ${item}`;
    }
    case "object":
      return "mapping";
    case "boolean":
      return "true or false";
    default:
      return "anything";
  }
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  return minimum === undefined || maximum === undefined ? "whole number" : `${minimum} to ${maximum}`;
}
