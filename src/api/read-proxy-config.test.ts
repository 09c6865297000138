import { expect, test } from "bun:test";
import { formatIssue } from "../lib/issue.ts";
import { reveal } from "../lib/secret.ts";
import { HEALTH_DEFAULTS } from "./health.ts";
import { LISTENER_LIMITS } from "./limits.ts";
import { readProxyConfig } from "./read-proxy-config.ts";

/** The original's reference file for a proxy that stands alone. */
const REFERENCE = `[admin]
host = "0.0.0.0"
port = 5591
log_level = "INFO"
[[proxy.config]]
name = "p1"
listen_addr = "0.0.0.0:9088"
user = "root"
password = "12345678"
db = "test"
backend_type = "mysql"
pool_size = 3
server_version = "5.7.37"
[proxy.config.simple_loadbalance]
balance_type = "random"
nodes = ["ds001"]
[[proxy.config.plugin.circuit_break]]
regex = ["SELECT \\\\*"]
[[proxy.config.plugin.concurrency_control]]
regex = ["SELECT \\\\*"]
max_concurrency = 1
duration = 100
[[mysql.node]]
name = "ds001"
db = "test"
user = "root"
password = "12345678"
host = "127.0.0.1"
port = 3306
weight = 1
role = "readwrite"
`;

const issuesOf = (text: string, file = "c.toml") => readProxyConfig(text, file).issues.map(formatIssue);

test("readProxyConfig() reads the original's reference file and fills every default", () => {
  const { config, issues } = readProxyConfig(REFERENCE, "config.toml");
  expect(issues).toEqual([]);
  expect(config?.admin).toEqual({ host: "0.0.0.0", port: 5591, log_level: "INFO" });
  const [listener] = config?.proxy.config ?? [];
  const rule = { regex: ["SELECT \\*"], case_insensitive: false };
  expect({ ...listener, password: reveal(listener!.password) }).toEqual({
    name: "p1",
    backend_type: "mysql",
    listen_addr: "0.0.0.0:9088",
    user: "root",
    password: "12345678",
    db: "test",
    pool_size: 3,
    pool_mode: "transaction",
    accounts: "listener",
    server_version: "5.7.37",
    simple_loadbalance: { balance_type: "random", nodes: ["ds001"] },
    plugin: { circuit_break: [rule], concurrency_control: [{ ...rule, max_concurrency: 1, duration: 100 }] },
    limits: LISTENER_LIMITS,
    health: HEALTH_DEFAULTS,
  });
  expect(config?.mysql.node[0]).toMatchObject({ weight: 1, role: "readwrite", tls: { mode: "disabled" } });
  expect(config?.node_group).toEqual({ member: [] });
});

test("readProxyConfig() reads what v0.1.0 wrote: admin.port and regex as text, keys that mean nothing", () => {
  const old = {
    admin: { port: "8888", log_level: "info" },
    mysql: { node: [{ name: "a", db: "", user: "u", password: "p" }] },
    proxy: { config: [{ strategy: "simple_balance", plugin: { circuit_break: [{ regex: "x" }] } }] },
  };
  const { config, issues } = readProxyConfig(JSON.stringify(old), "answer.json");
  expect(issues).toEqual([]);
  expect(config?.admin).toEqual({ host: "0.0.0.0", port: 8888, log_level: "INFO" });
  expect(config?.mysql.node[0]).toMatchObject({ host: "127.0.0.1", port: 3306, weight: 1, role: "readwrite" });
  expect(config?.proxy.config[0]).toMatchObject({
    name: "0.0.0.0:3306",
    listen_addr: "0.0.0.0:3306",
    pool_size: 64,
    simple_loadbalance: { balance_type: "random", nodes: ["a"] },
    plugin: { circuit_break: [{ regex: ["x"] }] },
  });
  expect(config?.proxy.config[0]).not.toHaveProperty("strategy");
});

test("readProxyConfig() knows the form by the file's name, and by its content where the name says nothing", () => {
  const yaml = "proxy: {config: [{}]}\nmysql: {node: [{name: a, user: u, password: p}]}\n";
  expect(readProxyConfig(REFERENCE, "stdin").config?.proxy.config[0]?.name).toBe("p1");
  expect(readProxyConfig(yaml, "stdin").config?.mysql.node[0]?.name).toBe("a");
  expect(readProxyConfig(yaml, "config.yaml").issues).toEqual([]);
  expect(readProxyConfig(REFERENCE, "config.yaml").config).toBeNull();
});

test("readProxyConfig() reports mistakes in TOML at their lines", () => {
  const wrong = REFERENCE.replace('balance_type = "random"', 'balance_typ = "random"')
    .replace('nodes = ["ds001"]', 'nodes = ["ds01"]')
    .replace("pool_size = 3", "pool_size = 70000")
    .replace('backend_type = "mysql"', 'backend_type = "shardingsphere-proxy"');
  expect(issuesOf(wrong)).toEqual([
    'c.toml:11:16 proxy.config[0].backend_type: must be mysql, but is "shardingsphere-proxy"\n    write one of them: what the backends are; only mysql is served',
    "c.toml:12:13 proxy.config[0].pool_size: must be a whole number from 0 to 65535, but is 70000\n    pool_size: connections to backends at once; 64 when absent or 0",
    'c.toml:15:1 proxy.config[0].simple_loadbalance.balance_typ: unknown field\n    did you mean "balance_type"?',
    'c.toml:16:9 proxy.config[0].simple_loadbalance.nodes[0]: no node is called "ds01"\n    did you mean "ds001"?',
  ]);
});

test("readProxyConfig() reports parts that do not fit together", () => {
  const node = (name: string) => ({ name, user: "u", password: "p", weight: 0 });
  const simple_loadbalance = { nodes: ["a"] };
  const config = {
    proxy: {
      config: [{ listen_addr: "127.0.0.1:1", simple_loadbalance }, { listen_addr: "0.0.0.0:1" }, { listen_addr: "x" }],
    },
    mysql: { node: [node("a"), node("b"), node("a")] },
    node_group: { member: [{ name: "g", readwrite: "c", reads: ["b", "d"] }] },
  };
  const messages = readProxyConfig(JSON.stringify(config, null, 1), "c.json").issues.map(
    ({ path, message }) => `${path}: ${message}`,
  );
  expect(messages).toEqual([
    "proxy.config[0].simple_loadbalance.nodes: every node has weight 0",
    "proxy.config[1].simple_loadbalance.nodes: every node has weight 0",
    'proxy.config[1].listen_addr: "0.0.0.0:1" is taken by listener "127.0.0.1:1" on "127.0.0.1:1"',
    "proxy.config[2].simple_loadbalance.nodes: every node has weight 0",
    "proxy.config[2].listen_addr: is no address",
    'mysql.node[2].name: a node "a" is already there, at line 22',
    'node_group.member[0].readwrite: no node is called "c"',
    'node_group.member[0].reads[1]: no node is called "d"',
  ]);
});

test("readProxyConfig() wants a listener and a node, and one document", () => {
  expect(issuesOf("{}", "c.yaml").map((issue) => issue.split("\n")[0])).toEqual([
    "c.yaml:1:1 proxy.config: has no listener",
    "c.yaml:1:1 mysql.node: has no node",
  ]);
  expect(issuesOf("", "c.yaml")[0]).toStartWith("c.yaml: holds nothing");
  expect(issuesOf("a: 1\n---\nb: 2\n", "c.yaml").join()).toContain("c.yaml:3:1: is a second document");
  expect(issuesOf("- 1\n", "c.yaml").join()).toContain("must be a mapping, but is a list");
});

test("readProxyConfig() never shows a password, neither in mistakes nor in what it read", () => {
  const { config } = readProxyConfig(REFERENCE, "c.toml");
  expect(JSON.stringify(config) + Bun.inspect(config)).not.toContain("12345678");
  const issues = issuesOf(REFERENCE.replaceAll('password = "12345678"', "password = 12345678"));
  expect(issues).toHaveLength(2);
  expect(issues.join()).not.toContain("12345678");
});
