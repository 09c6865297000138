/** ProxyConfig as plain data in the original's shape and order: our own names are left out where they say the default. */
import { reveal, type Secret } from "../lib/secret.ts";
import { HEALTH } from "./health.ts";
import { LIMITS } from "./limits.ts";
import { changedNumbers } from "./numbers.ts";
import type {
  CircuitBreakConfig,
  DiscoveryConfig,
  ListenerConfig,
  NodeConfig,
  PluginConfig,
  ProxyConfig,
  ReadWriteRuleConfig,
  ReadWriteSplittingConfig,
} from "./proxy-config.ts";
import { TLS_MODE_DEFAULT } from "./tls.ts";
import { ACCOUNTS_DEFAULT, POOL_MODE_DEFAULT, POOL_SIZE_DEFAULT } from "./virtual-database.ts";

export interface PrintOptions {
  /** Otherwise every password is `[redacted]`. */
  showSecrets: boolean;
}

/** Plain data for writeYaml(), JSON.stringify() and writeToml(): no null, and no list that is absent in the original. */
export function plainProxyConfig(config: ProxyConfig, options: PrintOptions): Record<string, unknown> {
  const { host, port, log_level } = config.admin;
  const plain = {
    admin: { host, port, log_level },
    mysql: { node: config.mysql.node.map(plainNode) },
    proxy: { config: config.proxy.config.map(plainListener) },
    node_group: {
      member: config.node_group.member.map(({ name, reads, readwrite }) => ({ name, reads, readwrite })),
    },
  };
  return withSecrets(plain, options) as Record<string, unknown>;
}

function plainNode(node: NodeConfig) {
  const { name, db, user, password, host, port, weight, role, tls, proxy_protocol } = node;
  const isDefault = tls.mode === TLS_MODE_DEFAULT && Object.keys(tls).length === 1;
  return { name, db, user, password, host, port, weight, role, tls: isDefault ? undefined : tls, proxy_protocol };
}

function plainListener(listener: ListenerConfig) {
  return {
    backend_type: listener.backend_type,
    db: listener.db,
    listen_addr: listener.listen_addr,
    name: listener.name,
    password: listener.password,
    pool_size: listener.pool_size === POOL_SIZE_DEFAULT ? undefined : listener.pool_size,
    pool_mode: listener.pool_mode === POOL_MODE_DEFAULT ? undefined : listener.pool_mode,
    user: listener.user,
    accounts: listener.accounts === ACCOUNTS_DEFAULT ? undefined : listener.accounts,
    server_version: listener.server_version,
    auth_plugin: listener.auth_plugin,
    socket: listener.socket,
    proxy_protocol: listener.proxy_protocol,
    simple_loadbalance: listener.simple_loadbalance,
    read_write_splitting: plainSplitting(listener.read_write_splitting),
    sharding: listener.sharding,
    plugin: listener.plugin === undefined ? undefined : plainPlugin(listener.plugin),
    limits: changedNumbers(LIMITS, listener.limits),
    health: changedNumbers(HEALTH, listener.health),
    tls: listener.tls,
  };
}

function plainSplitting(splitting: ReadWriteSplittingConfig | undefined) {
  if (splitting === undefined) return undefined;
  const { static: fixed, dynamic } = splitting;
  return {
    static: fixed && { default_target: fixed.default_target, rule: fixed.rule.map(plainReadWriteRule) },
    dynamic: dynamic && {
      default_target: dynamic.default_target,
      rule: dynamic.rule.map(plainReadWriteRule),
      discovery: plainDiscovery(dynamic.discovery),
    },
  };
}

function plainReadWriteRule({ name, type, regex, target, algorithm_name, node_group_name }: ReadWriteRuleConfig) {
  return { name, type, regex, target, algorithm_name, node_group_name };
}

/** Versions before 0.3.0 do not know the switches, which are on unless said otherwise. */
function plainDiscovery(discovery: DiscoveryConfig) {
  return {
    ...discovery,
    replication_lag_enabled: discovery.replication_lag_enabled ? undefined : false,
    read_only_enabled: discovery.read_only_enabled ? undefined : false,
  };
}

function plainPlugin({ circuit_break, concurrency_control }: PluginConfig) {
  return {
    circuit_break: circuit_break?.map((rule) => ({ regex: rule.regex, ...ruleExtensions(rule) })),
    concurrency_control: concurrency_control?.map((rule) => ({
      regex: rule.regex,
      duration: rule.duration,
      max_concurrency: rule.max_concurrency,
      ...ruleExtensions(rule),
    })),
  };
}

function ruleExtensions({ name, case_insensitive, code, sql_state, message }: CircuitBreakConfig) {
  return { name, case_insensitive: case_insensitive || undefined, code, sql_state, message };
}

/** Copies `value`, leaving out what is undefined, and writing secrets as asked. */
function withSecrets(value: unknown, options: PrintOptions): unknown {
  if (Array.isArray(value)) return value.map((item) => withSecrets(item, options));
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return options.showSecrets ? reveal(value) : value.toJSON();
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withSecrets(item, options)]));
}

function isSecret(value: object): value is Secret {
  return "kind" in value && value.kind === "secret" && "toJSON" in value;
}
