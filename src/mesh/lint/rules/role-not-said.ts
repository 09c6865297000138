/** PSX8004: endpoints whose role is the default, where the role counts. */
import { ROLE_ANNOTATION } from "../../../api/database-endpoint.ts";
import type { Endpoint } from "../../resolve.ts";
import { anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const strategy = aStrategy(`
loadBalance:
  readWriteSplitting:
    static:
      rules: [ { name: by-kind, type: generic, algorithmName: random } ]`);
const replica = anEndpoint({ name: "replica", annotations: "{ database-mesh.io/role: read }" });

export const roleNotSaid: Rule = {
  id: "PSX8004",
  name: "role-not-said",
  level: "notice",
  title: "an endpoint under read/write splitting does not say its role",
  explanation: `Without the annotation database-mesh.io/role an endpoint counts as readwrite: a replica whose annotation was forgotten gets
writes. Groups of the original's DataShards need the annotation to be there.`,
  remedy: "Write database-mesh.io/role: readwrite or read.",
  example: {
    bad: documents(strategy, anEndpoint(), replica),
    good: documents(strategy, anEndpoint({ annotations: "{ database-mesh.io/role: readwrite }" }), replica),
  },
  *check({ strategies }) {
    const told = new Set<Endpoint>();
    for (const { manifest, endpoints } of strategies) {
      if (manifest.spec.loadBalance.readWriteSplitting === undefined) continue;
      for (const endpoint of endpoints) {
        const isSaid = endpoint.source.isWritten([...endpoint.path, "metadata", "annotations", ROLE_ANNOTATION]);
        if (isSaid || told.has(endpoint)) continue;
        told.add(endpoint);
        const message = "does not say its role: it counts as readwrite and gets writes";
        yield* found(
          endpoint,
          ["metadata", "name"],
          message,
          `add the annotation ${ROLE_ANNOTATION}: readwrite, or read`,
        );
      }
    }
  },
};
