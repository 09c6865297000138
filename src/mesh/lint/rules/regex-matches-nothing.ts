/** PSX3005: a pattern that no statement matches. */
import { shortestText } from "../../pattern/compare.ts";
import { machineOf } from "../../pattern/machine.ts";
import { aStrategy } from "../example.ts";
import { patternsOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

export const regexMatchesNothing: Rule = {
  id: "PSX3005",
  name: "regex-matches-nothing",
  level: "warning",
  title: "the pattern matches no statement",
  explanation: `Something in the pattern contradicts something else, such as text before \`^\` or behind \`$\`. The rule does nothing.`,
  remedy: "Remove the contradiction. A $ or ^ that is meant literally is written \\$ or \\^.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-prices
    regex: ['(?i)price = $100']`),
    good: aStrategy(String.raw`
circuitBreaks:
  - name: no-prices
    regex: ['(?i)price = \$100']`),
  },
  *check(mesh) {
    for (const { manifest, rule, source, path } of patternsOf(mesh)) {
      const machine = machineOf(source, rule.caseInsensitive);
      if (machine === null || machine.sample !== null || shortestText([machine], []).kind !== "none") continue;
      const literal = /[\^$]/.test(source) ? " (a $ or ^ that is meant literally is written \\$ or \\^)" : "";
      yield* found(manifest, path, "matches no statement at all", `remove the contradiction${literal}`);
    }
  },
};
