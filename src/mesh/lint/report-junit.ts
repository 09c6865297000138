/**
 * Findings as JUnit XML, which CI servers show as tests: one suite a file, one test an object. A finding at or above the
 * threshold is a failure; those below stand in the test's output.
 */
import { nameOfObject } from "../object.ts";
import type { Finding } from "./lint.ts";
import type { Report } from "./report.ts";

/** `isFailing` says which findings fail the check. */
export function* junitReport(report: Report, isFailing: (finding: Finding) => boolean): Iterable<string> {
  const suites = suitesOf(report);
  const all = [...suites.values()].flatMap((cases) => [...cases.values()]);
  const count = (lists: readonly (readonly Finding[])[]) => lists.filter((list) => list.some(isFailing)).length;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="pisanix render --check" tests="${all.length}" failures="${count(all)}">\n`;
  for (const [file, cases] of suites) {
    const lists = [...cases.values()];
    const counts = `tests="${lists.length}" failures="${count(lists)}" errors="0" skipped="0"`;
    yield `  <testsuite name="${escapeXml(file)}" ${counts}>\n`;
    for (const [name, findings] of cases) yield `${caseLines(file, name, findings, isFailing).join("\n")}\n`;
    yield "  </testsuite>\n";
  }
  yield "</testsuites>\n";
}

/** Findings by file and object, with every object that has none. */
function suitesOf({ objects, findings }: Report): Map<string, Map<string, Finding[]>> {
  const suites = new Map<string, Map<string, Finding[]>>();
  const caseOf = (file: string, name: string) => {
    const cases = suites.get(file) ?? new Map<string, Finding[]>();
    suites.set(file, cases);
    const found = cases.get(name) ?? [];
    cases.set(name, found);
    return found;
  };
  for (const object of objects) if (object.kind !== "") caseOf(object.position.file, nameOfObject(object));
  for (const finding of findings) {
    const name = finding.object === null ? "the file" : nameOfObject(finding.object);
    caseOf(finding.position.file, name).push(finding);
  }
  return suites;
}

function caseLines(
  file: string,
  name: string,
  findings: readonly Finding[],
  isFailing: (finding: Finding) => boolean,
): string[] {
  const head = `<testcase name="${escapeXml(name)}" classname="${escapeXml(file)}" file="${escapeXml(file)}"`;
  if (findings.length === 0) return [`    ${head}/>`];
  const failures = findings.filter(isFailing).map((finding) => {
    const message = `${finding.rule.id} ${finding.rule.name}: ${finding.message}`;
    return `      <failure type="${finding.level}" message="${escapeXml(message)}">${escapeXml(describe(finding))}</failure>`;
  });
  const rest = findings.filter((finding) => !isFailing(finding)).map(describe);
  const output = rest.length === 0 ? [] : [`      <system-out>${escapeXml(rest.join("\n\n"))}</system-out>`];
  return [`    ${head}>`, ...failures, ...output, "    </testcase>"];
}

function describe({ rule, level, position, path, message, remedy, ignored }: Finding): string {
  const { file, line, column } = position;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const note =
    ignored === null ? "" : ` (ignored by ${ignored.by}${ignored.reason === "" ? "" : `: ${ignored.reason}`})`;
  return `${place}${path === "" ? "" : ` ${path}`}\n${level} ${rule.id} ${rule.name}${note}: ${message}\n${remedy}`;
}

/** What XML 1.0 cannot say at all is replaced. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replace(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`);
}
