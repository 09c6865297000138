/** What must hold of every reader: it reads what is its own, tells the same whatever the neighbours are, and refuses by its own error. */
import { type Random, seededRandom } from "../../lib/random.ts";
import { type Cursor, newCursor } from "../../mysql/cursor.ts";
import { ProtocolError } from "../../mysql/errors.ts";
import { below } from "./chance.ts";
import { refused } from "./target.ts";

/** A reader did what it must not. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** @throws Violation with `what` unless `isTrue`. */
export function must(isTrue: boolean, what: string): asserts isTrue {
  if (!isTrue) throw new Violation(what);
}

/** @throws Violation unless both are the same, bytes by their values. */
export function mustEqual(left: unknown, right: unknown, what: string): void {
  if (!Bun.deepEquals(left, right, true)) throw new Violation(`${what}: ${show(left)} is not ${show(right)}`);
}

function show(value: unknown): string {
  return Bun.inspect(value, { depth: 4 }).replace(/\s+/g, " ").slice(0, 400);
}

/** What reading came to: a value, or the error by which a reader may refuse. */
export type Outcome<T> = { kind: "read"; value: T } | { kind: "refused"; error: ProtocolError };

/** Reads, and takes ProtocolError for an answer; any other error is a defect. */
export function attempt<T>(read: () => T): Outcome<T> {
  try {
    return { kind: "read", value: read() };
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: "refused", error };
    throw error;
  }
}

/** Bytes in front of what is read. */
const BEFORE = 5;

/**
 * Reads `input` where it is followed by nothing, by zeros, and by bytes that mean something to every reader. All must come
 * to the same, and leave the cursor within the input.
 */
export function readGuarded<T>(input: Uint8Array, read: (cursor: Cursor) => T): Outcome<T> {
  const outcomes = SURROUNDINGS.map((behind) => {
    const buffer = new Uint8Array(BEFORE + input.length + behind.length).fill(0xfe, 0, BEFORE);
    buffer.set(input, BEFORE);
    buffer.set(behind, BEFORE + input.length);
    const cursor = newCursor(buffer, BEFORE, BEFORE + input.length);
    const outcome = attempt(() => read(cursor));
    must(cursor.at <= cursor.end, `the reader left its packet by ${cursor.at - cursor.end} bytes`);
    return outcome;
  });
  const [first, ...others] = outcomes as [Outcome<T>, ...Outcome<T>[]];
  for (const other of others) mustBeAlike(first, other, "what stands behind the packet changes what is read");
  return first;
}

const SURROUNDINGS = [new Uint8Array(0), new Uint8Array(24), new Uint8Array(24).fill(0xfe), new Uint8Array(24).fill(1)];

/** @throws Violation unless both have read the same, or have refused with the same words. */
export function mustBeAlike<T>(left: Outcome<T>, right: Outcome<T>, what: string): void {
  const plain = (outcome: Outcome<T>) =>
    outcome.kind === "read" ? outcome : { kind: outcome.kind, message: outcome.error.message };
  mustEqual(plain(left), plain(right), what);
}

/** The class of an outcome. */
export function classOf<T>(outcome: Outcome<T>, name: (value: T) => string): string {
  return outcome.kind === "read" ? name(outcome.value) : refused(outcome.error);
}

/** Randomness that the input alone decides, so that it does the same when it is tried again. */
export function randomOf(input: Uint8Array): Random {
  return seededRandom(Number(Bun.hash(input) & 0xffffffffn));
}

/** `bytes` in pieces: all alone, a few large ones, or anything between; each a copy of its own. */
export function randomPieces(random: Random, bytes: Uint8Array): Uint8Array[] {
  const longest = random() < 0.3 ? 1 : 1 + below(random, Math.max(1, bytes.length));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + below(random, longest));
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}

/** Marks `bytes` as valid: whoever breaks them breaks the mark. */
export function sealed(bytes: Uint8Array): Uint8Array {
  const marked = new Uint8Array(SEAL_BYTES + bytes.length);
  marked.set(bytes, SEAL_BYTES);
  new DataView(marked.buffer).setUint32(0, markOf(bytes));
  return marked;
}

const SEAL_BYTES = 4;

/** What stands behind the mark, and whether it is as it was generated. */
export function unsealed(input: Uint8Array): { bytes: Uint8Array; isWhole: boolean } {
  const bytes = input.subarray(SEAL_BYTES);
  if (input.length < SEAL_BYTES) return { bytes, isWhole: false };
  const mark = new DataView(input.buffer, input.byteOffset).getUint32(0);
  return { bytes, isWhole: mark === markOf(bytes) };
}

function markOf(bytes: Uint8Array): number {
  return Bun.hash.crc32(bytes) >>> 0;
}
