/** How long to wait before trying again. */
import type { Random } from "./random.ts";

/**
 * Milliseconds to wait after the `failures`-th failure in a row (from 1): doubles from `min` up to `max`, and half of it
 * is drawn at random, so that many who failed together do not come back together.
 */
export function backoffMs(failures: number, min: number, max: number, random: Random): number {
  const full = Math.min(max, min * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (random() * full) / 2;
}
