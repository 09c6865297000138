/** Manifests by kind, namespace and name, as references find them. References never leave their namespace. */
import type { Kind } from "../api/kinds.ts";
import { type Issue, issueAt, type Path, type Source } from "../lib/issue.ts";
import { didYouMean, nearest } from "../lib/suggest.ts";
import type { BrokenManifest, Manifest, ManifestOf, Manifests } from "./manifest.ts";

export interface Catalog {
  /** By kind and namespace, in name order. */
  readonly shelves: ReadonlyMap<Kind, ReadonlyMap<string, Shelf>>;
  readonly broken: readonly BrokenManifest[];
  /** Whether something that is not here may be there all the same, in a document that could not be read. */
  readonly isPartial: boolean;
}

/** The objects of one kind in one namespace. */
interface Shelf {
  readonly objects: readonly Manifest[];
  readonly byName: ReadonlyMap<string, Manifest>;
}

/** A name that a manifest gives, and where it stands. */
export interface Reference<K extends Kind> {
  kind: K;
  namespace: string;
  name: string;
  source: Source;
  path: Path;
}

/** Of objects with the same name the first one counts. */
export function newCatalog({
  manifests,
  broken,
  isPartial = false,
}: Pick<Manifests, "manifests" | "broken"> & { isPartial?: boolean }): Catalog {
  const names = new Map<Kind, Map<string, Map<string, Manifest>>>();
  for (const manifest of manifests) {
    const namespaces = entryOf(names, manifest.kind, () => new Map<string, Map<string, Manifest>>());
    const byName = entryOf(namespaces, manifest.namespace, () => new Map<string, Manifest>());
    if (!byName.has(manifest.name)) byName.set(manifest.name, manifest);
  }
  const shelves = new Map<Kind, Map<string, Shelf>>();
  for (const [kind, namespaces] of names) {
    const shelvesOfKind = new Map<string, Shelf>();
    for (const namespace of [...namespaces.keys()].sort()) {
      const byName = namespaces.get(namespace) ?? new Map<string, Manifest>();
      const objects = [...byName.values()].sort((a, b) => compare(a.name, b.name));
      shelvesOfKind.set(namespace, { objects, byName });
    }
    shelves.set(kind, shelvesOfKind);
  }
  return { shelves, broken, isPartial };
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Every object of `kind`, in one namespace or in all, in order of namespace and name. */
export function objectsOf<K extends Kind>(catalog: Catalog, kind: K, namespace?: string): readonly ManifestOf<K>[] {
  const shelves = catalog.shelves.get(kind);
  const found =
    namespace === undefined
      ? [...(shelves?.values() ?? [])].flatMap((shelf) => shelf.objects)
      : (shelves?.get(namespace)?.objects ?? []);
  return found as unknown as readonly ManifestOf<K>[];
}

/** The object of that name, or null. */
export function objectNamed<K extends Kind>(
  catalog: Catalog,
  kind: K,
  namespace: string,
  name: string,
): ManifestOf<K> | null {
  const found = catalog.shelves.get(kind)?.get(namespace)?.byName.get(name);
  return (found as unknown as ManifestOf<K> | undefined) ?? null;
}

/** What `reference` names, or null. A missing object is reported with the name that was probably meant. */
export function follow<K extends Kind>(
  catalog: Catalog,
  reference: Reference<K>,
  issues: Issue[],
): ManifestOf<K> | null {
  const { kind, namespace, name } = reference;
  const found = objectNamed(catalog, kind, namespace, name);
  if (found !== null) return found;
  const isSame = (other: BrokenManifest) => other.kind === kind && other.namespace === namespace && other.name === name;
  // With a document that cannot be read, only what looks like a slip is one.
  const names = objectsOf(catalog, kind, namespace).map((object) => object.name);
  const isSlip = !catalog.isPartial || nearest(name, names) !== null;
  if (isSlip && !catalog.broken.some(isSame)) issues.push(missing(catalog, reference, names));
  return null;
}

function missing<K extends Kind>(catalog: Catalog, reference: Reference<K>, names: readonly string[]): Issue {
  const { kind, namespace, name, source, path } = reference;
  const elsewhere = objectsOf(catalog, kind).find((object) => object.name === name);
  const remedy =
    elsewhere === undefined
      ? didYouMean(name, names, `add a ${kind} of that name`)
      : `there is one in namespace ${elsewhere.namespace}, but references stay in their namespace: move one of them`;
  const message = `namespace ${namespace} has no ${kind} "${name}"`;
  return issueAt(source, path, message, remedy, { rule: "unresolved-reference" });
}

/** The order of the API server's lists. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
