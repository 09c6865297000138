/** PSX1008: a value that is not allowed. */
import { aDatabase } from "../example.ts";
import type { Rule } from "../rule.ts";

export const invalidValue: Rule = {
  id: "PSX1008",
  name: "invalid-value",
  level: "error",
  title: "the value is not allowed",
  explanation: `The type is right, the value is not: a port above 65535, a word that is none of the choices, a name that Kubernetes
does not take, fields that exclude each other.`,
  remedy: "Write a value that is allowed; the finding says which are.",
  example: { bad: aDatabase("poolSize: 70000"), good: aDatabase("poolSize: 64") },
};
