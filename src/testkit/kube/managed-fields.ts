/** Who owns which field of an object: managedFields, as far as server-side apply needs it. */
import { Failure } from "./failure.ts";
import {
  type FieldPath,
  type FieldSet,
  fieldsOf,
  isInside,
  mergeApplied,
  readFieldsV1,
  removeAt,
  showPath,
  valueAt,
  writeFieldsV1,
} from "./field-set.ts";
import type { Kind } from "./kinds.ts";
import type { FakeObject } from "./store.ts";

/** One who writes. The same name owns separately by operation and by subresource. */
export interface Manager {
  name: string;
  operation: "Apply" | "Update";
  subresource: string | undefined;
}

interface Entry extends Manager {
  time: string;
  fields: FieldSet;
}

type Draft = Record<string, unknown>;

/**
 * Applies `wanted` for `manager` over `live`: what it states it owns, what it stated before and no longer states goes unless others
 * own it. @throws Failure 409 when others own a field with another value and `isForced` is not set.
 */
export function applyFields(
  kind: Kind,
  live: FakeObject | null,
  wanted: Draft,
  manager: Manager,
  options: { isForced: boolean; time: string },
): Draft {
  const { schema } = kind;
  const part = kind.hasStatus ? (manager.subresource === "status" ? "status" : "main") : "all";
  const fields = fieldsOf(schema, wanted, part);
  const entries = readEntries(live);
  const own = entries.find((entry) => isSame(entry, manager));
  const others = entries.filter((entry) => entry !== own);
  const conflicts = [...fields].flatMap((path) => {
    const isEqual = Bun.deepEquals(valueAt(schema, live, path), valueAt(schema, wanted, path));
    return isEqual ? [] : others.filter((entry) => entry.fields.has(path)).map((entry) => ({ entry, path }));
  });
  if (conflicts.length > 0 && !options.isForced) throw applyConflict(conflicts);
  for (const { entry, path } of conflicts) entry.fields.delete(path);
  const merged = mergeApplied(schema, live ?? {}, partOf(wanted, part)) as Draft;
  const draft = structuredClone(merged);
  for (const path of own?.fields ?? []) {
    const isStated = [...fields].some((stated) => isInside(stated, path));
    const isOwned = others.some((entry) => [...entry.fields].some((owned) => isInside(owned, path)));
    if (!isStated && !isOwned) removeAt(schema, draft, path);
  }
  const isUnchanged = own !== undefined && Bun.deepEquals(own.fields, fields);
  const entry: Entry = { ...manager, fields, time: isUnchanged ? own.time : options.time };
  writeEntries(draft, [...others, entry], kind);
  return draft;
}

/** Notes who changed what between `before` and `after`, which is changed in place. */
export function trackUpdate(kind: Kind, before: FakeObject | null, after: Draft, manager: Manager, time: string): void {
  const { schema } = kind;
  const isChanged = (path: FieldPath) => !Bun.deepEquals(valueAt(schema, before, path), valueAt(schema, after, path));
  const changed = new Set([...fieldsOf(schema, after, "all")].filter(isChanged));
  const gone = [...fieldsOf(schema, before ?? {}, "all")].filter((path) => valueAt(schema, after, path) === undefined);
  const entries = readEntries(before);
  let own = entries.find((entry) => isSame(entry, manager));
  for (const entry of entries) {
    for (const path of gone) entry.fields.delete(path);
    if (entry !== own) for (const path of changed) entry.fields.delete(path);
  }
  if (changed.size > 0) {
    if (own === undefined) {
      own = { ...manager, fields: new Set(), time };
      entries.push(own);
    }
    for (const path of changed) own.fields.add(path);
    own.time = time;
  }
  writeEntries(after, entries, kind);
}

function partOf(wanted: Draft, part: "all" | "main" | "status"): Draft {
  const entries = Object.entries(wanted).filter(([key]) => {
    if (key === "metadata") return part !== "status";
    return part === "all" || (key === "status") === (part === "status");
  });
  return Object.fromEntries(entries);
}

function applyConflict(conflicts: readonly { entry: Entry; path: FieldPath }[]): Failure {
  const causes = conflicts.map(({ entry, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${entry.name}"${entry.operation === "Update" ? " using v1" : ""}`,
    field: showPath(path),
  }));
  const count = causes.length === 1 ? "1 conflict" : `${causes.length} conflicts`;
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join("\n");
  return new Failure(409, "Conflict", `Apply failed with ${count}: ${list}`, { causes });
}

function isSame(entry: Manager, manager: Manager): boolean {
  const { name, operation, subresource } = manager;
  return entry.name === name && entry.operation === operation && entry.subresource === subresource;
}

function readEntries(object: FakeObject | null): Entry[] {
  const written = (object?.metadata.managedFields ?? []) as {
    manager: string;
    operation: "Apply" | "Update";
    subresource?: string;
    time: string;
    fieldsV1: unknown;
  }[];
  return written.map(({ manager, operation, subresource, time, fieldsV1 }) => {
    return { name: manager, operation, subresource, time, fields: readFieldsV1(fieldsV1) };
  });
}

function writeEntries(draft: Draft, entries: readonly Entry[], kind: Kind): void {
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  const metadata = draft["metadata"] as Record<string, unknown>;
  metadata["managedFields"] = entries
    .filter(({ fields }) => fields.size > 0)
    .map(({ name, operation, subresource, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      time,
      fieldsType: "FieldsV1",
      fieldsV1: writeFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }));
}
