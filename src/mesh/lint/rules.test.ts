/**
 * testdata/lint/ID.bad.yaml and ID.good.yaml are the examples of the rules, and ID.txt is what the linter says of the bad one;
 * all.* are the findings of all bad ones in every form. `UPDATE=1` rewrites them.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv-draft-04";
import { newObject } from "../object.ts";
import { isFailure, lintFiles } from "./lint.ts";
import { type Report, wholeReport } from "./report.ts";
import { githubReport } from "./report-github.ts";
import { jsonReport } from "./report-json.ts";
import { junitReport } from "./report-junit.ts";
import { sarifReport } from "./report-sarif.ts";
import { textReport } from "./report-text.ts";
import { RULES, ruleMeant, ruleNamed } from "./rules.ts";
import { LINT_SETTINGS_DEFAULT } from "./settings.ts";

const FOLDER = join(import.meta.dir, "../../../testdata/lint");
const PLAIN = { isColoured: false, width: null };

function lint(file: string, text: string) {
  const { findings, manifests } = lintFiles([{ file, text }], LINT_SETTINGS_DEFAULT);
  const report: Report = { findings, texts: new Map([[file, text]]), objects: manifests.objects, version: "0.0.0" };
  return { findings, report };
}

function golden(name: string, text: string): void {
  const path = join(FOLDER, name);
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
}

describe("the table of rules", () => {
  test("has ids and names that are each there once, and in order", () => {
    const ids = RULES.map((rule) => rule.id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(new Set(RULES.map((rule) => rule.name)).size).toBe(RULES.length);
    expect(RULES.length).toBeGreaterThanOrEqual(30);
  });

  test("has rules that say what is wrong, why, and what to do", () => {
    for (const rule of RULES) {
      expect([rule.id, rule.name]).toEqual([
        expect.stringMatching(/^PSX[1-9]\d{3}$/),
        expect.stringMatching(/^[a-z]+(-[a-z]+)*$/),
      ]);
      expect([rule.id, rule.explanation.length > 80, rule.remedy.length > 10]).toEqual([rule.id, true, true]);
    }
  });

  test("has as many rules as the README says", () => {
    expect(readFileSync(join(FOLDER, "../../README.md"), "utf8")).toContain(`# the linter: ${RULES.length} rules`);
  });

  test("is found by id and name, in any case", () => {
    expect([ruleNamed("psx1001"), ruleNamed("YAML-syntax"), ruleNamed("nothing")]).toEqual([
      RULES[0]!,
      RULES[0]!,
      null,
    ]);
    expect(ruleMeant("yaml-sintax")).toBe('did you mean "yaml-syntax"?');
  });

  test("has a file in testdata/lint for each, and no other", () => {
    const ids = readdirSync(FOLDER).map((name) => name.split(".")[0]);
    expect([...new Set(ids)].filter((id) => id !== "all").sort()).toEqual(RULES.map((rule) => rule.id));
  });
});

for (const rule of RULES) {
  test(`${rule.id} ${rule.name} is found in its bad example, not in its good one`, () => {
    const { bad, good } = rule.example;
    golden(`${rule.id}.bad.yaml`, bad);
    golden(`${rule.id}.good.yaml`, good);
    const { findings, report } = lint(`${rule.id}.bad.yaml`, bad);
    golden(`${rule.id}.txt`, wholeReport(textReport(report, PLAIN)));
    expect(findings.filter((finding) => finding.rule === rule)).not.toEqual([]);
    expect(lint("good.yaml", good).findings.filter((finding) => finding.rule === rule)).toEqual([]);
    expect(new Set(findings.filter((finding) => finding.rule === rule).map(({ level }) => level)).size).toBe(1);
  });
}

describe("reports of all bad examples", () => {
  const parts = RULES.map((rule) => lint(`testdata/lint/${rule.id}.bad.yaml`, rule.example.bad).report);
  const report: Report = {
    findings: parts.flatMap((part) => part.findings),
    texts: new Map(parts.flatMap((part) => [...part.texts])),
    objects: parts.flatMap((part) => part.objects),
    version: "0.0.0",
  };
  const isFailing = (finding: Report["findings"][number]) => isFailure([finding], LINT_SETTINGS_DEFAULT);

  test("are the same as ever", () => {
    golden("all.json", wholeReport(jsonReport(report)));
    golden("all.sarif", wholeReport(sarifReport(report)));
    golden("all.junit.xml", wholeReport(junitReport(report, isFailing)));
    golden("all.github.txt", wholeReport(githubReport(report)));
  });

  test("are valid SARIF 2.1.0", () => {
    const schema = JSON.parse(
      readFileSync(
        join(import.meta.dir, "../../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"),
        "utf8",
      ),
    );
    const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);
    const log = JSON.parse(wholeReport(sarifReport(report)));
    expect(validate(log) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...log, version: "2.0.0" })).toBe(false);
    const results: { ruleIndex: number; ruleId: string }[] = log.runs[0].results;
    for (const { ruleIndex, ruleId } of results) expect(log.runs[0].tool.driver.rules[ruleIndex].id).toBe(ruleId);
    expect(results).toHaveLength(report.findings.length);
  });

  test("never show a password", () => {
    const texts = [
      wholeReport(jsonReport(report)),
      wholeReport(sarifReport(report)),
      wholeReport(junitReport(report, isFailing)),
      wholeReport(githubReport(report)),
      wholeReport(textReport(report, PLAIN)),
    ];
    const withoutExamples = texts.map((text) => text.replace(/"(help|markdown)": .*/g, ""));
    for (const text of withoutExamples) expect(text).not.toContain("correct-horse-battery");
    expect(texts[4]).toContain("password: [redacted]");
  });

  test("count what is there", () => {
    const xml = wholeReport(junitReport(report, isFailing));
    const failures = [...xml.matchAll(/<failure /g)].length;
    expect(failures).toBe(report.findings.filter(isFailing).length);
    expect(wholeReport(githubReport(report)).trimEnd().split("\n")).toHaveLength(report.findings.length);
  });
});

test("newObject() makes something of whatever stands in a document", () => {
  const source = { file: "x", positionOf: () => ({ file: "x", line: 1, column: 1 }), isWritten: () => false };
  expect(newObject(null, source, [])).toMatchObject({ kind: "", name: "", namespace: "default" });
  expect(newObject({ metadata: { annotations: { a: 1, b: "c" } } }, source, []).annotations).toEqual({ b: "c" });
});
