/**
 * One wrong value must not hide the next mistake: it is left out if it may be, or replaced by a valid stand-in, so that
 * the rest of the manifest can still be followed. What comes of it is only ever looked at, never used.
 */
import * as v from "valibot";
import type { Path, PathItem } from "../lib/issue.ts";
import { type AnySchema, actionsOf, isMapping, isOptional, required, schemaAt, walkable } from "./schema-walk.ts";

/** What valibot says of one mistake, and where. */
export interface Finding {
  path: Path;
  issue: v.BaseIssue<unknown>;
}

export interface Repaired<T> {
  /** Null when no stand-in helps. */
  value: T | null;
  /** Every mistake in what was written; none that the stand-ins made. */
  findings: Finding[];
  /** Where something else stands than was written. */
  standIns: Path[];
}

/** A stand-in for a mapping may lack required fields itself; each round goes one level deeper. */
const ROUNDS_MAX = 8;

/** Reads `written` by `schema`, with stand-ins for what keeps it from being read. */
export function readWithStandIns<S extends v.GenericSchema>(schema: S, written: unknown): Repaired<v.InferOutput<S>> {
  const repaired: Repaired<v.InferOutput<S>> = { value: null, findings: [], standIns: [] };
  const asWritten = v.safeParse(schema, written);
  if (asWritten.success) return { ...repaired, value: asWritten.output };
  const holder = { value: structuredClone(written) };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const result = v.safeParse(schema, holder.value);
    const all = (result.issues ?? []).map(findingOf);
    for (const finding of all) {
      const isKnown = repaired.findings.some((known) => isSame(known, finding));
      if (!isKnown && !isWithin(finding.path, repaired.standIns)) repaired.findings.push(finding);
    }
    if (result.typed) return { ...repaired, value: result.output };
    // A value of the right type that breaks a rule is still the best guess, unless reading stops there.
    const ofType = all.filter(({ issue }) => issue.kind === "schema");
    for (const { path } of ofType.length > 0 ? ofType : all) {
      const replaced = replace(holder, path, walkable(schema));
      if (!isWithin(replaced, repaired.standIns)) repaired.standIns.push(replaced);
    }
  }
  return repaired;
}

/** Whether `path` is one of `places`, or leads into one. */
export function isWithin(path: Path, places: readonly Path[]): boolean {
  return places.some((place) => place.length <= path.length && place.every((item, index) => item === path[index]));
}

function isSame(a: Finding, b: Finding): boolean {
  return a.issue.message === b.issue.message && a.path.length === b.path.length && isWithin(a.path, [b.path]);
}

/** A union only says that nothing fitted; where an element was the reason, that is the finding. */
function findingOf(issue: v.BaseIssue<unknown>): Finding {
  const path = (issue.path ?? []).map((item) => item.key as PathItem);
  const inner = issue.type === "union" ? issue.issues?.find((part) => part.path !== undefined) : undefined;
  if (inner === undefined) return { path, issue };
  return { path: [...path, ...(inner.path ?? []).map((item) => item.key as PathItem)], issue: inner };
}

/** Returns the path of what was replaced. */
function replace(holder: { value: unknown }, path: Path, root: AnySchema): Path {
  const schema = schemaAt(root, path);
  if (schema === null && path.length > 0) return replace(holder, path.slice(0, -1), root);
  let container: unknown = holder;
  for (const item of ["value", ...path].slice(0, -1)) {
    container = (container as Record<PathItem, unknown> | null | undefined)?.[item];
  }
  const key = path.at(-1) ?? "value";
  const value = standIn(schema ?? root);
  if (Array.isArray(container) && typeof key === "number") container[key] = value;
  else if (isMapping(container) && schema !== null && isOptional(schema)) delete container[key];
  else if (isMapping(container)) container[key] = value;
  return path;
}

function standIn(schema: AnySchema): unknown {
  const wanted = required(schema);
  switch (wanted.type) {
    case "string":
      return "stand-in";
    case "number": {
      const least = actionsOf(wanted).find((action) => action.type === "min_value")?.requirement;
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
