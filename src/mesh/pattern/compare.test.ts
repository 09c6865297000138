import { expect, test } from "bun:test";
import { compilePattern, matches, PatternError } from "../../lib/pattern.ts";
import { seededRandom } from "../../lib/random.ts";
import { shortestText } from "./compare.ts";
import { isFoundIn, type Machine, machineOf } from "./machine.ts";

function machine(source: string, caseInsensitive = false): Machine {
  const made = machineOf(source, caseInsensitive);
  if (made === null) throw new Error(`${source} has no machine`);
  return made;
}

const PIECES = [
  ..."ab A_1 ",
  ".", "\\n", "\\d", "\\W", "\\s", "[ab]", "[^a]", "[a-c1]", "[[:upper:]_]", "[]a]", "[a-]", "\\x61", "(?i)", "(?s)", "(?m)", "(?i:a)", "(?-i:b)",
  "^", "$", "\\b", "\\B", "\\A", "\\z", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?", "(", ")", "(?:", "|", "(?P<n>", "\\.", "\\/", "\\<", "\\>",
]; // biome-ignore format: a table
const TEXT = "abAB_1 .\n-";

test("isFoundIn() says what the engine says, of random patterns and texts", () => {
  const random = seededRandom(7);
  const pick = <T>(list: ArrayLike<T>): T => list[Math.floor(random() * list.length)] as T;
  let analysed = 0;
  for (let round = 0; round < 4000; round++) {
    const source = Array.from({ length: 1 + Math.floor(random() * 7) }, () => pick(PIECES)).join("");
    const caseInsensitive = random() < 0.3;
    let pattern: ReturnType<typeof compilePattern>;
    try {
      pattern = compilePattern(source, { caseInsensitive });
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      continue;
    }
    const made = machineOf(source, caseInsensitive);
    if (made === null) continue;
    analysed += 1;
    for (let count = 0; count < 12; count++) {
      const text = Array.from({ length: Math.floor(random() * 6) }, () => pick(TEXT)).join("");
      expect([source, caseInsensitive, text, isFoundIn(made, text)]).toEqual([
        source,
        caseInsensitive,
        text,
        matches(pattern, text),
      ]);
    }
    if (made.sample !== null) expect([source, matches(pattern, made.sample)]).toEqual([source, true]);
  }
  expect(analysed).toBeGreaterThan(1000);
}, 60_000);

test("machineOf() makes nothing of what is beyond ASCII", () => {
  for (const source of ["\\pL", "[a&&b]", "größe", "\\u00e9", "\\b{start}x", "(?R)$"])
    expect([source, machineOf(source, false)]).toEqual([source, null]);
});

test("shortestText() finds the text that tells two patterns apart, or that there is none", () => {
  const ask = (found: string[], missing: string[]) => {
    const answer = shortestText(
      found.map((source) => machine(source)),
      missing.map((source) => machine(source)),
    );
    return answer.kind === "text" ? answer.text : answer.kind;
  };
  expect(ask(["(?i)^delete"], ["^delete", "^DELETE"])).toHaveLength(6);
  expect(ask(["^delete from t"], ["^delete"])).toBe("none");
  expect(ask(["^delete"], ["^delete from t"])).toBe("delete");
  expect(ask([], [".*"])).toBe("none");
  expect(ask([], ["."])).toBe("");
  expect(ask([], ["(?s)."])).toBe("");
  expect(ask(["a^b"], [])).toBe("none");
  expect(ask(["$^"], [])).toBe("");
  expect(ask(["\\bdrop\\b"], ["^drop"])).toBe(" drop");
  expect(ask(["select.*insert", "^insert"], [])).toBe("insertselectinsert");
  expect(ask(["a|b"], ["[ab]"])).toBe("none");
  expect(ask(["(a|b)*c"], ["c"])).toBe("none");
  expect(ask(["(?i)truncate\\s+table"], ["(?i)^\\s*truncate"])).not.toBe("none");
});

test("shortestText() gives up instead of taking long", () => {
  const answer = shortestText([machine("a.{14}b.{14}c"), machine("(x|y).{13}z.{13}w")], [machine("(q|r).{12}s.{12}t")]);
  expect(answer.kind).toBe("unknown");
});
