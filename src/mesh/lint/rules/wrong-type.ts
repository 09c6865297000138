/** PSX1007: a value of the wrong type. */
import { aDatabase } from "../example.ts";
import type { Rule } from "../rule.ts";

export const wrongType: Rule = {
  id: "PSX1007",
  name: "wrong-type",
  level: "error",
  title: "the value has the wrong type",
  explanation: `A number where text is due, text where a number is due, a list where a mapping is due. In YAML 1.1 unquoted
\`yes\`, \`on\`, \`0644\` and \`1_000\` are no text.`,
  remedy: "Add or remove quotes, or write the mapping or list that is asked for.",
  example: { bad: aDatabase('poolSize: "16"'), good: aDatabase("poolSize: 16") },
};
