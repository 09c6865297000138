/**
 * Structural schemas of CustomResourceDefinitions: pruning, defaults, validation. What is missing is CEL: rules in
 * `x-kubernetes-validations` are not evaluated, and `format` is looked at for numbers only.
 */
import {
  type Cause,
  duplicateValue,
  invalidValue,
  isMapping,
  requiredValue,
  typeOf,
  unsupportedValue,
  wrongType,
} from "./cause.ts";

export interface Schema {
  type?: string;
  nullable?: boolean;
  default?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: readonly string[];
  items?: Schema;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  oneOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  not?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: readonly string[];
}

/** What the API machinery itself reads of every object; schemas say nothing about it. */
const ENVELOPE = ["apiVersion", "kind", "metadata"];

/** Removes what the schema does not know from `object`, and returns where that was. */
export function prune(schema: Schema, object: Record<string, unknown>): string[] {
  const gone: string[] = [];
  pruneMapping(schema, object, "", gone, true);
  return gone;
}

function pruneValue(schema: Schema, value: unknown, at: string, gone: string[]): void {
  if (Array.isArray(value)) {
    if (schema.items === undefined) return;
    for (const [index, item] of value.entries()) pruneValue(schema.items, item, `${at}[${index}]`, gone);
  } else if (isMapping(value)) {
    pruneMapping(schema, value, at, gone, schema["x-kubernetes-embedded-resource"] === true);
  }
}

function pruneMapping(
  schema: Schema,
  value: Record<string, unknown>,
  at: string,
  gone: string[],
  isObject: boolean,
): void {
  for (const [key, item] of Object.entries(value)) {
    if (isObject && ENVELOPE.includes(key)) continue;
    const path = at === "" ? key : `${at}.${key}`;
    const known = schema.properties?.[key] ?? schema.additionalProperties;
    if (known !== undefined && known !== false) {
      if (known !== true) pruneValue(known, item, path, gone);
    } else if (schema["x-kubernetes-preserve-unknown-fields"] !== true) {
      delete value[key];
      gone.push(path);
    }
  }
}

/** Fills in defaults, in place. Null where the schema allows none counts as absent, and is dropped. */
export function fillDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) fillDefaults(schema.items, item);
    return;
  }
  if (!isMapping(value)) return;
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (value[key] === null && field.nullable !== true) delete value[key];
    if (value[key] === undefined && field.default !== undefined) value[key] = structuredClone(field.default);
    fillDefaults(field, value[key]);
  }
  if (isMapping(schema.additionalProperties)) {
    for (const item of Object.values(value)) fillDefaults(schema.additionalProperties as Schema, item);
  }
}

/** Everything that is wrong with `value`. */
export function validateSchema(schema: Schema, value: unknown, at = ""): Cause[] {
  if (value === null && schema.nullable === true) return [];
  const place = at === "" ? "<nil>" : at;
  const causes = typeCauses(schema, value, place);
  if (causes.length > 0) return causes;
  if (schema.enum !== undefined && !schema.enum.some((word) => Bun.deepEquals(word, value))) {
    causes.push(unsupportedValue(place, value, schema.enum));
  }
  if (typeof value === "number") causes.push(...numberCauses(schema, value, place));
  if (typeof value === "string") causes.push(...textCauses(schema, value, place));
  if (Array.isArray(value)) causes.push(...listCauses(schema, value, at));
  if (isMapping(value)) causes.push(...mappingCauses(schema, value, at));
  causes.push(...combinedCauses(schema, value, at));
  return causes;
}

function typeCauses(schema: Schema, value: unknown, place: string): Cause[] {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return ["integer", "string"].includes(typeOf(value)) ? [] : [wrongType(place, value, "integer,string")];
  }
  const { type } = schema;
  if (type === undefined || type === typeOf(value) || (type === "number" && typeof value === "number")) return [];
  return [wrongType(place, value, type)];
}

function numberCauses({ minimum, maximum, format }: Schema, value: number, at: string): Cause[] {
  const causes: Cause[] = [];
  if (minimum !== undefined && value < minimum) {
    causes.push(invalidValue(at, value, `${at} in body should be greater than or equal to ${minimum}`));
  }
  if (maximum !== undefined && value > maximum) {
    causes.push(invalidValue(at, value, `${at} in body should be less than or equal to ${maximum}`));
  }
  if (format === "int32" && Math.abs(value) > 2 ** 31)
    causes.push(invalidValue(at, value, `${at} in body must be of type int32`));
  return causes;
}

function textCauses({ minLength, maxLength, pattern }: Schema, value: string, at: string): Cause[] {
  const causes: Cause[] = [];
  const length = [...value].length;
  if (minLength !== undefined && length < minLength) {
    causes.push(invalidValue(at, value, `${at} in body should be at least ${minLength} chars long`));
  }
  if (maxLength !== undefined && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    causes.push({ reason: "FieldValueTooLong", field: at, message });
  }
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) {
    causes.push(invalidValue(at, value, `${at} in body should match '${pattern}'`));
  }
  return causes;
}

function listCauses(schema: Schema, value: readonly unknown[], at: string): Cause[] {
  const causes: Cause[] = [];
  const { minItems, maxItems, items } = schema;
  if (minItems !== undefined && value.length < minItems) {
    causes.push(invalidValue(at, value.length, `${at} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    const message = `Too many: ${value.length}: must have at most ${maxItems} items`;
    causes.push({ reason: "FieldValueTooMany", field: at, message });
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const identity = identityOf(schema, item);
    const place = `${at}[${index}]`;
    if (identity !== null && seen.has(JSON.stringify(identity))) causes.push(duplicateValue(place, identity));
    if (identity !== null) seen.add(JSON.stringify(identity));
    if (items !== undefined) causes.push(...validateSchema(items, item, place));
  }
  return causes;
}

/** What may be there only once in a list of this type; null for any. */
export function identityOf(schema: Schema, item: unknown): unknown {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return item;
    case "map": {
      const keys = schema["x-kubernetes-list-map-keys"] ?? [];
      const fields = isMapping(item) ? item : {};
      return Object.fromEntries(keys.map((key) => [key, fields[key] ?? schema.items?.properties?.[key]?.default]));
    }
    default:
      return null;
  }
}

function mappingCauses(schema: Schema, value: Record<string, unknown>, at: string): Cause[] {
  const causes: Cause[] = [];
  const under = (key: string) => (at === "" ? key : `${at}.${key}`);
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) causes.push(requiredValue(under(key)));
  }
  const { minProperties, maxProperties, properties = {}, additionalProperties } = schema;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties) {
    causes.push(invalidValue(at, count, `${at} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && count > maxProperties) {
    const message = `Too many: ${count}: must have at most ${maxProperties} items`;
    causes.push({ reason: "FieldValueTooMany", field: at, message });
  }
  for (const [key, item] of Object.entries(value)) {
    const known = properties[key] ?? additionalProperties;
    if (isMapping(known) && item !== undefined) causes.push(...validateSchema(known as Schema, item, under(key)));
  }
  return causes;
}

function combinedCauses(schema: Schema, value: unknown, at: string): Cause[] {
  const fits = (other: Schema) => validateSchema(other, value, at).length === 0;
  const place = at === "" ? "<nil>" : at;
  const causes = (schema.allOf ?? []).flatMap((other) => validateSchema(other, value, at));
  const wrong = (why: string) => causes.push(invalidValue(place, value, `${place} in body must ${why}`));
  if (schema.anyOf !== undefined && !schema.anyOf.some(fits)) wrong("validate at least one schema (anyOf)");
  if (schema.oneOf !== undefined && schema.oneOf.filter(fits).length !== 1)
    wrong("validate one and only one schema (oneOf)");
  if (schema.not !== undefined && fits(schema.not)) wrong("not validate the schema (not)");
  return causes;
}
