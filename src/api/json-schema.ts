/** The schemas as JSON Schema (draft 7, which editors and kubeconform know) and as the structural schema of a CustomResourceDefinition. */
import type { CelRule, FieldNotes } from "./fields.ts";
import { type AnySchema, actionsOf, descriptionOf, isOptional, required } from "./schema-walk.ts";

/** A JSON Schema, as far as it is written here. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

/** For whom a schema is written. The API server's has further keywords and may not have others. */
export type Dialect = "draft-7" | "crd";

/** Of a text or a list that says no bound itself. The API server needs bounds to estimate what its rules cost. */
const TEXT_LENGTH_MAX = 65_536;
const LIST_LENGTH_MAX = 1_024;
const PROPERTIES_MAX = 256;

const ANYTHING: AnySchema = { kind: "schema", type: "unknown", expects: "unknown" };

/** What `schema` takes, as JSON Schema. */
export function jsonSchemaOf(schema: AnySchema, dialect: Dialect): JsonSchema {
  const wanted = required(schema);
  const out: JsonSchema = {};
  const description = descriptionOf(wanted);
  if (description !== "") out["description"] = description;
  Object.assign(out, shapeOf(wanted, dialect), boundsOf(wanted));
  const fallback = defaultOf(schema);
  if (fallback !== undefined) out["default"] = fallback;
  if (dialect === "crd") Object.assign(out, boundsForCost(out), rulesOf(wanted));
  return out;
}

function shapeOf(schema: AnySchema, dialect: Dialect): JsonSchema {
  switch (schema.type) {
    case "string":
    case "boolean":
      return { type: schema.type };
    case "number":
      return { type: hasAction(schema, "integer") ? "integer" : "number" };
    case "picklist":
      return { type: "string", enum: schema.options };
    case "array":
      return { type: "array", items: jsonSchemaOf(schema.item ?? ANYTHING, dialect) };
    case "record":
      return { type: "object", additionalProperties: jsonSchemaOf(schema.value ?? ANYTHING, dialect) };
    case "object":
    case "loose_object":
      return objectShape(schema, dialect);
    case "union":
      return unionShape(schema, dialect);
    default:
      return dialect === "crd" ? { "x-kubernetes-preserve-unknown-fields": true } : {};
  }
}

function objectShape(schema: AnySchema, dialect: Dialect): JsonSchema {
  const entries = Object.entries(schema.entries ?? {});
  const names = entries.filter(([, entry]) => !isOptional(entry)).map(([name]) => name);
  return {
    type: "object",
    ...(names.length > 0 && { required: names }),
    properties: Object.fromEntries(entries.map(([name, entry]) => [name, jsonSchemaOf(entry, dialect)])),
    // The API server drops what it does not know by itself.
    ...(dialect === "draft-7" && schema.type === "object" && { additionalProperties: false }),
  };
}

/** Text or a list of text; a number or text. Other unions would need words of their own. */
function unionShape(schema: AnySchema, dialect: Dialect): JsonSchema {
  const options = (schema.options ?? []).filter((option) => typeof option === "object");
  const types = options.map((option) => option.type);
  const isIntOrText = types.includes("number") && types.includes("string");
  const list = options.find((option) => option.type === "array");
  if (dialect === "draft-7") return { anyOf: options.map((option) => textOrWhole(jsonSchemaOf(option, dialect))) };
  if (isIntOrText) return { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] };
  // No structural schema says "text or a list"; where the original always had a list, the API server asks for one.
  if (list !== undefined && notesOf(schema).some((notes) => notes.form === "list")) return jsonSchemaOf(list, dialect);
  return { "x-kubernetes-preserve-unknown-fields": true };
}

function textOrWhole(option: JsonSchema): JsonSchema {
  return option["type"] === "number" ? { ...option, type: "integer" } : option;
}

const BOUNDS: Readonly<Record<string, readonly [ofText: string, ofList: string]>> = {
  min_length: ["minLength", "minItems"],
  max_length: ["maxLength", "maxItems"],
};

function boundsOf(schema: AnySchema): JsonSchema {
  const out: JsonSchema = {};
  const isList = schema.type === "array" || schema.type === "union";
  if (schema.type === "union" && notesOf(schema).every((notes) => notes.form !== "list")) return out;
  for (const { type, requirement } of actionsOf(schema)) {
    const bound = BOUNDS[type];
    if (bound !== undefined) out[isList ? bound[1] : bound[0]] = requirement;
    else if (type === "max_bytes") out["maxLength"] = requirement;
    else if (type === "min_value") out["minimum"] = requirement;
    else if (type === "max_value") out["maximum"] = requirement;
    else if (type === "regex" && requirement instanceof RegExp && requirement.flags === "")
      out["pattern"] = requirement.source;
  }
  return out;
}

function boundsForCost(schema: JsonSchema): JsonSchema {
  switch (schema["type"]) {
    case "string":
      return schema["enum"] === undefined ? { maxLength: schema["maxLength"] ?? TEXT_LENGTH_MAX } : {};
    case "array":
      return { maxItems: schema["maxItems"] ?? LIST_LENGTH_MAX };
    case "object":
      return schema["additionalProperties"] === undefined ? {} : { maxProperties: PROPERTIES_MAX };
    default:
      return {};
  }
}

/** A default that is a plain value. One that is a mapping would be stored in every object, filled with defaults of its own. */
function defaultOf(schema: AnySchema): unknown {
  const fallback = isOptional(schema) ? schema.default : undefined;
  return ["string", "number", "boolean"].includes(typeof fallback) ? fallback : undefined;
}

function rulesOf(schema: AnySchema): JsonSchema {
  const notes = notesOf(schema);
  const rules = notes.flatMap(({ cel }): CelRule[] => (cel === undefined ? [] : [cel]));
  const key = notes.find((each) => each.key !== undefined)?.key;
  return {
    ...(rules.length > 0 && { "x-kubernetes-validations": rules }),
    ...(key !== undefined && { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] }),
  };
}

function hasAction(schema: AnySchema, type: string): boolean {
  return actionsOf(schema).some((action) => action.type === type);
}

function notesOf(schema: AnySchema): FieldNotes[] {
  return actionsOf(schema).flatMap(({ type, metadata }) => (type === "metadata" ? [metadata as FieldNotes] : []));
}
