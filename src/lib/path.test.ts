import { expect, test } from "bun:test";
import { jsonPointer, pathOf, valueAt, withValueAt } from "./path.ts";

test("jsonPointer() and pathOf() are each other's inverse", () => {
  const path = ["metadata", "annotations", "a~1/b~", ""];
  expect(jsonPointer(path)).toBe("/metadata/annotations/a~01~1b~0/");
  expect(pathOf(jsonPointer(path))).toEqual(path);
  expect(jsonPointer([])).toBe("");
  expect(pathOf("")).toEqual([]);
  expect(jsonPointer(["items", 3])).toBe("/items/3");
});

test("valueAt() follows maps and lists, and only what is their own", () => {
  const value = { a: [{ b: null }] };
  expect(valueAt(value, ["a", 0, "b"])).toBeNull();
  for (const path of [["a", 1], ["a", 0, "b", "c"], ["toString"]]) expect(valueAt(value, path)).toBeUndefined();
});

test("withValueAt() copies what is on the way and nothing else", () => {
  const value = { a: [{ b: 1 }, { c: 2 }], d: {} };
  const changed = withValueAt(value, ["a", 0, "b"], 3) as typeof value;
  expect(changed).toEqual({ a: [{ b: 3 }, { c: 2 }], d: {} });
  expect(value.a[0]).toEqual({ b: 1 });
  expect(changed.a[1]).toBe(value.a[1] as { c: number });
  expect(changed.d).toBe(value.d);
});
