import { expect, test } from "bun:test";
import { formatIssue, type Path } from "./issue.ts";
import { hasValues, readYaml, readYamlToEdit, writeYaml } from "./yaml.ts";

function place(text: string, path: Path, part?: "key" | "value"): string {
  const [document] = readYaml(text, "x").documents;
  if (document === undefined) throw new Error("no document");
  const { line, column } = document.source.positionOf(path, part);
  return `${line}:${column}`;
}

test("readYaml() reads scalars as kubectl does", () => {
  const text = "a: 0644\nb: yes\nc: 22:22\nd: 2001-01-01\ne: 1_000\nf: 0x1f\ng: ~\nh: 'yes'\ni: 1e3\nj: off\n";
  expect(readYaml(text, "x").documents[0]?.value).toEqual({
    a: 420,
    b: true,
    c: "22:22",
    d: "2001-01-01",
    e: 1000,
    f: 31,
    g: null,
    h: "yes",
    i: 1000,
    j: false,
  });
});

test("readYaml() reads every document and leaves out empty ones", () => {
  const { documents, issues } = readYaml("---\n---\na: 1\n---\n# only words\n---\n- 2\n...\n", "x");
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, [2]]);
  expect(issues).toEqual([]);
});

test("readYaml() reads JSON, with tabs", () => {
  expect(readYaml('{\n\t"a": ["x",\n\t\t1, true, null]\n}\n', "x").documents[0]?.value).toEqual({
    a: ["x", 1, true, null],
  });
});

test("positionOf() gives places of values, keys, items and what is behind aliases", () => {
  const text = "a:\n  b: 1\n  c:\n  - x\n  - k: z\nd: &n {e: 2}\nf: *n\ng:\n";
  expect(place(text, ["a", "b"])).toBe("2:6");
  expect(place(text, ["a", "b"], "key")).toBe("2:3");
  expect(place(text, ["a", "c", 1, "k"])).toBe("5:8");
  expect(place(text, ["f", "e"])).toBe("6:11");
  expect(place(text, ["g"])).toBe("8:1");
});

test("positionOf() gives the nearest place around what is not written", () => {
  expect(place("a:\n  b:\n    c: 1\n", ["a", "b", "x", "y"])).toBe("3:5");
  expect(place("\n\na: 1\n", ["b"])).toBe("3:1");
});

test("positionOf() counts lines through all documents of a file", () => {
  const [, second] = readYaml("a: 1\n---\nb:\n  c: 2\n", "x").documents;
  expect(second?.source.positionOf(["b", "c"])).toEqual({ file: "x", line: 4, column: 6 });
});

test("readYaml() warns of duplicate keys at any depth; the later value counts, and its place", () => {
  const text = "a:\n- kind: one\n  name: m\n  kind: two\n";
  const { documents, issues } = readYaml(text, "x.yaml");
  expect(documents[0]?.value).toEqual({ a: [{ kind: "two", name: "m" }] });
  expect(issues.map(formatIssue)).toEqual([
    'x.yaml:4:3 a[0].kind: warning: duplicate key "kind", first written at line 2\n    delete one of the two; until then the later one counts',
  ]);
  expect(place(text, ["a", 0, "kind"])).toBe("4:9");
});

test("readYaml() reports syntax errors with their place and reads the other documents", () => {
  const { documents, issues } = readYaml("a: [1\n---\nb: 2\n", "x.yaml");
  expect(documents.map(({ value }) => value)).toEqual([{ b: 2 }]);
  expect(issues.map(formatIssue)).toEqual([
    "x.yaml:1:4: [ is not closed\n    close it; what is in it must be indented further than the key before it",
  ]);
  const quoted = 'a: 1\nb: "x\nc: 2\nd: [3, {e: 4}]\n';
  expect(readYaml(quoted, "x.yaml").issues.map(formatIssue)[0]).toStartWith('x.yaml:2:4: " is not closed');
  expect(readYaml("a: b: c\n", "x").issues).toHaveLength(1);
});

test("positionOf() finds what a merge brings in, and the last of several anchors of one name", () => {
  const text = "a: &x {p: 1}\nb: &y {q: 2}\nc: {<<: [*x, *y], r: 3}\nd: &x {p: 4}\ne: *x\n";
  expect(place(text, ["c", "p"])).toBe("1:11");
  expect(place(text, ["c", "q"])).toBe("2:11");
  expect(place(text, ["e", "p"])).toBe("4:11");
});

test("isWritten() tells what is written from what is not", () => {
  const [document] = readYaml("a: {b: [1, null], c:}\n", "x").documents;
  const isWritten = (...path: Path) => document?.source.isWritten(path);
  expect([isWritten("a", "b", 1), isWritten("a", "c"), isWritten("a", "b", 2), isWritten("x")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("readYaml() takes the origin from what Helm writes above a document", () => {
  const text = "---\n# Source: shop/templates/a.yaml\na: 1\n---\nb: 2\n";
  expect(readYaml(text, "x").documents.map(({ source }) => source.origin)).toEqual([
    "shop/templates/a.yaml",
    undefined,
  ]);
});

test("readYaml() refuses aliases that expand without end, and those that name nothing", () => {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 9; level++) {
    text += `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]\n`;
  }
  expect(readYaml(text, "x").documents).toEqual([]);
  expect(readYaml(text, "x").issues).toHaveLength(1);
  expect(readYaml("a: *nobody\n", "x").issues).toHaveLength(1);
});

test("readYaml() keeps a key called __proto__ a key", () => {
  const value = readYaml("__proto__: { admin: true }\n", "x").documents[0]?.value as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

test("writeYaml() quotes what a reader of YAML 1.1 or 1.2 would not take for text", () => {
  const texts = [
    "yes",
    "0644",
    "22:22",
    "0o17",
    "1e3",
    "null",
    "~",
    "",
    "2001-01-01",
    "- x",
    "a: b",
    "plain",
    "two\nlines\n",
    "=",
    "<<",
  ];
  const written = writeYaml({ texts });
  expect(readYaml(written, "x").documents[0]?.value).toEqual({ texts });
  expect(Bun.YAML.parse(written)).toEqual({ texts });
  expect(written).toContain("- plain\n");
});

test("readYaml() refuses an anchor in what it names", () => {
  const { documents, issues } = readYaml("a:\n  b: &x [1, *x]\n---\nc: 1\n", "x");
  expect(documents.map(({ value }) => value)).toEqual([{ c: 1 }]);
  expect(issues.map(formatIssue)).toEqual([
    "x:2:13 a.b[1]: *x stands for a value that it is in itself\n    write the value out",
  ]);
});

test("readYaml() reads JSON objects one after another, with their places", () => {
  const { documents, issues } = readYaml('\n{"a": 1}\n{"b":\n 2}{"c": 3}\n', "x");
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
  expect(issues).toEqual([]);
  const places = documents.map(({ source }, index) => source.positionOf(["abc"[index] ?? ""], "key"));
  expect(places.map(({ line, column }) => `${line}:${column}`)).toEqual(["2:2", "3:2", "4:5"]);
});

test("readYamlToEdit() gives the places that readYaml() gives", () => {
  const text = "a:\n  b: 1\n  c:\n  - x\n  - k: z\nd: &n {e: 2}\nf: *n\ng:\n---\nh: 1\n";
  const [read, other] = readYamlToEdit(text, "x", (value) => Object.hasOwn(value as object, "a")).documents;
  if (read === undefined || other === undefined) throw new Error("no documents");
  expect([read.layout === null, other.layout]).toEqual([false, null]);
  const paths = [["a", "b"], ["a", "c", 1, "k"], ["f", "e"], ["g"], ["a", "b", "x", "y"], ["a", "z"]];
  for (const path of paths) {
    for (const part of ["key", "value"] as const) {
      const { line, column } = read.source.positionOf(path, part);
      expect([path, part, `${line}:${column}`]).toEqual([path, part, place(text, path, part)]);
    }
  }
  expect(other.source.positionOf(["h"]).line).toBe(10);
});

test("hasValues() compares every document, and takes no mistake", () => {
  const same = (text: string, ...values: unknown[]) => hasValues(text, values, Bun.deepEquals);
  expect(same("a: 1\n---\n---\n- 0644\n", { a: 1 }, [420])).toBe(true);
  expect([same("a: 1\n"), same("a: 1\n", { a: 1 }, {}), same("a: 1\n", { a: 2 }), same("a: [\n", {})]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test("readYaml() refuses what takes no end of time to read: keys that are lists or maps, and brackets without end", () => {
  const issuesOf = (text: string) => readYaml(text, "x").issues.map(formatIssue);
  const key = "a key that is a list or a map\n    write a text as key";
  expect(issuesOf("? ".repeat(40))).toEqual([`x:1:3: ${key}`]);
  expect(issuesOf("a: 1\nb: {[c]: d}\n")).toEqual([`x:2:5: ${key}`]);
  expect(issuesOf("a: &l [1]\nb: {*l : 1}\n")).toEqual([`x:2:5: ${key}`]);
  expect(issuesOf("a: &l text\nb: {*l : 1}\n")).toEqual([]);
  expect(issuesOf(`a: ${"[".repeat(20_000)}`)).toEqual([
    "x:1:132: is bracket 129 in brackets\n    write the values in fewer levels",
  ]);
  expect(issuesOf(`a: "${"[".repeat(20_000)}"`)).toEqual([]);
  expect(issuesOf(`a: ${"[".repeat(128)}${"]".repeat(128)}`)).toEqual([]);
});
