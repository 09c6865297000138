/** PSX1013: an annotation that ignores a rule which does not exist. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const unknownRuleIgnored: Rule = {
  id: "PSX1013",
  name: "unknown-rule-ignored",
  level: "warning",
  title: "pisanix.io/ignore names a rule that does not exist",
  explanation: `The annotation lists rules whose findings about the object are ignored, by id or name, separated by commas; words in
parentheses are the reason. A name with a spelling mistake ignores nothing.`,
  remedy: "Write the id or name of a rule; `pisanix render --list-rules` lists them.",
  example: {
    bad: aStrategy().replace("name: shop }", "name: shop, annotations: { pisanix.io/ignore: strategy-unused } }"),
    good: aStrategy().replace(
      "name: shop }",
      'name: shop, annotations: { pisanix.io/ignore: "strategy-without-use (kept for the sale)" } }',
    ),
  },
};
