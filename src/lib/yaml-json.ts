/** JSON, which is YAML too, read in one pass with the place of every value; see yaml-plain.ts for why. */
import type { ResolveScalar } from "./yaml-inline.ts";
import { type Places, SCALAR, type Shape, sharedShape } from "./yaml-places.ts";
import type { PlainDocument } from "./yaml-plain.ts";

interface Reader {
  readonly text: string;
  readonly end: number;
  readonly resolve: ResolveScalar;
  readonly offsets: number[];
  at: number;
  depth: number;
}

/** Something that is not strictly JSON, or that YAML sees differently. */
const NOT_JSON = new Error("not JSON");
const DEPTH_MAX = 64;
/** YAML's readers do not look further for the colon behind a key. */
const KEY_LENGTH_MAX = 1_000;

/** Reads text[start .. end), one document; null when it is no JSON object or list. */
export function readJsonDocument(
  text: string,
  start: number,
  end: number,
  resolve: ResolveScalar,
): PlainDocument | null {
  const reader: Reader = { text, end, resolve, offsets: [], at: start, depth: 0 };
  skipBlank(reader);
  if (text[reader.at] !== "{" && text[reader.at] !== "[") return null;
  try {
    const { value, shape } = readValue(reader, reader.at);
    skipBlank(reader);
    if (reader.at < end) return null;
    const places: Places = { shape, offsets: Int32Array.from(reader.offsets) };
    return { value, places };
  } catch (error) {
    if (error === NOT_JSON) return null;
    throw error;
  }
}

interface Read {
  readonly value: unknown;
  readonly shape: Shape;
}

function skipBlank(reader: Reader): void {
  const { text, end } = reader;
  for (; reader.at < end; reader.at++) {
    const code = text.charCodeAt(reader.at);
    if (code !== 32 && code !== 10 && code !== 9) return;
  }
}

function readValue(reader: Reader, key: number): Read {
  reader.offsets.push(reader.at, key);
  reader.depth += 1;
  if (reader.depth > DEPTH_MAX) throw NOT_JSON;
  const read = readByFirst(reader);
  reader.depth -= 1;
  return read;
}

function readByFirst(reader: Reader): Read {
  switch (reader.text[reader.at]) {
    case "{":
      return readObject(reader);
    case "[":
      return readList(reader);
    case '"':
      return { value: readText(reader), shape: SCALAR };
    default:
      return { value: readBare(reader), shape: SCALAR };
  }
}

function readObject(reader: Reader): Read {
  const value: Record<string, unknown> = {};
  const keys: string[] = [];
  const children: Shape[] = [];
  for (let isMore = open(reader, "}"); isMore; isMore = toNext(reader, "}")) {
    const start = reader.at;
    const name = readText(reader);
    // A key that is written twice is reported by who reads slowly.
    if (Object.hasOwn(value, name) || name === "__proto__" || name === "<<") throw NOT_JSON;
    if (reader.at - start > KEY_LENGTH_MAX || reader.text[reader.at] !== ":") throw NOT_JSON;
    reader.at += 1;
    skipBlank(reader);
    const read = readValue(reader, start);
    value[name] = read.value;
    keys.push(name);
    children.push(read.shape);
  }
  return { value, shape: sharedShape(keys, children) };
}

function readList(reader: Reader): Read {
  const value: unknown[] = [];
  const children: Shape[] = [];
  for (let isMore = open(reader, "]"); isMore; isMore = toNext(reader, "]")) {
    const read = readValue(reader, reader.at);
    value.push(read.value);
    children.push(read.shape);
  }
  return { value, shape: sharedShape(null, children) };
}

/** Passes the opening bracket; false, and behind the closing one, when nothing is between them. */
function open(reader: Reader, closing: string): boolean {
  reader.at += 1;
  skipBlank(reader);
  if (reader.text[reader.at] !== closing) return true;
  reader.at += 1;
  return false;
}

/** Passes a comma, or the closing bracket and is false. */
function toNext(reader: Reader, closing: string): boolean {
  skipBlank(reader);
  const found = reader.text[reader.at];
  reader.at += 1;
  if (found === closing) return false;
  if (found !== ",") throw NOT_JSON;
  skipBlank(reader);
  return true;
}

/** Control characters have to be escaped in JSON. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TEXT = /"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*)"/y;

function readText(reader: Reader): string {
  TEXT.lastIndex = reader.at;
  const match = TEXT.exec(reader.text);
  if (match === null || TEXT.lastIndex > reader.end) throw NOT_JSON;
  reader.at = TEXT.lastIndex;
  const inside = match[1] ?? "";
  return inside.includes("\\") ? (JSON.parse(match[0]) as string) : inside;
}

const BARE = /(?:true|false|null|-?\d[\d.eE+-]*)(?=[\s,}\]]|$)/y;
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;

function readBare(reader: Reader): unknown {
  BARE.lastIndex = reader.at;
  const text = BARE.exec(reader.text)?.[0];
  if (text === undefined || BARE.lastIndex > reader.end) throw NOT_JSON;
  reader.at = BARE.lastIndex;
  if (NUMBER.test(text)) return Number(text);
  const value = reader.resolve(text);
  if (value === undefined) throw NOT_JSON;
  return value;
}
