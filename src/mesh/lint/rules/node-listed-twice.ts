/** PSX4009: one data node twice in a list. */
import { aShard } from "../example.ts";
import { allOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const rule = (nodes: string) =>
  aShard(`
- tableName: orders
  databaseStrategy: { databaseShardingAlgorithmName: mod, databaseShardingColumn: id }
  actualDatanodes: { valueSource: { nodes: [ ${nodes} ] } }`);

export const nodeListedTwice: Rule = {
  id: "PSX4009",
  name: "node-listed-twice",
  level: "warning",
  title: "a DataShard lists the same data node twice",
  explanation: `The number of data nodes is the number of shards. A node that is listed twice holds two shards, which then cannot be told
apart; rows of both are read and written in one place.`,
  remedy: "List each node once.",
  example: { bad: rule("{ value: ds0 }, { value: ds0 }"), good: rule("{ value: ds0 }, { value: ds1 }") },
  *check(mesh) {
    for (const shard of allOf(mesh, "DataShard")) {
      for (const [index, { actualDatanodes }] of shard.spec.rules.entries()) {
        const { nodes } = actualDatanodes.valueSource;
        const names = nodes.map((node) => node.value ?? node.valueFromReadWriteSplitting?.name);
        for (const [place, name] of names.entries()) {
          if (name === undefined || names.indexOf(name) === place) continue;
          const path = ["spec", "rules", index, "actualDatanodes", "valueSource", "nodes", place];
          yield* found(shard, path, `node "${name}" is already in the list`, "list each node once");
        }
      }
    }
  },
};
