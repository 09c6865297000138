/** Randomness, passed in so that tests own the seed. */

/** A number in [0, 1), as Math.random() gives it. Not for secrets: scrambles come from `crypto`. */
export type Random = () => number;

/** The runtime's own generator. */
export const systemRandom: Random = () => Math.random();

/** A small, fast, seeded generator (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
