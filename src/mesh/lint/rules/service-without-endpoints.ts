/** PSX2004: a service that refers to no endpoints. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

export const serviceWithoutEndpoints: Rule = {
  id: "PSX2004",
  name: "service-without-endpoints",
  level: "error",
  title: "a service has neither trafficStrategy nor dataShard",
  explanation: `Both fields may be absent in the schema, but a service with neither has no database to send a statement to.`,
  remedy: "Name a TrafficStrategy; its selector says which DatabaseEndpoints serve.",
  example: {
    bad: documents(aDatabase().replace(/^ +trafficStrategy: .*\n/m, ""), aStrategy(), anEndpoint()),
    good: documents(aDatabase(), aStrategy(), anEndpoint()),
  },
};
