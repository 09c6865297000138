/** Schemas are plain data; these functions walk them beside the values they describe. */
import type * as v from "valibot";
import type { Path } from "../lib/issue.ts";

/** What every schema may carry, as far as we use it. */
export interface AnySchema {
  readonly kind: "schema";
  readonly type: string;
  readonly expects: string;
  /** optional */
  readonly wrapped?: AnySchema;
  readonly default?: unknown;
  /** object */
  readonly entries?: Readonly<Record<string, AnySchema>>;
  /** array */
  readonly item?: AnySchema;
  /** record */
  readonly value?: AnySchema;
  /** picklist has words, union has schemas */
  readonly options?: readonly (string | AnySchema)[];
  readonly pipe?: readonly SchemaAction[];
}

/** One step of a pipe: a check, a description, or a schema with a pipe of its own. */
export interface SchemaAction {
  readonly type: string;
  readonly requirement?: unknown;
  readonly description?: string;
  readonly metadata?: unknown;
  readonly pipe?: readonly SchemaAction[];
}

/** Valibot's own type of a schema says less about the fields than a walk needs. */
export function walkable(schema: v.GenericSchema): AnySchema {
  return schema as unknown as AnySchema;
}

/** The schema without what only says that it may be absent. */
export function required(schema: AnySchema): AnySchema {
  return schema.type === "exact_optional" && schema.wrapped !== undefined ? required(schema.wrapped) : schema;
}

/** Whether a value may be absent. */
export function isOptional(schema: AnySchema): boolean {
  return schema.type === "exact_optional";
}

/** The schema of the value at `path` under `schema`; null where the schema says nothing about it. */
export function schemaAt(schema: AnySchema, path: Path): AnySchema | null {
  let current: AnySchema | undefined = schema;
  for (const item of path) {
    const container: AnySchema = containerOf(required(current));
    current = typeof item === "number" ? container.item : (container.entries?.[item] ?? container.value);
    if (current === undefined) return null;
  }
  return current;
}

/** Of "text or a list of text", the list. */
function containerOf(schema: AnySchema): AnySchema {
  const options = schema.type === "union" ? (schema.options ?? []) : [];
  return (options.find((option) => typeof option === "object" && option.item !== undefined) as AnySchema) ?? schema;
}

/** Every step that a value goes through, in order. */
export function actionsOf(schema: Pick<AnySchema, "pipe">): SchemaAction[] {
  return (schema.pipe ?? []).flatMap((action) => (action.pipe === undefined ? [action] : actionsOf(action)));
}

/** What the field is for, in its schema's words; "" when it does not say. */
export function descriptionOf(schema: AnySchema): string {
  const found = actionsOf(required(schema)).findLast((action) => action.type === "description");
  return found?.description ?? "";
}

/** The keys of a mapping; none for anything else. */
export function knownKeys(schema: AnySchema): string[] {
  return Object.keys(required(schema).entries ?? {});
}

/** Calls `visit` for every value in `value` that a schema is about, with that schema and the path. */
export function walk(
  schema: AnySchema,
  value: unknown,
  visit: (schema: AnySchema, value: unknown, path: Path) => void,
  path: Path = [],
): void {
  const here = required(schema);
  visit(here, value, path);
  if (Array.isArray(value)) {
    if (here.item === undefined) return;
    for (const [index, item] of value.entries()) walk(here.item, item, visit, [...path, index]);
  } else if (isMapping(value) && here.entries !== undefined) {
    for (const [key, entry] of Object.entries(here.entries)) {
      if (Object.hasOwn(value, key)) walk(entry, value[key], visit, [...path, key]);
    }
  }
}

/** Whether `value` is what YAML calls a mapping. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
