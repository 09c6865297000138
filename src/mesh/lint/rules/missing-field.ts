/** PSX1006: a required field that is absent. */
import { anEndpoint } from "../example.ts";
import type { Rule } from "../rule.ts";

export const missingField: Rule = {
  id: "PSX1006",
  name: "missing-field",
  level: "error",
  title: "a required field is missing",
  explanation: `The API server would refuse the object. A key with nothing behind it counts as missing, as in Kubernetes.`,
  remedy: "Add the field.",
  example: { bad: anEndpoint().replace(/^ +port: .*\n/m, ""), good: anEndpoint() },
};
