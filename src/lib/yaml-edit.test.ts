import { expect, test } from "bun:test";
import { applyEdits } from "./text-edit.ts";
import { readYaml, readYamlToEdit } from "./yaml.ts";
import { type EditableDocument, type Former, rewrite } from "./yaml-edit.ts";

function documentOf(text: string): EditableDocument {
  const [document] = readYamlToEdit(text, "x", () => true).documents;
  if (document === undefined || document.layout === null) throw new Error("no document");
  return { text, value: document.value, layout: document.layout };
}

/** The text with another value, checked to have it, and what was written over. */
function changed(text: string, change: (value: Tree) => unknown): { text: string; former: Former } {
  const document = documentOf(text);
  const wanted = change(document.value as Tree);
  const { edits, former } = rewrite(document, wanted);
  const result = applyEdits(text, edits);
  expect(readYaml(result, "x").documents[0]?.value).toEqual(wanted);
  return { text: result, former };
}

/** `text` with one more entry in a map, and without it again. */
function added(text: string, at: string[], key: string, value: unknown): string {
  const { text: result, former } = changed(text, (whole) => put(whole, at, (map) => ({ ...map, [key]: value })));
  const without = documentOf(result);
  const wanted = put(without.value as Tree, at, ({ [key]: _, ...rest }) => rest);
  expect(applyEdits(result, rewrite(without, wanted, former).edits)).toBe(text);
  return result;
}

type Tree = Record<string, unknown>;

function put(tree: Tree, at: string[], change: (map: Tree) => Tree): Tree {
  const [key, ...rest] = at;
  return key === undefined ? change(tree) : { ...tree, [key]: put((tree[key] ?? {}) as Tree, rest, change) };
}

test("rewrite() puts new entries and items at the front, indented as the others", () => {
  expect(added("a:\n    b: 1\n", ["a"], "c", { d: [1] })).toBe("a:\n    c:\n        d:\n        - 1\n    b: 1\n");
  expect(added("a:\n  l:\n    - 1\n", ["a"], "m", ["x"])).toBe("a:\n  m:\n    - x\n  l:\n    - 1\n");
  expect(added("a:\n- b: 1\n", [], "c", 2)).toBe("c: 2\na:\n- b: 1\n");
  expect(changed("l:\n- a\n- b\n", ({ l }) => ({ l: ["x", ...(l as unknown[])] })).text).toBe("l:\n- x\n- a\n- b\n");
});

test("rewrite() leaves comments, line ends and the end of the file as they are", () => {
  expect(added("a: # of a\n  # of b\n  b: 1", ["a"], "c", 2)).toBe("a: # of a\n  c: 2\n  # of b\n  b: 1");
  expect(added("a:\r\n  b: 1\r\n", ["a"], "c", 2)).toBe("a:\r\n  c: 2\r\n  b: 1\r\n");
  expect(added("# top\nb: 0644\n", [], "c", 2)).toBe("# top\nc: 2\nb: 0644\n");
  expect(added("--- &x # top\nb: |+\n  t\n\n", [], "c", 2)).toBe("--- &x # top\nc: 2\nb: |+\n  t\n\n");
});

test("rewrite() adds in front of an entry that shares its line with a dash or a colon", () => {
  const { text } = changed("l:\n- b: 1\n  d: 2\n", ({ l }) => ({ l: [{ ...(l as Tree[])[0], c: { e: 3 } }] }));
  expect(text).toBe("l:\n- c:\n    e: 3\n  b: 1\n  d: 2\n");
  expect(added("? a\n: b: 1\n", ["a"], "c", 2)).toBe("? a\n: c: 2\n  b: 1\n");
});

test("rewrite() adds between braces as the braces are written", () => {
  expect(added("a: {b: 1}\n", ["a"], "c", [2, "x"])).toBe('a: {"c": [2, "x"], b: 1}\n');
  expect(added('{"a":{"b":1}}', ["a"], "c", [2, "x"])).toBe('{"a":{"c":[2,"x"],"b":1}}');
  expect(added('{\n\t"a": {\n\t\t"b": 1\n\t}\n}', ["a"], "c", [2])).toBe(
    '{\n\t"a": {\n\t\t"c": [\n\t\t\t2\n\t\t],\n\t\t"b": 1\n\t}\n}',
  );
  expect(added("a: {\n    # of b\n    b: 1,\n  }\n", ["a"], "c", 2)).toBe(
    'a: {\n    # of b\n    "c": 2,\n    b: 1,\n  }\n',
  );
});

test("rewrite() writes over what is empty, and tells what was there", () => {
  const one = { c: 1 };
  const cases = [
    ["a: {}  # none\n", "a:  # none\n  c: 1\n", " {}"],
    ["a: ~\nb: 1\n", "a:\n  c: 1\nb: 1\n", " ~"],
    ["a:\nb: 1\n", "a:\n  c: 1\nb: 1\n", ""],
    ["a:", "a:\n  c: 1", ""],
    ["a: # none\n  {\n  # at all\n  } # no\n", "a: # no\n  c: 1\n", " # none\n  {\n  # at all\n  }"],
    ['{"a":null}', '{"a":{"c":1}}', "null"],
    ['{\n  "a": []\n}\n', '{\n  "a": {\n    "c": 1\n  }\n}\n', " []"],
  ] as const;
  for (const [text, expected, former] of cases) {
    const result = changed(text, (value) => ({ ...value, a: one }));
    expect(result).toEqual({ text: expected, former: { "/a": former } });
    const document = documentOf(result.text);
    const { a: _, ...wanted } = document.value as Tree;
    expect(applyEdits(result.text, rewrite(document, wanted, result.former).edits)).toBe(text);
  }
});

test("rewrite() writes aliases out when what they stand for changes, and keeps the spelling of numbers", () => {
  const text = "a: &x\n  m: 0644\n  t: 'it''s'\nb: *x # the same\nc: *x\n";
  const { text: result, former } = changed(text, ({ a, b, c }) => ({
    a: { ...(a as Tree), k: 1 },
    b: { ...(b as Tree), k: 2 },
    c,
  }));
  expect(result).toBe(
    'a: &x\n  k: 1\n  m: 0644\n  t: \'it\'\'s\'\nb: {"m": 0644, "t": "it\'s", "k": 2} # the same\nc: {"m": 0644, "t": "it\'s"}\n',
  );
  expect(former).toEqual({ "/b": " *x", "/c": " *x" });
  const document = documentOf(result);
  const without = ({ m, t }: Tree) => ({ m, t });
  const { a, b, c } = document.value as Record<string, Tree>;
  const wanted = { a: without(a as Tree), b: without(b as Tree), c };
  expect(applyEdits(result, rewrite(document, wanted, former).edits)).toBe(text);
});

test("rewrite() adds behind a merge, which wins over what stands before it in kubectl", () => {
  const text = "a: &x {l: [1]}\nb:\n  <<: *x\n  c: 2\n";
  const { text: result, former } = changed(text, ({ a, b }) => ({ a, b: { ...(b as Tree), l: [0, 1], k: 3 } }));
  expect(result).toBe("a: &x {l: [1]}\nb:\n  <<: *x\n  l:\n  - 0\n  - 1\n  k: 3\n  c: 2\n");
  expect(former).toEqual({ "/b/l": null });
  const document = documentOf(result);
  const { a } = document.value as { a: { l: unknown } };
  expect(applyEdits(result, rewrite(document, { a, b: { c: 2, l: a.l } }, former).edits)).toBe(text);
});

test("rewrite() does not put back what was there when there is more now", () => {
  const document = documentOf("a:\n- ours\n- theirs\n");
  const { edits } = rewrite(document, { a: ["theirs"] }, { "/a": " []" });
  expect(applyEdits(document.text, edits)).toBe("a:\n- theirs\n");
});

test("rewrite() takes the later of two equal keys", () => {
  const { text } = changed("a: []\na:\n- 1\n", ({ a }) => ({ a: [0, ...(a as unknown[])] }));
  expect(text).toBe("a: []\na:\n- 0\n- 1\n");
});

test("rewrite() empties what loses everything", () => {
  expect(changed("a:\n  b: 1\nc: [x]\n", () => ({ a: {}, c: [] })).text).toBe("a: {}\nc: []\n");
});
