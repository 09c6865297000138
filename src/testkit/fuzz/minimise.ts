/** Makes a finding small: what can be left out without its failing otherwise is. */
import type { Clock } from "../../lib/clock.ts";
import { spliced } from "./mutate.ts";
import { kindOfMessage, type Target } from "./target.ts";

const MS_MAX = 10_000;
const NOTHING = new Uint8Array(0);

/** The smallest input found that fails as `input` does. */
export function minimised(target: Target, input: Uint8Array, error: Error, clock: Clock): Uint8Array {
  const kind = kindOf(error);
  const endMs = clock.monotonicMs() + MS_MAX;
  const failsAlike = (tried: Uint8Array) => {
    try {
      target.run(tried);
      return false;
    } catch (caught) {
      return caught instanceof Error && kindOf(caught) === kind;
    }
  };
  // What took too long is not tried again by time: it would take the longer the smaller it gets.
  if (!failsAlike(input)) return input;
  let best = shortened(input, failsAlike, () => clock.monotonicMs() < endMs);
  for (let at = 0; at < best.length && clock.monotonicMs() < endMs; at++) {
    const plain = spliced(best, at, 1, Uint8Array.of(0));
    if (best[at] !== 0 && failsAlike(plain)) best = plain;
  }
  return best;
}

/** Leaves out ever smaller pieces. */
function shortened(input: Uint8Array, fails: (tried: Uint8Array) => boolean, hasTime: () => boolean): Uint8Array {
  let best = input;
  for (let size = Math.ceil(best.length / 2); size >= 1 && hasTime(); size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && hasTime(); ) {
      const shorter = spliced(best, at, size, NOTHING);
      if (fails(shorter)) best = shorter;
      else at += size;
    }
  }
  return best;
}

function kindOf(error: Error): string {
  return `${error.name}: ${kindOfMessage(error.message)}`;
}
