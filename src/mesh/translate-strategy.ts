/** The parts of strategies and shards in ProxyConfig's words. */
import type { DataShardRule } from "../api/data-shard.ts";
import type {
  DiscoveryConfig,
  PluginConfig,
  ReadWriteRuleConfig,
  ReadWriteSplittingConfig,
  RefusalConfig,
  ShardingConfig,
} from "../api/proxy-config.ts";
import type { MasterHighAvailability, ReadWriteRule, ReadWriteSplitting } from "../api/read-write-splitting.ts";
import type { CircuitBreakSpec, TrafficStrategySpec } from "../api/traffic-strategy.ts";
import { newSecret } from "../lib/secret.ts";

/** The rules that refuse statements; null when there are none. */
export function rulesOf({ circuitBreaks, concurrencyControls }: TrafficStrategySpec): PluginConfig | null {
  const plugin: PluginConfig = {};
  if (circuitBreaks.length > 0) {
    plugin.circuit_break = circuitBreaks.map((rule) => {
      return { regex: rule.regex, case_insensitive: rule.caseInsensitive, ...refusalOf(rule) };
    });
  }
  if (concurrencyControls.length > 0) {
    plugin.concurrency_control = concurrencyControls.map((rule) => {
      const { regex, duration, maxConcurrency: max_concurrency, caseInsensitive: case_insensitive } = rule;
      return { regex, duration, max_concurrency, case_insensitive, ...refusalOf(rule) };
    });
  }
  return circuitBreaks.length + concurrencyControls.length === 0 ? null : plugin;
}

function refusalOf({ name, code, sqlState, message }: CircuitBreakSpec): RefusalConfig {
  const refusal: RefusalConfig = {};
  if (name !== undefined) refusal.name = name;
  if (code !== undefined) refusal.code = code;
  if (sqlState !== undefined) refusal.sql_state = sqlState;
  if (message !== undefined) refusal.message = message;
  return refusal;
}

/** Static or dynamic read/write splitting. */
export function readWriteSplittingOf({ static: fixed, dynamic }: ReadWriteSplitting): ReadWriteSplittingConfig {
  const splitting: ReadWriteSplittingConfig = {};
  if (fixed !== undefined) {
    splitting.static = { default_target: fixed.defaultTarget, rule: fixed.rules.map(readWriteRuleOf) };
  }
  if (dynamic !== undefined) {
    splitting.dynamic = {
      default_target: dynamic.defaultTarget,
      rule: dynamic.rules.map(readWriteRuleOf),
      discovery: discoveryOf(dynamic.discovery.masterHighAvailability),
    };
  }
  return splitting;
}

function readWriteRuleOf({ name, type, regex, target, algorithmName }: ReadWriteRule): ReadWriteRuleConfig {
  const rule: ReadWriteRuleConfig = { name, type, algorithm_name: algorithmName };
  if (regex !== undefined) rule.regex = regex;
  if (target !== undefined) rule.target = target;
  return rule;
}

function discoveryOf(mha: MasterHighAvailability): DiscoveryConfig {
  const { connectionProbe, pingProbe, readOnlyProbe, replicationLagProbe } = mha;
  return {
    type: "mha",
    user: mha.user,
    password: mha.password ?? newSecret(""),
    monitor_period: mha.monitorPeriod,
    connect_period: connectionProbe.periodMilliseconds,
    connect_timeout: connectionProbe.timeoutMilliseconds,
    connect_failure_threshold: connectionProbe.failureThreshold,
    ping_period: pingProbe.periodMilliseconds,
    ping_timeout: pingProbe.timeoutMilliseconds,
    ping_failure_threshold: pingProbe.failureThreshold,
    replication_lag_enabled: true,
    replication_lag_period: replicationLagProbe.periodMilliseconds,
    replication_lag_timeout: replicationLagProbe.timeoutMilliseconds,
    replication_lag_failure_threshold: replicationLagProbe.failureThreshold,
    max_replication_lag: replicationLagProbe.maxReplicationLag,
    read_only_enabled: true,
    read_only_period: readOnlyProbe.periodMilliseconds,
    read_only_timeout: readOnlyProbe.timeoutMilliseconds,
    read_only_failure_threshold: readOnlyProbe.failureThreshold,
  };
}

/** One table of a DataShard. */
export function shardingOf(rule: DataShardRule): ShardingConfig {
  const nodes = rule.actualDatanodes.valueSource.nodes;
  const sharding: ShardingConfig = {
    table_name: rule.tableName,
    actual_datanodes: nodes.flatMap(({ value, valueFromReadWriteSplitting: group }) => value ?? group?.name ?? []),
  };
  const { tableStrategy: table, databaseStrategy: database, databaseTableStrategy: both } = rule;
  if (table !== undefined) sharding.table_strategy = tableEntriesOf(table);
  if (database !== undefined) sharding.database_strategy = databaseEntriesOf(database);
  if (both !== undefined) sharding.database_table_strategy = { ...databaseEntriesOf(both), ...tableEntriesOf(both) };
  return sharding;
}

function tableEntriesOf(
  table: NonNullable<DataShardRule["tableStrategy"]>,
): NonNullable<ShardingConfig["table_strategy"]> {
  return {
    table_sharding_algorithm_name: table.tableShardingAlgorithmName,
    table_sharding_column: table.tableShardingColumn,
    sharding_count: table.shardingCount,
  };
}

function databaseEntriesOf(
  database: NonNullable<DataShardRule["databaseStrategy"]>,
): NonNullable<ShardingConfig["database_strategy"]> {
  return {
    database_sharding_algorithm_name: database.databaseShardingAlgorithmName,
    database_sharding_column: database.databaseShardingColumn,
  };
}
