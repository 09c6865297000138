/**
 * The regex engine behind pattern.ts: Rust's `regex` crate as the package `rregex` compiles it to WebAssembly. Only the
 * module is taken from the package, not its JavaScript, for two reasons that were measured: that allows one instance
 * for ever, in which freeing a pattern gives nothing back (some 3 MB stay for a set of 20), and it loses memory with
 * every long or non-ASCII text. Here a text is handed over in one allocation of its exact size, which is stable, and an
 * instance that has grown is left to the garbage collector together with its patterns.
 */
import { readFileSync } from "node:fs";
// @ts-expect-error The declarations beside the file describe the module in it; imported as a file it is a path.
import moduleFile from "../../node_modules/rregex/lib/rregex.wasm" with { type: "file" };
import { assert } from "./assert.ts";

/** An instance this large gets no more patterns. */
const ENGINE_BYTES_MAX = 32 * 1024 * 1024;

/** Up to this length an ASCII text is copied faster by a loop than by a call that needs a view to be allocated. */
const COPY_BY_UNIT_MAX = 160;

/** Longer texts are copied faster as strings, by a call. */
const SCAN_MAX = 1_000;

/** One instance. Pointers into it are good for as long as it is referred to. */
export interface PatternEngine {
  readonly exports: EngineExports;
  /** The instance's memory; replaced when it has grown. */
  bytes: Uint8Array;
}

/** What we use of the module's exports. A pointer and a length stand for a text, which the callee takes and frees. */
interface EngineExports {
  readonly memory: WebAssembly.Memory;
  /** Table of JavaScript values that the module refers to by number. */
  readonly __wbindgen_export_2: WebAssembly.Table;
  __wbindgen_start(): void;
  __wbindgen_malloc(size: number, align: number): number;
  __wbindgen_free(pointer: number, size: number, align: number): void;
  __externref_table_dealloc(index: number): void;
  __externref_drop_slice(pointer: number, length: number): void;
  /** Returns the set, the number of an error, whether there is one. */
  rregexset_new(patterns: readonly string[]): [set: number, error: number, isError: number];
  rregexset_isMatch(set: number, pointer: number, length: number): number;
  /** Returns a slice of numbers of JavaScript numbers. */
  rregexset_matches(set: number, pointer: number, length: number): [pointer: number, length: number];
}

let module: WebAssembly.Module | null = null;
let latest: PatternEngine | null = null;

/** The engine to compile with: loaded by the first call (some 20 ms), replaced when it has grown too large. */
export function patternEngine(): PatternEngine {
  if (latest !== null && latest.exports.memory.buffer.byteLength <= ENGINE_BYTES_MAX) return latest;
  const file: string = moduleFile;
  module ??= new WebAssembly.Module(readFileSync(file));
  latest = newEngine(module);
  return latest;
}

/**
 * Compiles patterns into one automaton and returns its address.
 * @throws Error with the crate's text when a pattern is wrong or the whole is too large.
 */
export function compileSet(engine: PatternEngine, patterns: readonly string[]): number {
  const { exports } = engine;
  const [set, error, isError] = exports.rregexset_new(patterns);
  if (isError === 0) return set;
  const thrown: unknown = exports.__wbindgen_export_2.get(error);
  exports.__externref_table_dealloc(error);
  throw thrown;
}

/** Whether any pattern of the set is found in `text`. */
export function isFound(engine: PatternEngine, set: number, text: string): boolean {
  const length = Buffer.byteLength(text);
  const pointer = handOver(engine, text, length);
  return engine.exports.rregexset_isMatch(set, pointer, length) !== 0;
}

/**
 * The same for the ASCII text in [start, end) of `bytes`, without making a string of it. True also where it is not known: the
 * bytes are not all ASCII, or too many.
 */
export function mayBeFound(engine: PatternEngine, set: number, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length > SCAN_MAX) return true;
  const pointer = engine.exports.__wbindgen_malloc(length, 1) >>> 0;
  const memory = memoryOf(engine);
  let all = 0;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index] as number;
    memory[pointer + index] = byte;
    all |= byte;
  }
  if (all < 0x80) return engine.exports.rregexset_isMatch(set, pointer, length) !== 0;
  engine.exports.__wbindgen_free(pointer, length, 1);
  return true;
}

/** The lowest index of a pattern of the set that is found in `text`, -1 for none. */
export function lowestFound(engine: PatternEngine, set: number, text: string): number {
  const { exports } = engine;
  const length = Buffer.byteLength(text);
  const [found, count] = exports.rregexset_matches(set, handOver(engine, text, length), length);
  const references = new DataView(exports.memory.buffer, found, 4 * count);
  let lowest = -1;
  for (let at = 0; at < count; at++) {
    const index: unknown = exports.__wbindgen_export_2.get(references.getUint32(4 * at, true));
    assert(typeof index === "number", "a set names its patterns by number");
    if (lowest === -1 || index < lowest) lowest = index;
  }
  exports.__externref_drop_slice(found, count);
  exports.__wbindgen_free(found, 4 * count, 4);
  return lowest;
}

/** Copies `text` as UTF-8 into the engine's memory, to a place that the next export called takes and frees. */
function handOver(engine: PatternEngine, text: string, length: number): number {
  const pointer = engine.exports.__wbindgen_malloc(length, 1) >>> 0;
  const bytes = memoryOf(engine);
  if (length === text.length && length <= COPY_BY_UNIT_MAX) {
    for (let index = 0; index < length; index++) bytes[pointer + index] = text.charCodeAt(index);
  } else {
    encoder.encodeInto(text, bytes.subarray(pointer, pointer + length));
  }
  return pointer;
}

/** Asked for behind every allocation: memory that has grown leaves the old view empty. */
function memoryOf(engine: PatternEngine): Uint8Array {
  if (engine.bytes.byteLength === 0) engine.bytes = new Uint8Array(engine.exports.memory.buffer);
  return engine.bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function newEngine(compiled: WebAssembly.Module): PatternEngine {
  const values: EngineValues = { exports: null };
  const instance = new WebAssembly.Instance(compiled, importsOf(compiled, values));
  const exports = instance.exports as unknown as EngineExports;
  values.exports = exports;
  exports.__wbindgen_start();
  return { exports, bytes: new Uint8Array(exports.memory.buffer) };
}

/** The imports need the exports, which exist only after them. */
interface EngineValues {
  exports: EngineExports | null;
}

type Imports = NonNullable<ConstructorParameters<typeof WebAssembly.Instance>[1]>;

/** The functions that compiling and matching sets call. The names end in a hash of the binding; what we do not use throws. */
function importsOf(compiled: WebAssembly.Module, values: EngineValues): Imports {
  const known: Record<string, (...values: never[]) => unknown> = {
    __wbg_from: (list: readonly unknown[]) => Array.from(list),
    __wbg_get: (list: readonly unknown[], index: number) => list[index >>> 0],
    __wbg_length: (list: readonly unknown[]) => list.length,
    __wbindgen_number_new: (value: number) => value,
    __wbindgen_error_new: (pointer: number, length: number) => new Error(readText(values, pointer, length)),
    __wbindgen_throw: (pointer: number, length: number) => {
      throw new Error(`pattern engine: ${readText(values, pointer, length)}`);
    },
    __wbindgen_string_get: (result: number, value: unknown) => writeText(values, result, value),
    __wbindgen_init_externref_table: () => reserveConstants(exportsOf(values).__wbindgen_export_2),
  };
  const wbg: Record<string, (...values: never[]) => unknown> = {};
  for (const { name } of WebAssembly.Module.imports(compiled)) {
    const unused = () => {
      throw new Error(`pattern engine: import ${name} is not expected to be called`);
    };
    wbg[name] = known[name] ?? known[name.replace(/_[0-9a-f]{16}$/, "")] ?? unused;
  }
  return { wbg } as unknown as Imports;
}

function exportsOf(values: EngineValues): EngineExports {
  assert(values.exports !== null, "the engine calls its imports only after it was made");
  return values.exports;
}

function readText(values: EngineValues, pointer: number, length: number): string {
  return decoder.decode(new Uint8Array(exportsOf(values).memory.buffer, pointer >>> 0, length >>> 0));
}

/** Stores address and length of a copy of a string at `result`; two zeros for what is not a string. */
function writeText(values: EngineValues, result: number, value: unknown): void {
  const exports = exportsOf(values);
  const encoded = typeof value === "string" ? encoder.encode(value) : null;
  const pointer = encoded === null ? 0 : exports.__wbindgen_malloc(encoded.length, 1) >>> 0;
  const view = new DataView(exports.memory.buffer);
  if (encoded !== null) new Uint8Array(view.buffer, pointer, encoded.length).set(encoded);
  view.setInt32(result, pointer, true);
  view.setInt32(result + 4, encoded?.length ?? 0, true);
}

/** The binding's convention: 0 is undefined, and four more constants stand at the end. */
function reserveConstants(table: WebAssembly.Table): void {
  const offset = table.grow(4);
  table.set(0, undefined);
  for (const [at, constant] of [undefined, null, true, false].entries()) table.set(offset + at, constant);
}
