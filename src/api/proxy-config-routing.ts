/** The parts of ProxyConfig that say where a statement runs: read/write splitting and sharding. */
import * as v from "valibot";
import { SHARDING_ALGORITHMS, SHARDING_COUNT_MAX } from "./data-shard.ts";
import { choice, flag, nonEmptyText, patterns, secret, text, wholeNumber } from "./fields.ts";
import {
  BALANCE_TYPES,
  complaintOfRule,
  NODE_ROLE_DEFAULT,
  NODE_ROLES,
  PROBE_DEFAULTS,
  RULE_TYPES,
} from "./read-write-splitting.ts";

const MS_MAX = 86_400_000;

const rule = v.pipe(
  v.object({
    name: nonEmptyText("the rule's name"),
    type: choice(RULE_TYPES, "regex: match the statement's text; generic: by what the statement does"),
    regex: v.exactOptional(patterns("patterns of statements that this rule is about")),
    target: v.exactOptional(choice(NODE_ROLES, "nodes that matching statements go to")),
    algorithm_name: choice(BALANCE_TYPES, "how one of these nodes is chosen"),
    node_group_name: v.exactOptional(v.array(text("name of a node group"))),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const complaint = dataset.typed ? complaintOfRule(dataset.value) : null;
    if (complaint !== null) addIssue({ message: complaint });
  }),
);

const milliseconds = (description: string, fallback: number) =>
  v.exactOptional(wholeNumber(description, 1, MS_MAX), fallback);
const period = milliseconds("milliseconds between two probes", PROBE_DEFAULTS.period);
const timeout = milliseconds("milliseconds until a probe has failed", PROBE_DEFAULTS.timeout);
const failures = v.exactOptional(
  wholeNumber("failed probes in a row until the node is down", 1, 1000),
  PROBE_DEFAULTS.failureThreshold,
);

const discovery = v.object({
  type: choice(["mha"], "how nodes are watched"),
  user: text("user of the probes"),
  password: secret("password of the probes"),
  monitor_period: milliseconds("milliseconds between two looks at the probes' results", PROBE_DEFAULTS.period),
  connect_period: period,
  connect_timeout: timeout,
  connect_failure_threshold: failures,
  ping_period: period,
  ping_timeout: timeout,
  ping_failure_threshold: failures,
  replication_lag_enabled: v.exactOptional(flag("whether replication lag is watched"), true),
  replication_lag_period: period,
  replication_lag_timeout: timeout,
  replication_lag_failure_threshold: failures,
  max_replication_lag: v.exactOptional(
    wholeNumber("largest replication lag of a usable replica", 0, MS_MAX),
    PROBE_DEFAULTS.maxReplicationLag,
  ),
  read_only_enabled: v.exactOptional(flag("whether read_only is watched"), true),
  read_only_period: period,
  read_only_timeout: timeout,
  read_only_failure_threshold: failures,
});

const splitEntries = {
  default_target: v.exactOptional(choice(NODE_ROLES, "nodes of statements that no rule matches"), NODE_ROLE_DEFAULT),
  rule: v.exactOptional(v.array(rule), []),
};

export const readWriteSplittingConfig = v.pipe(
  v.object({
    static: v.exactOptional(v.object(splitEntries)),
    dynamic: v.exactOptional(v.object({ ...splitEntries, discovery })),
  }),
  v.check(
    (splitting) => (splitting.static === undefined) !== (splitting.dynamic === undefined),
    "must be either static or dynamic\nkeep exactly one of the two",
  ),
);

const algorithm = choice(SHARDING_ALGORITHMS, "how the column's value becomes a shard");
const column = nonEmptyText("column whose value decides about the shard");
const tableEntries = {
  table_sharding_algorithm_name: algorithm,
  table_sharding_column: column,
  sharding_count: wholeNumber("number of shards", 1, SHARDING_COUNT_MAX),
};
const databaseEntries = { database_sharding_algorithm_name: algorithm, database_sharding_column: column };

export const shardingConfig = v.pipe(
  v.object({
    table_name: nonEmptyText("the table as statements name it"),
    actual_datanodes: v.pipe(v.array(text("name of a node or node group")), v.minLength(1, "names no data node")),
    table_strategy: v.exactOptional(v.object(tableEntries)),
    database_strategy: v.exactOptional(v.object(databaseEntries)),
    database_table_strategy: v.exactOptional(v.object({ ...databaseEntries, ...tableEntries })),
    binding_tables: v.exactOptional(v.unknown()),
    broadcast_tables: v.exactOptional(v.unknown()),
  }),
  v.check(
    (written) =>
      [written.table_strategy, written.database_strategy, written.database_table_strategy].filter(Boolean).length === 1,
    "needs exactly one of table_strategy, database_strategy, database_table_strategy\nsay how this table is spread",
  ),
);
