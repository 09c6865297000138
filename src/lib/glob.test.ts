import { expect, test } from "bun:test";
import { matchesGlob } from "./glob.ts";

test.each<[string, string, boolean]>([
  ["a", "a", true],
  ["a", "ab", false],
  ["*", "", true],
  ["a*", "a", true],
  ["a*c", "abc", true],
  ["a*a", "a", false],
  ["*b*", "abc", true],
  ["a*b*c", "a-c-b-c", true],
  ["a*bc*c", "abc", false],
  ["test/*", "test/a/b.yaml", true],
  ["a.c", "abc", false],
])("matchesGlob(%j, %j) is %p", (pattern, text, matched) => {
  expect(matchesGlob(pattern, text)).toBe(matched);
});
