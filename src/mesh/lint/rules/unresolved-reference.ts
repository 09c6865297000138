/** PSX2001: a name that leads nowhere. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

export const unresolvedReference: Rule = {
  id: "PSX2001",
  name: "unresolved-reference",
  level: "error",
  title: "a reference names an object that does not exist",
  explanation: `A service refers to its TrafficStrategy, DataShard and QoSClaim by name, a DataShard to DatabaseEndpoints and groups.
References never leave their namespace. A proxy whose VirtualDatabase has a reference that leads nowhere gets no configuration.`,
  remedy: "Correct the name, or add the object to the same namespace.",
  example: {
    bad: documents(aDatabase().replace("trafficStrategy: shop", "trafficStrategy: shp"), aStrategy(), anEndpoint()),
    good: documents(aDatabase(), aStrategy(), anEndpoint()),
  },
};
