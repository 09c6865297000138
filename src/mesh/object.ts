/** Every object that was read, ours or other people's: what stands at a place, and what its author says about findings there. */
import { NAMESPACE_DEFAULT } from "../api/metadata.ts";
import { isMapping } from "../api/schema-walk.ts";
import type { Path, Position, Source } from "../lib/issue.ts";

/** One object; the empty `kind` is that of a document that is no object. */
export interface MeshObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source: Source;
  /** Where the object stands in its document: [] or, in a List, ["items", n]. */
  readonly path: Path;
  readonly position: Position;
}

/** What can be said of any object, whatever is wrong in it. */
export function newObject(value: unknown, source: Source, path: Path): MeshObject {
  const object = isMapping(value) ? value : {};
  const metadata = isMapping(object["metadata"]) ? object["metadata"] : {};
  const annotations = isMapping(metadata["annotations"]) ? metadata["annotations"] : {};
  return {
    apiVersion: textOr(object["apiVersion"], ""),
    kind: textOr(object["kind"], ""),
    namespace: textOr(metadata["namespace"], NAMESPACE_DEFAULT),
    name: textOr(metadata["name"], ""),
    annotations: Object.fromEntries(
      Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    source,
    path,
    position: source.positionOf(path),
  };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** `VirtualDatabase demotest/catalogue`, as far as it is known. */
export function nameOfObject({ kind, namespace, name }: Pick<MeshObject, "kind" | "namespace" | "name">): string {
  if (kind === "") return "";
  return name === "" ? kind : `${kind} ${namespace}/${name}`;
}

/** Objects by file, for objectAt(). */
export type ObjectIndex = ReadonlyMap<string, readonly MeshObject[]>;

/** `objects` are in the order in which they were read, so from top to bottom in each file. */
export function indexObjects(objects: readonly MeshObject[]): ObjectIndex {
  const index = new Map<string, MeshObject[]>();
  for (const object of objects) {
    const { file } = object.position;
    const same = index.get(file);
    if (same === undefined) index.set(file, [object]);
    else same.push(object);
  }
  return index;
}

/** The object that stands at `position`: the last one that begins before it. Null when it is none. */
export function objectAt(index: ObjectIndex, position: Position): MeshObject | null {
  const objects = index.get(position.file) ?? [];
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(objects[middle]?.position, position)) high = middle;
    else low = middle + 1;
  }
  const found = objects[low - 1];
  return found === undefined || found.kind === "" ? null : found;
}

function isAfter(start: Position | undefined, position: Position): boolean {
  if (start === undefined) return true;
  return start.line > position.line || (start.line === position.line && start.column > position.column);
}
