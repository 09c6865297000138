/** PSX2002: a selector without any endpoint. */
import { anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

export const selectorSelectsNothing: Rule = {
  id: "PSX2002",
  name: "selector-selects-nothing",
  level: "error",
  title: "the selector selects no DatabaseEndpoint",
  explanation: `A strategy serves from the DatabaseEndpoints of its namespace whose labels its selector asks for. All of
\`matchLabels\` and \`matchExpressions\` must hold. With none selected every statement would fail.`,
  remedy: "Correct the selector or the labels of the endpoints.",
  example: {
    bad: documents(aStrategy("", "{ matchLabels: { app: shp } }"), anEndpoint()),
    good: documents(aStrategy(), anEndpoint()),
  },
};
