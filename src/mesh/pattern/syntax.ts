/**
 * Patterns as trees, for questions that matching cannot answer: is there a text that one matches and another does not?
 * The dialect is that of pattern.ts, over ASCII text. What goes beyond that (Unicode classes, set operations, non-ASCII
 * literals) has no tree, and no question about it is answered.
 */
import {
  type CharSet,
  DIGIT,
  type Draft,
  foldCase,
  invert,
  NEWLINE,
  newSet,
  POSIX,
  SPACE,
  setOf,
  WORD,
} from "./char-set.ts";

/** What must hold between two characters. */
export type Assertion =
  | "text-start"
  | "text-end"
  | "line-start"
  | "line-end"
  | "word-boundary"
  | "not-word-boundary"
  | "word-start"
  | "word-end";

export type Node =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly nodes: readonly Node[] }
  | { readonly kind: "choice"; readonly nodes: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number };

interface Flags {
  i: boolean;
  m: boolean;
  s: boolean;
  x: boolean;
}

interface Reader {
  readonly text: string;
  at: number;
  flags: Flags;
  depth: number;
}

/** Something that has no tree. */
class NotAnalysed extends Error {}

const DEPTH_MAX = 200;

/** The tree of a pattern that compiles; null when it is none of those that can be analysed. */
export function parsePattern(source: string, caseInsensitive: boolean): Node | null {
  const reader: Reader = { text: source, at: 0, flags: { i: caseInsensitive, m: false, s: false, x: false }, depth: 0 };
  try {
    const node = readChoice(reader);
    return reader.at === source.length ? node : null;
  } catch (error) {
    if (error instanceof NotAnalysed) return null;
    throw error;
  }
}

function readChoice(reader: Reader): Node {
  reader.depth += 1;
  if (reader.depth > DEPTH_MAX) throw new NotAnalysed();
  const nodes = [readSequence(reader)];
  while (reader.text[reader.at] === "|") {
    reader.at += 1;
    nodes.push(readSequence(reader));
  }
  reader.depth -= 1;
  return nodes.length === 1 ? nodes[0]! : { kind: "choice", nodes };
}

function readSequence(reader: Reader): Node {
  const nodes: Node[] = [];
  for (;;) {
    skipIgnored(reader);
    const next = reader.text[reader.at];
    if (next === undefined || next === "|" || next === ")") break;
    const node = readAtom(reader, next);
    if (node !== null) nodes.push(readRepeats(reader, node));
  }
  return nodes.length === 1 ? nodes[0]! : { kind: "sequence", nodes };
}

/** White space and comments under `(?x)`. */
function skipIgnored(reader: Reader): void {
  while (reader.flags.x && /[\s#]/.test(reader.text[reader.at] ?? "")) {
    if (reader.text[reader.at] !== "#") reader.at += 1;
    else {
      const end = reader.text.indexOf("\n", reader.at);
      reader.at = end < 0 ? reader.text.length : end + 1;
    }
  }
}

function readRepeats(reader: Reader, first: Node): Node {
  let node = first;
  for (;;) {
    skipIgnored(reader);
    const bounds = readBounds(reader);
    if (bounds === null) return node;
    // Lazy or greedy: the same texts match.
    if (reader.text[reader.at] === "?") reader.at += 1;
    node = { kind: "repeat", node, min: bounds[0], max: bounds[1] };
  }
}

function readBounds(reader: Reader): [min: number, max: number] | null {
  const next = reader.text[reader.at];
  const simple = next === "*" ? [0, Infinity] : next === "+" ? [1, Infinity] : next === "?" ? [0, 1] : null;
  if (simple !== null) {
    reader.at += 1;
    return simple as [number, number];
  }
  if (next !== "{") return null;
  const counted = /^\{\s*(\d+)\s*(?:(,)\s*(\d*)\s*)?\}/.exec(reader.text.slice(reader.at));
  if (counted === null) throw new NotAnalysed();
  reader.at += counted[0].length;
  const min = Number(counted[1]);
  return [min, counted[2] === undefined ? min : counted[3] === "" ? Infinity : Number(counted[3])];
}

/** Null for what only sets flags. */
function readAtom(reader: Reader, next: string): Node | null {
  switch (next) {
    case "(":
      return readGroup(reader);
    case "[":
      return { kind: "set", set: newSet(readClass(reader)) };
    case ".": {
      reader.at += 1;
      return { kind: "set", set: newSet(reader.flags.s ? invert(setOf("")) : invert(NEWLINE)) };
    }
    case "^":
      reader.at += 1;
      return { kind: "assert", assertion: reader.flags.m ? "line-start" : "text-start" };
    case "$":
      reader.at += 1;
      return { kind: "assert", assertion: reader.flags.m ? "line-end" : "text-end" };
    case "\\":
      return readEscape(reader);
    default:
      reader.at += 1;
      return literal(reader, next);
  }
}

/** Most of a pattern is letters that stand for themselves: the node of each is made once. */
const literals = new Map<string, Node>();

function literal(reader: Reader, character: string): Node {
  const key = reader.flags.i ? `i${character}` : character;
  let node = literals.get(key);
  if (node === undefined) {
    node = { kind: "set", set: newSet(literalSet(reader, character)) };
    literals.set(key, node);
  }
  return node;
}

function literalSet(reader: Reader, character: string): Draft {
  if (character.charCodeAt(0) > 127) throw new NotAnalysed();
  const set = setOf(character);
  return reader.flags.i ? foldCase(set) : set;
}

function readGroup(reader: Reader): Node | null {
  const before = reader.flags;
  const head = /^\((?:\?(?:P?<[A-Za-z_][\w.[\]]*>|([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])))?/.exec(
    reader.text.slice(reader.at),
  );
  if (head === null) throw new NotAnalysed();
  const [whole, on = "", off = "", end] = head;
  if (/[^imsxUu]/.test(on + off)) throw new NotAnalysed();
  reader.at += whole.length;
  if (end !== undefined) {
    reader.flags = { ...before };
    for (const flag of on) if (flag in before) reader.flags[flag as keyof Flags] = true;
    for (const flag of off) if (flag in before) reader.flags[flag as keyof Flags] = false;
    // `(?i)` holds to the end of the group around it, which puts back its own flags.
    if (end === ")") return null;
  }
  const inside = readChoice(reader);
  if (reader.text[reader.at] !== ")") throw new NotAnalysed();
  reader.at += 1;
  reader.flags = before;
  return inside;
}

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: "text-start",
  z: "text-end",
  b: "word-boundary",
  B: "not-word-boundary",
  "<": "word-start",
  ">": "word-end",
};

function readEscape(reader: Reader): Node {
  const letter = reader.text[reader.at + 1] ?? "";
  const assertion = ASSERTIONS[letter];
  if (assertion !== undefined) {
    if (reader.text.startsWith("\\b{", reader.at)) throw new NotAnalysed();
    reader.at += 2;
    return { kind: "assert", assertion };
  }
  return { kind: "set", set: newSet(readEscapedSet(reader)) };
}

const CONTROLS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\x07" };

function readEscapedSet(reader: Reader): Draft {
  const letter = reader.text[reader.at + 1] ?? "";
  const coded = /^\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[xuU]\{([0-9A-Fa-f]+)\})/.exec(
    reader.text.slice(reader.at, reader.at + 16),
  );
  if (coded !== null) {
    reader.at += coded[0].length;
    const code = Number.parseInt(coded.slice(1).find((digits) => digits !== undefined) ?? "", 16);
    if (code > 127) throw new NotAnalysed();
    return literalSet(reader, String.fromCharCode(code));
  }
  reader.at += 2;
  const named = { d: DIGIT, s: SPACE, w: WORD }[letter.toLowerCase()];
  if (named !== undefined) return letter === letter.toLowerCase() ? named : invert(named);
  const control = CONTROLS[letter];
  if (control !== undefined) return setOf(control);
  if (/[A-Za-z0-9]/.test(letter) || letter === "") throw new NotAnalysed();
  return literalSet(reader, letter);
}

/** `[...]`, with what stands in it. */
function readClass(reader: Reader): Draft {
  reader.at += 1;
  const isNegated = reader.text[reader.at] === "^";
  if (isNegated) reader.at += 1;
  const set = setOf("");
  let isFirst = true;
  for (;;) {
    const next = reader.text[reader.at];
    if (next === undefined || /^(&&|--|~~)/.test(reader.text.slice(reader.at))) throw new NotAnalysed();
    if (next === "]" && !isFirst) break;
    isFirst = false;
    if (reader.flags.x && /\s/.test(next)) reader.at += 1;
    else for (const [code, isIn] of readClassItem(reader, next).entries()) if (isIn) set[code] = true;
  }
  reader.at += 1;
  const folded = reader.flags.i ? foldCase(set) : set;
  return isNegated ? invert(folded) : folded;
}

function readClassItem(reader: Reader, next: string): Draft {
  const posix = /^\[:(\^?)(\w+):\]/.exec(reader.text.slice(reader.at, reader.at + 16));
  if (posix !== null) {
    const set = POSIX[posix[2] ?? ""];
    if (set === undefined) throw new NotAnalysed();
    reader.at += posix[0].length;
    return posix[1] === "^" ? invert(set) : set;
  }
  if (next === "[") return readClass(reader);
  const low = readClassCharacter(reader, next);
  const isRange = reader.text[reader.at] === "-" && !/^-[\]-]/.test(reader.text.slice(reader.at));
  if (!isRange) return low;
  reader.at += 1;
  const high = readClassCharacter(reader, reader.text[reader.at] ?? "");
  const from = low.indexOf(true);
  const to = high.lastIndexOf(true);
  return low.map((_, code) => code >= from && code <= to);
}

/** One character or escape of a class, as it is written: case is folded for the class as a whole. */
function readClassCharacter(reader: Reader, next: string): Draft {
  const { flags } = reader;
  reader.flags = { ...flags, i: false };
  if (next !== "\\") reader.at += 1;
  const set = next === "\\" ? readEscapedSet(reader) : literalSet(reader, next);
  reader.flags = flags;
  return [...set];
}
