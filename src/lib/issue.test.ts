import { expect, test } from "bun:test";
import { formatIssue, formatPath, hasErrors, type Issue, issueOfFile, sortIssues } from "./issue.ts";

function anIssue(file: string, line: number, column: number, extra: Partial<Issue> = {}): Issue {
  return {
    severity: "error",
    position: { file, line, column },
    path: "a.b",
    message: "is wrong",
    remedy: "mend it",
    ...extra,
  };
}

test("formatIssue() says place, path, message and remedy", () => {
  expect(formatIssue(anIssue("x.yaml", 3, 7))).toBe("x.yaml:3:7 a.b: is wrong\n    mend it");
  expect(formatIssue(anIssue("x.yaml", 3, 7, { severity: "warning" }))).toStartWith(
    "x.yaml:3:7 a.b: warning: is wrong",
  );
  expect(formatIssue(issueOfFile("x.yaml", "is missing", "add it"))).toBe("x.yaml: is missing\n    add it");
});

test("formatPath() writes items and words as people do, and other keys in brackets", () => {
  expect(formatPath([])).toBe("");
  expect(formatPath(["spec", "services", 0, "name"])).toBe("spec.services[0].name");
  expect(formatPath(["annotations", "database-mesh.io/role"])).toBe('annotations["database-mesh.io/role"]');
});

test("sortIssues() orders by file as given, then by place, and says the same thing once", () => {
  const issues = [anIssue("b", 1, 1), anIssue("a", 2, 1), anIssue("a", 1, 9), anIssue("a", 1, 2), anIssue("a", 2, 1)];
  const places = sortIssues(issues, ["b", "a"]).map(
    ({ position: { file, line, column } }) => `${file}${line}:${column}`,
  );
  expect(places).toEqual(["b1:1", "a1:2", "a1:9", "a2:1"]);
});

test("hasErrors() does not count warnings and notices", () => {
  expect(hasErrors([anIssue("a", 1, 1, { severity: "warning" }), anIssue("a", 1, 1, { severity: "notice" })])).toBe(
    false,
  );
  expect(hasErrors([anIssue("a", 1, 1)])).toBe(true);
});
