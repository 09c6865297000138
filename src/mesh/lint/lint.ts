/** The linter: manifests in, findings out. Pure; what they look like on paper is the business of report-*.ts. */
import { type Issue, issueAt, type Position, type Severity, sortIssues } from "../../lib/issue.ts";
import { type Manifests, readManifests, type SourceFile } from "../manifest.ts";
import { indexObjects, type MeshObject, objectAt } from "../object.ts";
import { resolveMesh } from "../resolve.ts";
import { type Ignored, ignoredBy, isIgnorable, unknownRules } from "./ignore.ts";
import { newLintMesh } from "./lint-mesh.ts";
import type { Rule } from "./rule.ts";
import { RULES, ruleNamed } from "./rules.ts";
import type { LintSettings } from "./settings.ts";

export interface Finding {
  readonly rule: Rule;
  /** The rule's own, or what the settings say. */
  readonly level: Severity;
  /** Line 0 is the file as a whole. */
  readonly position: Position;
  /** In the document, as people write it. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
  /** What the finding is about; null when that is no object. */
  readonly object: MeshObject | null;
  readonly ignored: Ignored | null;
}

export interface LintResult {
  /** In the order of the files, from top to bottom. */
  readonly findings: readonly Finding[];
  readonly manifests: Manifests;
}

/** Checks the manifests in `files`. `issues` are mistakes that were found before, such as files that cannot be read. */
export function lintFiles(
  files: readonly SourceFile[],
  settings: LintSettings,
  options: { onDocument?: () => void; onRule?: () => void; issues?: readonly Issue[] } = {},
): LintResult {
  const manifests = readManifests(files, options.onDocument);
  const { mesh, issues } = resolveMesh(manifests);
  const all = [...(options.issues ?? []), ...manifests.issues, ...issues, ...unknownRules(manifests.objects)];
  const lintMesh = newLintMesh(manifests, mesh);
  for (const rule of RULES) {
    if (rule.check === undefined || levelOf(rule, rule.level, settings) === null) continue;
    for (const { source, path, part, message, remedy } of rule.check(lintMesh)) {
      const severity = rule.level;
      all.push(issueAt(source, path, message, remedy, { severity, rule: rule.name, ...(part && { part }) }));
    }
    options.onRule?.();
  }
  const objects = indexObjects(manifests.objects);
  const names = files.map(({ file }) => file);
  const findings = sortIssues(all, names).flatMap((issue) => {
    const finding = findingOf(issue, objectAt(objects, issue.position), settings);
    return finding === null ? [] : [finding];
  });
  return { findings, manifests };
}

function findingOf(issue: Issue, object: MeshObject | null, settings: LintSettings): Finding | null {
  const { position, path, message, remedy } = issue;
  const rule = ruleNamed(issue.rule ?? "invalid-value");
  if (rule === null) throw new Error(`no rule is called "${issue.rule}"`);
  const level = levelOf(rule, issue.severity, settings);
  if (level === null) return null;
  const ignored = ignoredBy(rule, object, position.file, settings.ignore);
  return { rule, level, position, path: withoutItem(path, object), message, remedy, object, ignored };
}

/** Null for a rule that is off. */
function levelOf(rule: Rule, level: Severity, { levels }: LintSettings): Severity | null {
  const wanted = isIgnorable(rule) ? levels.get(rule.id) : undefined;
  return wanted === "off" ? null : (wanted ?? level);
}

/** The path in the object, without the way to it through a List. */
function withoutItem(path: string, object: MeshObject | null): string {
  const item = object?.path.length === 0 || object === null ? null : /^items\[\d+\]\.?/.exec(path);
  return item === null || item === undefined ? path : path.slice(item[0].length);
}

const ORDER: Readonly<Record<Severity, number>> = { notice: 0, warning: 1, error: 2 };

/** Whether a check with these findings fails. */
export function isFailure(findings: readonly Finding[], { failureThreshold }: LintSettings): boolean {
  if (failureThreshold === "never") return false;
  return findings.some(({ level, ignored }) => ignored === null && ORDER[level] >= ORDER[failureThreshold]);
}
