/** PSX2007: a strategy, shard or claim that no service names. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { allOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const REFERENCES = { TrafficStrategy: "trafficStrategy", DataShard: "dataShard", QoSClaim: "qosClaim" } as const;

export const strategyWithoutUse: Rule = {
  id: "PSX2007",
  name: "strategy-without-use",
  level: "notice",
  title: "no service names the TrafficStrategy, DataShard or QoSClaim",
  explanation: `It changes nothing for any proxy. Who reads it, or edits one of its rules, believes that it does.`,
  remedy: "Name it in a service, or remove it.",
  example: {
    bad: documents(aDatabase(), aStrategy(), aStrategy().replace("name: shop }", "name: shop-old }"), anEndpoint()),
    good: documents(aDatabase(), aStrategy(), anEndpoint()),
  },
  *check(mesh) {
    if (mesh.manifests.isPartial) return;
    for (const kind of ["TrafficStrategy", "DataShard", "QoSClaim"] as const) {
      const field = REFERENCES[kind];
      const used = new Set(
        mesh.services.map(({ database, service }) => `${database.namespace}/${service.spec[field]}`),
      );
      // Where the input has no VirtualDatabase, somebody else's may name it.
      const namespaces = new Set(mesh.mesh.databases.map((database) => database.namespace));
      for (const object of allOf(mesh, kind)) {
        const { namespace, name } = object;
        if (used.has(`${namespace}/${name}`) || !namespaces.has(namespace)) continue;
        const message = `no service of namespace ${namespace} names ${kind} "${name}"`;
        yield* found(object, ["metadata", "name"], message, `write ${field}: ${name} in a service, or remove it`);
      }
    }
  },
};
