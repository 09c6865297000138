import { expect, test } from "bun:test";
import { compilePattern, PatternError } from "./pattern.ts";
import { adviceOf, quoted } from "./pattern-advice.ts";

function advice(source: string) {
  try {
    compilePattern(source, { caseInsensitive: false });
  } catch (error) {
    if (error instanceof PatternError) return adviceOf(error);
  }
  throw new Error(`${source} compiles`);
}

test.each<[string, string]>([
  ["^delete from (?=orders)", "^delete from orders"],
  ["(?<=for )update", "for update"],
  ["(?>select|insert) a", "(?:select|insert) a"],
  ["a(?#comment)b", "ab"],
  ["x\\Z", "x\\z"],
  ["select\\h+a", "select[ \\t]+a"],
  ["a{,3}", "a{0,3}"],
  ["(?<!\\w)drop(?!\\w)", "\\bdrop\\b"],
])("adviceOf() rewrites %j as %j", (source, rewritten) => {
  expect(advice(source)).toEqual({
    isOtherDialect: true,
    remedy: `write ${quoted(rewritten)}, which is found in the same statements`,
  });
});

test("adviceOf() says what cannot be said, and how to go about it", () => {
  expect(advice("^(?!select).*").remedy).toContain('"all but" cannot be said');
  expect(advice("(?=.*a)(?=.*b).*").remedy).toContain("a.*b|b.*a");
  expect(advice("(a|b)\\1").remedy).toContain("write the alternatives out");
});

test("adviceOf() tells a slip from another dialect", () => {
  expect(advice("count(")).toEqual({
    isOtherDialect: false,
    remedy: expect.stringContaining("close it, or, if it is meant literally, write 'count\\('"),
  });
  expect(advice("*a").remedy).toContain("write '\\*a'");
});
