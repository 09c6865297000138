import { expect, test } from "bun:test";
import { applyEdits, columnOf, lineBreakAt, lineEnd, lineStart } from "./text-edit.ts";

test("applyEdits() changes places in any order, those at one place in the order given", () => {
  const edits = [
    { start: 4, end: 5, text: "E" },
    { start: 1, end: 1, text: "+" },
    { start: 1, end: 3, text: "-" },
  ];
  expect(applyEdits("abcdef", edits)).toBe("a+-dEf");
  expect(applyEdits("abc", [])).toBe("abc");
});

test("applyEdits() refuses edits that overlap", () => {
  const edits = [
    { start: 0, end: 2, text: "" },
    { start: 1, end: 3, text: "" },
  ];
  expect(() => applyEdits("abc", edits)).toThrow("overlap");
});

test("lineStart(), lineEnd(), lineBreakAt() and columnOf() know both line ends and a last line without one", () => {
  const text = "ab\r\ncd\nef";
  expect([0, 2, 4, 8].map((position) => lineStart(text, position))).toEqual([0, 0, 4, 7]);
  expect([0, 2, 4, 8].map((position) => lineEnd(text, position))).toEqual([2, 2, 6, 9]);
  expect([0, 4, 8].map((position) => lineBreakAt(text, position))).toEqual(["\r\n", "\n", "\n"]);
  expect(lineBreakAt("a\r\nb", 3)).toBe("\r\n");
  expect(lineBreakAt("a", 0)).toBe("\n");
  expect(columnOf(text, 5)).toBe(1);
});
