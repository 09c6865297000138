/** PSX3009: a pattern that another one of the same rule covers. */

import { quoted } from "../../../lib/pattern-advice.ts";
import { machineOf } from "../../pattern/machine.ts";
import { isCovered } from "../coverage.ts";
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
        for (const [index, pattern] of rule.patterns.entries()) {
          const machine = machineOf(pattern.source, rule.caseInsensitive);
          if (machine === null || rule.patterns.length < 2) continue;
          // Of two that are the same only the later one is of no use.
          const others = rule.patterns.filter((other, at) => {
            return at !== index && (at < index || other.source !== pattern.source);
          });
          const wider = others.find((other, at) => {
            const covers = isCovered([machine], [{ ...rule, patterns: [other] }]) !== null;
            return covers && (at < index || !isSameLanguage(pattern.source, other.source, rule.caseInsensitive));
          });
          if (wider === undefined) continue;
          const message = `${quoted(wider.source)} of the same rule matches all that this pattern matches`;
          yield* found(manifest, pattern.path, message, "remove this pattern, or narrow the other one");
        }
      }
    }
  },
};

function isSameLanguage(left: string, right: string, caseInsensitive: boolean): boolean {
  const [one, other] = [machineOf(left, caseInsensitive), machineOf(right, caseInsensitive)];
  if (one === null || other === null) return false;
  const pattern = { source: left, path: [] };
  return (
    isCovered(
      [other],
      [
        {
          list: "circuitBreaks",
          label: "",
          name: "",
          path: [],
          target: undefined,
          caseInsensitive,
          patterns: [pattern],
        },
      ],
    ) !== null
  );
}
