/** DataShard: how the tables of a service are spread over endpoints. */
import * as v from "valibot";
import { cel, choice, list, nonEmptyText, text, wholeNumber } from "./fields.ts";
import { readWriteRules } from "./read-write-splitting.ts";

export const SHARDING_ALGORITHMS = ["mod", "crc32mod"] as const;
export const SHARDING_COUNT_MAX = 99_999;
/** Groups of one table. */
const GROUPS_MAX = 16;

const algorithm = choice(SHARDING_ALGORITHMS, "how the column's value becomes a shard");
const column = nonEmptyText("column whose value decides about the shard");
const count = wholeNumber("number of shards", 1, SHARDING_COUNT_MAX);

const tableEntries = { tableShardingAlgorithmName: algorithm, tableShardingColumn: column, shardingCount: count };
const databaseEntries = { databaseShardingAlgorithmName: algorithm, databaseShardingColumn: column };

const dataNode = v.pipe(
  v.object({
    value: v.exactOptional(nonEmptyText("name of a DatabaseEndpoint in the same namespace")),
    valueFromReadWriteSplitting: v.exactOptional(
      v.pipe(
        v.object({ name: nonEmptyText("name of a readWriteSplittingGroup") }),
        v.description("a group of endpoints, instead of one"),
      ),
    ),
  }),
  v.check(
    (node) => (node.value === undefined) !== (node.valueFromReadWriteSplitting === undefined),
    "must be either value or valueFromReadWriteSplitting\nkeep exactly one of the two",
  ),
  cel(
    "has(self.value) != has(self.valueFromReadWriteSplitting)",
    "must be either value or valueFromReadWriteSplitting",
  ),
  v.description("where a shard is"),
);

const valueSource = v.pipe(
  v.object({
    nodes: v.exactOptional(v.pipe(list(dataNode), v.description("one node for each shard of a database")), []),
    expression: v.exactOptional(text("accepted, but never evaluated; list the nodes instead")),
  }),
  v.description("the data nodes, one by one"),
);

const group = v.pipe(
  v.object({ name: nonEmptyText("the group's name"), rules: v.exactOptional(readWriteRules, []) }),
  v.description("one endpoint that takes writes and those that take reads"),
);

const rule = v.pipe(
  v.object({
    tableName: nonEmptyText("the table as statements name it"),
    actualDatanodes: v.pipe(v.object({ valueSource }), v.description("where the shards are")),
    tableStrategy: v.exactOptional(v.pipe(v.object(tableEntries), v.description("spread over tables of one database"))),
    databaseStrategy: v.exactOptional(
      v.pipe(v.object(databaseEntries), v.description("spread over databases, with one table in each")),
    ),
    databaseTableStrategy: v.exactOptional(
      v.pipe(
        v.object({ ...databaseEntries, ...tableEntries }),
        v.description("spread over databases, and over tables in each"),
      ),
    ),
    readWriteSplittingGroup: v.exactOptional(
      v.pipe(list(group, GROUPS_MAX), v.description("groups of endpoints that data nodes may name")),
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
  cel(
    "(has(self.tableStrategy) ? 1 : 0) + (has(self.databaseStrategy) ? 1 : 0) + (has(self.databaseTableStrategy) ? 1 : 0) == 1",
    "needs exactly one of tableStrategy, databaseStrategy, databaseTableStrategy",
  ),
  v.description("how one table is spread"),
);

export const dataShardSpec = v.pipe(
  v.object({
    rules: v.pipe(
      list(rule),
      v.minLength(1, "must have at least one rule"),
      v.description("one rule for each table that is spread"),
    ),
  }),
  v.description("how the tables of a service are spread over endpoints"),
);

export type DataShardSpec = v.InferOutput<typeof dataShardSpec>;
export type DataShardRule = v.InferOutput<typeof rule>;
