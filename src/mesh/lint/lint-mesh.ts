/** What rules look at: manifests, who uses whom, and the patterns of all rules in one list. */
import type { Kind } from "../../api/kinds.ts";
import type { Path } from "../../lib/issue.ts";
import { objectsOf } from "../catalog.ts";
import type { Manifest, ManifestOf, Manifests } from "../manifest.ts";
import type { Endpoint, Mesh, ResolvedDatabase, ResolvedService } from "../resolve.ts";

export type Strategy = ManifestOf<"TrafficStrategy">;

/** One service of a VirtualDatabase. */
export interface ServiceUse {
  readonly database: ResolvedDatabase;
  readonly service: ResolvedService;
  /** In the manifest: ["spec", "services", n]. */
  readonly path: Path;
}

/** A TrafficStrategy, what it selects, and which services go by it. */
export interface StrategyUse {
  readonly manifest: Strategy;
  readonly endpoints: readonly Endpoint[];
  readonly services: readonly ServiceUse[];
  readonly rules: readonly PatternRule[];
}

/** A rule about statements, of any of the lists that have some. */
export interface PatternRule {
  readonly list: "circuitBreaks" | "concurrencyControls" | "readWriteSplitting";
  /** As people call it: `circuit break rule "no-delete"`. */
  readonly label: string;
  readonly name: string | undefined;
  readonly path: Path;
  readonly patterns: readonly { readonly source: string; readonly path: Path }[];
  readonly caseInsensitive: boolean;
  /** Read/write splitting: where matching statements go. */
  readonly target: "read" | "readwrite" | undefined;
}

/** A mesh as rules see it. */
export interface LintMesh {
  readonly manifests: Manifests;
  readonly mesh: Mesh;
  readonly services: readonly ServiceUse[];
  readonly strategies: readonly StrategyUse[];
}

/** The view of a mesh that rules share. */
export function newLintMesh(manifests: Manifests, mesh: Mesh): LintMesh {
  const services = mesh.databases.flatMap((database) =>
    database.services.map((service, index) => ({ database, service, path: ["spec", "services", index] })),
  );
  const users = new Map<Strategy, ServiceUse[]>();
  for (const use of services) {
    const { strategy } = use.service;
    if (strategy === null) continue;
    const known = users.get(strategy);
    if (known === undefined) users.set(strategy, [use]);
    else known.push(use);
  }
  const strategies = [...mesh.selections].map(([manifest, endpoints]) => {
    return { manifest, endpoints, services: users.get(manifest) ?? [], rules: rulesOf(manifest) };
  });
  return { manifests, mesh, services, strategies };
}

/** Objects of a kind as they were resolved, in order of namespace and name. */
export function allOf<K extends Kind>({ mesh }: LintMesh, kind: K): readonly ManifestOf<K>[] {
  return objectsOf(mesh.catalog, kind);
}

/** The rules of a strategy in the order in which a statement meets them. */
function rulesOf(manifest: Strategy): PatternRule[] {
  const { circuitBreaks, concurrencyControls, loadBalance } = manifest.spec;
  const rules: PatternRule[] = [];
  for (const [index, rule] of circuitBreaks.entries())
    rules.push(ruleOf(manifest, "circuitBreaks", ["spec", "circuitBreaks", index], rule));
  for (const [index, rule] of concurrencyControls.entries())
    rules.push(ruleOf(manifest, "concurrencyControls", ["spec", "concurrencyControls", index], rule));
  for (const mode of ["static", "dynamic"] as const) {
    for (const [index, rule] of (loadBalance.readWriteSplitting?.[mode]?.rules ?? []).entries()) {
      const path = ["spec", "loadBalance", "readWriteSplitting", mode, "rules", index];
      rules.push(ruleOf(manifest, "readWriteSplitting", path, rule));
    }
  }
  return rules;
}

interface WrittenRule {
  readonly name?: string;
  readonly regex?: readonly string[];
  readonly caseInsensitive?: boolean;
  readonly target?: "read" | "readwrite";
}

const LABELS = {
  circuitBreaks: "circuit break",
  concurrencyControls: "concurrency control",
  readWriteSplitting: "read/write splitting",
};

function ruleOf(manifest: Manifest, list: PatternRule["list"], path: Path, rule: WrittenRule): PatternRule {
  const { name, regex = [], caseInsensitive = false, target } = rule;
  const label = `${LABELS[list]} rule ${name === undefined ? Number(path.at(-1)) + 1 : `"${name}"`}`;
  const at = [...path, "regex"];
  // One pattern may be written as text, without a list around it.
  const isList = manifest.source.isWritten([...manifest.path, ...at, 0]);
  const patterns = regex.map((source, index) => ({ source, path: isList ? [...at, index] : at }));
  return { list, label, name, path, patterns, caseInsensitive, target };
}

/** Every pattern of every rule, with the strategy and the rule that it is in. */
export function* patternsOf(mesh: LintMesh) {
  for (const use of mesh.strategies) {
    for (const rule of use.rules) {
      for (const pattern of rule.patterns) yield { manifest: use.manifest, rule, ...pattern };
    }
  }
}
