/** A pattern as a machine that reads a text from its beginning and knows after each character whether the pattern was found. */
import { type CharSet, WORD } from "./char-set.ts";
import { type Assertion, type Node, parsePattern } from "./syntax.ts";

type Step =
  | { readonly kind: "read"; readonly set: CharSet; next: number }
  | { readonly kind: "split"; readonly next: number[] }
  | { readonly kind: "assert"; readonly assertion: Assertion; next: number }
  | { readonly kind: "accept" };

export interface Machine {
  readonly steps: readonly Step[];
  readonly start: number;
  /** Every set that it reads. */
  readonly sets: readonly CharSet[];
  readonly hasAssertions: boolean;
  /** A short text that matches, where one was found without search. */
  readonly sample: string | null;
}

/** What stood before the place where the machine is. */
export type Before = "start" | "newline" | "word" | "other";

/** Where the machine may be between two characters. */
export interface State {
  /** Steps in ascending order, each once. */
  readonly steps: readonly number[];
  readonly before: Before;
  readonly key: string;
}

/** The machine found its pattern; what follows changes nothing. */
export const FOUND = "found";

const STEPS_MAX = 4_000;

const machines = new Map<string, Machine | null>();
const MACHINES_MAX = 4_000;

/** The machine of a pattern that compiles; null when it cannot be analysed. Remembered. */
export function machineOf(source: string, caseInsensitive: boolean): Machine | null {
  const key = `${caseInsensitive ? "i" : "c"}${source}`;
  const known = machines.get(key);
  if (known !== undefined) return known;
  if (machines.size >= MACHINES_MAX) machines.clear();
  const tree = parsePattern(source, caseInsensitive);
  const made = tree === null ? null : buildMachine(tree);
  machines.set(key, made);
  return made;
}

function buildMachine(tree: Node): Machine | null {
  const steps: Step[] = [{ kind: "accept" }];
  const start = build(tree, 0, steps);
  if (start === null) return null;
  const sets = new Set(steps.flatMap((step) => (step.kind === "read" ? [step.set] : [])));
  const hasAssertions = steps.some((step) => step.kind === "assert");
  const machine = { steps, start, sets: [...sets], hasAssertions, sample: null };
  const sample = sampleOf(tree);
  return { ...machine, sample: sample !== null && isFoundIn(machine, sample) ? sample : null };
}

/** Adds the steps of `node` that lead on to `next`, and returns the first of them; null when they are too many. */
function build(node: Node, next: number, steps: Step[]): number | null {
  if (steps.length > STEPS_MAX) return null;
  switch (node.kind) {
    case "set":
      return steps.push({ kind: "read", set: node.set, next }) - 1;
    case "assert":
      return steps.push({ kind: "assert", assertion: node.assertion, next }) - 1;
    case "sequence":
      return node.nodes.reduceRight<number | null>((to, part) => (to === null ? null : build(part, to, steps)), next);
    case "choice": {
      const starts: number[] = [];
      for (const part of node.nodes) {
        const start = build(part, next, steps);
        if (start === null) return null;
        starts.push(start);
      }
      return steps.push({ kind: "split", next: starts }) - 1;
    }
    case "repeat":
      return buildRepeat(node, next, steps);
  }
}

function buildRepeat(
  { node, min, max }: Extract<Node, { kind: "repeat" }>,
  next: number,
  steps: Step[],
): number | null {
  let to: number | null = next;
  if (max === Infinity) {
    const loop: Step = { kind: "split", next: [next] };
    to = steps.push(loop) - 1;
    const body = build(node, to, steps);
    if (body === null) return null;
    loop.next.push(body);
  } else {
    for (let count = min; count < max && to !== null; count++) {
      const body = build(node, to, steps);
      to = body === null ? null : steps.push({ kind: "split", next: [next, body] }) - 1;
    }
  }
  for (let count = 0; count < min && to !== null; count++) to = build(node, to, steps);
  return to;
}

/** Where a machine begins. */
export function startState(machine: Machine): State {
  return newState([machine.start], "start", machine);
}

function newState(steps: number[], before: Before, { hasAssertions }: Machine): State {
  // What stood before is forgotten where nobody asks, which makes for fewer states.
  const kept = hasAssertions ? before : "other";
  return { steps, before: kept, key: `${kept[0]}${steps.join(",")}` };
}

/** The state after reading the character with this code. */
export function advance(machine: Machine, state: State, code: number): State | typeof FOUND {
  const reached = closure(machine, state, code);
  if (reached.has(0)) return FOUND;
  const next = new Set([machine.start]);
  for (const index of reached) {
    const step = machine.steps[index];
    if (step?.kind === "read" && step.set.has[code]) next.add(step.next);
  }
  const before = code === 10 ? "newline" : WORD[code] ? "word" : "other";
  return newState(
    [...next].sort((a, b) => a - b),
    before,
    machine,
  );
}

/** Whether the pattern is found when the text ends here. */
export function isFoundAtEnd(machine: Machine, state: State): boolean {
  return closure(machine, state, null).has(0);
}

/** Whether the pattern is found in `text`, which is ASCII. */
export function isFoundIn(machine: Machine, text: string): boolean {
  let state = startState(machine);
  for (let index = 0; index < text.length; index++) {
    const next = advance(machine, state, text.charCodeAt(index));
    if (next === FOUND) return true;
    state = next;
  }
  return isFoundAtEnd(machine, state);
}

/** Every step that is reached without reading; `code` is the character that follows, null for the end of the text. */
function closure(machine: Machine, state: State, code: number | null): Set<number> {
  const reached = new Set<number>();
  const waiting = [...state.steps];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const step = machine.steps[index];
    if (step?.kind === "split") waiting.push(...step.next);
    else if (step?.kind === "assert" && holds(step.assertion, state.before, code)) waiting.push(step.next);
  }
  return reached;
}

function holds(assertion: Assertion, before: Before, code: number | null): boolean {
  const isWordBefore = before === "word";
  const isWordAfter = code !== null && WORD[code] === true;
  switch (assertion) {
    case "text-start":
      return before === "start";
    case "text-end":
      return code === null;
    case "line-start":
      return before === "start" || before === "newline";
    case "line-end":
      return code === null || code === 10;
    case "word-boundary":
      return isWordBefore !== isWordAfter;
    case "not-word-boundary":
      return isWordBefore === isWordAfter;
    case "word-start":
      return !isWordBefore && isWordAfter;
    case "word-end":
      return isWordBefore && !isWordAfter;
  }
}

const SAMPLE_MAX = 500;

/** The characters that a text is made of where any would do, the plainest first. */
export const PREFERRED =
  " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_,.;:()'\"`=<>+-*/%!?@#$&|^~[]{}\\\n\t\r";

/** A short text as the tree says it, assertions not heeded; null when there is none. */
function sampleOf(node: Node): string | null {
  switch (node.kind) {
    case "set": {
      const written = [...PREFERRED.slice(1)].find((letter) => node.set.has[letter.charCodeAt(0)]);
      if (written !== undefined) return node.set.has[32] === true && !/[a-z]/.test(written) ? " " : written;
      const code = node.set.has.indexOf(true);
      return code < 0 ? null : String.fromCharCode(code);
    }
    case "assert":
      return "";
    case "sequence":
      return node.nodes.reduce<string | null>((text, part) => joined(text, text === null ? null : sampleOf(part)), "");
    case "choice":
      return node.nodes.map(sampleOf).find((text) => text !== null) ?? null;
    case "repeat": {
      if (node.min === 0) return "";
      const one = sampleOf(node.node);
      return one === null || one.length * node.min > SAMPLE_MAX ? null : one.repeat(node.min);
    }
  }
}

function joined(left: string | null, right: string | null): string | null {
  return left === null || right === null || left.length + right.length > SAMPLE_MAX ? null : left + right;
}
