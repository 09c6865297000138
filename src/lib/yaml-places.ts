/**
 * Where the values of a document stand in its text. The tree that the yaml package makes takes some twenty times the text.
 * What is kept of it here is two offsets for each value, and a shape (which keys, what in them) that documents alike share,
 * so that ten thousand documents fit in memory.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path, PathItem } from "./issue.ts";

/** What a value consists of. Shapes that are equal are one object. */
export interface Shape {
  readonly id: number;
  /** The keys of a mapping, in the order written, twice where one is written twice; null for anything else. */
  readonly keys: readonly string[] | null;
  /** The values of a mapping, or the items of a list. */
  readonly children: readonly Shape[];
  /** Values in it, itself included. */
  readonly size: number;
}

export interface Places {
  readonly shape: Shape;
  /** For each value, from the outside in: where it begins, and where its key does. */
  readonly offsets: Int32Array;
}

/** A key that is written twice in one mapping. */
export interface DuplicateKey {
  readonly path: Path;
  readonly earlier: number;
  readonly later: number;
}

/** A value that has nothing in it. */
export const SCALAR: Shape = { id: 0, keys: null, children: [], size: 1 };

/** Shapes by what they consist of; forgotten when there are too many, which only costs memory. */
const shapes = new Map<string, Shape>();
const SHAPES_MAX = 20_000;
let lastId = 0;

/** An alias inside of what it stands for. */
export interface EndlessAlias {
  readonly anchor: string;
  readonly path: Path;
}

interface Walk {
  /** What each anchor stands for so far: an alias means the last one before it. */
  readonly anchors: Map<string, unknown>;
  readonly offsets: number[];
  readonly duplicates: DuplicateKey[];
  readonly path: PathItem[];
  /** What the walk is in, from the outside in. */
  readonly around: unknown[];
  endless: EndlessAlias | null;
  /** How many aliases the walk is in: one that is in itself has no end. */
  depth: number;
}

const ALIAS_DEPTH_MAX = 100;
/** Offsets in a document of which aliases are still followed: ten lines of aliases can stand for a billion values. */
const OFFSETS_MAX = 400_000;

/** What a walk through a document finds. */
export interface PlacesRead {
  readonly places: Places;
  readonly duplicates: readonly DuplicateKey[];
  readonly endless: EndlessAlias | null;
}

/** The places of all values of `document`, and what is wrong although it can be read. */
export function placesOf(document: Document): PlacesRead {
  const walk: Walk = { anchors: new Map(), offsets: [], duplicates: [], path: [], around: [], endless: null, depth: 0 };
  const start = startOf(document.contents) ?? document.range?.[0] ?? 0;
  const shape = walkNode(document.contents, start, start, walk);
  const { duplicates, endless } = walk;
  return { places: { shape, offsets: Int32Array.from(walk.offsets) }, duplicates, endless };
}

function walkNode(node: unknown, at: number, key: number, walk: Walk): Shape {
  if (isAlias(node)) return walkAlias(node, at, key, walk);
  if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  walk.offsets.push(at, key);
  if (!isCollection(node)) return SCALAR;
  walk.around.push(node);
  const shape = isMap(node) ? walkMap(node, at, walk) : walkList(node as YAMLSeq, at, walk);
  walk.around.pop();
  return shape;
}

/** An alias stands where it is written; what is in it, where its anchor is. */
function walkAlias(alias: Alias, at: number, key: number, walk: Walk): Shape {
  const target = walk.anchors.get(alias.source);
  const isEndless = walk.around.includes(target) && target !== undefined;
  if (isEndless) walk.endless ??= { anchor: alias.source, path: [...walk.path] };
  if (isEndless || walk.depth >= ALIAS_DEPTH_MAX || walk.offsets.length > OFFSETS_MAX)
    return walkNode(null, at, key, walk);
  walk.depth += 1;
  const shape = walkNode(target, at, key, walk);
  walk.depth -= 1;
  return shape;
}

function walkList(node: YAMLSeq, at: number, walk: Walk): Shape {
  const children: Shape[] = [];
  for (const item of node.items) {
    const start = startOf(item) ?? at;
    walk.path.push(children.length);
    children.push(walkNode(item, start, start, walk));
    walk.path.pop();
  }
  return sharedShape(null, children);
}

function walkMap(node: YAMLMap, at: number, walk: Walk): Shape {
  const keys: string[] = [];
  const children: Shape[] = [];
  const starts: number[] = [];
  for (const pair of node.items) {
    const name = keyText(pair.key);
    const key = startOf(pair.key) ?? at;
    const earlier = keys.indexOf(name);
    walk.path.push(name);
    if (earlier >= 0 && name !== "<<")
      walk.duplicates.push({ path: [...walk.path], earlier: starts[earlier] ?? at, later: key });
    keys.push(name);
    starts.push(key);
    children.push(walkNode(pair.value, startOfValue(pair) ?? key, key, walk));
    walk.path.pop();
  }
  return sharedShape(keys, children);
}

/** The one shape with these keys (null for a list) and children. */
export function sharedShape(keys: readonly string[] | null, children: readonly Shape[]): Shape {
  const text = `${keys === null ? "" : keys.join("\0")}\n${children.map((child) => child.id).join()}`;
  const known = shapes.get(text);
  if (known !== undefined && known.keys?.length === keys?.length) return known;
  if (shapes.size >= SHAPES_MAX) shapes.clear();
  const size = children.reduce((sum, child) => sum + child.size, 1);
  const shape = { id: ++lastId, keys, children, size };
  shapes.set(text, shape);
  return shape;
}

/** `<<` is read as a symbol, so that nothing is taken for it by mistake. */
function keyText(key: unknown): string {
  const value = isScalar(key) ? key.value : key;
  return typeof value === "symbol" ? (value.description ?? "") : String(value);
}

/** `key:` with nothing behind it has no value of its own to point at. */
function startOfValue({ value }: Pair): number | null {
  const isEmpty = isScalar(value) && value.value === null && value.source === "";
  return isEmpty ? null : startOf(value);
}

function startOf(node: unknown): number | null {
  if (isPair(node)) return startOf(node.key);
  const range = isScalar(node) || isCollection(node) || isAlias(node) ? node.range : null;
  return range?.[0] ?? null;
}

/** What was found at a path. */
export interface FoundPlace {
  /** Where the value begins; where its key does when nothing is written behind that. */
  readonly at: number;
  /** Where its key begins; the same as `at` for an item of a list. */
  readonly key: number;
  /** False when nothing is written at the path: the place is that of the nearest value around it. */
  readonly isExact: boolean;
}

/** The place of the value at `path`, or the nearest one around it. */
export function findPlace({ shape, offsets }: Places, path: Path): FoundPlace {
  let place = { shape, index: 0 };
  let isExact = true;
  for (const item of path) {
    const child = childOf(place.shape, place.index, item);
    if (child === null) {
      isExact = false;
      break;
    }
    place = child;
  }
  return { at: offsets[2 * place.index] ?? 0, key: offsets[2 * place.index + 1] ?? 0, isExact };
}

/** The last value with that key, as the later one counts, else one that `<<` merges in; or the item at that index. */
function childOf(shape: Shape, index: number, item: PathItem): { shape: Shape; index: number } | null {
  const { keys, children } = shape;
  if (keys === null) return typeof item === "number" ? childAt(children, index, item) : null;
  const place = keys.lastIndexOf(String(item));
  if (place >= 0) return childAt(children, index, place);
  for (const [at, key] of keys.entries()) {
    const merged = key === "<<" ? childAt(children, index, at) : null;
    if (merged === null) continue;
    const isList = merged.shape.keys === null;
    const sources = isList
      ? merged.shape.children.map((_, each) => childAt(merged.shape.children, merged.index, each))
      : [merged];
    for (const source of sources) {
      const found = source === null ? null : childOf(source.shape, source.index, item);
      if (found !== null) return found;
    }
  }
  return null;
}

function childAt(children: readonly Shape[], index: number, wanted: number): { shape: Shape; index: number } | null {
  const child = children[wanted];
  if (child === undefined) return null;
  let at = index + 1;
  for (let before = 0; before < wanted; before++) at += children[before]?.size ?? 0;
  return { shape: child, index: at };
}

/**
 * Where the quote or bracket was opened that is missed at `offset`, in a document that could not be read; null when it is
 * none. A reader notices at the end of the document, which is far from the mistake.
 */
export function openedAt(document: Document, offset: number): number | null {
  let opened: number | null = null;
  visit(document, (_key, node) => {
    const isQuoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
    const isFlow = isCollection(node) && node.flow === true;
    if (!isQuoted && !isFlow) return;
    const { range } = node;
    if (range != null && range[0] < offset && range[1] >= offset) opened = Math.max(opened ?? 0, range[0]);
  });
  return opened;
}
