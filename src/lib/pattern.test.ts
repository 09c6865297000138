import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  atPlace,
  compilePattern,
  compilePatternSet,
  firstMatch,
  matches,
  mayMatch,
  PATTERN_LENGTH_MAX,
  PatternError,
} from "./pattern.ts";

const EXACT = { caseInsensitive: false };

function errorOf(source: string, caseInsensitive = false): PatternError {
  try {
    compilePattern(source, { caseInsensitive });
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
  throw new Error(`${source} compiles`);
}

describe("matches()", () => {
  test.each<[string, string, boolean]>([
    ["[A-Za-z]+", "abc", true],
    ["b", "abc", true],
    ["^b", "abc", false],
    ["^SELECT", "select 1", false],
    ["(?i)^SELECT", "select 1", true],
    ["a.c", "a\nc", false],
    ["(?s)a.c", "a\nc", true],
    ["b$", "a\nb\n", false],
    ["(?m)^b$", "a\nb\n", true],
    ["^\\w+$", "größe名", true],
    ["\\p{Greek}", "λ", true],
    ["^.$", "😀", true],
    ["[[:digit:]&&[^5]]", "5", false],
    ["", "", true],
    ["x", "", false],
    ["\ufffd", "a\ud800b", true],
  ])("%j in %j: %p", (source, text, isFound) => {
    expect(matches(compilePattern(source, EXACT), text)).toBe(isFound);
  });

  test("ignores case when told to", () => {
    const pattern = compilePattern("^SELECT .* FOR UPDATE", { caseInsensitive: true });
    expect(matches(pattern, "select a from b for update")).toBe(true);
    expect(matches(pattern, "select a from b")).toBe(false);
  });

  test("takes linear time where a backtracking engine takes exponential time", () => {
    const pattern = compilePattern("^(a+)+$", EXACT);
    const start = performance.now();
    expect(matches(pattern, `${"a".repeat(50_000)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("finds in texts of every length, ASCII or not", () => {
    const pattern = compilePattern("needle$", EXACT);
    for (const filler of ["x", "é", "😀"]) {
      for (const length of [0, 1, 100, 153, 154, 155, 1_000, 1_000_000]) {
        expect(matches(pattern, `${filler.repeat(length)}needle`)).toBe(true);
        expect(matches(pattern, `${filler.repeat(length)}needles`)).toBe(false);
      }
    }
  });
});

describe("compilePattern() throws PatternError", () => {
  test.each<[string, string, number | null]>([
    ["ab(c", "unclosed group", 2],
    ["é😀(", "unclosed group", 2],
    ["a(?=b)", "look-around, including look-ahead and look-behind, is not supported", 1],
    ["\\1", "backreferences are not supported", 0],
    ["[z-a]", "invalid character class range, the start must be <= the end", 1],
    ["ab\ncd(", "unclosed group", 5],
    ["a{99999}{9999}", "Compiled regex exceeds size limit of 10485760 bytes.", null],
  ])("for %j: %s at %p", (source, message, offset) => {
    for (const caseInsensitive of [false, true]) {
      const error = errorOf(source, caseInsensitive);
      expect([error.message, error.offset, error.source]).toEqual([message, offset, source]);
    }
  });

  test("for a pattern that is too long", () => {
    expect(compilePattern("a".repeat(PATTERN_LENGTH_MAX), EXACT).kind).toBe("pattern");
    expect(errorOf("a".repeat(PATTERN_LENGTH_MAX + 1)).message).toBe("longer than 4096 characters");
  });
});

describe("compilePatternSet()", () => {
  const setOf = (...sources: string[]) => compilePatternSet(sources.map((source) => ({ source, ...EXACT })));

  test("finds the first pattern in the order of the set, not of the text", () => {
    const set = setOf("c", "b", "a", "b");
    expect(firstMatch(set, "a b")).toBe(1);
    expect(firstMatch(set, "a")).toBe(2);
    expect(firstMatch(set, "x")).toBe(-1);
  });

  test("of nothing finds nothing and loads nothing", () => {
    expect(firstMatch(setOf(), "a")).toBe(-1);
  });

  test("names the first pattern that does not compile", () => {
    expect(() => setOf("a", "b(", "c[")).toThrow(expect.objectContaining({ index: 1, source: "b(" }));
  });

  test("keeps flags and comments of one pattern out of the others", () => {
    const set = setOf("(?x) a # comment", "(?i)b", "C");
    expect(["a", "B", "c", "C"].map((text) => firstMatch(set, text))).toEqual([0, 1, -1, 2]);
  });

  test("splits where the patterns together are too large", () => {
    const sources = Array.from({ length: 24 }, (_, index) => `^(?:\\w{1,24}\\s){3}x${index}$`);
    const set = setOf(...sources);
    expect(set.parts.length).toBeGreaterThan(1);
    expect(firstMatch(set, "a b c x23")).toBe(23);
    expect(firstMatch(set, "a b c x0")).toBe(0);
    expect(firstMatch(set, "a b c x24")).toBe(-1);
  }, 60_000);

  test("does not fill one engine for ever", () => {
    const engines = new Set<unknown>();
    for (let reload = 0; reload < 24; reload++) {
      const set = setOf(...Array.from({ length: 20 }, (_, index) => `(?i)delete\\s+from\\s+t${index}_${reload}\\b`));
      expect(firstMatch(set, `x DELETE from t7_${reload}`)).toBe(7);
      for (const part of set.parts) {
        engines.add(part.engine);
        expect(part.engine.exports.memory.buffer.byteLength).toBeLessThan(64 * 1024 * 1024);
      }
    }
    expect(engines.size).toBeGreaterThan(1);
  });

  test("mayMatch() of ASCII bytes says what firstMatch() of their text finds; of others it never says no wrongly", () => {
    const set = setOf("^b", "\\d+x$", "needle", "\\u{e9}", "\\x00");
    const texts = [
      "",
      "b",
      "ab",
      "12x",
      "12x ",
      "a needle",
      "ned",
      "caf\u00e9",
      "a\0",
      "x".repeat(999),
      "x".repeat(5_000),
    ];
    texts.push(`${"x".repeat(994)}needle`, `${"x".repeat(995)}needle`, `b${"y".repeat(5_000)}`);
    for (const text of texts) {
      const bytes = Buffer.from(`12x${text}12x`);
      const isFound = firstMatch(set, text) >= 0;
      const answer = mayMatch(set, bytes, 3, bytes.length - 3);
      if (/^[\0-\x7f]{0,1000}$/.test(text)) expect([text, answer]).toEqual([text, isFound]);
      else expect([text, answer]).toEqual([text, true]);
    }
    expect(mayMatch(setOf(), Buffer.from("a"), 0, 1)).toBe(false);
  });

  test("loses no memory with long texts, or ones that are not ASCII", () => {
    const set = setOf("needle");
    const engine = set.parts[0]?.engine;
    const short = Buffer.from("é".repeat(400));
    const bytesAfter = (rounds: number): number => {
      for (let round = 0; round < rounds; round++) {
        firstMatch(set, "é".repeat(50_000 + 1_000 * (round % 40)));
        for (let time = 0; time < 100; time++) mayMatch(set, short, 0, short.length);
      }
      return engine?.exports.memory.buffer.byteLength ?? 0;
    };
    const settled = bytesAfter(200);
    expect(bytesAfter(800) - settled).toBeLessThan(2 * 1024 * 1024);
  });
});

test("atPlace() says where in the configuration a pattern stands", () => {
  const error = atPlace(errorOf("a("), 'circuit_break rule "x": regex[0]');
  expect(error.message).toBe('circuit_break rule "x": regex[0]: unclosed group at character 1');
  expect(atPlace(errorOf("a{99999}{9999}"), "x").message).toEndWith("10485760 bytes.");
});

test("compilePattern() works in a compiled executable, from another directory", () => {
  const folder = mkdtempSync(join(tmpdir(), "pattern-"));
  try {
    const source = join(folder, "main.ts");
    writeFileSync(
      source,
      `import { compilePattern, matches } from ${JSON.stringify(join(import.meta.dir, "pattern.ts"))};
       process.stdout.write(String(matches(compilePattern("^b+$", { caseInsensitive: true }), "BBB")));`,
    );
    const built = Bun.spawnSync([process.execPath, "build", "--compile", source, "--outfile", join(folder, "main")]);
    expect(built.stderr.toString()).not.toContain("error");
    const run = Bun.spawnSync([join(folder, "main")], { cwd: "/", env: {} });
    expect(run.stdout.toString()).toBe("true");
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
