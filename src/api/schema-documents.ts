/** JSON Schemas for editors and kubeconform: of every kind, of the proxy's configuration, of the linter's settings. */
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";
import { API_VERSION, GROUP, isKind, KINDS, type Kind, VERSION } from "./kinds.ts";
import { lintSettingsSchema } from "./lint-settings.ts";
import { metadataSchema } from "./metadata.ts";
import { proxyConfigSchema } from "./proxy-config.ts";
import { walkable } from "./schema-walk.ts";

export interface SchemaDocument {
  /** As `--schema` takes it. */
  readonly name: string;
  /** In deploy/schema; the kinds' as kubeconform looks for them. */
  readonly file: string;
  readonly schema: JsonSchema;
}

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** Every schema, the kinds' first. */
export function schemaDocuments(): SchemaDocument[] {
  const kinds = Object.keys(KINDS).filter(isKind);
  return [
    ...kinds.map((kind) => {
      const file = `${GROUP}/${kind.toLowerCase()}_${VERSION}.json`;
      return { name: kind as string, file, schema: manifestSchema(kind) };
    }),
    {
      name: "ProxyConfig",
      file: "proxy-config.json",
      schema: {
        $schema: DRAFT,
        title: "the configuration of one proxy",
        ...jsonSchemaOf(walkable(proxyConfigSchema), "draft-7"),
      },
    },
    {
      name: "LintSettings",
      file: "lint-settings.json",
      schema: {
        $schema: DRAFT,
        title: "settings of the linter",
        ...jsonSchemaOf(walkable(lintSettingsSchema), "draft-7"),
      },
    },
  ];
}

/** The schema that a word names: a kind, its plural or short name, in any case; null for none. */
export function schemaNamed(word: string): SchemaDocument | null {
  const wanted = word.toLowerCase();
  return (
    schemaDocuments().find(({ name }) => {
      const { plural = "", shortNames = [] } = isKind(name) ? KINDS[name] : {};
      return [name.toLowerCase(), plural, ...shortNames].includes(wanted);
    }) ?? null
  );
}

function manifestSchema(kind: Kind): JsonSchema {
  const { annotations, spec } = KINDS[kind];
  const { properties: known } = jsonSchemaOf(walkable(annotations), "draft-7");
  const metadata = jsonSchemaOf(walkable(metadataSchema), "draft-7");
  const properties = metadata["properties"] as Record<string, JsonSchema>;
  return {
    $schema: DRAFT,
    title: kind,
    type: "object",
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { const: API_VERSION, description: "group and version" },
      kind: { const: kind, description: "the kind" },
      metadata: {
        ...metadata,
        description: "name, namespace, labels and annotations",
        properties: { ...properties, annotations: { ...properties["annotations"], properties: known ?? {} } },
      },
      spec: jsonSchemaOf(walkable(spec), "draft-7"),
      status: { type: "object", description: "what the controller found; not for manifests" },
    },
    additionalProperties: false,
  };
}
