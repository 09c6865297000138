/** PSX4008: two rules for one table. */
import { aShard } from "../example.ts";
import { allOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

const rule = (table: string) => `
- tableName: ${table}
  tableStrategy: { tableShardingAlgorithmName: mod, tableShardingColumn: id, shardingCount: 4 }
  actualDatanodes: { valueSource: { nodes: [ { value: primary } ] } }`;

export const tableShardedTwice: Rule = {
  id: "PSX4008",
  name: "table-sharded-twice",
  level: "warning",
  title: "a DataShard has two rules for the same table",
  explanation: `A statement about the table goes by one rule only. Which rows are where must not depend on the order of rules.`,
  remedy: "Remove one of the two.",
  example: { bad: aShard(rule("orders") + rule("orders")), good: aShard(rule("orders") + rule("carts")) },
  *check(mesh) {
    for (const shard of allOf(mesh, "DataShard")) {
      const names = shard.spec.rules.map((each) => each.tableName);
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue;
        const message = `a rule before this one is about table "${name}", too`;
        yield* found(shard, ["spec", "rules", index, "tableName"], message, "remove one of the two");
      }
    }
  },
};
