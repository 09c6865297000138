/** PSX8001: an annotation of v0.1.0. */
import { aDatabase } from "../example.ts";
import type { Rule } from "../rule.ts";

export const metricsPort: Rule = {
  id: "PSX8001",
  name: "metrics-port",
  level: "notice",
  title: "the annotation database-mesh.io/metrics-port has had no effect since v0.1.1",
  explanation: `Only v0.1.0 of the original read it. Later versions and pisanix serve metrics on port 5591.`,
  remedy: "Remove it, and scrape port 5591.",
  example: {
    bad: aDatabase().replace("name: shop }", 'name: shop, annotations: { database-mesh.io/metrics-port: "8888" } }'),
    good: aDatabase(),
  },
};
