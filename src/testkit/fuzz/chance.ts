/** Chances for generators and mutators: all of a run follows from its seed. */
import type { Random } from "../../lib/random.ts";

/** A whole number in [0, bound). */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** A whole number in [least, most]. */
export function between(random: Random, least: number, most: number): number {
  return least + below(random, most - least + 1);
}

/** True in a share of the cases. */
export function isLucky(random: Random, share: number): boolean {
  return random() < share;
}

/** One of `items`. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)] as T;
}

/** Bytes of any value. */
export function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => below(random, 256));
}

/** A length: nearly always small, now and then where encodings of lengths change, at most `most`. */
export function someLength(random: Random, most: number): number {
  const length = isLucky(random, 0.1) ? pick(random, EDGES) : below(random, 12);
  return Math.min(length, most);
}

const EDGES = [0, 1, 8, 20, 21, 49, 50, 51, 127, 128, 249, 250, 251, 252, 253, 255, 256, 257, 65_534, 65_535, 65_536];

/** A name: of letters, of more than ASCII, or empty. */
export function someName(random: Random, most = 300): string {
  const letters = pick(random, ["abcXYZ_019", "abcXYZ_019", "äß漢😀\u0301", "`'\"\\; \t"]);
  const length = someLength(random, most);
  return Array.from({ length }, () => letters[below(random, letters.length)]).join("");
}
