/** PSX3008: a rule whose statements other rules take first. */

import { coveringRules, machinesOf } from "../coverage.ts";
import { aStrategy } from "../example.ts";
import type { PatternRule } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

export const ruleUnreachable: Rule = {
  id: "PSX3008",
  name: "rule-unreachable",
  level: "warning",
  title: "the rule never decides, because rules before it match all of its statements",
  explanation: `Circuit breaks are asked first, then concurrency controls, of which the first that matches decides; read/write splitting
goes by its first rule that matches. A rule whose statements are all matched before it does nothing. This is decided exactly: there is
no statement of ASCII characters that reaches the rule.`,
  remedy: "Move the rule before the one that is named, narrow that one, or remove it.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-writes
    regex: ['(?i)^\\s*(insert|update|delete)\\b']
concurrencyControls:
  - name: few-order-writes
    regex: ['(?i)^insert into orders']
    duration: 10s
    maxConcurrency: 5`),
    good: aStrategy(`
circuitBreaks:
  - name: no-writes
    regex: ['(?i)^\\s*(update|delete)\\b']
concurrencyControls:
  - name: few-order-writes
    regex: ['(?i)^insert into orders']
    duration: 10s
    maxConcurrency: 5`),
  },
  *check({ strategies }) {
    for (const { manifest, rules } of strategies) {
      for (const [index, rule] of rules.entries()) {
        const before = rules.slice(0, index).filter((earlier) => isAskedBefore(earlier, rule));
        const machines = machinesOf(rule);
        if (machines === null || machines.length === 0 || before.length === 0) continue;
        const covering = coveringRules(machines, before);
        if (covering === null) continue;
        const message = `${rule.label} never decides: ${covering.map((each) => each.label).join(" and ")} matches all of its statements first`;
        const remedy = "move it before that rule, narrow that rule, or remove this one";
        yield* found(manifest, [...rule.path, "regex"], message, remedy);
      }
    }
  },
};

/** Governance refuses before routing decides where to. */
function isAskedBefore(earlier: PatternRule, rule: PatternRule): boolean {
  if (earlier.list === "concurrencyControls" && rule.list === "readWriteSplitting") return false;
  return earlier.list !== rule.list || earlier.list !== "readWriteSplitting" || earlier.patterns.length > 0;
}
