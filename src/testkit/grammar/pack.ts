/**
 * Packs the parser's actions into small integers: reductions by default, equal rows once, rows that are nearly equal as a
 * shared row and what differs, all laid into each other's gaps, and no state where a shift or a goto can reduce at once.
 * src/sql/parser.ts reads the result.
 */
import { type Actions, ERROR } from "./actions.ts";
import type { Automaton, State } from "./automaton.ts";
import { type Comb, comb, type SparseRow } from "./comb.ts";

export interface Packed {
  /** States that are left; 0 is the first. */
  states: number;
  /**
   * On a terminal, by state. Codes: 0 an error; 1 .. states - 1 shift to that state; states + r shift, then reduce rule
   * r; -1 - r reduce rule r, which leaves the terminal where it is; ABSENT hides what the shared row says.
   */
  actions: Comb;
  /** The base of a shared row by state, to be asked where the state's own row says nothing. */
  shared: number[];
  /** The code by state where no row says anything: a reduction or an error. */
  defaults: number[];
  /** After a reduction, by nonterminal and state: 1 .. states - 1, or states + r to reduce rule r at once. */
  gotos: Comb;
  gotoDefaults: number[];
}

/** In a row: as if the shared row had nothing there. */
export const ABSENT = -32768;

/** A shared row has to save at least so many entries. */
const SAVED_MIN = 40;

interface StateRow {
  explicit: Map<number, number>;
  fallback: number;
}

/** Packs the decided automaton. */
export function pack(automaton: Automaton, actions: Actions): Packed {
  const { grammar, states } = automaton;
  const rows = states.map((state) => rowOf(automaton, actions.byState[state.index]!));
  const isSpared = states.map((state, i) => {
    return i > 0 && rows[i]!.explicit.size === 0 && rows[i]!.fallback < 0 && state.targets.size === 0;
  });
  const numbers: number[] = [];
  let count = 0;
  for (const i of states.keys()) numbers.push(isSpared[i] ? -1 : count++);
  const codeOf = (from: State, to: State): number => {
    const target = isSpared[to.index] ? afterUnits(automaton, rows, from, to) : to;
    return isSpared[target.index] ? count - 1 - rows[target.index]!.fallback : numbers[target.index]!;
  };
  const kept = [...states.keys()].filter((i) => !isSpared[i]);
  const actionRows = kept.map((i) => {
    const codes = [...rows[i]!.explicit];
    return new Map(codes.map(([on, code]) => [on, code > ERROR ? codeOf(states[i]!, states[code]!) : code]));
  });
  const gotoRows = grammar.rulesOf.map((_, i) => {
    const symbol = grammar.terminals + i;
    const row = new Map<number, number>();
    for (const state of states) {
      const target = state.targets.get(symbol);
      if (target !== undefined) row.set(numbers[state.index]!, codeOf(state, target));
    }
    return row;
  });
  const gotoDefaults = gotoRows.map((row) => mostFrequent([...row.values()]));
  for (const [i, row] of gotoRows.entries()) {
    for (const [state, code] of row) if (code === gotoDefaults[i]) row.delete(state);
  }
  const split = shareRows(actionRows);
  const all = comb([...split.rows, ...split.shared, new Map()], grammar.terminals);
  const sharedBases = all.bases.slice(kept.length);
  return {
    states: count,
    actions: { ...all, bases: all.bases.slice(0, kept.length) },
    shared: split.sharedOf.map((number) => sharedBases[number < 0 ? sharedBases.length - 1 : number]!),
    defaults: kept.map((i) => rows[i]!.fallback),
    gotos: comb(gotoRows, count),
    gotoDefaults,
  };
}

/**
 * Where the parser is after it went from `from` to `to` and did what it does there in any case, as long as that only gives
 * one symbol another name. A rule with a label leaves a node and has to be reduced.
 */
function afterUnits(automaton: Automaton, rows: readonly StateRow[], from: State, to: State): State {
  let state = to;
  for (;;) {
    const { explicit, fallback } = rows[state.index]!;
    const rule = automaton.grammar.rules[-1 - fallback];
    if (explicit.size > 0 || state.targets.size > 0 || rule === undefined) return state;
    if (rule.right.length !== 1 || rule.label !== "") return state;
    const next = from.targets.get(rule.left);
    if (next === undefined) return state;
    state = next;
  }
}

/**
 * A state's explicit actions and its default. A word that is a keyword here keeps its action where IDENT has another one,
 * because a word without an action takes IDENT's before the default.
 */
function rowOf(automaton: Automaton, actions: ReadonlyMap<number, number>): StateRow {
  const reductions = [...actions.values()].filter((code) => code < 0);
  const fallback = mostFrequent(reductions);
  const nameAction = actions.get(automaton.name);
  const isNameExplicit = nameAction !== undefined && nameAction !== fallback;
  const explicit = new Map<number, number>();
  for (const [terminal, code] of actions) {
    if (code !== fallback || (isNameExplicit && automaton.words.has(terminal))) explicit.set(terminal, code);
  }
  return { explicit, fallback };
}

/** The value that is there most often, the smallest of several; 0 of none. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = 0;
  for (const [value, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && value < best)) best = value;
  }
  return best;
}

interface Split {
  rows: SparseRow[];
  shared: SparseRow[];
  /** For each row the number of its shared row, -1 for none. */
  sharedOf: number[];
}

/** Chooses rows to share, the most useful first, and leaves of every other row what differs from the nearest of them. */
function shareRows(rows: readonly SparseRow[]): Split {
  const distinct = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
  const shared: SparseRow[] = [];
  const cost = new Map(distinct.map((row) => [row, row.size]));
  for (;;) {
    let best: SparseRow | null = null;
    let bestSaved = SAVED_MIN;
    for (const candidate of distinct) {
      if (candidate.size < SAVED_MIN || shared.includes(candidate)) continue;
      const saved = distinct.reduce((sum, row) => sum + Math.max(0, cost.get(row)! - distance(row, candidate)), 0);
      if (saved - candidate.size < bestSaved) continue;
      best = candidate;
      bestSaved = saved - candidate.size;
    }
    if (best === null) break;
    shared.push(best);
    for (const row of distinct) cost.set(row, Math.min(cost.get(row)!, distance(row, best)));
  }
  const sharedOf = rows.map((row) => {
    const near = shared.map((other) => distance(row, other));
    const least = Math.min(row.size, ...near);
    return least === row.size ? -1 : near.indexOf(least);
  });
  const split = rows.map((row, i) => (sharedOf[i]! < 0 ? row : difference(row, shared[sharedOf[i]!]!)));
  return { rows: split, shared, sharedOf };
}

function difference(row: SparseRow, shared: SparseRow): SparseRow {
  const rest = new Map<number, number>();
  for (const [column, value] of row) if (shared.get(column) !== value) rest.set(column, value);
  for (const column of shared.keys()) if (!row.has(column)) rest.set(column, ABSENT);
  return rest;
}

function distance(row: SparseRow, shared: SparseRow): number {
  let differing = 0;
  for (const [column, value] of row) if (shared.get(column) !== value) differing += 1;
  for (const column of shared.keys()) if (!row.has(column)) differing += 1;
  return differing;
}

function keyOf(row: SparseRow): string {
  return [...row]
    .map(([column, value]) => `${column}:${value}`)
    .sort()
    .join(" ");
}
