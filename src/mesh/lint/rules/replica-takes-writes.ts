/** PSX4003: simple balancing over replicas. */

import { ROLE_ANNOTATION, WEIGHT_ANNOTATION } from "../../../api/database-endpoint.ts";
import { NODE_ROLE_DEFAULT } from "../../../api/read-write-splitting.ts";
import { anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const replica = anEndpoint({ name: "replica", annotations: "{ database-mesh.io/role: read }" });

export const replicaTakesWrites: Rule = {
  id: "PSX4003",
  name: "replica-takes-writes",
  level: "warning",
  title: "a strategy without read/write splitting balances writes over read endpoints",
  explanation: `simpleLoadBalance sends any statement to any selected endpoint. The role of an endpoint only counts for read/write splitting,
so an endpoint with role read gets its share of the writes.`,
  remedy: "Use readWriteSplitting, or keep read endpoints out of the selector.",
  example: {
    bad: documents(aStrategy("loadBalance: { simpleLoadBalance: { kind: roundrobin } }"), anEndpoint(), replica),
    good: documents(
      aStrategy(`
loadBalance:
  readWriteSplitting:
    static:
      rules: [ { name: by-kind, type: generic, algorithmName: roundrobin } ]`),
      anEndpoint(),
      replica,
    ),
  },
  *check({ strategies }) {
    for (const { manifest, endpoints } of strategies) {
      if (manifest.spec.loadBalance.readWriteSplitting !== undefined) continue;
      const serving = endpoints.filter((endpoint) => endpoint.annotations[WEIGHT_ANNOTATION] > 0);
      const reading = serving.filter((endpoint) => endpoint.annotations[ROLE_ANNOTATION] !== NODE_ROLE_DEFAULT);
      if (reading.length === 0 || reading.length === serving.length) continue;
      const names = reading.map((endpoint) => endpoint.name).join(", ");
      const message = `writes go to ${names}, too, which only take${reading.length === 1 ? "s" : ""} reads`;
      const path = manifest.source.isWritten([...manifest.path, "spec", "loadBalance"])
        ? ["spec", "loadBalance"]
        : ["spec", "selector"];
      yield* found(manifest, path, message, "use readWriteSplitting, or keep these out of the selector");
    }
  },
};
