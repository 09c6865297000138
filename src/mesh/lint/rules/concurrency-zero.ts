/** PSX6001: a limit of nothing. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const concurrencyZero: Rule = {
  id: "PSX6001",
  name: "concurrency-zero",
  level: "warning",
  title: "a concurrency control lets nothing through",
  explanation: `With maxConcurrency 0 every statement that the rule matches is refused. The original let one through, uncounted, whenever a
window ended; here none is.`,
  remedy: "Use a circuit break, which says so, or allow at least 1.",
  example: {
    bad: aStrategy(`
concurrencyControls:
  - { name: reports, regex: '(?i)from report', duration: 10s, maxConcurrency: 0 }`),
    good: aStrategy(`
circuitBreaks:
  - { name: no-reports, regex: '(?i)from report' }`),
  },
  *check({ strategies }) {
    for (const { manifest } of strategies) {
      for (const [index, { maxConcurrency }] of manifest.spec.concurrencyControls.entries()) {
        if (maxConcurrency !== 0) continue;
        const path = ["spec", "concurrencyControls", index, "maxConcurrency"];
        yield* found(
          manifest,
          path,
          "0 refuses every statement that matches",
          "write a circuit break, or allow at least 1",
        );
      }
    }
  },
};
