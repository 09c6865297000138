/** Chance from the seed of a simulation, in the words that its files use. */
import type { Random } from "../../lib/random.ts";

/** True in `share` of all cases. */
export function isLucky(random: Random, share: number): boolean {
  return random() < share;
}

/** A whole number from `from` to `to`, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** One of `list`, which must not be empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** One of `list` by the weights of its members. */
export function pickWeighted<T extends { readonly weight: number }>(random: Random, list: readonly T[]): T {
  let left = random() * list.reduce((sum, { weight }) => sum + weight, 0);
  for (const each of list) {
    left -= each.weight;
    if (left < 0) return each;
  }
  return list.at(-1) as T;
}
