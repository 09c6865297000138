/** Breaking an input: bits, lengths, ends, parts that come twice or from elsewhere. */
import type { Random } from "../../lib/random.ts";
import { below, between, isLucky, noise, pick } from "./chance.ts";

type Mutator = (random: Random, bytes: Uint8Array, other: Uint8Array, dictionary: readonly Uint8Array[]) => Uint8Array;

/** Values on the edge of something: of a sign, of int<lenenc>, of packet headers. */
const EDGE_BYTES = [0, 1, 0x7f, 0x80, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];

/** int<lenenc> at its edges, longer than need be, and as nobody should write it. */
const EDGE_LENGTHS = [
  [0x00],
  [0xfa],
  [0xfb],
  [0xfc, 0x00, 0x00],
  [0xfc, 0xfb, 0x00],
  [0xfc, 0xff, 0xff],
  [0xfd, 0x00, 0x00, 0x01],
  [0xfd, 0xff, 0xff, 0xff],
  [0xfe, 0x05, 0, 0, 0, 0, 0, 0, 0],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
  [0xfe, 0, 0, 0, 0, 0, 0, 0, 0x80],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff],
].map((bytes) => Uint8Array.from(bytes));

const MUTATORS: readonly Mutator[] = [
  function flipBit(random, bytes) {
    return withBytes(bytes, below(random, bytes.length), (byte) => byte ^ (1 << below(random, 8)));
  },
  function setByte(random, bytes) {
    const value = isLucky(random, 0.6) ? pick(random, EDGE_BYTES) : below(random, 256);
    return withBytes(bytes, below(random, bytes.length), () => value);
  },
  /** A number that may be a length says a little more or less, or what is left. */
  function lieAboutLength(random, bytes) {
    const width = pick(random, [1, 1, 2, 3, 4]);
    const at = below(random, Math.max(1, bytes.length - width + 1));
    const before = readNumber(bytes, at, width);
    const left = bytes.length - at - width;
    const value = isLucky(random, 0.5) ? before + between(random, -4, 4) : left + between(random, -2, 2);
    return withNumber(bytes, at, width, value);
  },
  function overwriteLength(random, bytes) {
    return spliced(bytes, below(random, bytes.length), 1, pick(random, EDGE_LENGTHS));
  },
  function insertLength(random, bytes) {
    return spliced(bytes, below(random, bytes.length + 1), 0, pick(random, EDGE_LENGTHS));
  },
  function truncate(random, bytes) {
    return bytes.slice(0, below(random, bytes.length + 1));
  },
  function append(random, bytes) {
    return spliced(bytes, bytes.length, 0, noise(random, between(random, 1, 20)));
  },
  function remove(random, bytes) {
    const at = below(random, bytes.length);
    return spliced(bytes, at, between(random, 1, Math.min(16, bytes.length - at)), NOTHING);
  },
  /** A field that comes twice. */
  function duplicate(random, bytes) {
    const at = below(random, bytes.length);
    const part = bytes.slice(at, at + between(random, 1, 32));
    return spliced(bytes, isLucky(random, 0.6) ? at : below(random, bytes.length + 1), 0, part);
  },
  function repeat(random, bytes) {
    const at = below(random, bytes.length);
    const part = bytes.slice(at, at + between(random, 1, 8));
    const times = isLucky(random, 0.05) ? between(random, 100, 2_000) : between(random, 2, 40);
    return spliced(bytes, at, 0, repeated(part, times));
  },
  /** The beginning of one input and the end of another. */
  function splice(random, bytes, other) {
    const end = other.slice(below(random, other.length + 1));
    return spliced(bytes.slice(0, below(random, bytes.length + 1)), bytes.length, 0, end);
  },
  function insertPart(random, bytes, other) {
    const at = below(random, other.length + 1);
    return spliced(bytes, below(random, bytes.length + 1), 0, other.slice(at, at + between(random, 1, 24)));
  },
  function insertWord(random, bytes, _other, dictionary) {
    if (dictionary.length === 0) return spliced(bytes, below(random, bytes.length + 1), 0, noise(random, 3));
    const length = isLucky(random, 0.3) ? between(random, 0, 4) : 0;
    return spliced(bytes, below(random, bytes.length + 1), length, pick(random, dictionary));
  },
];

const NOTHING = new Uint8Array(0);

/** `bytes` broken in one to a few ways; `other` is an input to take parts from. */
export function mutated(
  random: Random,
  bytes: Uint8Array,
  other: Uint8Array,
  dictionary: readonly Uint8Array[],
  bytesMax: number,
): Uint8Array {
  let result = bytes;
  const times = isLucky(random, 0.7) ? 1 : between(random, 2, 6);
  for (let i = 0; i < times; i++) {
    const mutator = result.length === 0 ? insertWordInto : pick(random, MUTATORS);
    result = mutator(random, result, other, dictionary);
  }
  return result.length > bytesMax ? result.slice(0, bytesMax) : result;
}

function insertWordInto(random: Random, _bytes: Uint8Array, other: Uint8Array): Uint8Array {
  return isLucky(random, 0.5) ? other.slice(0, 16) : noise(random, between(random, 1, 8));
}

function withBytes(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

function readNumber(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function withNumber(bytes: Uint8Array, at: number, width: number, value: number): Uint8Array {
  const copy = bytes.slice();
  let rest = Math.max(0, value);
  for (let i = 0; i < width && at + i < copy.length; i++) {
    copy[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return copy;
}

/** `bytes` with `length` of them at `at` replaced by `part`. */
export function spliced(bytes: Uint8Array, at: number, length: number, part: Uint8Array): Uint8Array {
  const start = Math.min(at, bytes.length);
  const rest = bytes.subarray(Math.min(bytes.length, start + length));
  const result = new Uint8Array(start + part.length + rest.length);
  result.set(bytes.subarray(0, start));
  result.set(part, start);
  result.set(rest, start + part.length);
  return result;
}

function repeated(part: Uint8Array, times: number): Uint8Array {
  const result = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) result.set(part, i * part.length);
  return result;
}
