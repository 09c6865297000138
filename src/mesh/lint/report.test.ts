import { describe, expect, test } from "bun:test";
import { lintFiles } from "./lint.ts";
import { type Report, wholeReport } from "./report.ts";
import { githubReport } from "./report-github.ts";
import { junitReport } from "./report-junit.ts";
import { type TextOptions, textReport } from "./report-text.ts";
import { LINT_SETTINGS_DEFAULT } from "./settings.ts";
import { snippetOf, tokenLength } from "./snippet.ts";

function reportOf(text: string, file = "x.yaml"): Report {
  const { findings, manifests } = lintFiles([{ file, text }], LINT_SETTINGS_DEFAULT);
  return { findings, texts: new Map([[file, text]]), objects: manifests.objects, version: "1.2.3" };
}

function textOf(text: string, options: Partial<TextOptions> = {}): string {
  return wholeReport(textReport(reportOf(text), { isColoured: false, width: null, ...options }));
}

const KIND = (kind: string) => `apiVersion: core.database-mesh.io/v1alpha1\nkind: ${kind}\n`;

/** The snippet's line and the line with carets below it. */
function drawn(line: string, column: number, width = 80): string {
  const { text, indent, carets } = snippetOf(line, column, width);
  return `${text}\n${" ".repeat(indent)}${"^".repeat(carets)}`;
}

describe("snippetOf()", () => {
  test.each<[string, number, string]>([
    ["  port: 70000 # much", 9, "  port: 70000 # much\n        ^^^^^"],
    ['a: {b: "x, y", c: 1}', 8, 'a: {b: "x, y", c: 1}\n       ^^^^^^'],
    ["a: {b: x, c: [1, 2]}", 14, "a: {b: x, c: [1, 2]}\n             ^^^^^^"],
    ["- name: x", 3, "- name: x\n  ^^^^"],
    ["a: 'it''s'", 4, "a: 'it''s'\n   ^^^^^^^"],
    ["", 1, "\n^"],
    ["a:", 9, "a:\n  ^"],
  ])("marks the token in %j at %p", (line, column, expected) => {
    expect(drawn(line, column)).toBe(expected);
  });

  test("draws tabs as spaces, and carets below them", () => {
    expect(drawn("a:\t[1,\t2]", 4)).toBe("a:  [1, 2]\n    ^^^^^^");
    expect(drawn('{\t"port": 0}', 3)).toBe('{   "port": 0}\n    ^^^^^^');
  });

  test("counts wide characters as two cells", () => {
    expect(drawn("名前: 値 # 備考", 5)).toBe("名前: 値 # 備考\n      ^^");
    expect(drawn("a: 😀 x", 4)).toBe("a: 😀 x\n   ^^^^");
  });

  test("shows nothing that a terminal would obey", () => {
    expect(drawn("a: \x1b[31mred\x07", 4)).toBe("a: \ufffd[31mred\ufffd\n   ^^^^^^^^^");
  });

  test("keeps the token in sight on a narrow terminal", () => {
    const line = `{ first: ${"x".repeat(60)}, port: 70000, last: ${"y".repeat(60)} }`;
    const { text, indent, carets } = snippetOf(line, line.indexOf("70000") + 1, 40);
    expect(Bun.stringWidth(text)).toBeLessThanOrEqual(40);
    expect(text.slice(indent, indent + carets)).toBe("70000");
    expect([text[0], text.at(-1)]).toEqual(["…", "…"]);
  });

  test("begins at the token in a line that is very long", () => {
    const line = `{"a":"${"x".repeat(5000)}","port":70000}`;
    expect(snippetOf(line, line.indexOf("70000") + 1, 40)).toEqual({ text: "70000}", indent: 0, carets: 5 });
  });

  test.each<[string, number, string]>([
    ["password: hunter2", 11, "password: [redacted]\n          ^^^^^^^^^^"],
    [
      '{ "password": "hunter2", "db": 1 }',
      32,
      '{ "password": [redacted], "db": 1 }\n                                ^',
    ],
    [
      "{user: a, password: hunter2, port: x}",
      36,
      "{user: a, password: [redacted], port: x}\n                                      ^",
    ],
    ["{password: [hunter2]}", 12, "{password: [redacted]}\n           ^^^^^^^^^^"],
    ["key: -----BEGIN PRIVATE KEY-----abc", 6, "key: [redacted]\n     ^^^^^^^^^^"],
    ["passwordSecretRef: {name: x}", 27, "passwordSecretRef: {name: x}\n                          ^"],
  ])("hides passwords and keys in %j", (line, column, expected) => {
    expect(drawn(line, column)).toBe(expected);
  });
});

test("tokenLength() ends plain text where YAML does", () => {
  expect(tokenLength("a: b c # d", 3)).toBe(3);
  expect(tokenLength("a: b:c", 3)).toBe(3);
  expect(tokenLength("a: {b: c:d, e: f}", 7)).toBe(3);
});

describe("textReport()", () => {
  test("says what, where, and what to do", () => {
    expect(textOf(KIND("TraficStrategy"))).toBe(`error[PSX1004]: unknown kind "TraficStrategy"
 --> x.yaml:2:7  TraficStrategy, kind
2 | kind: TraficStrategy
  |       ^^^^^^^^^^^^^^
  = help: did you mean "TrafficStrategy"?

1 error in 1 object in 1 file; \`pisanix render --rule PSX1004\` explains a rule
`);
  });

  test("is the same whichever way lines end", () => {
    const windows = KIND("TraficStrategy").replaceAll("\n", "\r\n");
    expect(textOf(windows)).toBe(textOf(KIND("TraficStrategy")));
    expect(textOf(`\ufeff${windows}`)).toContain("unknown kind");
  });

  test("is coloured on request only", () => {
    const coloured = textOf(KIND("TraficStrategy"), { isColoured: true });
    expect(coloured).toContain("\x1b[31merror[PSX1004]\x1b[0m");
    expect(Bun.stripANSI(coloured)).toBe(textOf(KIND("TraficStrategy")));
  });

  test("is no wider than the terminal", () => {
    const text = `${KIND("VirtualDatabase")}metadata: {name: app}\nspec: {services: [{name: one, databaseMySQL: {port: 3306, host: 127.0.0.1, user: application}}]}\n`;
    const narrow = wholeReport(textReport(reportOf(text), { isColoured: false, width: 50 }));
    const wide = narrow
      .split("\n")
      .filter((line) => Bun.stringWidth(line) > 50 && !line.includes("-->") && !line.includes("explains"));
    expect(wide).toEqual([]);
  });

  test("shows nothing of a Secret, even of one that cannot be read", () => {
    const text = 'apiVersion: v1\nkind: Secret\nstringData: { token: "hunter2, other: hunter3 }\n';
    expect(textOf(text)).toContain("is not closed");
    expect(textOf(text)).not.toContain("hunter");
  });

  test("says when there is nothing to say", () => {
    expect(textOf("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")).toBe("no findings in 1 object in 1 file\n");
  });
});

describe("machines' reports", () => {
  test("githubReport() escapes what its commands are made of", () => {
    const [first] = wholeReport(githubReport(reportOf("a: 1%\n", "a,b:c.yaml"))).split("\n");
    expect(first).toBe(
      "::error file=a%2Cb%3Ac.yaml,line=1,col=1,title=PSX1003 not-a-manifest::apiVersion is missing%0Aadd apiVersion, such as core.database-mesh.io/v1alpha1",
    );
  });

  test("junitReport() escapes what XML cannot hold", () => {
    const xml = wholeReport(junitReport(reportOf(KIND('"<&\\u0001>"')), () => true));
    expect([xml.includes("\u0001"), xml.includes('"<&')]).toEqual([false, false]);
    expect(xml).toContain("&lt;&amp;");
  });
});
