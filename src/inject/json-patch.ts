/** https://www.rfc-editor.org/rfc/rfc6902: the operations that make one JSON value out of another. */
import { isMapping } from "../api/schema-walk.ts";
import type { Path } from "../lib/issue.ts";
import { jsonPointer } from "../lib/path.ts";

export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** What is the same object in both is taken to be unchanged; new items may only stand at the front of a list. */
export function jsonPatch(old: unknown, wanted: unknown): PatchOperation[] {
  return patchAt([], old, wanted);
}

function patchAt(path: Path, old: unknown, wanted: unknown): PatchOperation[] {
  if (old === wanted) return [];
  if (isMapping(old) && isMapping(wanted)) return mapPatch(path, old, wanted);
  if (Array.isArray(old) && Array.isArray(wanted)) return listPatch(path, old, wanted);
  return [{ op: "replace", path: jsonPointer(path), value: wanted }];
}

function mapPatch(path: Path, old: Record<string, unknown>, wanted: Record<string, unknown>): PatchOperation[] {
  const removed = Object.keys(old).filter((key) => !Object.hasOwn(wanted, key));
  return [
    ...removed.map((key): PatchOperation => ({ op: "remove", path: jsonPointer([...path, key]) })),
    ...Object.entries(wanted).flatMap(([key, value]): PatchOperation[] => {
      if (Object.hasOwn(old, key)) return patchAt([...path, key], old[key], value);
      return [{ op: "add", path: jsonPointer([...path, key]), value }];
    }),
  ];
}

/** From the last item to the first, so that no removal moves another one. */
function listPatch(path: Path, old: readonly unknown[], wanted: readonly unknown[]): PatchOperation[] {
  const added = wanted.filter((item) => !old.includes(item));
  const removed = [...old.keys()].filter((index) => !wanted.includes(old[index])).reverse();
  return [
    ...removed.map((index): PatchOperation => ({ op: "remove", path: jsonPointer([...path, index]) })),
    ...added.map((value, index): PatchOperation => ({ op: "add", path: jsonPointer([...path, index]), value })),
  ];
}
