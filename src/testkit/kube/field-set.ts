/** Which fields of an object somebody owns: paths as managedFields has them (`f:name`, `k:{"type":"Ready"}`, `v:"x"`). */
import { isMapping } from "./cause.ts";
import { identityOf, type Schema } from "./schema.ts";

/** Steps joined by a line feed, which no step contains. */
export type FieldPath = string;
export type FieldSet = Set<FieldPath>;

const STEP = "\n";
/** Metadata that belongs to the server. */
const SERVER_FIELDS = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "managedFields",
  "selfLink",
  "generateName",
];

const NO_SCHEMA: Schema = {};

/** The fields of an object, of its status alone, or of all but its status. */
export function fieldsOf(
  schema: Schema | null,
  object: Record<string, unknown>,
  part: "all" | "main" | "status",
): FieldSet {
  const fields: FieldSet = new Set();
  for (const [key, value] of Object.entries(object)) {
    if (key === "apiVersion" || key === "kind" || value === undefined) continue;
    if (part !== "all" && (key === "status") !== (part === "status")) continue;
    if (key === "metadata") collectMetadata(value, fields);
    else collect(schema?.properties?.[key] ?? NO_SCHEMA, value, `f:${key}`, fields);
  }
  return fields;
}

function collectMetadata(metadata: unknown, fields: FieldSet): void {
  for (const [key, value] of Object.entries(isMapping(metadata) ? metadata : {})) {
    if (!SERVER_FIELDS.includes(key)) collect(NO_SCHEMA, value, `f:metadata${STEP}f:${key}`, fields);
  }
}

function collect(schema: Schema, value: unknown, at: FieldPath, fields: FieldSet): void {
  if (isMapping(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value))
      collect(childOf(schema, key), item, `${at}${STEP}f:${key}`, fields);
    return;
  }
  if (!Array.isArray(value) || value.length === 0 || !isKeyed(schema)) {
    fields.add(at);
    return;
  }
  for (const item of value) {
    const place = `${at}${STEP}${stepOf(schema, item)}`;
    fields.add(place);
    if (isMapping(item))
      for (const [key, field] of Object.entries(item))
        collect(childOf(schema.items, key), field, `${place}${STEP}f:${key}`, fields);
  }
}

/** The value at `path`; undefined when there is none. */
export function valueAt(schema: Schema | null, object: unknown, path: FieldPath): unknown {
  let value = object;
  let here: Schema = schema ?? NO_SCHEMA;
  for (const step of path.split(STEP)) {
    if (step.startsWith("f:")) {
      value = isMapping(value) ? value[step.slice(2)] : undefined;
      here = childOf(here, step.slice(2));
    } else {
      const list: Schema = here;
      value = Array.isArray(value) ? value.find((item) => stepOf(list, item) === step) : undefined;
      here = here.items ?? NO_SCHEMA;
    }
  }
  return value;
}

/** Takes the field at `path` out of `object`, in place. */
export function removeAt(schema: Schema | null, object: unknown, path: FieldPath): void {
  const steps = path.split(STEP);
  const last = steps.pop() ?? "";
  const parentPath = steps.join(STEP);
  const parent = parentPath === "" ? object : valueAt(schema, object, parentPath);
  if (isMapping(parent)) delete parent[last.slice(2)];
  if (!Array.isArray(parent)) return;
  const list = schemaAt(schema, steps);
  const index = parent.findIndex((item) => stepOf(list, item) === last);
  if (index >= 0) parent.splice(index, 1);
}

/** Lays `applied` over `live`: mappings by key, keyed lists by their keys, sets as a union, everything else as a whole. */
export function mergeApplied(schema: Schema | null, live: unknown, applied: unknown): unknown {
  const here = schema ?? NO_SCHEMA;
  if (isMapping(live) && isMapping(applied)) {
    const merged = { ...live };
    for (const [key, value] of Object.entries(applied))
      merged[key] = mergeApplied(childOf(here, key), live[key], value);
    return merged;
  }
  if (!Array.isArray(live) || !Array.isArray(applied) || !isKeyed(here)) return structuredClone(applied);
  const merged = [...live];
  for (const item of applied) {
    const step = stepOf(here, item);
    const index = merged.findIndex((known) => stepOf(here, known) === step);
    if (index < 0) merged.push(structuredClone(item));
    else merged[index] = mergeApplied(here.items ?? null, merged[index], item);
  }
  return merged;
}

/** As `fieldsV1` of managedFields. */
export function writeFieldsV1(fields: FieldSet): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const path of fields) {
    const steps = path.split(STEP);
    let here = root;
    for (const step of steps) {
      here[step] ??= {};
      here = here[step] as Record<string, unknown>;
    }
    if (steps.at(-1)?.startsWith("k:")) here["."] = {};
  }
  return root;
}

/** Reads what writeFieldsV1() wrote. */
export function readFieldsV1(root: unknown, at = ""): FieldSet {
  const fields: FieldSet = new Set();
  for (const [step, child] of Object.entries(isMapping(root) ? root : {})) {
    if (step === ".") {
      fields.add(at);
      continue;
    }
    const path = at === "" ? step : `${at}${STEP}${step}`;
    const inner = readFieldsV1(child, path);
    if (inner.size === 0) fields.add(path);
    else for (const each of inner) fields.add(each);
  }
  return fields;
}

/** Whether `path` is `ancestor` or lies in it. */
export function isInside(path: FieldPath, ancestor: FieldPath): boolean {
  return path === ancestor || path.startsWith(`${ancestor}${STEP}`);
}

/** `.status.conditions[type="Ready"].status`, as conflicts name it. */
export function showPath(path: FieldPath): string {
  return path
    .split(STEP)
    .map((step) => {
      if (step.startsWith("f:")) return `.${step.slice(2)}`;
      if (step.startsWith("v:")) return `[=${step.slice(2)}]`;
      const keys = Object.entries(JSON.parse(step.slice(2)) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}

function schemaAt(schema: Schema | null, steps: readonly string[]): Schema {
  let here: Schema = schema ?? NO_SCHEMA;
  for (const step of steps) here = step.startsWith("f:") ? childOf(here, step.slice(2)) : (here.items ?? NO_SCHEMA);
  return here;
}

function childOf(schema: Schema | undefined, key: string): Schema {
  const { properties, additionalProperties } = schema ?? NO_SCHEMA;
  const found = properties?.[key] ?? additionalProperties;
  return isMapping(found) ? (found as Schema) : NO_SCHEMA;
}

function isKeyed(schema: Schema): boolean {
  return schema["x-kubernetes-list-type"] === "map" || schema["x-kubernetes-list-type"] === "set";
}

function stepOf(schema: Schema, item: unknown): string {
  const mark = schema["x-kubernetes-list-type"] === "map" ? "k" : "v";
  return `${mark}:${JSON.stringify(identityOf(schema, item))}`;
}
