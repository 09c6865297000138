/** PSX4010: sharding, which is rendered only. */
import { aDatabase, anEndpoint, aShard, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const shard = aShard(`
- tableName: orders
  tableStrategy: { tableShardingAlgorithmName: mod, tableShardingColumn: id, shardingCount: 4 }
  actualDatanodes: { valueSource: { nodes: [ { value: primary } ] } }`);

export const shardingNotServed: Rule = {
  id: "PSX4010",
  name: "sharding-not-served",
  level: "warning",
  title: "sharding is rendered, but pisanix does not serve it yet",
  explanation: `The configuration of the proxy says how tables are spread, as the original's proxy reads it. The proxy of pisanix does not
rewrite statements by it yet: they go to the endpoints as they are.`,
  remedy: "Serve the configuration with the original's proxy, or leave dataShard out.",
  example: {
    bad: documents(aDatabase("", "dataShard: shop"), aStrategy(), shard, anEndpoint()),
    good: documents(aDatabase(), aStrategy(), anEndpoint()),
  },
  *check({ services }) {
    for (const { database, service, path } of services) {
      if (service.spec.dataShard === undefined) continue;
      const message = "sharding is rendered, but the proxy of pisanix does not serve it yet";
      yield* found(
        database.manifest,
        [...path, "dataShard"],
        message,
        "serve it with the original's proxy, or leave it out",
      );
    }
  },
};
