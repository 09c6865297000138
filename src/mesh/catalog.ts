/** Manifests by kind, namespace and name, as references find them. References never leave their namespace. */
import type { Kind } from "../api/kinds.ts";
import { type Issue, issueAt, type Path, type Source } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import type { BrokenManifest, Manifest, ManifestOf, Manifests } from "./manifest.ts";

export interface Catalog {
  readonly byKind: ReadonlyMap<Kind, readonly Manifest[]>;
  readonly broken: readonly BrokenManifest[];
}

/** A name that a manifest gives, and where it stands. */
export interface Reference<K extends Kind> {
  kind: K;
  namespace: string;
  name: string;
  source: Source;
  path: Path;
}

/** Objects of one kind in name order, the first one where a name is taken twice. */
export function newCatalog({ manifests, broken }: Pick<Manifests, "manifests" | "broken">): Catalog {
  const byKind = new Map<Kind, Manifest[]>();
  for (const manifest of manifests) {
    const same = byKind.get(manifest.kind) ?? [];
    const isTaken = same.some(({ namespace, name }) => namespace === manifest.namespace && name === manifest.name);
    if (!isTaken) byKind.set(manifest.kind, [...same, manifest]);
  }
  for (const same of byKind.values()) same.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
  return { byKind, broken };
}

/** Every object of `kind`, in one namespace or in all, in name order. */
export function objectsOf<K extends Kind>(catalog: Catalog, kind: K, namespace?: string): ManifestOf<K>[] {
  const all = (catalog.byKind.get(kind) ?? []) as unknown as ManifestOf<K>[];
  return namespace === undefined ? [...all] : all.filter((object) => object.namespace === namespace);
}

/** What `reference` names, or null. A missing object is reported with the name that was probably meant. */
export function follow<K extends Kind>(
  catalog: Catalog,
  reference: Reference<K>,
  issues: Issue[],
): ManifestOf<K> | null {
  const { kind, namespace, name } = reference;
  const candidates = objectsOf(catalog, kind, namespace);
  const found = candidates.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const isSame = (other: BrokenManifest) => other.kind === kind && other.namespace === namespace && other.name === name;
  if (!catalog.broken.some(isSame))
    issues.push(
      missing(
        catalog,
        reference,
        candidates.map((candidate) => candidate.name),
      ),
    );
  return null;
}

function missing<K extends Kind>(catalog: Catalog, reference: Reference<K>, names: readonly string[]): Issue {
  const { kind, namespace, name, source, path } = reference;
  const elsewhere = objectsOf(catalog, kind).find((object) => object.name === name);
  const remedy =
    elsewhere === undefined
      ? didYouMean(name, names, `add a ${kind} of that name`)
      : `there is one in namespace ${elsewhere.namespace}, but references stay in their namespace: move one of them`;
  return issueAt(source, path, `namespace ${namespace} has no ${kind} "${name}"`, remedy);
}

/** The order of the API server's lists. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
