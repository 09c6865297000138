/** Checks a value against a schema and says what is wrong in the user's terms, with places and remedies. */
import type * as v from "valibot";
import { type Issue, issueAt, type Path, type PathItem, type Source } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import {
  type AnySchema,
  descriptionOf,
  isMapping,
  knownKeys,
  required,
  schemaAt,
  walk,
  walkable,
} from "./schema-walk.ts";
import { type Finding, readWithStandIns } from "./stand-in.ts";

/** Where the value stands in its document. */
export interface Place {
  source: Source;
  path: Path;
}

export interface Validated<T> {
  /**
   * What was read. When `issues` has errors, wrong values are replaced by stand-ins: good enough to look for further
   * mistakes, never to be used. Null when not even that is possible.
   */
  value: T | null;
  issues: Issue[];
  /** Where stand-ins are, as paths in the document. */
  standIns: Path[];
}

/** Reads `value` by `schema`, reporting every mistake. A key with no value (null) counts as absent, as in Kubernetes. */
export function validate<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  place: Place,
): Validated<v.InferOutput<S>> {
  const written = withoutNulls(value);
  const root = walkable(schema);
  const issues = shapeIssues(root, written, place);
  const { value: read, findings, standIns } = readWithStandIns(schema, written);
  for (const finding of findings) {
    const issue = issueOf(finding, root, written, place);
    if (issue !== null) issues.push(issue);
  }
  return { value: read, issues, standIns: standIns.map((path) => [...place.path, ...path]) };
}

/** What valibot lets pass: keys that no schema knows, and lists where mappings are due. */
function shapeIssues(root: AnySchema, written: unknown, place: Place): Issue[] {
  const issues: Issue[] = [];
  walk(root, written, (schema, value, path) => {
    if (schema.type !== "object") return;
    const known = knownKeys(schema);
    const at = [...place.path, ...path];
    if (Array.isArray(value))
      issues.push(
        issueAt(place.source, at, "must be a mapping, but is a list", fieldsRemedy(known), { rule: "wrong-type" }),
      );
    if (!isMapping(value)) return;
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const remedy = didYouMean(key, known, "remove it: nothing is expected here");
      issues.push(issueAt(place.source, [...at, key], "unknown field", remedy, { part: "key", rule: "unknown-field" }));
    }
  });
  return issues;
}

function issueOf(finding: Finding, root: AnySchema, written: unknown, place: Place): Issue | null {
  const { issue } = finding;
  const path = writtenPath(finding.path, written);
  const last = issue.path?.at(-1);
  const schema = schemaAt(root, path);
  const at = [...place.path, ...path];
  if (last?.origin === "key") {
    if (Array.isArray(last.input)) return null; // Reported as a list where a mapping is due.
    const key = String(last.key);
    const remedy = `add ${key}${meaningOf(schema)}`;
    return issueAt(place.source, at, "required field is missing", remedy, { rule: "missing-field" });
  }
  if (issue.kind === "schema") return wrongType(issue, schema, place, at);
  const [message = "", remedy, rule = "invalid-value"] = issue.message.split("\n");
  return issueAt(place.source, at, message, remedy ?? fieldRemedy(schema, at), { rule });
}

function wrongType(issue: v.BaseIssue<unknown>, schema: AnySchema | null, place: Place, at: Path): Issue {
  const wanted = schema === null ? null : required(schema);
  if (wanted?.type === "picklist") {
    const words = (wanted.options ?? []).map(String);
    const word = typeof issue.input === "string" ? issue.input : "";
    const given = typeof issue.input === "string" ? JSON.stringify(issue.input) : nameOf(issue.input);
    const remedy = didYouMean(word, words, "").replace(/^known here: .*/, `write one of them${meaningOf(schema)}`);
    return issueAt(place.source, at, `must be ${words.join(" or ")}, but is ${given}`, remedy, {
      rule: "invalid-value",
    });
  }
  const message = `must be ${expectation(issue.expected ?? "")}, but is ${nameOf(issue.input)}`;
  return issueAt(place.source, at, message, typeRemedy(issue, schema, at), { rule: "wrong-type" });
}

function typeRemedy(issue: v.BaseIssue<unknown>, schema: AnySchema | null, at: Path): string {
  const isPlain = typeof issue.input === "number" || typeof issue.input === "boolean";
  if (issue.expected === "string" && isPlain) return "put it in quotes";
  if (issue.expected === "number" && typeof issue.input === "string" && /^\d+$/.test(issue.input))
    return "remove the quotes";
  return issue.expected === "Array" && schema !== null && descriptionOf(schema) === ""
    ? "write a list"
    : fieldRemedy(schema, at);
}

function fieldRemedy(schema: AnySchema | null, at: Path): string {
  const name = at.findLast((item) => typeof item === "string") ?? "it";
  const meaning = meaningOf(schema);
  if (meaning !== "") return `${name}${meaning}`;
  return fieldsRemedy(schema === null ? [] : knownKeys(schema));
}

function fieldsRemedy(known: readonly string[]): string {
  return known.length === 0 ? "correct the value" : `write a mapping with ${known.join(", ")}`;
}

function meaningOf(schema: AnySchema | null): string {
  if (schema === null) return "";
  const description = descriptionOf(schema);
  if (description !== "") return `: ${description}`;
  const known = knownKeys(schema);
  return known.length === 0 ? "" : `: a mapping with ${known.join(", ")}`;
}

/** The part of the path that was written: one pattern written as text has no `[0]`. */
function writtenPath(path: Path, written: unknown): Path {
  let value: unknown = written;
  for (const [depth, item] of path.entries()) {
    if (typeof value !== "object" || value === null) return path.slice(0, depth);
    value = (value as Record<PathItem, unknown>)[item];
  }
  return path;
}

const EXPECTATIONS: Record<string, string> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  Object: "a mapping",
  Array: "a list",
  never: "absent",
};

function expectation(expected: string): string {
  const names = expected.replace(/[()]/g, "").split(" | ");
  return names.map((name) => EXPECTATIONS[name] ?? name).join(" or ");
}

/** The type only: the value may be a password. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return "a mapping";
  }
}

/** The same value where it has no nulls, which is the rule; else a copy. */
function withoutNulls(value: unknown): unknown {
  if (!hasNulls(value)) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

function hasNulls(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === "object" && hasNulls(item));
  if (!isMapping(value)) return value === null || value === undefined;
  for (const key in value) {
    const item = value[key];
    if (item === null || item === undefined || (typeof item === "object" && hasNulls(item))) return true;
  }
  return false;
}
