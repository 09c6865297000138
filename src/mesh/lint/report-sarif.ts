/**
 * Findings as SARIF 2.1.0, which code review tools read.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Severity } from "../../lib/issue.ts";
import { nameOfObject } from "../object.ts";
import type { Finding } from "./lint.ts";
import { jsonParts, type Report } from "./report.ts";
import type { Rule } from "./rule.ts";
import { rulePage } from "./rule-page.ts";
import { RULES } from "./rules.ts";
import { type Lines, linesOf, tokenLength } from "./snippet.ts";

const SARIF_LEVELS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", notice: "note" };

/** One run with all rules, so that a tool can show what was looked for. */
export function sarifReport(report: Report): Iterable<string> {
  const lines = new Map([...report.texts].map(([file, text]) => [file, linesOf(text)]));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "pisanix", semanticVersion: report.version, rules: RULES.map(sarifRule) } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { description: { text: "where pisanix was started" } } },
        results: [],
      },
    ],
  };
  return jsonParts(
    log,
    "results",
    report.findings.values().map((finding) => resultOf(finding, lines)),
  );
}

function sarifRule(rule: Rule) {
  return {
    id: rule.id,
    name: rule.name,
    shortDescription: { text: rule.title },
    fullDescription: { text: flowing(rule.explanation) },
    help: { text: `${flowing(rule.explanation)}\n\n${rule.remedy}`, markdown: rulePage(rule) },
    defaultConfiguration: { level: SARIF_LEVELS[rule.level] },
    properties: { tags: rule.id.startsWith("PSX5") ? ["security"] : ["correctness"] },
  };
}

function resultOf(finding: Finding, lines: ReadonlyMap<string, Lines>) {
  const { rule, level, position, path, message, remedy, object, ignored } = finding;
  const name = object === null ? "" : nameOfObject(object);
  const fullName = [name, path].filter((text) => text !== "").join(" ");
  return {
    ruleId: rule.id,
    ruleIndex: RULES.indexOf(rule),
    level: SARIF_LEVELS[level],
    message: { text: `${message}\n${remedy}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifactOf(position.file),
          ...(position.line > 0 && { region: regionOf(finding, lines.get(position.file) ?? linesOf("")) }),
        },
        ...(fullName !== "" && { logicalLocations: [{ fullyQualifiedName: fullName, kind: "object" }] }),
      },
    ],
    partialFingerprints: { "pisanix/v1": fingerprintOf(finding) },
    ...(ignored !== null && { suppressions: [suppressionOf(ignored)] }),
  };
}

function suppressionOf({ by, reason }: NonNullable<Finding["ignored"]>) {
  const kind = by === "annotation" ? "inSource" : "external";
  return { kind, justification: reason === "" ? `ignored by ${by}` : reason };
}

function regionOf({ position }: Finding, lines: Lines) {
  const { line, column } = position;
  const text = lines.at(line) ?? "";
  const length = Math.max(1, tokenLength(text, column - 1));
  return { startLine: line, startColumn: column, endLine: line, endColumn: column + length };
}

/** A path below where we were started is relative, so that it is right on another machine. */
function artifactOf(file: string): { uri: string; uriBaseId?: string } {
  const isAbsolute = file.startsWith("/");
  const uri = file
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  return isAbsolute ? { uri: `file://${uri}` } : { uri, uriBaseId: "SRCROOT" };
}

/** The same finding has the same fingerprint though lines above it come and go. */
function fingerprintOf({ rule, position, path, message, object }: Finding): string {
  const what = object === null ? position.file : nameOfObject(object);
  return new Bun.CryptoHasher("sha256").update([rule.id, what, path, message].join("\n")).digest("hex").slice(0, 32);
}

function flowing(text: string): string {
  return text.replace(/(\S)\n(?=\S)/g, "$1 ");
}
