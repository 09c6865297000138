/** PSX3002: look-around, back-references and what else takes more than linear time. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const regexUnsupported: Rule = {
  id: "PSX3002",
  name: "regex-unsupported",
  level: "error",
  title: "the pattern uses syntax that runs in other dialects only",
  explanation: `Look-ahead, look-behind, back-references, atomic groups and a few escapes of Perl and PCRE do not exist here: every
pattern runs in time linear in the statement, whoever wrote it. Most patterns with look-around can be said without, because a rule
only asks whether the pattern is found, not what it spans: a positive look-ahead at the end, or look-behind at the beginning, can
simply be dropped. "All but" cannot be said by one pattern: say what is meant, or put a rule for the exception before it.`,
  remedy: "Write the pattern that the finding proposes, or turn the rule round.",
  example: {
    bad: aStrategy(`
circuitBreaks:
  - name: no-orders
    regex: ['(?i)^delete from (?=orders)']`),
    good: aStrategy(`
circuitBreaks:
  - name: no-orders
    regex: ['(?i)^delete from orders']`),
  },
};
