/** PSX1004: a kind, version or group that does not exist. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const unknownKind: Rule = {
  id: "PSX1004",
  name: "unknown-kind",
  level: "error",
  title: "kind, version or API group does not exist",
  explanation: `The API server would refuse the object. Objects of other API groups are none of our business and are passed over;
this is about names that are nearly ours.`,
  remedy: "Write the name that is proposed.",
  example: { bad: aStrategy().replace("TrafficStrategy", "TraficStrategy"), good: aStrategy() },
};
