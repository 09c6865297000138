/** PSX3011: a rule that nobody can name. */
import { aStrategy } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const ruleWithoutName: Rule = {
  id: "PSX3011",
  name: "rule-without-name",
  level: "notice",
  title: "a rule has no name",
  explanation: `Refusals, logs and metrics name the rule. Without a name it is called after its place, such as \`circuit_break[0]\`: another
rule before it takes over its metrics, and an application's developer who meets the error does not learn what it is about.`,
  remedy: "Add a name.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - regex: ['(?i)truncate']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-truncate
    regex: ['(?i)truncate']`),
  },
  *check({ strategies }) {
    for (const { manifest, rules } of strategies) {
      for (const rule of rules) {
        if (rule.name !== undefined) continue;
        const place = `${rule.list === "circuitBreaks" ? "circuit_break" : "concurrency_control"}[${rule.path.at(-1)}]`;
        const message = `the rule has no name: clients and metrics see "${place}"`;
        yield* found(manifest, rule.path, message, "add name: what it is for");
      }
    }
  },
};
