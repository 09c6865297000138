/**
 * Users' regular expressions: the one door to the engine. The dialect is that of Rust's `regex` crate, which existing
 * strategies are written for, and matching takes time linear in the text, whatever the pattern (design D7).
 *
 * The first pattern that is compiled loads the engine; who has no patterns does not pay. What a pattern holds is freed
 * when it is collected as garbage.
 */
import { assert } from "./assert.ts";
import { compileSet, isFound, lowestFound, mayBeFound, type PatternEngine, patternEngine } from "./pattern-engine.ts";

/** Longest pattern, in UTF-16 code units. */
export const PATTERN_LENGTH_MAX = 4096;

/** How a pattern is to be read. */
export interface PatternOptions {
  /** As if the pattern began with `(?i)`. */
  caseInsensitive: boolean;
}

/** A pattern as it is written in a configuration. */
export interface PatternSource extends PatternOptions {
  source: string;
}

/** A pattern that does not compile. `message` says what is wrong in one line. */
export class PatternError extends Error {
  readonly source: string;
  /** Where in `source`, in characters (code points) from 0; null when the engine does not say. */
  readonly offset: number | null;
  /** Which pattern of a set, from 0. */
  readonly index: number;

  constructor(message: string, source: string, offset: number | null, index: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "PatternError";
    this.source = source;
    this.offset = offset;
    this.index = index;
  }
}

/** The same error, said of a place in a configuration: `circuit_break rule "a": regex[1]: unclosed group at character 3`. */
export function atPlace(error: PatternError, place: string): PatternError {
  const at = error.offset === null ? "" : ` at character ${error.offset}`;
  return new PatternError(`${place}: ${error.message}${at}`, error.source, error.offset, error.index, { cause: error });
}

/** One compiled pattern. */
export interface Pattern {
  readonly kind: "pattern";
  readonly set: PatternSet;
}

/** Patterns that are searched for in one pass over the text. */
export interface PatternSet {
  readonly kind: "pattern-set";
  readonly size: number;
  /** More than one where the patterns together are too large for one automaton. */
  readonly parts: readonly PatternSetPart[];
}

interface PatternSetPart {
  readonly engine: PatternEngine;
  /** Where the automaton is in the engine's memory. */
  readonly address: number;
  /** The index of the part's first pattern in the set. */
  readonly first: number;
  readonly size: number;
}

/**
 * Compiles a pattern; matching searches, so it is unanchored unless it says `^` or `$`.
 * @throws PatternError
 */
export function compilePattern(source: string, options: PatternOptions): Pattern {
  return { kind: "pattern", set: compilePatternSet([{ source, caseInsensitive: options.caseInsensitive }]) };
}

/** Whether `pattern` is found anywhere in `text`. */
export function matches(pattern: Pattern, text: string): boolean {
  return firstMatch(pattern.set, text) >= 0;
}

/**
 * Compiles patterns into a set. The order counts: see firstMatch().
 * @throws PatternError for the first pattern that does not compile.
 */
export function compilePatternSet(sources: readonly PatternSource[]): PatternSet {
  const parts: PatternSetPart[] = [];
  if (sources.length > 0) {
    for (const [index, { source }] of sources.entries()) {
      if (source.length <= PATTERN_LENGTH_MAX) continue;
      throw new PatternError(`longer than ${PATTERN_LENGTH_MAX} characters`, source, PATTERN_LENGTH_MAX, index);
    }
    compileParts(sources, 0, sources.length, parts);
  }
  return { kind: "pattern-set", size: sources.length, parts };
}

/** The index of the first pattern of the set that is found in `text`; -1 for none, which is the fast case. */
export function firstMatch(set: PatternSet, text: string): number {
  for (const part of set.parts) {
    if (!isFound(part.engine, part.address, text)) continue;
    if (part.size === 1) return part.first;
    const found = lowestFound(part.engine, part.address, text);
    assert(found >= 0, "a set that matches says which pattern");
    return part.first + found;
  }
  return -1;
}

/** False when firstMatch() finds none in the text that is [start, end) of `bytes`, in UTF-8; true when it has to be asked. */
export function mayMatch({ parts }: PatternSet, bytes: Uint8Array, start: number, end: number): boolean {
  for (const part of parts) {
    if (mayBeFound(part.engine, part.address, bytes, start, end)) return true;
  }
  return false;
}

/** Compiles sources[first .. end) as one automaton, or in halves where that fails; a half of one tells whose fault it is. */
function compileParts(sources: readonly PatternSource[], first: number, end: number, parts: PatternSetPart[]): void {
  const part = compilePart(sources, first, end);
  if (part !== null) {
    parts.push(part);
    return;
  }
  const middle = (first + end) >>> 1;
  compileParts(sources, first, middle, parts);
  compileParts(sources, middle, end, parts);
}

function compilePart(sources: readonly PatternSource[], first: number, end: number): PatternSetPart | null {
  const texts: string[] = [];
  for (const { source, caseInsensitive } of sources.slice(first, end)) {
    texts.push(caseInsensitive ? CASE_INSENSITIVE + source : source);
  }
  try {
    const engine = patternEngine();
    return { engine, address: compileSet(engine, texts), first, size: end - first };
  } catch (error) {
    if (end - first > 1) return null;
    const source = sources[first];
    assert(source !== undefined, "a failed pattern is in the list");
    throw patternErrorOf(error, source, first);
  }
}

const CASE_INSENSITIVE = "(?i)";

/**
 * The engine's error without its drawing. It shows the pattern, marks the place with `^` below, and ends with
 * `error: what`; a pattern of several lines has its lines numbered.
 */
function patternErrorOf(error: unknown, { source, caseInsensitive }: PatternSource, index: number): PatternError {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n");
  const what = lines.findLast((line) => line.startsWith("error: "))?.slice("error: ".length) ?? text;
  const markLine = lines.findIndex((line, at) => at > 0 && /^ *\^/.test(line));
  let offset: number | null = null;
  if (markLine > 0) {
    const numbered = /^(\d+): /.exec(lines[markLine - 1] ?? "");
    const column = (lines[markLine] ?? "").indexOf("^") - (numbered?.[0].length ?? INDENT);
    offset = column + offsetOfLine(source, Number(numbered?.[1] ?? "1"));
    if (caseInsensitive && (numbered === null || numbered[1] === "1")) offset -= CASE_INSENSITIVE.length;
  }
  return new PatternError(what, source, offset, index, { cause: error });
}

const INDENT = 4;

function offsetOfLine(source: string, line: number): number {
  let offset = 0;
  for (const text of source.split("\n").slice(0, line - 1)) offset += [...text].length + 1;
  return offset;
}
