/** Sessions over pipes in virtual time: whatever goes wrong, clients hear what connections of their own would have said. */
import { describe, expect, test } from "bun:test";
import { KEPT_SEEDS } from "../testkit/simulation/kept-seeds.ts";
import { type Run, simulate } from "../testkit/simulation/world.ts";

/** More: `make simulate SEEDS=1..10000`. What a failing seed did: `make simulate SEEDS=<seed>`. */
const SEEDS = 150;

function failuresOf({ plan, failures }: Run): string[] {
  return failures.map((failure) => `seed ${plan.seed}: ${failure}`);
}

describe("the simulation", () => {
  test(`finds nothing wrong in the first ${SEEDS} seeds, in which all sorts of things go wrong`, async () => {
    const failures: string[] = [];
    const faults = new Set<string>();
    const kinds = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = await simulate(seed, false);
      failures.push(...failuresOf(run));
      kinds.add(`${run.plan.profile} ${run.plan.flavour}`);
      for (const fault of run.tallies.faults.keys()) faults.add(fault);
    }
    expect(failures).toEqual([]);
    expect(kinds.size).toBe(8);
    expect(faults.size).toBeGreaterThanOrEqual(14);
  }, 120_000);

  test.each(KEPT_SEEDS)(
    "finds nothing wrong in seed %i: once %s",
    async (seed) => {
      expect(failuresOf(await simulate(seed, false))).toEqual([]);
    },
    30_000,
  );

  test("is the same for the same seed", async () => {
    const [first, second] = [await simulate(7, true), await simulate(7, true)];
    expect(first.lines.length).toBeGreaterThan(100);
    expect(second).toEqual(first);
  });
});
