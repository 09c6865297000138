/** What a check is told: which rules count how much, and which findings are ignored. */
import {
  FAILURE_THRESHOLD_DEFAULT,
  type FailureThreshold,
  type LintSettingsFile,
  lintSettingsSchema,
} from "../../api/lint-settings.ts";
import { isMapping } from "../../api/schema-walk.ts";
import { validate } from "../../api/validate.ts";
import { type Issue, issueAt, issueOfFile, type Severity } from "../../lib/issue.ts";
import { readYaml } from "../../lib/yaml.ts";
import { ruleMeant, ruleNamed } from "./rules.ts";

/** Findings to ignore; what is absent may be anything, and `*` stands for any characters. */
export interface Ignore {
  /** The rule's id, or "*". */
  readonly rule: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly file?: string;
  readonly reason: string;
  readonly by: IgnoredBy;
}

export type IgnoredBy = "annotation" | "flag" | "settings file";

export interface LintSettings {
  readonly failureThreshold: FailureThreshold;
  /** By id. */
  readonly levels: ReadonlyMap<string, Severity | "off">;
  readonly ignore: readonly Ignore[];
}

export const LINT_SETTINGS_DEFAULT: LintSettings = {
  failureThreshold: FAILURE_THRESHOLD_DEFAULT,
  levels: new Map(),
  ignore: [],
};

/** Reads a settings file; `settings` is null when `issues` has errors. */
export function readLintSettings(text: string, file: string): { settings: LintSettings | null; issues: Issue[] } {
  const { documents, issues } = readYaml(text, file);
  const [document] = documents;
  if (documents.length > 1) issues.push(issueOfFile(file, "has more than one document", "keep one"));
  if (document === undefined) return { settings: issues.length > 0 ? null : LINT_SETTINGS_DEFAULT, issues };
  const { source, value } = document;
  const read = validate(lintSettingsSchema, withWordOff(value), { source, path: [] });
  issues.push(...read.issues);
  const written = read.value;
  if (written === null) return { settings: null, issues };
  for (const word of Object.keys(written.rules)) {
    if (ruleNamed(word) !== null) continue;
    issues.push(issueAt(source, ["rules", word], `no rule is called "${word}"`, ruleMeant(word), { part: "key" }));
  }
  for (const [index, { rule }] of written.ignore.entries()) {
    if (rule === "*" || ruleNamed(rule) !== null) continue;
    issues.push(issueAt(source, ["ignore", index, "rule"], `no rule is called "${rule}"`, ruleMeant(rule)));
  }
  const isWrong = issues.some((issue) => issue.severity === "error");
  return { settings: isWrong ? null : settingsOf(written), issues };
}

/** Unquoted, `off` is false in YAML 1.1. */
function withWordOff(value: unknown): unknown {
  const rules = isMapping(value) ? value["rules"] : undefined;
  if (!isMapping(value) || !isMapping(rules)) return value;
  const levels = Object.entries(rules).map(([word, level]) => [word, level === false ? "off" : level]);
  return { ...value, rules: Object.fromEntries(levels) };
}

function settingsOf(written: LintSettingsFile): LintSettings {
  const levels = Object.entries(written.rules).map(([word, level]) => [ruleNamed(word)?.id ?? "", level] as const);
  const ignore = written.ignore.map((each): Ignore => {
    const rule = each.rule === "*" ? "*" : (ruleNamed(each.rule)?.id ?? "");
    return { ...each, rule, reason: each.reason ?? "", by: "settings file" };
  });
  return { failureThreshold: written.failureThreshold, levels: new Map(levels), ignore };
}

/** Reads `RULE` or `RULE=KIND/NAMESPACE/NAME`, of which the later parts may be left out; a text says what is wrong. */
export function readIgnoreFlag(written: string): Ignore | string {
  const [word = "", object = ""] = written.split("=");
  const rule = word === "*" ? "*" : ruleNamed(word)?.id;
  if (rule === undefined) return `no rule is called "${word}": ${ruleMeant(word)}`;
  const [kind = "*", namespace = "*", name = "*", ...more] = object === "" ? [] : object.split("/");
  if (more.length > 0) return `"${object}" is no KIND/NAMESPACE/NAME`;
  return { rule, kind, namespace, name, reason: "", by: "flag" };
}
