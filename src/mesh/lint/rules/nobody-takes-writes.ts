/** PSX4004: splitting without an endpoint for writes. */
import { ROLE_ANNOTATION } from "../../../api/database-endpoint.ts";
import { anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const strategy = aStrategy(`
loadBalance:
  readWriteSplitting:
    static:
      rules: [ { name: by-kind, type: generic, algorithmName: random } ]`);

export const nobodyTakesWrites: Rule = {
  id: "PSX4004",
  name: "nobody-takes-writes",
  level: "error",
  title: "no endpoint takes writes",
  explanation: `Read/write splitting sends writes to endpoints with role readwrite, and never to one with role read. Without any, every
write fails. A group of a DataShard needs one as well.`,
  remedy:
    "Give one of the endpoints the annotation database-mesh.io/role: readwrite, or none: readwrite is the default.",
  example: {
    bad: documents(strategy, anEndpoint({ annotations: "{ database-mesh.io/role: read }" })),
    good: documents(strategy, anEndpoint({ annotations: "{ database-mesh.io/role: readwrite }" })),
  },
  *check({ strategies }) {
    for (const { manifest, endpoints } of strategies) {
      if (manifest.spec.loadBalance.readWriteSplitting?.static === undefined || endpoints.length === 0) continue;
      if (endpoints.some((endpoint) => endpoint.annotations[ROLE_ANNOTATION] === "readwrite")) continue;
      const names = endpoints.map((endpoint) => endpoint.name).join(", ");
      const remedy = `set the annotation ${ROLE_ANNOTATION}: readwrite on the one that takes writes`;
      yield* found(manifest, ["spec", "selector"], `every selected endpoint only reads: ${names}`, remedy);
    }
  },
};
