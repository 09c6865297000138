import { expect, test } from "bun:test";
import { readYaml } from "./yaml.ts";
import { yamlLines } from "./yaml-lines.ts";

const VALUE = {
  list: [{ a: 1, b: { c: true } }, [], "x", [["y"]], null],
  map: { empty: {}, text: "two words" },
};

test("yamlLines() indents maps and lists as asked", () => {
  expect(yamlLines({ a: [{ b: { c: 1 } }] }, { map: 4, list: 0 })).toEqual(["a:", "- b:", "      c: 1"]);
  expect(yamlLines({ a: [{ b: [1] }] }, { map: 2, list: 3 })).toEqual(["a:", "   - b:", "        - 1"]);
});

test("yamlLines() gives what reads back as the same value", () => {
  for (const indent of [
    { map: 2, list: 0 },
    { map: 2, list: 2 },
    { map: 3, list: 1 },
    { map: 8, list: 4 },
  ]) {
    expect(readYaml(yamlLines(VALUE, indent).join("\n"), "x").documents[0]?.value).toEqual(VALUE);
  }
});

test("yamlLines() quotes what would be read as something else, and keeps every text on one line", () => {
  const texts = [
    "",
    "yes",
    "N",
    "on",
    "null",
    "~",
    "0644",
    "1_000",
    "1e3",
    ".inf",
    "22:22",
    "a: b",
    "a #b",
    "- x",
    "*a",
  ];
  texts.push(
    "&a",
    "!t",
    "a\nb\n",
    "tab\t",
    " lead",
    "trail ",
    "it's",
    '"',
    "\u2028",
    "\u0085",
    "\ufeff",
    "\0",
    "\r",
    "ä",
    "@a",
    "`a",
    "%a",
    "a:",
    "/x",
  );
  texts.push("pisanix:1.0.0", "a/b@sha256:00", "{}", "[", "true", "NaN", "x".repeat(200));
  const lines = yamlLines(texts, { map: 2, list: 0 });
  expect(lines).toHaveLength(texts.length);
  expect(readYaml(lines.join("\n"), "x").documents[0]?.value).toEqual(texts);
  const keyed = Object.fromEntries(texts.map((text, index) => [text, index]));
  expect(readYaml(yamlLines(keyed, { map: 2, list: 0 }).join("\n"), "x").documents[0]?.value).toEqual(keyed);
});
