/** The basic types: any sequence of reads, beside a second opinion that reads them bit by bit from the manual. */
import type { Random } from "../../../lib/random.ts";
import * as cursors from "../../../mysql/cursor.ts";
import { newWriter, writeLenencBytes, writeLenencInt, writtenBytes } from "../../../mysql/writer.ts";
import { below, isLucky, noise, pick, someLength } from "../chance.ts";
import { classOf, mustEqual, readGuarded, Violation } from "../oracle.ts";
import type { Target } from "../target.ts";

/** A read, and what it should come to; null where it should be refused. */
interface Read {
  name: string;
  read: (cursor: cursors.Cursor, length: number) => unknown;
  model: (bytes: Uint8Array, length: number) => { value: unknown; taken: number } | null;
}

/** int<width> of the manual. */
function fixed(bytes: Uint8Array, at: number, width: number): bigint | null {
  if (at + width > bytes.length) return null;
  let value = 0n;
  for (let i = 0; i < width; i++) value |= BigInt(bytes[at + i] ?? 0) << BigInt(8 * i);
  return value;
}

/** int<lenenc>: the value, and how many bytes it takes. */
function lenenc(bytes: Uint8Array): { value: bigint; taken: number } | null {
  const first = bytes[0];
  if (first === undefined || first === 0xfb || first === 0xff) return null;
  if (first < 0xfb) return { value: BigInt(first), taken: 1 };
  const width = first === 0xfc ? 2 : first === 0xfd ? 3 : 8;
  const value = fixed(bytes, 1, width);
  return value === null ? null : { value, taken: 1 + width };
}

function slice(bytes: Uint8Array, at: number, length: bigint): { value: Uint8Array; taken: number } | null {
  if (length > BigInt(bytes.length - at)) return null;
  const end = at + Number(length);
  return { value: bytes.slice(at, end), taken: end };
}

const ofWidth = (width: number) => (bytes: Uint8Array) => {
  const value = fixed(bytes, 0, width);
  return value === null ? null : { value: Number(value), taken: width };
};

const READS: readonly Read[] = [
  { name: "int<1>", read: (cursor) => cursors.readUint8(cursor), model: ofWidth(1) },
  { name: "int<2>", read: (cursor) => cursors.readUint16(cursor), model: ofWidth(2) },
  { name: "int<3>", read: (cursor) => cursors.readUint24(cursor), model: ofWidth(3) },
  { name: "int<4>", read: (cursor) => cursors.readUint32(cursor), model: ofWidth(4) },
  {
    name: "int<lenenc>",
    read: (cursor) => cursors.readLenencInt(cursor),
    model(bytes) {
      const found = lenenc(bytes);
      return found === null ? null : { value: Number(found.value), taken: found.taken };
    },
  },
  { name: "int<lenenc> in full", read: (cursor) => cursors.readLenencBigInt(cursor), model: lenenc },
  {
    name: "string<lenenc>",
    read: (cursor) => cursors.readLenencBytes(cursor),
    model(bytes) {
      const found = lenenc(bytes);
      return found === null ? null : slice(bytes, found.taken, found.value);
    },
  },
  {
    name: "string<NUL>",
    read: (cursor) => cursors.readNulBytes(cursor),
    model(bytes) {
      const nul = bytes.indexOf(0);
      return nul < 0 ? null : { value: bytes.slice(0, nul), taken: nul + 1 };
    },
  },
  {
    name: "string<fix>",
    read: (cursor, length) => cursors.readBytes(cursor, length),
    model: (bytes, length) => slice(bytes, 0, BigInt(length)),
  },
  {
    name: "filler",
    read: (cursor, length) => cursors.skip(cursor, length),
    model: (bytes, length) => (length > bytes.length ? null : { value: undefined, taken: length }),
  },
  {
    name: "string<EOF>",
    read: (cursor) => cursors.readRestBytes(cursor),
    model: (bytes) => ({ value: bytes.slice(), taken: bytes.length }),
  },
];

/** The first byte says what to read next, the second how much of it, the rest is read. */
const cursor: Target = {
  name: "cursor",
  generate(random) {
    const parts = Array.from({ length: 1 + below(random, 4) }, () => somePart(random));
    return Uint8Array.from([below(random, READS.length), below(random, 40), ...parts.flatMap((part) => [...part])]);
  },
  run(input) {
    const [which = 0, length = 0] = input;
    const { name, read, model } = READS[which % READS.length] as Read;
    const bytes = input.slice(2);
    const expected = model(bytes, length);
    const outcome = readGuarded(bytes, (at) => ({ value: read(at, length), left: at.end - at.at }));
    if (outcome.kind === "refused") {
      if (expected !== null) throw new Violation(`${name} is refused: ${outcome.error.message}`);
    } else if (expected === null) {
      throw new Violation(`${name} is read where there is none`);
    } else {
      mustEqual(outcome.value.value, expected.value, name);
      mustEqual(outcome.value.left, bytes.length - expected.taken, `${name} takes`);
    }
    return classOf(outcome, () => name);
  },
};

function somePart(random: Random): Uint8Array {
  const writer = newWriter();
  if (isLucky(random, 0.4))
    writeLenencInt(writer, pick(random, [0, 250, 251, 65_535, 65_536, 0xffffff, 1 << 24, 2 ** 32 - 1]));
  else writeLenencBytes(writer, noise(random, someLength(random, 300)));
  return writtenBytes(writer).slice();
}

/** The basic types. */
export const CURSOR_TARGETS: readonly Target[] = [cursor];
