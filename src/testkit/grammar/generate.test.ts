import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { findActions } from "./actions.ts";
import { buildAutomaton } from "./automaton.ts";
import { generate, TABLES } from "./generate.ts";
import { describeItem, type Grammar } from "./grammar.ts";
import { readGrammar } from "./read-grammar.ts";

test("src/sql/grammar.ts is what mysql.y and mysql.words amount to", async () => {
  const { text } = await generate();
  const isFresh = text === (await readFile(TABLES, "utf8"));
  expect(isFresh, "grammar.ts is stale: run make generate").toBe(true);
}, 60_000);

const SUMS = `
%token NUMBER PLUS "+" TIMES "*" OPEN "(" CLOSE ")"
%left "+"
%left "*"
%%
sum: sum "+" sum { plus } | sum "*" sum | "(" sum ")" | NUMBER ;
`;

/** What is done in the state behind \`symbols\` on \`terminal\`: "shift", "reduce 1", "error". */
function actionBehind(
  text: string,
  symbols: readonly string[],
  terminal: string,
  words: readonly string[] = [],
): string {
  const grammar = readGrammar(text);
  const numberOf = (name: string) => grammar.symbols.indexOf(name);
  const automaton = buildAutomaton(grammar, numberOf("IDENT"), new Set(words.map(numberOf)));
  let state = automaton.states[0]!;
  for (const symbol of symbols) state = state.targets.get(numberOf(symbol))!;
  const code = findActions(automaton).byState[state.index]!.get(numberOf(terminal));
  if (code === undefined || code === 0) return "error";
  return code > 0 ? "shift" : `reduce ${-1 - code}`;
}

function conflictsOf(text: string): string[] {
  const grammar: Grammar = readGrammar(text);
  const automaton = buildAutomaton(grammar, -1, new Set());
  return findActions(automaton).conflicts.map(({ kind, terminal }) => `${kind} on ${grammar.symbols[terminal]}`);
}

describe("findActions()", () => {
  test("lets precedence decide", () => {
    expect(actionBehind(SUMS, ["sum", "PLUS", "sum"], "TIMES")).toBe("shift");
    expect(actionBehind(SUMS, ["sum", "PLUS", "sum"], "PLUS")).toBe("reduce 1");
    expect(actionBehind(SUMS, ["sum", "TIMES", "sum"], "PLUS")).toBe("reduce 2");
    expect(actionBehind(SUMS.replace('%left "+"', '%nonassoc "+"'), ["sum", "PLUS", "sum"], "PLUS")).toBe("error");
    expect(actionBehind(SUMS.replace('%left "+"', '%right "+"'), ["sum", "PLUS", "sum"], "PLUS")).toBe("shift");
    expect(conflictsOf(SUMS)).toEqual([]);
  });

  test("reports what nothing decides", () => {
    expect(conflictsOf(SUMS.replace('%left "*"', "")).toSorted()).toEqual([
      "shift/reduce on PLUS",
      "shift/reduce on TIMES",
      "shift/reduce on TIMES",
    ]);
    const twice = "%token A\n%%\ns: a | b ;\na: A ;\nb: A ;\n";
    expect(conflictsOf(twice)).toEqual(["reduce/reduce on $end"]);
  });

  test("takes a word for a name where it is no keyword, and for the keyword where it could be both", () => {
    const text = "%token IDENT KEY OF\n%%\ns: KEY IDENT | IDENT OF IDENT ;\n";
    expect(actionBehind(text, ["IDENT"], "OF")).toBe("shift");
    expect(actionBehind(text, ["KEY"], "OF", ["KEY"])).toBe("shift");
    expect(actionBehind(text, ["KEY"], "IDENT", ["KEY"])).toBe("shift");
    expect(actionBehind(text, ["KEY"], "OF")).toBe("error");
  });

  test("looks ahead as LALR(1) does, where SLR(1) would see a conflict", () => {
    // The classic of assignments through pointers.
    const text = '%token ID STAR "*" EQUALS "="\n%%\ns: l "=" r | r ;\nl: "*" r | ID ;\nr: l ;\n';
    expect(conflictsOf(text)).toEqual([]);
    expect(actionBehind(text, ["l"], "EQUALS")).toBe("shift");
    expect(actionBehind(text, ["l"], "$end")).toBe("reduce 5");
  });
});

describe("readGrammar()", () => {
  test("reads what bison reads", () => {
    const grammar = readGrammar(SUMS);
    expect(grammar.symbols.slice(0, grammar.terminals)).toEqual(["$end", "NUMBER", "PLUS", "TIMES", "OPEN", "CLOSE"]);
    expect(grammar.rules.map((rule) => describeItem(grammar, rule, 0))).toEqual([
      "$accept: • sum $end (line 0)",
      "sum: • sum PLUS sum (line 6)",
      "sum: • sum TIMES sum (line 6)",
      "sum: • OPEN sum CLOSE (line 6)",
      "sum: • NUMBER (line 6)",
    ]);
    expect(grammar.rules[1]!.label).toBe("plus");
  });

  test.each([
    ["a: A ;", "there is no %%"],
    ["%token A\n%%\na: B ;", "B"],
    ["%token A\n%%\na: A ;\nb: A ;", "b"],
    ["%foo A\n%%\na: A ;", "%foo"],
    ["%token A\n%%\na: A § ;", "line 3"],
  ])("refuses %j", (text, said) => {
    expect(() => readGrammar(text)).toThrow(said);
  });
});
