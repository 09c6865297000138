/**
 * What the control plane says to the data plane: the configuration of one proxy, in the original's names. Names that the
 * original does not have (`limits`, `tls`, `case_insensitive`, ...) have defaults that mean what the original does.
 */
import * as v from "valibot";
import { parseAddress } from "../lib/address.ts";
import { proxyProtocolOut, WEIGHT_MAX } from "./database-endpoint.ts";
import { seconds } from "./duration.ts";
import { choice, flag, nonEmptyText, patterns, port, secret, text, wholeNumber } from "./fields.ts";
import { healthSchema } from "./health.ts";
import { limitsSchema } from "./limits.ts";
import { readWriteSplittingConfig, shardingConfig } from "./proxy-config-routing.ts";
import { BALANCE_TYPES, NODE_ROLE_DEFAULT, NODE_ROLES } from "./read-write-splitting.ts";
import { refusalCode, refusalMessage, refusalSqlState, ruleName } from "./refusal.ts";
import { backendTlsSchema, listenerTlsSchema } from "./tls.ts";
import { CONCURRENCY_MAX } from "./traffic-strategy.ts";
import {
  ACCOUNTS_DEFAULT,
  accounts,
  authPlugin,
  listenSocket,
  POOL_MODE_DEFAULT,
  POOL_SIZE_DEFAULT,
  poolMode,
  poolSize,
  proxyProtocolIn,
} from "./virtual-database.ts";

export const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;
export const ADMIN_DEFAULT = { host: "0.0.0.0", port: 5591, log_level: "INFO" } as const;

/** v0.1.0 wrote the port as text. 0 takes any free port. */
const adminPort = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform((written) => (typeof written === "string" && /^\d+$/.test(written) ? Number(written) : written)),
  wholeNumber("port of the admin server", 0, 65_535),
);

const logLevel = v.pipe(
  v.string(),
  v.transform((written) => written.toUpperCase()),
  choice(LOG_LEVELS, "least important messages that are logged"),
);

const admin = v.object({
  host: v.exactOptional(nonEmptyText("address of the admin server"), ADMIN_DEFAULT.host),
  port: v.exactOptional(adminPort, ADMIN_DEFAULT.port),
  log_level: v.exactOptional(logLevel, ADMIN_DEFAULT.log_level),
});

const ruleEntries = {
  name: v.exactOptional(ruleName),
  regex: patterns("patterns of statements that this rule is about, one or a list"),
  case_insensitive: v.exactOptional(flag("whether the patterns ignore case"), false),
  code: v.exactOptional(refusalCode),
  sql_state: v.exactOptional(refusalSqlState),
  message: v.exactOptional(refusalMessage),
};

const circuitBreak = v.object(ruleEntries);

const concurrencyControl = v.object({
  ...ruleEntries,
  max_concurrency: wholeNumber("matching statements that may run at once", 0, CONCURRENCY_MAX),
  duration: seconds("length of the rule's window in seconds"),
});

const simpleLoadBalance = v.object({
  balance_type: v.exactOptional(choice(BALANCE_TYPES, "how a node is chosen for a statement"), "random"),
  nodes: v.array(text("name of a node in mysql.node")),
});

const plugin = v.object({
  circuit_break: v.exactOptional(v.array(circuitBreak)),
  concurrency_control: v.exactOptional(v.array(concurrencyControl)),
});

const listenAddress = v.pipe(
  v.string(),
  v.check((written) => parseAddress(written) !== null, "is no address\nwrite HOST:PORT, an IPv6 host in brackets"),
  v.description("address that the proxy listens on, HOST:PORT"),
);

/** The original reads these and makes nothing of them, so files have them. */
const ignored = v.exactOptional(v.unknown());

const listener = v.pipe(
  v.object({
    name: v.exactOptional(text("the listener's name, shown in metrics as the domain"), ""),
    backend_type: v.exactOptional(choice(["mysql"], "what the backends are; only mysql is served"), "mysql"),
    listen_addr: v.exactOptional(listenAddress, "0.0.0.0:3306"),
    user: v.exactOptional(text("user that clients log in with"), ""),
    password: v.exactOptional(secret("password that clients log in with"), ""),
    db: v.exactOptional(text("schema that clients get"), ""),
    pool_size: v.exactOptional(poolSize, POOL_SIZE_DEFAULT),
    pool_mode: v.exactOptional(poolMode, POOL_MODE_DEFAULT),
    accounts: v.exactOptional(accounts, ACCOUNTS_DEFAULT),
    server_version: v.exactOptional(nonEmptyText("version shown to clients; the backend's own when absent")),
    auth_plugin: v.exactOptional(authPlugin),
    socket: v.exactOptional(listenSocket),
    proxy_protocol: v.exactOptional(proxyProtocolIn),
    simple_loadbalance: v.exactOptional(simpleLoadBalance),
    read_write_splitting: v.exactOptional(readWriteSplittingConfig),
    sharding: v.exactOptional(v.array(shardingConfig)),
    plugin: v.exactOptional(plugin),
    limits: v.exactOptional(limitsSchema, {}),
    health: v.exactOptional(healthSchema, {}),
    tls: v.exactOptional(listenerTlsSchema),
    strategy: ignored,
    master_slave: ignored,
    sharding_master_slave: ignored,
  }),
  v.transform(({ strategy, master_slave, sharding_master_slave, ...used }) => ({
    ...used,
    name: used.name === "" ? used.listen_addr : used.name,
  })),
);

const node = v.object({
  name: nonEmptyText("the node's name"),
  db: v.exactOptional(text("schema that connections begin in"), ""),
  user: text("user that the proxy logs in with"),
  password: secret("password that the proxy logs in with"),
  host: v.exactOptional(nonEmptyText("host name or address of the database server"), "127.0.0.1"),
  port: v.exactOptional(port("port of the database server"), 3306),
  weight: v.exactOptional(wholeNumber("share of the statements that this node gets; 0 for none", 0, WEIGHT_MAX), 1),
  role: v.exactOptional(choice(NODE_ROLES, "whether the node takes writes"), NODE_ROLE_DEFAULT),
  tls: v.exactOptional(backendTlsSchema, {}),
  proxy_protocol: v.exactOptional(proxyProtocolOut),
});

const nodeGroup = v.object({
  name: nonEmptyText("the group's name"),
  readwrite: nonEmptyText("name of the node that takes writes"),
  reads: v.exactOptional(v.array(text("name of a node that takes reads")), []),
});

export const proxyConfigSchema = v.object({
  admin: v.exactOptional(admin, {}),
  proxy: v.exactOptional(v.object({ config: v.exactOptional(v.array(listener), []) }), {}),
  mysql: v.exactOptional(v.object({ node: v.exactOptional(v.array(node), []) }), {}),
  node_group: v.exactOptional(v.object({ member: v.exactOptional(v.array(nodeGroup), []) }), {}),
});

export type ProxyConfig = v.InferOutput<typeof proxyConfigSchema>;
export type AdminConfig = ProxyConfig["admin"];
/** One listener: what one `services[]` item of a VirtualDatabase becomes. */
export type ListenerConfig = v.InferOutput<typeof listener>;
/** How long a session keeps a backend connection. */
export type PoolMode = ListenerConfig["pool_mode"];
export type SimpleLoadBalanceConfig = v.InferOutput<typeof simpleLoadBalance>;
export type BalanceType = (typeof BALANCE_TYPES)[number];
export type PluginConfig = v.InferOutput<typeof plugin>;
export type CircuitBreakConfig = v.InferOutput<typeof circuitBreak>;
/** `duration` is in seconds. */
export type ConcurrencyControlConfig = v.InferOutput<typeof concurrencyControl>;
/** What a rule is called and how it refuses; absent fields are the original's. */
export type RefusalConfig = Pick<CircuitBreakConfig, "name" | "code" | "sql_state" | "message">;
export type ReadWriteSplittingConfig = v.InferOutput<typeof readWriteSplittingConfig>;
export type ReadWriteRuleConfig = NonNullable<ReadWriteSplittingConfig["static"]>["rule"][number];
export type DiscoveryConfig = NonNullable<ReadWriteSplittingConfig["dynamic"]>["discovery"];
export type ShardingConfig = v.InferOutput<typeof shardingConfig>;
export type NodeRole = (typeof NODE_ROLES)[number];
export type NodeConfig = v.InferOutput<typeof node>;
/** `cert`, `key` and `ca` are PEM text or paths of files. */
export type ListenerTlsConfig = NonNullable<ListenerConfig["tls"]>;
/** `ca` is PEM text. */
export type BackendTlsConfig = NodeConfig["tls"];
export type NodeGroupConfig = v.InferOutput<typeof nodeGroup>;
/** Every limit of a listener (design D14); what each is for stands in limits.ts. Durations in milliseconds, sizes in bytes. */
export type ListenerLimits = ListenerConfig["limits"];
/** How a listener watches its backends; what each number is for stands in health.ts. Durations in milliseconds. */
export type HealthConfig = ListenerConfig["health"];
