/** What stands on one line of a plainly written document: keys, scalars, quoted text, flow collections. See yaml-plain.ts. */
import { SCALAR, type Shape, sharedShape } from "./yaml-places.ts";

/** What a scalar means that is not plainly text or a number: the package's answer, or undefined where it has none. */
export type ResolveScalar = (text: string) => unknown;

const SPACE = 32;

/** Reads values of a line. */
export interface InlineReader {
  readonly text: string;
  readonly end: number;
  readonly resolve: ResolveScalar;
  /** Where each value begins, and where its key does, from the outside in. */
  readonly offsets: number[];
  /** Behind the value or key that was read last. */
  after: number;
  depth: number;
}

/** Something that is not plain. One object, because it is thrown often and nobody looks at its stack. */
export const NOT_PLAIN = new Error("not plain");
/** Collections in each other. */
export const DEPTH_MAX = 64;

/** A value, and what it consists of. */
export interface Read {
  readonly value: unknown;
  readonly shape: Shape;
}

/** A key and its colon. */
export const KEY = /(?:([A-Za-z_][\w./-]*)|"([^"\\\n]*)"|'([^'\n]*)') *:/y;

/** Reads `key:` at `at`; the reader stands behind the colon then. */
export function readKey(reader: InlineReader, at: number): string {
  KEY.lastIndex = at;
  const match = KEY.exec(reader.text);
  if (match === null || KEY.lastIndex > reader.end) throw NOT_PLAIN;
  reader.after = KEY.lastIndex;
  const plain = match[1];
  const name = plain ?? match[2] ?? match[3] ?? "";
  if ((plain !== undefined && WORDS.has(plain.toLowerCase())) || name === "__proto__" || name === "<<") throw NOT_PLAIN;
  return name;
}

/** The next character that is no space. */
export function skipSpaces({ text, end }: InlineReader, at: number): number {
  let next = at;
  while (next < end && text.charCodeAt(next) === SPACE) next++;
  return next;
}

/** Reads a value at `at`; plain text ends at brackets and commas where `isFlow`. */
export function readInline(reader: InlineReader, at: number, key: number, isFlow: boolean): Read {
  reader.offsets.push(at, key);
  switch (reader.text[at]) {
    case "{":
      return readFlowMapping(reader, at);
    case "[":
      return readFlowList(reader, at);
    case '"':
    case "'":
      return { value: readQuoted(reader, at), shape: SCALAR };
    default:
      return { value: readScalar(reader, at, isFlow), shape: SCALAR };
  }
}

const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'(?!')/y;

function readQuoted(reader: InlineReader, at: number): string {
  QUOTED.lastIndex = at;
  const match = QUOTED.exec(reader.text);
  if (match === null || QUOTED.lastIndex > reader.end) throw NOT_PLAIN;
  reader.after = QUOTED.lastIndex;
  return match[1] ?? match[2] ?? "";
}

/** Plain text: what may begin it, and what it may hold; outside of flow collections brackets and commas, too. */
const PLAIN = /[^\s,[\]{}#&*!|>'"%@`?:-](?:[^\n\t:#]|:(?=\S)|(?<=\S)#)*|-(?=[\w.])(?:[^\n\t:#]|:(?=\S)|(?<=\S)#)*/y;
const PLAIN_IN_FLOW =
  /[^\s,[\]{}#&*!|>'"%@`?:-](?:[^\n\t:#,[\]{}]|:(?=[^\s,[\]{}])|(?<=\S)#)*|-(?=[\w.])(?:[^\n\t:#,[\]{}]|:(?=[^\s,[\]{}])|(?<=\S)#)*/y;

function readScalar(reader: InlineReader, at: number, isFlow: boolean): unknown {
  const pattern = isFlow ? PLAIN_IN_FLOW : PLAIN;
  pattern.lastIndex = at;
  const match = pattern.exec(reader.text);
  if (match === null || pattern.lastIndex > reader.end) throw NOT_PLAIN;
  const text = match[0].trimEnd();
  reader.after = at + text.length;
  if (TEXT.test(text) && !WORDS.has(text.toLowerCase())) return text;
  if (NUMBER.test(text)) return Number(text);
  const value = reader.resolve(text);
  if (value === undefined) throw NOT_PLAIN;
  return value;
}

/** Text that no reader takes for anything else, and numbers that all read alike. */
const TEXT = /^(?:[A-Za-z_][\w./@+-]*|\d{1,3}(?:\.\d{1,3}){3})$/;
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;
const WORDS = new Set(["y", "yes", "true", "on", "n", "no", "false", "off", "null"]);

function readFlowMapping(reader: InlineReader, start: number): Read {
  const value: Record<string, unknown> = {};
  const keys: string[] = [];
  const children: Shape[] = [];
  let at = skipSpaces(reader, start + 1);
  while (reader.text[at] !== "}") {
    const name = readKey(reader, at);
    if (Object.hasOwn(value, name) || reader.text.charCodeAt(reader.after) !== SPACE) throw NOT_PLAIN;
    const read = readFlowValue(reader, skipSpaces(reader, reader.after), at);
    value[name] = read.value;
    keys.push(name);
    children.push(read.shape);
    at = toNextEntry(reader, "}");
  }
  reader.after = at + 1;
  return { value, shape: sharedShape(keys, children) };
}

function readFlowList(reader: InlineReader, start: number): Read {
  const value: unknown[] = [];
  const children: Shape[] = [];
  let at = skipSpaces(reader, start + 1);
  while (reader.text[at] !== "]") {
    const read = readFlowValue(reader, at, at);
    value.push(read.value);
    children.push(read.shape);
    at = toNextEntry(reader, "]");
  }
  reader.after = at + 1;
  return { value, shape: sharedShape(null, children) };
}

function readFlowValue(reader: InlineReader, at: number, key: number): Read {
  reader.depth += 1;
  if (reader.depth > DEPTH_MAX) throw NOT_PLAIN;
  const read = readInline(reader, at, key, true);
  reader.depth -= 1;
  return read;
}

/** Where the next entry begins, or the bracket that ends the collection. */
function toNextEntry(reader: InlineReader, closing: string): number {
  const at = skipSpaces(reader, reader.after);
  if (at >= reader.end) throw NOT_PLAIN;
  if (reader.text[at] === closing) return at;
  if (reader.text[at] !== ",") throw NOT_PLAIN;
  return skipSpaces(reader, at + 1);
}
