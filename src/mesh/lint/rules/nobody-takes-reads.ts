/** PSX4005: splitting without a replica. */
import { ROLE_ANNOTATION } from "../../../api/database-endpoint.ts";
import { anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const strategy = aStrategy(`
loadBalance:
  readWriteSplitting:
    static:
      rules: [ { name: by-kind, type: generic, algorithmName: random } ]`);

export const nobodyTakesReads: Rule = {
  id: "PSX4005",
  name: "nobody-takes-reads",
  level: "warning",
  title: "read/write splitting has no endpoint that takes reads",
  explanation: `Only endpoints with the annotation database-mesh.io/role: read are in the read group. Without any, reads go to readwrite
endpoints, and the splitting changes nothing.`,
  remedy: "Annotate the replicas, or use simpleLoadBalance.",
  example: {
    bad: documents(strategy, anEndpoint(), anEndpoint({ name: "replica" })),
    good: documents(
      strategy,
      anEndpoint(),
      anEndpoint({ name: "replica", annotations: "{ database-mesh.io/role: read }" }),
    ),
  },
  *check({ strategies }) {
    for (const { manifest, endpoints } of strategies) {
      const splitting = manifest.spec.loadBalance.readWriteSplitting?.static;
      if (splitting === undefined || endpoints.length === 0) continue;
      if (endpoints.some((endpoint) => endpoint.annotations[ROLE_ANNOTATION] === "read")) continue;
      const { rules, defaultTarget } = splitting;
      if (defaultTarget !== "read" && !rules.some((rule) => rule.type === "generic" || rule.target === "read"))
        continue;
      const message = "reads are sent to read endpoints, but no selected endpoint has that role";
      const remedy = `set the annotation ${ROLE_ANNOTATION}: read on the replicas`;
      yield* found(manifest, ["spec", "loadBalance", "readWriteSplitting"], message, remedy, "key");
    }
  },
};
