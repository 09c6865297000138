/**
 * One wrong value must not hide the next mistake: it is left out if it may be, or replaced by a valid stand-in, so that
 * the rest of the manifest can still be followed. What comes of it is only ever looked at, never used.
 */
import * as v from "valibot";
import type { PathItem } from "../lib/issue.ts";
import { type AnySchema, isMapping, isOptional, required, schemaAt, walkable } from "./schema-walk.ts";

/** A stand-in for a mapping may lack required fields itself; each round goes one level deeper. */
const ROUNDS_MAX = 8;

/** `written`, read by `schema` with stand-ins for everything that is wrong; null when that does not help. */
export function withStandIns<S extends v.GenericSchema>(schema: S, written: unknown): v.InferOutput<S> | null {
  const holder = { value: structuredClone(written) };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const result = v.safeParse(schema, holder.value);
    if (result.typed) return result.output;
    for (const issue of result.issues) {
      const path = (issue.path ?? []).map((item) => item.key as PathItem);
      replace(holder, path, walkable(schema));
    }
  }
  return null;
}

function replace(holder: { value: unknown }, path: readonly PathItem[], root: AnySchema): void {
  const schema = schemaAt(root, path);
  if (schema === null) {
    // Inside of something that a union reads: the whole of it goes.
    if (path.length > 0) replace(holder, path.slice(0, -1), root);
    return;
  }
  let container: unknown = holder;
  for (const item of ["value", ...path].slice(0, -1)) {
    container = (container as Record<PathItem, unknown> | null | undefined)?.[item];
  }
  const key = path.at(-1) ?? "value";
  if (Array.isArray(container) && typeof key === "number") container[key] = standIn(schema);
  else if (isMapping(container) && isOptional(schema)) delete container[key];
  else if (isMapping(container)) container[key] = standIn(schema);
}

function standIn(schema: AnySchema): unknown {
  const wanted = required(schema);
  switch (wanted.type) {
    case "string":
      return "stand-in";
    case "number": {
      const least = wanted.pipe?.find((action) => action.type === "min_value")?.requirement;
      return typeof least === "number" ? least : 1;
    }
    case "boolean":
      return false;
    case "picklist":
      return wanted.options?.[0];
    case "array":
      return wanted.item === undefined ? [] : [standIn(wanted.item)];
    case "union": {
      const first = wanted.options?.[0];
      return typeof first === "object" ? standIn(first) : first;
    }
    default:
      return {};
  }
}
