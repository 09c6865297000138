/** PSX3009: a pattern that another one of the same rule covers. */

import { quoted } from "../../../lib/pattern-advice.ts";
import { machineOf } from "../../pattern/machine.ts";
import { isWithin } from "../coverage.ts";
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const patternWithoutEffect: Rule = {
  id: "PSX3009",
  name: "pattern-without-effect",
  level: "notice",
  title: "another pattern of the rule matches all that this one matches",
  explanation: `A rule matches when any of its patterns does. A pattern that is narrower than another one changes nothing; perhaps the
wider one says more than was meant.`,
  remedy: "Remove the narrower pattern, or narrow the wider one.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-deletes
    regex: ['(?i)^delete', '(?i)^delete from orders']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-deletes
    regex: ['(?i)^delete from (carts|orders)']`),
  },
  *check({ strategies }) {
    for (const { manifest, rules } of strategies) {
      for (const rule of rules) {
        const machines = rule.patterns.map(({ source }) => machineOf(source, rule.caseInsensitive));
        for (const [index, pattern] of rule.patterns.entries()) {
          // Of two that say the same, the later one is of no use.
          const wider = rule.patterns.find((_, at) => {
            const [own, other] = [machines[index], machines[at]];
            if (at === index || own == null || other == null || !isWithin(own, other)) return false;
            return at < index || !isWithin(other, own);
          });
          if (wider === undefined) continue;
          const message = `${quoted(wider.source)} of the same rule matches all that this pattern matches`;
          yield* found(manifest, pattern.path, message, "remove this pattern, or narrow the other one");
        }
      }
    }
  },
};
