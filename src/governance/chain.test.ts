import { describe, expect, test } from "bun:test";
import type { CircuitBreakConfig, ConcurrencyControlConfig } from "../api/proxy-config.ts";
import { PatternError } from "../lib/pattern.ts";
import { newStatement, readStatement } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";
import { admit, type Chain, compileChain, needsText, newVerdict, rejectionsOf, release } from "./chain.ts";
import type { Filter, SessionView, Verdict } from "./filter.ts";

const SESSION: SessionView = { id: 1, user: "root", schema: "test" };

function aStatement(sql: string): Statement {
  const statement = newStatement();
  const bytes = new TextEncoder().encode(sql);
  readStatement(statement, 3, bytes, 0, bytes.length);
  return statement;
}

function aBreak(regex: string[], rest: Partial<CircuitBreakConfig> = {}): CircuitBreakConfig {
  return { regex, case_insensitive: false, ...rest };
}

function aLimit(regex: string[], max: number, rest: Partial<ConcurrencyControlConfig> = {}): ConcurrencyControlConfig {
  return { regex, case_insensitive: false, max_concurrency: max, duration: 50, ...rest };
}

/** Asks once with a verdict of its own; null when admitted, else the verdict. */
function refusalOf(chain: Chain, sql: string): Verdict | null {
  const verdict = newVerdict();
  if (!admit(chain, SESSION, aStatement(sql), verdict)) return verdict;
  release(chain, SESSION, verdict);
  return null;
}

/** Starts statements that go on; returns the verdicts of those that may run. */
function start(chain: Chain, sql: string, count: number): Verdict[] {
  return Array.from({ length: count }, newVerdict).filter((verdict) => admit(chain, SESSION, aStatement(sql), verdict));
}

function end(chain: Chain, verdicts: Verdict[]): void {
  for (const verdict of verdicts) release(chain, SESSION, verdict);
}

describe("circuit break", () => {
  test("refuses a text in which any pattern of any rule is found", () => {
    const chain = compileChain({
      circuit_break: [aBreak(["^drop", "truncate"]), aBreak(["[A-Za-z]+$"], { name: "words" })],
    });
    expect(refusalOf(chain, "abc")).toEqual({
      held: 0,
      permit: null,
      filter: "circuit_break",
      rule: "words",
      code: 1047,
      sqlState: "08S01",
      message: 'audit plugin rejected: circuit break rule "words"',
    });
    expect(refusalOf(chain, "x; truncate t1")?.rule).toBe("circuit_break[0]");
    expect(refusalOf(chain, "12")).toBeNull();
  });

  test("looks at the raw text, comments and case included", () => {
    const chain = compileChain({
      circuit_break: [aBreak(["^SELECT .* FOR UPDATE"], { case_insensitive: true }), aBreak(["secret"])],
    });
    expect(refusalOf(chain, "select 1 for update")?.rule).toBe("circuit_break[0]");
    expect(refusalOf(chain, " select 1 for update")).toBeNull();
    expect(refusalOf(chain, "select 1 /* secret */")?.rule).toBe("circuit_break[1]");
    expect(refusalOf(chain, "select 1 /* SECRET */")).toBeNull();
  });

  test("answers what the rule is told to answer", () => {
    const rule = aBreak(["x"], { name: "r", code: 3100, sql_state: "HY000", message: "not today" });
    expect(refusalOf(compileChain({ circuit_break: [rule] }), "x")).toMatchObject({
      code: 3100,
      sqlState: "HY000",
      message: "not today",
    });
  });
});

describe("concurrency control", () => {
  test("lets max_concurrency of five run, and the next when one has ended", () => {
    const chain = compileChain({ concurrency_control: [aLimit(["[A-Za-z]+$"], 3)] });
    const running = start(chain, "abc", 5);
    expect(running).toHaveLength(3);
    expect(refusalOf(chain, "abc")).toEqual({
      held: 0,
      permit: null,
      filter: "concurrency_control",
      rule: "concurrency_control[0]",
      code: 1047,
      sqlState: "08S01",
      message: 'concurrency control plugin rejected: concurrency control rule "concurrency_control[0]" (3 running)',
    });
    end(chain, running.splice(0, 1));
    running.push(...start(chain, "abc", 2));
    expect(running).toHaveLength(3);
    end(chain, running);
    expect(start(chain, "abc", 9)).toHaveLength(3);
  });

  test("refuses everything at max_concurrency 0", () => {
    const chain = compileChain({ concurrency_control: [aLimit(["a"], 0)] });
    for (let asked = 0; asked < 3; asked++) expect(refusalOf(chain, "a")?.message).toContain("(0 running)");
    expect(refusalOf(chain, "b")).toBeNull();
  });

  test("asks only the first rule that matches", () => {
    const chain = compileChain({
      concurrency_control: [aLimit(["^select"], 2, { name: "all" }), aLimit(["for update"], 0, { name: "locks" })],
    });
    expect(start(chain, "select 1 for update", 3)).toHaveLength(2);
    expect(refusalOf(chain, "update t for update")?.rule).toBe("locks");
  });

  test("takes no place for a statement that matches nothing", () => {
    const chain = compileChain({ concurrency_control: [aLimit(["a"], 1)] });
    expect(start(chain, "b", 50)).toHaveLength(50);
    expect(start(chain, "a", 2)).toHaveLength(1);
  });

  test("gives each place back once, however often it is released", () => {
    const chain = compileChain({ concurrency_control: [aLimit(["a"], 2)] });
    const [first, second] = start(chain, "a", 2);
    for (let time = 0; time < 3; time++) release(chain, SESSION, first!);
    expect(start(chain, "a", 5)).toHaveLength(1);
    expect(second?.held).toBe(1);
  });

  test("never admits more than the limit, over any order of starts and ends", () => {
    const chain = compileChain({ concurrency_control: [aLimit(["a"], 4)] });
    const running: Verdict[] = [];
    for (let step = 0; step < 2_000; step++) {
      if ((step * 7919) % 5 < 3) running.push(...start(chain, "a", 1));
      else end(chain, running.splice((step * 31) % Math.max(1, running.length), 1));
      expect(running.length).toBeLessThanOrEqual(4);
      expect(chain[0]?.tallies[0]?.taken).toBe(running.length);
    }
  });
});

describe("compileChain()", () => {
  test("of nothing is empty, needs no text and admits everything", () => {
    for (const plugin of [undefined, {}, { circuit_break: [], concurrency_control: [] }]) {
      const chain = compileChain(plugin);
      expect(chain).toHaveLength(0);
      expect(needsText(chain)).toBe(false);
      const statement = aStatement("drop table t");
      expect(admit(chain, SESSION, statement, newVerdict())).toBe(true);
      expect(statement.text).toBe("");
    }
  });

  test("asks circuit break first", () => {
    const chain = compileChain({ circuit_break: [aBreak(["a"])], concurrency_control: [aLimit(["a"], 0)] });
    expect(needsText(chain)).toBe(true);
    expect(Object.isFrozen(chain)).toBe(true);
    expect(refusalOf(chain, "abc")?.filter).toBe("circuit_break");
    expect(rejectionsOf(chain)).toEqual([
      { filter: "circuit_break", rule: "circuit_break[0]", count: 1 },
      { filter: "concurrency_control", rule: "concurrency_control[0]", count: 0 },
    ]);
  });

  test("names the rule and the pattern that does not compile", () => {
    const plugin = { circuit_break: [aBreak(["a"]), aBreak(["b", "ab("], { name: "bad" })] };
    expect(() => compileChain(plugin)).toThrow(PatternError);
    expect(() => compileChain(plugin)).toThrow('circuit_break rule "bad": regex[1]: unclosed group at character 2');
    expect(() => compileChain({ concurrency_control: [aLimit(["[a"], 1)] })).toThrow(
      'concurrency_control rule "concurrency_control[0]": regex[0]: unclosed character class at character 0',
    );
  });

  test("goes on with the counts and the places of the chain before", () => {
    const before = compileChain({
      circuit_break: [aBreak(["x"], { name: "x" })],
      concurrency_control: [aLimit(["a"], 2, { name: "a" }), aLimit(["b"], 2, { name: "b" })],
    });
    refusalOf(before, "x");
    const running = start(before, "a", 2);
    const after = compileChain(
      {
        circuit_break: [aBreak(["y"], { name: "y" }), aBreak(["x"], { name: "x" })],
        concurrency_control: [aLimit(["a"], 3, { name: "a" })],
      },
      before,
    );
    expect(rejectionsOf(after).map(({ rule, count }) => [rule, count])).toEqual([
      ["y", 0],
      ["x", 1],
      ["a", 0],
    ]);
    expect(start(after, "a", 5)).toHaveLength(1);
    end(before, running);
    expect(start(after, "a", 5)).toHaveLength(2);
  });

  test("a rule without a name is the same wherever it stands, while its patterns are", () => {
    const before = compileChain({ concurrency_control: [aLimit(["a"], 1), aLimit(["b"], 1)] });
    const [running] = start(before, "b", 1);
    const limits = [aLimit(["c"], 1), aLimit(["b"], 1), aLimit(["a"], 1, { case_insensitive: true })];
    const after = compileChain({ concurrency_control: limits }, before);
    expect(refusalOf(after, "b")?.rule).toBe("concurrency_control[1]");
    expect([start(after, "c", 2).length, start(after, "A", 2).length]).toEqual([1, 1]);
    end(before, [running!]);
    expect(refusalOf(after, "b")).toBeNull();
  });

  test("counts two rules of one name apart", () => {
    const plugin = { concurrency_control: [aLimit(["a"], 1, { name: "n" }), aLimit(["b"], 1, { name: "n" })] };
    const chain = compileChain(plugin, compileChain(plugin));
    expect([start(chain, "a", 2).length, start(chain, "b", 2).length]).toEqual([1, 1]);
  });
});

describe("admit()", () => {
  /** A filter that writes down what it is asked. */
  function aFilter(name: string, answer: "pass" | "refuse", log: string[]): Filter {
    return {
      name,
      needsText: false,
      rules: [],
      tallies: [],
      admit() {
        log.push(`admit ${name}`);
        return answer;
      },
      release() {
        log.push(`release ${name}`);
      },
    };
  }

  test("releases earlier filters, last first, when a later one refuses", () => {
    const log: string[] = [];
    const verdict = newVerdict();
    const chain = [
      aFilter("a", "pass", log),
      aFilter("b", "pass", log),
      aFilter("c", "refuse", log),
      aFilter("d", "pass", log),
    ];
    expect(admit(chain, SESSION, aStatement("x"), verdict)).toBe(false);
    release(chain, SESSION, verdict);
    expect(log).toEqual(["admit a", "admit b", "admit c", "release b", "release a"]);
  });

  test("is not asked again before release()", () => {
    const chain = [aFilter("a", "pass", [])];
    const verdict = newVerdict();
    expect(admit(chain, SESSION, aStatement("x"), verdict)).toBe(true);
    expect(() => admit(chain, SESSION, aStatement("x"), verdict)).toThrow("invariant broken");
    expect(() => release([], SESSION, verdict)).toThrow("invariant broken");
  });
});
