/** DataShard: how the tables of a service are spread over endpoints. */
import * as v from "valibot";
import { choice, nonEmptyText, text, wholeNumber } from "./fields.ts";
import { readWriteRules } from "./read-write-splitting.ts";

export const SHARDING_ALGORITHMS = ["mod", "crc32mod"] as const;
export const SHARDING_COUNT_MAX = 99_999;

const algorithm = choice(SHARDING_ALGORITHMS, "how the column's value becomes a shard");
const column = nonEmptyText("column whose value decides about the shard");
const count = wholeNumber("number of shards", 1, SHARDING_COUNT_MAX);

const tableEntries = { tableShardingAlgorithmName: algorithm, tableShardingColumn: column, shardingCount: count };
const databaseEntries = { databaseShardingAlgorithmName: algorithm, databaseShardingColumn: column };

const dataNode = v.pipe(
  v.object({
    value: v.exactOptional(nonEmptyText("name of a DatabaseEndpoint in the same namespace")),
    valueFromReadWriteSplitting: v.exactOptional(v.object({ name: nonEmptyText("name of a readWriteSplittingGroup") })),
  }),
  v.check(
    (node) => (node.value === undefined) !== (node.valueFromReadWriteSplitting === undefined),
    "must be either value or valueFromReadWriteSplitting\nkeep exactly one of the two",
  ),
);

const rule = v.pipe(
  v.object({
    tableName: nonEmptyText("the table as statements name it"),
    actualDatanodes: v.object({
      valueSource: v.object({
        nodes: v.exactOptional(v.array(dataNode), []),
        expression: v.exactOptional(text("accepted, but never evaluated; list the nodes instead")),
      }),
    }),
    tableStrategy: v.exactOptional(v.object(tableEntries)),
    databaseStrategy: v.exactOptional(v.object(databaseEntries)),
    databaseTableStrategy: v.exactOptional(v.object({ ...databaseEntries, ...tableEntries })),
    readWriteSplittingGroup: v.exactOptional(
      v.array(v.object({ name: nonEmptyText("the group's name"), rules: v.exactOptional(readWriteRules, []) })),
      [],
    ),
  }),
  v.check(
    (written) =>
      [written.tableStrategy, written.databaseStrategy, written.databaseTableStrategy].filter(Boolean).length === 1,
    "needs exactly one of tableStrategy, databaseStrategy, databaseTableStrategy\nsay how this table is spread",
  ),
  v.check(
    (written) => written.actualDatanodes.valueSource.nodes.length > 0,
    "names no data node\nadd actualDatanodes.valueSource.nodes: [{value: NAME}]",
  ),
);

export const dataShardSpec = v.object({ rules: v.pipe(v.array(rule), v.minLength(1, "must have at least one rule")) });

export type DataShardSpec = v.InferOutput<typeof dataShardSpec>;
export type DataShardRule = v.InferOutput<typeof rule>;
