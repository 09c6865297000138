/** JSON patch (RFC 6902) and merge patch (RFC 7386). Both give a new value and leave the old one alone. */
import { isMapping } from "./cause.ts";
import { badRequest, Failure } from "./failure.ts";

type Json = unknown;

/** One step as it stands in a patch. */
interface Step {
  op: string;
  path: string;
  from?: string;
  value?: Json;
}

/** Applies all steps. @throws Failure when one cannot be done or a test does not hold. */
export function jsonPatch(document: Json, patch: Json): Json {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch must be an array");
  const root = { document: structuredClone(document) };
  for (const step of patch as Step[]) applyStep(root, step);
  return root.document;
}

/** Lays `patch` over `target`. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isMapping(patch)) return structuredClone(patch);
  const merged: Record<string, Json> = isMapping(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function applyStep(root: { document: Json }, { op, path, from, value }: Step): void {
  switch (op) {
    case "test":
      if (!Bun.deepEquals(read(root, path), value)) throw refused();
      return;
    case "add":
      write(root, path, structuredClone(value), "add");
      return;
    case "replace":
      read(root, path);
      write(root, path, structuredClone(value), "replace");
      return;
    case "remove":
      remove(root, path);
      return;
    case "copy":
      write(root, path, structuredClone(read(root, from ?? "")), "add");
      return;
    case "move": {
      const moved = read(root, from ?? "");
      remove(root, from ?? "");
      write(root, path, moved, "add");
      return;
    }
    default:
      throw badRequest(`Unexpected kind: ${op}`);
  }
}

/** What a real server says when a step cannot be done. */
function refused(): Failure {
  return new Failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function partsOf(path: string): string[] {
  if (path === "") return [];
  if (!path.startsWith("/")) throw refused();
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(root: { document: Json }, path: string): Json {
  let value = root.document;
  for (const part of partsOf(path)) {
    if (Array.isArray(value) && /^\d+$/.test(part) && Number(part) < value.length) value = value[Number(part)];
    else if (isMapping(value) && Object.hasOwn(value, part)) value = value[part];
    else throw refused();
  }
  return value;
}

function write(root: { document: Json }, path: string, value: Json, op: "add" | "replace"): void {
  const parts = partsOf(path);
  const last = parts.pop();
  if (last === undefined) {
    root.document = value;
    return;
  }
  const parent = read(root, parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""));
  if (isMapping(parent)) parent[last] = value;
  else if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) throw refused();
    parent.splice(index, op === "replace" ? 1 : 0, value);
  } else throw refused();
}

function remove(root: { document: Json }, path: string): void {
  read(root, path);
  const parts = partsOf(path);
  const last = parts.pop() ?? "";
  const parent = read(root, parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""));
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isMapping(parent)) delete parent[last];
}
