/** What a rule of the linter is. rules.ts has the table, rules/ one rule a file. */
import type { Path, Severity, Source } from "../../lib/issue.ts";
import { isAsWritten, type Manifest } from "../manifest.ts";
import type { LintMesh } from "./lint-mesh.ts";

export interface Rule {
  /** Never changes and is never given again. */
  readonly id: `PSX${number}`;
  /** The same for people. */
  readonly name: string;
  readonly level: Severity;
  /** What is wrong, in one line. */
  readonly title: string;
  /** Why that is wrong. */
  readonly explanation: string;
  readonly remedy: string;
  /** Manifests that break the rule, and the same ones mended. */
  readonly example: { readonly bad: string; readonly good: string };
  /** What is wrong in a mesh. Absent when the rule is one that reading and resolving manifests find broken. */
  readonly check?: (mesh: LintMesh) => Iterable<Found>;
}

/** One place that breaks a rule. */
export interface Found {
  readonly source: Source;
  readonly path: Path;
  readonly part?: "key";
  readonly message: string;
  readonly remedy: string;
}

/** A finding about `path` of a manifest; nothing where a stand-in is, of which nothing may be said. */
export function* found(
  manifest: Pick<Manifest, "source" | "path" | "standIns">,
  path: Path,
  message: string,
  remedy: string,
  part?: "key",
): Iterable<Found> {
  if (!isAsWritten(manifest, path)) return;
  const { source } = manifest;
  const at = [...manifest.path, ...path];
  yield part === undefined ? { source, path: at, message, remedy } : { source, path: at, message, remedy, part };
}
