/** PSX3012: two rules with one name. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const ruleNamedTwice: Rule = {
  id: "PSX3012",
  name: "rule-named-twice",
  level: "warning",
  title: "two rules of one list have the same name",
  explanation: `Their refusals cannot be told apart in errors, logs and metrics, and a reload may exchange their counts.`,
  remedy: "Rename one of the two, or make them one rule with several patterns.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - { name: no-writes, regex: '(?i)truncate' }
  - { name: no-writes, regex: '(?i)drop table' }`),
    good: aStrategy(`
circuitBreaks:
  - { name: no-writes, regex: ['(?i)truncate', '(?i)drop table'] }`),
  },
  *check({ strategies }) {
    for (const { manifest, rules } of strategies) {
      for (const [index, rule] of rules.entries()) {
        const isSame = rules.findIndex((other) => other.list === rule.list && other.name === rule.name) < index;
        if (rule.name === undefined || !isSame) continue;
        const message = `a rule before this one is called "${rule.name}", too`;
        yield* found(manifest, [...rule.path, "name"], message, "rename one of the two, or make them one rule");
      }
    }
  },
};
