/**
 * The LR(0) automaton of a grammar.
 *
 * A word that may also be a name (a keyword that is not reserved) stands wherever the terminal IDENT stands. Where such a
 * word has a meaning of its own besides, one transition on it leads to both readings at once, as if the grammar had said
 * `name: IDENT | WORD` in that place; the keyword wins where what follows fits both. Where a word has no meaning of its
 * own nothing is built: the parser takes IDENT's action then.
 */
import type { Grammar, Rule } from "./grammar.ts";

/** A rule with a dot before `rule.right[dot]`. */
export interface Item {
  readonly rule: Rule;
  readonly dot: number;
}

export interface State {
  readonly index: number;
  /** The symbol that leads here, -1 for the first state. */
  readonly symbol: number;
  /** Items with something before the dot, by their number. */
  readonly kernel: readonly number[];
  /** Where each symbol leads. */
  readonly targets: ReadonlyMap<number, State>;
  /** Symbols that come only of reading the word that leads here as a name. */
  readonly nameOnly: ReadonlySet<number>;
}

export interface Automaton {
  readonly grammar: Grammar;
  readonly states: readonly State[];
  /** Every item, by number. An item and the one with its dot one place further are neighbours. */
  readonly items: readonly Item[];
  /** The number of each rule's first item. */
  readonly firstItem: readonly number[];
  /** The terminal IDENT, and the terminals that may stand for it. */
  readonly name: number;
  readonly words: ReadonlySet<number>;
}

interface Builder {
  readonly automaton: Automaton & { states: State[] };
  /** For each nonterminal the items at the left edge of what it derives. */
  readonly edges: readonly (readonly number[])[];
  readonly known: Map<string, State>;
}

/** Builds the automaton. `words` are the terminals that may be names; without any it is the plain one of the textbook. */
export function buildAutomaton(grammar: Grammar, name: number, words: ReadonlySet<number>): Automaton {
  const items = grammar.rules.flatMap((rule) => [...rule.right, -1].map((_, dot): Item => ({ rule, dot })));
  const firstItem: number[] = [];
  for (const [number, item] of items.entries()) if (item.dot === 0) firstItem.push(number);
  const automaton = { grammar, states: [], items, firstItem, name, words };
  const builder: Builder = { automaton, edges: leftEdges(grammar, firstItem), known: new Map() };
  intern(builder, -1, [0]);
  // States are appended while they are walked.
  for (const state of automaton.states as State[]) connect(builder, state);
  return automaton;
}

/** Whether the item was reached by reading the keyword before it as a name. */
export function isNameReading(automaton: Automaton, state: State, item: Item): boolean {
  return state.symbol !== automaton.name && item.rule.right[item.dot - 1] === automaton.name;
}

function intern(builder: Builder, symbol: number, kernel: number[]): State {
  const sorted = [...new Set(kernel)].sort((a, b) => a - b);
  const key = `${symbol}:${sorted.join(" ")}`;
  const known = builder.known.get(key);
  if (known !== undefined) return known;
  const { states } = builder.automaton;
  const state: State = { index: states.length, symbol, kernel: sorted, targets: new Map(), nameOnly: new Set() };
  states.push(state);
  builder.known.set(key, state);
  return state;
}

function connect(builder: Builder, state: State): void {
  const { automaton } = builder;
  const { items, name, words } = automaton;
  const kernels = new Map<number, number[]>();
  const own = new Set<number>();
  for (const number of state.kernel) {
    const isName = isNameReading(automaton, state, items[number]!);
    for (const inside of closureOf(builder, number)) {
      const { rule, dot } = items[inside]!;
      const symbol = rule.right[dot];
      if (symbol === undefined) continue;
      if (!isName) own.add(symbol);
      const kernel = kernels.get(symbol);
      if (kernel === undefined) kernels.set(symbol, [inside + 1]);
      else kernel.push(inside + 1);
    }
  }
  const names = kernels.get(name);
  for (const [symbol, kernel] of kernels) {
    const isBoth = names !== undefined && words.has(symbol);
    const target = intern(builder, symbol, isBoth ? [...kernel, ...undecided(builder, kernel, names)] : kernel);
    (state.targets as Map<number, State>).set(symbol, target);
    if (!own.has(symbol)) (state.nameOnly as Set<number>).add(symbol);
  }
}

/** The readings as a name that the next terminal does not already decide for the keyword. */
function undecided(builder: Builder, keyword: readonly number[], names: readonly number[]): number[] {
  const { items } = builder.automaton;
  const nextOf = (number: number): number | undefined => items[number]!.rule.right[items[number]!.dot];
  const decided = new Set(keyword.flatMap((number) => closureOf(builder, number).map(nextOf)));
  return names.filter((number) => nextOf(number) === undefined || !decided.has(nextOf(number)));
}

function closureOf(builder: Builder, number: number): readonly number[] {
  const { grammar, items } = builder.automaton;
  const { rule, dot } = items[number]!;
  const next = rule.right[dot];
  if (next === undefined || next < grammar.terminals) return [number];
  return [number, ...builder.edges[next - grammar.terminals]!];
}

function leftEdges(grammar: Grammar, firstItem: readonly number[]): number[][] {
  return grammar.rulesOf.map((_, i) => {
    const reached = new Set([grammar.terminals + i]);
    const edge: number[] = [];
    for (const symbol of reached) {
      for (const rule of grammar.rulesOf[symbol - grammar.terminals]!) {
        edge.push(firstItem[rule.index]!);
        const first = rule.right[0];
        if (first !== undefined && first >= grammar.terminals) reached.add(first);
      }
    }
    return edge;
  });
}
