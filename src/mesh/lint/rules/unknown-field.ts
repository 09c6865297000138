/** PSX1005: a field that no schema knows. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const unknownField: Rule = {
  id: "PSX1005",
  name: "unknown-field",
  level: "error",
  title: "the field does not exist",
  explanation: `The API server drops fields that the schema does not know, so what was meant has no effect and nobody is told.
Often it is a spelling mistake, or a field one level too high or too low.`,
  remedy: "Correct the name, move the field, or remove it. `pisanix render --schema KIND` prints what there is.",
  example: {
    bad: aStrategy(`
loadBalance:
  simpleLoadBalancer: { kind: random }`),
    good: aStrategy(`
loadBalance:
  simpleLoadBalance: { kind: random }`),
  },
};
