import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { sharedText } from "./shared-text.ts";

const COUNT = 10_000;

test("sharedText() keeps one string of many that are equal", () => {
  const bytes = Buffer.from("catalogue");
  const strings = (share: (text: string) => string) => {
    Bun.gc(true);
    const before = heapStats().objectTypeCounts["string"] ?? 0;
    const kept = Array.from({ length: COUNT }, () => share(bytes.toString("latin1")));
    Bun.gc(true);
    return { grown: (heapStats().objectTypeCounts["string"] ?? 0) - before, kept };
  };
  expect(strings((text) => text).grown).toBeGreaterThan(COUNT / 2);
  const { grown, kept } = strings(sharedText);
  expect(grown).toBeLessThan(COUNT / 2);
  expect(new Set(kept)).toEqual(new Set(["catalogue"]));
});

test("sharedText() is equal to what it is given, however much that is", () => {
  const texts = Array.from({ length: 3_000 }, (_, index) => `user-${index}`);
  expect(texts.map(sharedText)).toEqual(texts);
  const long = "x".repeat(100_000);
  expect(sharedText(long)).toBe(long);
  expect(sharedText("")).toBe("");
});
