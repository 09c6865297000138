/** Two states of the manifests, compared workload by workload. */
import type { Finding } from "../lint/lint.ts";
import { nameOfObject } from "../object.ts";
import type { RenderedDatabase } from "../render.ts";
import { type Change, compareConfigs } from "./compare.ts";
import { type ChangeKind, wordsOf } from "./words.ts";

export interface DatabaseDiff {
  /** NS/NAME, as the workload is called. */
  readonly name: string;
  readonly kind: ChangeKind;
  /** Empty where the whole VirtualDatabase is new or gone. */
  readonly changes: readonly ToldChange[];
}

/** A change and its words. */
export interface ToldChange extends Change {
  readonly kind: ChangeKind;
  readonly text: string;
}

export interface MeshDiff {
  /** In order of namespace and name; only those with differences. */
  readonly databases: readonly DatabaseDiff[];
  /** Findings of the linter that are there on one side only. */
  readonly appeared: readonly Finding[];
  readonly disappeared: readonly Finding[];
}

/** One side of the comparison. */
export interface DiffSide {
  readonly databases: readonly RenderedDatabase[];
  readonly findings: readonly Finding[];
}

/** What is different on the new side. */
export function diffMeshes(old: DiffSide, young: DiffSide): MeshDiff {
  const [before, after] = [old, young].map(({ databases }) => {
    return new Map(databases.map((database) => [`${database.namespace}/${database.name}`, database]));
  }) as [Map<string, RenderedDatabase>, Map<string, RenderedDatabase>];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const databases = names.flatMap((name): DatabaseDiff[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined || is === undefined)
      return [{ name, kind: was === undefined ? "added" : "removed", changes: [] }];
    const changes = compareConfigs(was.config, is.config).flatMap((change) => {
      const words = wordsOf(change);
      return words === null ? [] : [{ ...change, ...words }];
    });
    return changes.length === 0 ? [] : [{ name, kind: "changed", changes }];
  });
  return {
    databases,
    appeared: missingIn(young.findings, old.findings),
    disappeared: missingIn(old.findings, young.findings),
  };
}

/** Lines and files move; rule, object, place in it and message say whether a finding is the same. */
function missingIn(findings: readonly Finding[], others: readonly Finding[]): Finding[] {
  const keyOf = ({ rule, object, path, message, position }: Finding) => {
    return [rule.id, object === null ? position.file : nameOfObject(object), path, message].join("\n");
  };
  const known = new Set(others.map(keyOf));
  return findings.filter((finding) => finding.ignored === null && !known.has(keyOf(finding)));
}

/** Whether there is any difference in what proxies get. Findings are no difference. */
export function hasDifferences({ databases }: MeshDiff): boolean {
  return databases.length > 0;
}
