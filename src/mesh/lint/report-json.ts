/** Findings as JSON, for scripts. What is there stays; fields may be added. */
import type { Finding } from "./lint.ts";
import { countsOf, jsonParts, type Report } from "./report.ts";

/** One object with every finding, the ignored ones, too. */
export function jsonReport(report: Report): Iterable<string> {
  const data = {
    version: 1,
    tool: { name: "pisanix", version: report.version },
    summary: { ...countsOf(report.findings), objects: report.objects.length, files: report.texts.size },
    findings: [],
  };
  return jsonParts(data, "findings", report.findings.values().map(plainFinding));
}

function plainFinding({ rule, level, position, path, message, remedy, object, ignored }: Finding) {
  const { file, line, column } = position;
  return {
    rule: rule.id,
    name: rule.name,
    level,
    message,
    remedy,
    file,
    line,
    column,
    ...(object?.source.origin !== undefined && { origin: object.source.origin }),
    object:
      object === null
        ? null
        : { apiVersion: object.apiVersion, kind: object.kind, namespace: object.namespace, name: object.name },
    path,
    ignored,
  };
}
