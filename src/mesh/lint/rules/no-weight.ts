/** PSX4006: endpoints of which none may be chosen. */
import { anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

export const noWeight: Rule = {
  id: "PSX4006",
  name: "no-weight",
  level: "error",
  title: "every selected endpoint has weight 0",
  explanation: `An endpoint with the annotation database-mesh.io/weight: "0" is never chosen. With all of them at 0 every statement fails.`,
  remedy: "Give one of them a weight of at least 1.",
  example: {
    bad: documents(aStrategy(), anEndpoint({ annotations: '{ database-mesh.io/weight: "0" }' })),
    good: documents(aStrategy(), anEndpoint({ annotations: '{ database-mesh.io/weight: "1" }' })),
  },
};
