import { expect, test } from "bun:test";
import { changedFields, isSameValue } from "./same-value.ts";
import { newSecret } from "./secret.ts";

test("isSameValue() compares what is in lists and objects, whatever the order of fields", () => {
  expect(isSameValue({ a: [1, { b: "x" }], c: null }, { c: null, a: [1, { b: "x" }] })).toBe(true);
  expect(isSameValue({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(isSameValue([1], { 0: 1 })).toBe(false);
  expect(isSameValue([1], [1, undefined])).toBe(false);
  expect(isSameValue(null, {})).toBe(false);
  expect(isSameValue("1", 1)).toBe(false);
});

test("isSameValue() takes an absent field for one that is undefined", () => {
  expect(isSameValue({ a: undefined }, {})).toBe(true);
  expect(isSameValue({ a: undefined }, { a: null })).toBe(false);
});

test("isSameValue() compares secrets by what they hide", () => {
  expect(isSameValue({ password: newSecret("a") }, { password: newSecret("a") })).toBe(true);
  expect(isSameValue({ password: newSecret("a") }, { password: newSecret("b") })).toBe(false);
  expect(isSameValue(newSecret("a"), "a")).toBe(false);
});

test("changedFields() names what is new, gone or another", () => {
  expect(changedFields({ a: 1, b: 2, c: [3] }, { b: 2, c: [4], d: 5 })).toEqual(["a", "c", "d"]);
  expect(changedFields({}, { toString: 1 })).toEqual(["toString"]);
});
