/**
 * LALR(1) lookaheads by the method of DeRemer and Pennello: which terminals may follow a rule where it is reduced.
 * https://dl.acm.org/doi/10.1145/69622.357187
 */
import type { Automaton, State } from "./automaton.ts";
import type { Rule } from "./grammar.ts";

/** A set of terminals, one bit each. */
export type Terminals = Uint32Array;

/** A nonterminal that is recognised in a state: the edge `state --symbol-->`. */
interface Transition {
  readonly state: State;
  readonly symbol: number;
  readonly follow: Terminals;
  readonly reads: number[];
  readonly includes: number[];
}

interface Work {
  readonly automaton: Automaton;
  readonly transitions: Transition[];
  /** The place of a transition in the list, by state and symbol. */
  readonly numbers: readonly ReadonlyMap<number, number>[];
  readonly isNullable: readonly boolean[];
  /** For each state and complete rule the transitions whose followers it has. */
  readonly lookbacks: Map<number, number[]>[];
}

/** Whether `set` has `terminal`. */
export function hasTerminal(set: Terminals, terminal: number): boolean {
  return (set[terminal >>> 5]! & (1 << (terminal & 31))) !== 0;
}

/** For each state the terminals on which each complete rule is reduced, by rule number. */
export function findLookaheads(automaton: Automaton): ReadonlyMap<number, Terminals>[] {
  const work = startWork(automaton);
  for (const transition of work.transitions) addDirect(work, transition);
  digraph(work.transitions, (transition) => transition.reads);
  for (const transition of work.transitions) followRules(work, transition);
  digraph(work.transitions, (transition) => transition.includes);
  return work.lookbacks.map((lookbacks) => {
    const sets = new Map<number, Terminals>();
    for (const [rule, numbers] of lookbacks) {
      const set = newSet(automaton);
      for (const number of numbers) addAll(set, work.transitions[number]!.follow);
      sets.set(rule, set);
    }
    return sets;
  });
}

function startWork(automaton: Automaton): Work {
  const { grammar, states } = automaton;
  const transitions: Transition[] = [];
  const numbers = states.map((state) => {
    const own = new Map<number, number>();
    for (const symbol of state.targets.keys()) {
      if (symbol < grammar.terminals) continue;
      own.set(symbol, transitions.length);
      transitions.push({ state, symbol, follow: newSet(automaton), reads: [], includes: [] });
    }
    return own;
  });
  return {
    automaton,
    transitions,
    numbers,
    isNullable: findNullable(automaton),
    lookbacks: states.map(() => new Map()),
  };
}

function findNullable({ grammar }: Automaton): boolean[] {
  const isNullable: boolean[] = grammar.symbols.map(() => false);
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const rule of grammar.rules) {
      if (isNullable[rule.left] || !rule.right.every((symbol) => isNullable[symbol])) continue;
      isNullable[rule.left] = true;
      isChanged = true;
    }
  }
  return isNullable;
}

/** What can be read right after the nonterminal, and which empty nonterminals can stand in between. */
function addDirect(work: Work, transition: Transition): void {
  const { grammar } = work.automaton;
  const after = transition.state.targets.get(transition.symbol)!;
  for (const symbol of after.targets.keys()) {
    if (symbol < grammar.terminals) transition.follow[symbol >>> 5]! |= 1 << (symbol & 31);
    else if (work.isNullable[symbol]) transition.reads.push(work.numbers[after.index]!.get(symbol)!);
  }
}

/** Walks each rule of the nonterminal from its state: what ends with the rule is followed by what follows the nonterminal. */
function followRules(work: Work, transition: Transition): void {
  const { grammar } = work.automaton;
  const number = work.numbers[transition.state.index]!.get(transition.symbol)!;
  for (const rule of grammar.rulesOf[transition.symbol - grammar.terminals]!) {
    let isRestNullable = true;
    const nullableFrom = rule.right.map(() => false);
    for (let i = rule.right.length - 1; i >= 0; i--) {
      nullableFrom[i] = isRestNullable;
      isRestNullable &&= work.isNullable[rule.right[i]!]!;
    }
    walk(work, transition.state, rule, 0, (state, i) => {
      if (i === rule.right.length) {
        const lookbacks = work.lookbacks[state.index]!;
        const known = lookbacks.get(rule.index);
        if (known === undefined) lookbacks.set(rule.index, [number]);
        else known.push(number);
      } else if (rule.right[i]! >= grammar.terminals && nullableFrom[i]) {
        const inner = work.transitions[work.numbers[state.index]!.get(rule.right[i]!)!]!;
        inner.includes.push(number);
      }
    });
  }
}

/**
 * Visits the states on the way of `rule` from `state`. A name has several ways: IDENT and the words that may stand for it,
 * as far as the keyword does not win.
 */
function walk(work: Work, state: State, rule: Rule, i: number, visit: (state: State, i: number) => void): void {
  visit(state, i);
  const symbol = rule.right[i];
  if (symbol === undefined) return;
  const { name, words, firstItem } = work.automaton;
  const item = firstItem[rule.index]! + i + 1;
  const target = state.targets.get(symbol);
  if (target?.kernel.includes(item)) walk(work, target, rule, i + 1, visit);
  if (symbol !== name) return;
  for (const [word, other] of state.targets) {
    if (words.has(word) && other.kernel.includes(item)) walk(work, other, rule, i + 1, visit);
  }
}

/** Adds to each set those of everything it leads to; members of a cycle share theirs. */
function digraph(transitions: readonly Transition[], edgesOf: (transition: Transition) => readonly number[]): void {
  const depths = new Int32Array(transitions.length);
  const stack: number[] = [];
  const visit = (x: number): void => {
    stack.push(x);
    const depth = stack.length;
    depths[x] = depth;
    const { follow } = transitions[x]!;
    for (const y of edgesOf(transitions[x]!)) {
      if (depths[y] === 0) visit(y);
      depths[x] = Math.min(depths[x]!, depths[y]!);
      addAll(follow, transitions[y]!.follow);
    }
    if (depths[x] !== depth) return;
    for (;;) {
      const member = stack.pop()!;
      depths[member] = 0x7fffffff;
      if (member === x) return;
      transitions[member]!.follow.set(follow);
    }
  };
  for (const x of transitions.keys()) if (depths[x] === 0) visit(x);
}

function newSet(automaton: Automaton): Terminals {
  return new Uint32Array((automaton.grammar.terminals + 31) >>> 5);
}

function addAll(set: Terminals, other: Terminals): void {
  for (let i = 0; i < set.length; i++) set[i]! |= other[i]!;
}
