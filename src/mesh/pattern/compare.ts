/** Questions about several patterns: is there a text in which these are found, and those are not? Exact over ASCII. */
import { assert } from "../../lib/assert.ts";
import { CHARACTERS, WORD } from "./char-set.ts";
import { advance, FOUND, isFoundAtEnd, type Machine, PREFERRED, type State, startState } from "./machine.ts";

/** The answer; "unknown" when it would take too long. */
export type Answer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "unknown" };

/** Combined states that are looked at before giving up. */
const STATES_MAX = 4_000;

interface Visited {
  readonly states: readonly (State | typeof FOUND)[];
  readonly from: Visited | null;
  readonly code: number;
}

/** The shortest text in which every machine of `found` finds its pattern and none of `missing` does. */
export function shortestText(found: readonly Machine[], missing: readonly Machine[]): Answer {
  const machines = [...found, ...missing];
  const caches = machines.map(() => new Map<string, State | typeof FOUND>());
  const isGoal = (states: Visited["states"]) =>
    states.every((state, index) => isFound(machines[index]!, state) === index < found.length);
  const first: Visited = { states: machines.map(startState), from: null, code: -1 };
  // Most questions are answered by the empty text, before anything has to be prepared.
  if (isGoal(first.states)) return { kind: "text", text: "" };
  const letters = representatives(machines);
  const seen = new Set([keyOf(first)]);
  const queue = [first];
  for (let head = 0; head < queue.length; head++) {
    const visited = queue[head]!;
    if (isGoal(visited.states)) return { kind: "text", text: textOf(visited) };
    for (const code of letters) {
      const states = visited.states.map((state, index) => {
        return state === FOUND ? FOUND : step(machines[index]!, state, code, caches[index]!);
      });
      // Found is found for good, so a text that goes on from here is of no use.
      if (states.some((state, index) => index >= found.length && state === FOUND)) continue;
      const next = { states, from: visited, code };
      const key = keyOf(next);
      if (seen.has(key)) continue;
      if (seen.size >= STATES_MAX) return { kind: "unknown" };
      seen.add(key);
      queue.push(next);
    }
  }
  return { kind: "none" };
}

function step(machine: Machine, state: State, code: number, cache: Map<string, State | typeof FOUND>) {
  const key = `${code} ${state.key}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const next = advance(machine, state, code);
  cache.set(key, next);
  return next;
}

function isFound(machine: Machine, state: State | typeof FOUND): boolean {
  return state === FOUND || isFoundAtEnd(machine, state);
}

function keyOf({ states }: Visited): string {
  return states.map((state) => (state === FOUND ? "!" : state.key)).join(" ");
}

function textOf(last: Visited): string {
  let text = "";
  for (let visited: Visited | null = last; visited?.from != null; visited = visited.from) {
    text = String.fromCharCode(visited.code) + text;
  }
  return text;
}

/** One character of each sort that the machines tell apart, plain ones first. */
function representatives(machines: readonly Machine[]): number[] {
  const sets = [...new Set(machines.flatMap((machine) => machine.sets))];
  const order = [...PREFERRED].map((letter) => letter.charCodeAt(0));
  for (let code = 0; code < CHARACTERS; code++) if (!order.includes(code)) order.push(code);
  assert(order.length === CHARACTERS, "every character is tried");
  const sorts = new Map<string, number>();
  for (const code of order) {
    const sort = `${sets.map((set) => (set.has[code] ? 1 : 0)).join("")}${WORD[code] ? "w" : ""}${code === 10 ? "n" : ""}`;
    if (!sorts.has(sort)) sorts.set(sort, code);
  }
  return [...sorts.values()];
}
