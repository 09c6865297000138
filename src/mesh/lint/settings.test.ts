import { describe, expect, test } from "bun:test";
import { formatIssue } from "../../lib/issue.ts";
import { anEndpoint } from "./example.ts";
import { isFailure, lintFiles } from "./lint.ts";
import { LINT_SETTINGS_DEFAULT, type LintSettings, readIgnoreFlag, readLintSettings } from "./settings.ts";

function settings(text: string): LintSettings {
  const { settings: read, issues } = readLintSettings(text, "s.yaml");
  if (read === null) throw new Error(issues.map(formatIssue).join("\n"));
  return read;
}

function check(text: string, wanted: Partial<LintSettings> = {}) {
  const all = { ...LINT_SETTINGS_DEFAULT, ...wanted };
  const { findings } = lintFiles([{ file: "apps/x.yaml", text }], all);
  return {
    ids: findings.filter((finding) => finding.ignored === null).map(({ rule }) => rule.id),
    findings,
    isFailure: isFailure(findings, all),
  };
}

const WEAK = anEndpoint({ password: "password: shop", annotations: "{ x: z }" });
const withAnnotation = (text: string) => WEAK.replace("{ x: z }", `{ pisanix.io/ignore: "${text}" }`);

describe("readLintSettings()", () => {
  test("reads levels, threshold and what to ignore", () => {
    const read = settings(`failureThreshold: error
rules: { password-weak: off, PSX5001: notice }
ignore:
- { rule: tls-off, namespace: test-*, reason: no network }
`);
    expect(read.failureThreshold).toBe("error");
    expect([...read.levels]).toEqual([
      ["PSX5002", "off"],
      ["PSX5001", "notice"],
    ]);
    expect(read.ignore).toEqual([{ rule: "PSX5005", namespace: "test-*", reason: "no network", by: "settings file" }]);
    expect(settings("# nothing\n")).toEqual(LINT_SETTINGS_DEFAULT);
  });

  test("takes YAML's `off`, which is false, for the word", () => {
    expect([...settings("rules: { PSX5002: off }").levels]).toEqual([["PSX5002", "off"]]);
  });

  test("says what is wrong, with its place", () => {
    const { settings: read, issues } = readLintSettings(
      "rules:\n  password-week: error\nignore:\n- {rule: PSX9999}\n",
      "s.yaml",
    );
    expect(read).toBeNull();
    expect(issues.map(formatIssue)).toEqual([
      's.yaml:2:3 rules["password-week"]: no rule is called "password-week"\n    did you mean "password-weak"?'.replace(
        '["password-week"]',
        ".password-week",
      ),
      expect.stringContaining('s.yaml:4:10 ignore[0].rule: no rule is called "PSX9999"'),
    ]);
    expect(readLintSettings("failureThreshhold: error\n", "s.yaml").issues.map(formatIssue)[0]).toContain(
      'did you mean "failureThreshold"?',
    );
  });
});

test("readIgnoreFlag() reads a rule and an object", () => {
  expect(readIgnoreFlag("tls-off=DatabaseEndpoint/demo/a*")).toEqual({
    rule: "PSX5005",
    kind: "DatabaseEndpoint",
    namespace: "demo",
    name: "a*",
    reason: "",
    by: "flag",
  });
  expect(readIgnoreFlag("psx5005")).toMatchObject({ rule: "PSX5005", kind: "*" });
  expect(readIgnoreFlag("tsl-off")).toBe('no rule is called "tsl-off": did you mean "tls-off"?');
  expect(readIgnoreFlag("tls-off=a/b/c/d")).toContain("is no KIND/NAMESPACE/NAME");
});

describe("lintFiles()", () => {
  test("ignores what an annotation, a flag or the settings file says, and keeps it as ignored", () => {
    expect(check(WEAK).ids).toEqual(["PSX1012", "PSX5001", "PSX5002"]);
    const { ids, findings } = check(withAnnotation("PSX5001 (rotated daily), password-weak"));
    expect(ids).toEqual(["PSX1012"]);
    expect(findings.map(({ ignored }) => ignored)).toEqual([
      null,
      { by: "annotation", reason: "rotated daily" },
      { by: "annotation", reason: "" },
    ]);
    expect(check(withAnnotation("*")).ids).toEqual([]);
    const flag = readIgnoreFlag("password-weak=*/default/prim*");
    expect(check(WEAK, { ignore: [flag as never] }).ids).toEqual(["PSX1012", "PSX5001"]);
    expect(check(WEAK, settings("ignore: [{ rule: '*', file: apps/*.yaml, kind: DatabaseEndpoint }]")).ids).toEqual([]);
    expect(check(WEAK, settings("ignore: [{ rule: '*', file: test/* }]")).ids).toHaveLength(3);
  });

  test("never ignores what keeps a manifest from being rendered", () => {
    const broken = withAnnotation("*").replace("port: 3306", "prot: 3306");
    expect(check(broken, settings("rules: { unknown-field: off }")).ids).toContain("PSX1005");
  });

  test("fails at the threshold", () => {
    const threshold = (failureThreshold: LintSettings["failureThreshold"]) =>
      check(WEAK, { failureThreshold }).isFailure;
    expect([threshold("notice"), threshold("warning"), threshold("error"), threshold("never")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(check(WEAK, settings("failureThreshold: error\nrules: { PSX5001: error }")).isFailure).toBe(true);
    expect(check(WEAK, { ignore: [readIgnoreFlag("*") as never] }).isFailure).toBe(false);
  });

  test("knows the objects of a List apart, also on one line", () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: ["a", "b"].map((name) => Bun.YAML.parse(anEndpoint({ name, user: "root" }))),
    };
    const { findings } = check(JSON.stringify(list));
    const roots = findings.filter(({ rule }) => rule.name === "root-login");
    expect(roots.map(({ object, path }) => [object?.name, path])).toEqual([
      ["a", "spec.database.MySQL.user"],
      ["b", "spec.database.MySQL.user"],
    ]);
  });
});
