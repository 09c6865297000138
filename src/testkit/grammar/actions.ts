/** What the parser does in each state on each terminal, conflicts decided as yacc decides them. */
import { type Automaton, isNameReading, type State } from "./automaton.ts";
import { describeItem, type Rule } from "./grammar.ts";
import { findLookaheads, hasTerminal, type Terminals } from "./lookaheads.ts";

/** A shift is the number of the state that it leads to; a reduction is `-1 - rule`; ERROR is a terminal that %nonassoc forbids. */
export type Action = number;
/** No shift leads to the first state. */
export const ERROR: Action = 0;

export interface Conflict {
  readonly kind: "shift/reduce" | "reduce/reduce";
  readonly state: State;
  readonly terminal: number;
  readonly text: string;
}

export interface Actions {
  /** For each state its actions by terminal. */
  readonly byState: readonly ReadonlyMap<number, Action>[];
  /** What no precedence decides: the shift wins, or the rule that is written first. */
  readonly conflicts: readonly Conflict[];
  /** Where a word could be a keyword or a name and is taken for the keyword. */
  readonly wordChoices: readonly Conflict[];
}

/** The action that reduces by a rule. */
export function reduction(rule: Rule): Action {
  return -1 - rule.index;
}

interface Deciding {
  readonly automaton: Automaton;
  readonly state: State;
  readonly actions: Map<number, Action>;
  readonly conflicts: Conflict[];
  readonly wordChoices: Conflict[];
}

/** Decides every state. */
export function findActions(automaton: Automaton): Actions {
  const lookaheads = findLookaheads(automaton);
  const conflicts: Conflict[] = [];
  const wordChoices: Conflict[] = [];
  const byState = automaton.states.map((state) => {
    const deciding: Deciding = { automaton, state, actions: new Map(), conflicts, wordChoices };
    decide(deciding, lookaheads[state.index]!);
    return deciding.actions;
  });
  return { byState, conflicts, wordChoices };
}

function decide(deciding: Deciding, lookaheads: ReadonlyMap<number, Terminals>): void {
  const { automaton, state, actions } = deciding;
  const { grammar, items } = automaton;
  for (const [symbol, target] of state.targets) if (symbol < grammar.terminals) actions.set(symbol, target.index);
  const isName = (number: number) => isNameReading(automaton, state, items[number]!);
  const own = completeRules(
    automaton,
    state.kernel.filter((number) => !isName(number)),
  );
  const ofName = completeRules(automaton, state.kernel.filter(isName)).filter((rule) => !own.includes(rule));
  // A rule that needs the word as a keyword goes first.
  for (const rule of [...own, ...ofName]) {
    // The whole text is read: nothing follows, and any terminal will do.
    if (rule.index === 0) actions.set(0, reduction(rule));
    const set = lookaheads.get(rule.index);
    if (set === undefined) continue;
    for (let terminal = 0; terminal < grammar.terminals; terminal++) {
      if (hasTerminal(set, terminal)) addReduction(deciding, rule, terminal, ofName);
    }
  }
}

/** The rules that can be reduced with these items at hand, in the order of the file; empty ones among them. */
function completeRules(automaton: Automaton, kernel: readonly number[]): Rule[] {
  const { grammar, items } = automaton;
  const rules = new Set<Rule>();
  const seen = new Set<number>();
  const addEmpty = (symbol: number): void => {
    if (symbol < grammar.terminals || seen.has(symbol)) return;
    seen.add(symbol);
    for (const rule of grammar.rulesOf[symbol - grammar.terminals]!) {
      if (rule.right.length === 0) rules.add(rule);
      else addEmpty(rule.right[0]!);
    }
  };
  for (const number of kernel) {
    const { rule, dot } = items[number]!;
    if (dot === rule.right.length) rules.add(rule);
    else addEmpty(rule.right[dot]!);
  }
  return [...rules].sort((a, b) => a.index - b.index);
}

/** Adds the reduction of `rule` on `terminal`. `ofName` are the rules that take the word before them for a name. */
function addReduction(deciding: Deciding, rule: Rule, terminal: number, ofName: readonly Rule[]): void {
  const { state, actions, automaton } = deciding;
  const { grammar } = automaton;
  const known = actions.get(terminal);
  const isName = ofName.includes(rule);
  if (known === undefined) {
    actions.set(terminal, reduction(rule));
    return;
  }
  if (known === ERROR) return;
  if (known < 0) {
    const isOtherName = ofName.includes(grammar.rules[-1 - known]!);
    note(deciding, isName && !isOtherName ? "word" : "reduce/reduce", terminal, rule);
    return;
  }
  if (isName !== state.nameOnly.has(terminal)) {
    note(deciding, "word", terminal, rule);
    if (!isName) actions.set(terminal, reduction(rule));
    return;
  }
  const ofRule = grammar.precedences.get(rule.precedence);
  const ofTerminal = grammar.precedences.get(terminal);
  if (ofRule === undefined || ofTerminal === undefined) {
    note(deciding, "shift/reduce", terminal, rule);
  } else if (ofRule.level > ofTerminal.level) {
    actions.set(terminal, reduction(rule));
  } else if (ofRule.level === ofTerminal.level) {
    if (ofTerminal.associativity === "left") actions.set(terminal, reduction(rule));
    if (ofTerminal.associativity === "nonassoc") actions.set(terminal, ERROR);
    if (ofTerminal.associativity === "precedence") note(deciding, "shift/reduce", terminal, rule);
  }
}

function note(deciding: Deciding, kind: "shift/reduce" | "reduce/reduce" | "word", terminal: number, rule: Rule): void {
  const { automaton, state } = deciding;
  const { grammar, items } = automaton;
  const kernel = state.kernel.map((number) => describeItem(grammar, items[number]!.rule, items[number]!.dot));
  const text = [
    `reduce ${describeItem(grammar, rule, rule.right.length)}`,
    `in state ${state.index}, after ${grammar.symbols[state.symbol]}:`,
    ...kernel.map((line) => `    ${line}`),
  ].join("\n");
  if (kind === "word") deciding.wordChoices.push({ kind: "shift/reduce", state, terminal, text });
  else deciding.conflicts.push({ kind, state, terminal, text });
}
