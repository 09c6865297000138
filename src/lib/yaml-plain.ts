/**
 * Documents that are written plainly, read in one pass: block mappings and lists, flow collections on one line, scalars on one
 * line, comments. Most manifests are like that, and the yaml package takes ten times as long for them: ten thousand documents
 * are the difference between one second and two and a half. What is not plain (anchors, tags, escapes, text over several
 * lines, keys that are written twice, anything that looks wrong) is left to the package, and so is what a scalar means. A test
 * holds both readers against each other.
 */
import {
  DEPTH_MAX,
  type InlineReader,
  KEY,
  NOT_PLAIN,
  type Read,
  type ResolveScalar,
  readInline,
  readKey,
  skipSpaces,
} from "./yaml-inline.ts";
import { type Places, SCALAR, type Shape, sharedShape } from "./yaml-places.ts";

/** What the reader makes of a document; `value` is null for one that holds nothing. */
export interface PlainDocument {
  readonly value: unknown;
  readonly places: Places;
}

interface Reader extends InlineReader {
  /** The line that is read: where it begins, its indentation (-1 behind the last line), where its content begins. */
  line: number;
  indent: number;
  content: number;
}

/** Reads text[start .. end), one document without its `---`; null when it is not plain. */
export function readPlainDocument(
  text: string,
  start: number,
  end: number,
  resolve: ResolveScalar,
): PlainDocument | null {
  const reader: Reader = {
    text,
    end,
    resolve,
    offsets: [],
    line: start,
    indent: -1,
    content: start,
    after: start,
    depth: 0,
  };
  try {
    toSignificantLine(reader, start);
    if (reader.indent < 0) return { value: null, places: { shape: SCALAR, offsets: Int32Array.of(start, start) } };
    const { value, shape } = readBlock(reader, reader.content);
    if (reader.indent >= 0) return null;
    return { value, places: { shape, offsets: Int32Array.from(reader.offsets) } };
  } catch (error) {
    if (error === NOT_PLAIN) return null;
    throw error;
  }
}

const NEWLINE = 10;
const SPACE = 32;
const HASH = 35;
const DASH = 45;

/** Goes to the first line from `at` on that is neither empty nor a comment. */
function toSignificantLine(reader: Reader, at: number): void {
  const { text, end } = reader;
  let line = at;
  while (line < end) {
    let content = line;
    while (content < end && text.charCodeAt(content) === SPACE) content++;
    const code = content < end ? text.charCodeAt(content) : NEWLINE;
    if (code !== NEWLINE && code !== HASH) {
      reader.line = line;
      reader.indent = content - line;
      reader.content = content;
      return;
    }
    const next = text.indexOf("\n", content);
    line = next < 0 ? end : next + 1;
  }
  reader.indent = -1;
}

/** The line behind the one that `at` is in. */
function toNextLine(reader: Reader, at: number): void {
  const next = reader.text.indexOf("\n", at);
  toSignificantLine(reader, next < 0 ? reader.end : next + 1);
}

/** A mapping or a list that begins where the reader stands; `key` is where its own key begins. */
function readBlock(reader: Reader, key: number): Read {
  reader.depth += 1;
  if (reader.depth > DEPTH_MAX) throw NOT_PLAIN;
  reader.offsets.push(reader.content, key);
  const read = isItem(reader, reader.content) ? readList(reader) : readMapping(reader);
  reader.depth -= 1;
  return read;
}

/** Whether `- ` stands at `at`. */
function isItem({ text, end }: Reader, at: number): boolean {
  if (text.charCodeAt(at) !== DASH) return false;
  const next = at + 1 < end ? text.charCodeAt(at + 1) : NEWLINE;
  return next === SPACE || next === NEWLINE;
}

function readMapping(reader: Reader): Read {
  const { indent } = reader;
  const value: Record<string, unknown> = {};
  const keys: string[] = [];
  const children: Shape[] = [];
  while (reader.indent === indent && !isItem(reader, reader.content)) {
    const start = reader.content;
    const name = readKey(reader, start);
    if (Object.hasOwn(value, name)) throw NOT_PLAIN;
    const read = readEntry(reader, start, indent);
    value[name] = read.value;
    keys.push(name);
    children.push(read.shape);
  }
  if (reader.indent > indent) throw NOT_PLAIN;
  return { value, shape: sharedShape(keys, children) };
}

/** What stands behind a key: on its line, or below it. */
function readEntry(reader: Reader, key: number, indent: number): Read {
  const at = skipSpaces(reader, reader.after);
  if (at > reader.after || at >= reader.end || reader.text.charCodeAt(at) === NEWLINE) {
    if (!isLineEnd(reader, at)) return readInlineOfLine(reader, at, key, indent);
    toNextLine(reader, at);
    // A list may stand as far to the left as its key.
    if (reader.indent > indent || (reader.indent === indent && isItem(reader, reader.content)))
      return readBlock(reader, key);
    reader.offsets.push(key, key);
    return { value: null, shape: SCALAR };
  }
  throw NOT_PLAIN;
}

function readList(reader: Reader): Read {
  const { indent } = reader;
  const value: unknown[] = [];
  const children: Shape[] = [];
  while (reader.indent === indent && isItem(reader, reader.content)) {
    const at = skipSpaces(reader, reader.content + 1);
    const read = isLineEnd(reader, at) ? readItemBelow(reader, at, indent) : readItem(reader, at, indent);
    value.push(read.value);
    children.push(read.shape);
  }
  if (reader.indent > indent) throw NOT_PLAIN;
  return { value, shape: sharedShape(null, children) };
}

function readItemBelow(reader: Reader, at: number, indent: number): Read {
  toNextLine(reader, at);
  if (reader.indent <= indent) throw NOT_PLAIN;
  return readBlock(reader, reader.content);
}

/** `- key: value`, `- - item` or `- scalar`. */
function readItem(reader: Reader, at: number, indent: number): Read {
  KEY.lastIndex = at;
  const isMapping = KEY.test(reader.text) && isGap(reader, KEY.lastIndex);
  if (!isMapping && !isItem(reader, at)) return readInlineOfLine(reader, at, at, indent);
  // What follows on further lines is as far to the right as what stands behind the dash.
  reader.indent = at - reader.line;
  reader.content = at;
  return readBlock(reader, at);
}

function isGap({ text, end }: Reader, at: number): boolean {
  const code = at < end ? text.charCodeAt(at) : NEWLINE;
  return code === SPACE || code === NEWLINE;
}

/** A scalar or flow collection that ends with its line; the next line must not be a part of it. */
function readInlineOfLine(reader: Reader, at: number, key: number, indent: number): Read {
  const read = readInline(reader, at, key, false);
  const after = skipSpaces(reader, reader.after);
  if (!isLineEnd(reader, after) || (after === reader.after && reader.text.charCodeAt(after) === HASH)) throw NOT_PLAIN;
  toNextLine(reader, after);
  if (reader.indent > indent) throw NOT_PLAIN;
  return read;
}

/** Whether nothing but a comment follows on the line. */
function isLineEnd({ text, end }: Reader, at: number): boolean {
  const code = at < end ? text.charCodeAt(at) : NEWLINE;
  return code === NEWLINE || code === HASH;
}
