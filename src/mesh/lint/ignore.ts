/** Which findings are ignored, and by whom: an annotation of the object, a flag, the settings file. */

import { IGNORE_ANNOTATION } from "../../api/sidecar.ts";
import { matchesGlob } from "../../lib/glob.ts";
import { type Issue, issueAt } from "../../lib/issue.ts";
import type { MeshObject } from "../object.ts";
import type { Rule } from "./rule.ts";
import { ruleMeant, ruleNamed } from "./rules.ts";
import type { Ignore, IgnoredBy } from "./settings.ts";

export interface Ignored {
  readonly by: IgnoredBy;
  readonly reason: string;
}

/** Mistakes in manifests keep them from being rendered, whoever wishes otherwise. */
export function isIgnorable(rule: Rule): boolean {
  return rule.level !== "error" || rule.check !== undefined;
}

/** Who ignores a finding of `rule` about `object` in `file`; null for nobody. */
export function ignoredBy(
  rule: Rule,
  object: MeshObject | null,
  file: string,
  ignores: readonly Ignore[],
): Ignored | null {
  if (!isIgnorable(rule)) return null;
  const annotation = object?.annotations[IGNORE_ANNOTATION];
  if (annotation !== undefined && rule.name !== "unknown-rule-ignored") {
    for (const { word, reason } of readAnnotation(annotation)) {
      if (word === "*" || ruleNamed(word) === rule) return { by: "annotation", reason };
    }
  }
  const found = ignores.find((ignore) => {
    if (ignore.rule !== "*" && ignore.rule !== rule.id) return false;
    if (ignore.file !== undefined && !matchesGlob(ignore.file, file)) return false;
    return (["kind", "namespace", "name"] as const).every((part) => {
      const wanted = ignore[part];
      return wanted === undefined || wanted === "*" || (object !== null && matchesGlob(wanted, object[part]));
    });
  });
  return found === undefined ? null : { by: found.by, reason: found.reason };
}

/** `PSX5001 (reason), tls-off`: the words, and the reasons behind them. `*` stands for all rules. */
function readAnnotation(text: string): { word: string; reason: string }[] {
  return [...text.matchAll(/([^\s,()]+)\s*(?:\(([^)]*)\))?/g)].map(([, word = "", reason = ""]) => ({ word, reason }));
}

/** Annotations that ignore rules which do not exist. */
export function unknownRules(objects: readonly MeshObject[]): Issue[] {
  const issues: Issue[] = [];
  for (const { annotations, source, path } of objects) {
    const written = annotations[IGNORE_ANNOTATION];
    if (written === undefined) continue;
    for (const { word } of readAnnotation(written)) {
      if (word === "*" || ruleNamed(word) !== null) continue;
      const at = [...path, "metadata", "annotations", IGNORE_ANNOTATION];
      const options = { severity: "warning", rule: "unknown-rule-ignored" } as const;
      issues.push(issueAt(source, at, `no rule is called "${word}"`, ruleMeant(word), options));
    }
  }
  return issues;
}
