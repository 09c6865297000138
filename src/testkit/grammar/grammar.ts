/** A context-free grammar as the generator holds it: symbols are numbers, terminals first. */

/** One alternative of a nonterminal. */
export interface Rule {
  readonly index: number;
  readonly left: number;
  readonly right: readonly number[];
  /** The terminal whose precedence decides a conflict about this rule, -1 for none. */
  readonly precedence: number;
  /** The words between braces after the alternative: what its nodes are called, and which dialect has it. */
  readonly label: string;
  /** Where it stands in the grammar file. */
  readonly line: number;
}

export interface Precedence {
  /** Higher binds tighter. */
  readonly level: number;
  readonly associativity: "left" | "right" | "nonassoc" | "precedence";
}

export interface Grammar {
  /** Names of the symbols: terminals from 0 to `terminals` - 1, then nonterminals. Terminal 0 is the end of the text. */
  readonly symbols: readonly string[];
  readonly terminals: number;
  /** Rule 0 is `$accept: <start> $end`. */
  readonly rules: readonly Rule[];
  /** The rules of each nonterminal, by `symbol - terminals`. */
  readonly rulesOf: readonly (readonly Rule[])[];
  readonly precedences: ReadonlyMap<number, Precedence>;
  /** How many conflicts the file declares by `%expect` and `%expect-rr`. */
  readonly expectedShiftReduce: number;
  readonly expectedReduceReduce: number;
}

/** A rule as it is written, with a dot where the parser stands. For conflicts and failures. */
export function describeItem(grammar: Grammar, rule: Rule, dot: number): string {
  const right = rule.right.map((symbol) => grammar.symbols[symbol]);
  return `${grammar.symbols[rule.left]}: ${[...right.slice(0, dot), "•", ...right.slice(dot)].join(" ")} (line ${rule.line})`;
}
