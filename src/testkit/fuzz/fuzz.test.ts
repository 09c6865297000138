import { describe, expect, test } from "bun:test";
import { systemClock } from "../../lib/clock.ts";
import { storedFindings } from "./findings.ts";
import { runTarget, sidesOf, timed } from "./run.ts";
import { TARGETS, targetNamed } from "./targets.ts";

const SEED = 20_261_124;
const ITERATIONS = 5_000;
/** Of readers that take a tenth of a millisecond and more. */
const ITERATIONS_OF_SLOW: Readonly<Record<string, number>> = {
  "response-tracker": 1_000,
  authenticate: 1_000,
  "own-answers": 1_500,
  "compressed-zlib": 1_500,
  "compressed-zstd": 1_500,
  yaml: 300,
  json: 400,
  pattern: 300,
  "proxy-config": 200,
  manifests: 200,
};
const LIMIT_MS = 60_000;

/** Targets whose readers take whatever they are given. */
const TAKE_ALL = ["request", "statement"];

describe("every reader", () => {
  for (const target of TARGETS) {
    const iterations = ITERATIONS_OF_SLOW[target.name] ?? ITERATIONS;
    test(
      `${target.name} holds for ${iterations} inputs of seed ${SEED}`,
      async () => {
        const options = { seed: SEED, clock: systemClock, iterationsMax: iterations, msMax: Number.POSITIVE_INFINITY };
        const report = await runTarget(target, options);
        if (report.finding !== null) {
          const { input, iteration, error } = report.finding;
          const hex = Buffer.from(input).toString("hex");
          throw new Error(`iteration ${iteration}: ${hex}: \`make fuzz SEED=${SEED} TARGET=${target.name}\``, {
            cause: error,
          });
        }
        const { read, refused } = sidesOf(report);
        expect(read).toBeGreaterThan(0);
        if (!TAKE_ALL.includes(target.name)) expect(refused).toBeGreaterThan(0);
      },
      LIMIT_MS,
    );
  }
});

describe("findings of the past", () => {
  for (const { target, file, input } of storedFindings()) {
    test(`testdata/wire/${target}/${file} holds`, () => {
      expect(typeof timed(targetNamed(target), input)).toBe("string");
    });
  }
});
