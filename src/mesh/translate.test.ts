/** The original's own expectations, as its builder tests and its documentation have them. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plainProxyConfig } from "../api/print-proxy-config.ts";
import { renderMesh, renderVirtualDatabase } from "./render.ts";

function rendered(name: string): Record<string, unknown> {
  const file = join(import.meta.dir, "../../testdata/mesh", name);
  const [database] = renderMesh([{ file, text: readFileSync(file, "utf8") }]).databases;
  if (database === undefined) throw new Error(`${name} rendered nothing`);
  return plainProxyConfig(database.config, { showSecrets: true });
}

const ADMIN = { host: "0.0.0.0", port: 5591, log_level: "INFO" };

const CATALOGUE = {
  backend_type: "mysql",
  db: "socksdb",
  listen_addr: "127.0.0.1:3306",
  name: "catalogue",
  password: "fake_password",
  pool_size: 3,
  user: "root",
  server_version: "5.7.37",
  plugin: {
    circuit_break: [{ regex: ["^select"] }],
    concurrency_control: [{ regex: ["^insert"], duration: 10, max_concurrency: 10 }],
  },
};

const RULES = [
  { name: "write-rule", type: "regex", regex: ["^insert"], target: "readwrite", algorithm_name: "roundrobin" },
  { name: "read-rule", type: "regex", regex: ["^select"], target: "read", algorithm_name: "roundrobin" },
];

const CATALOGUE_CONFIG = {
  admin: ADMIN,
  mysql: {
    node: [
      {
        name: "catalogue",
        db: "socksdb",
        user: "root",
        password: "fake_password",
        host: "catalogue-db.demotest",
        port: 3306,
        weight: 1,
        role: "readwrite",
      },
    ],
  },
  node_group: { member: [] },
};

test("translate() gives the documented configuration of the v0.1.0 sample, in the shape of v0.3.0", () => {
  const node = (name: string, host: string) => {
    return { name, db: "foo", user: "root", password: "root", host, port: 3306, weight: 1, role: "readwrite" };
  };
  expect(rendered("sample-v0.1.0.in.yaml")).toEqual({
    admin: ADMIN,
    mysql: { node: [node("databaseendpoint-sample1", "127.0.0.1"), node("databaseendpoint-sample2", "127.0.0.2")] },
    proxy: {
      config: [
        {
          backend_type: "mysql",
          db: "foo",
          listen_addr: "localhost:3306",
          name: "my_mysql",
          password: "root",
          pool_size: 3,
          user: "root",
          simple_loadbalance: {
            balance_type: "random",
            nodes: ["databaseendpoint-sample1", "databaseendpoint-sample2"],
          },
          plugin: {
            circuit_break: [{ regex: ["/[1-9][0-9]*/"] }, { regex: ["/[1-2][0-9]*/"] }],
            concurrency_control: [
              { regex: ["/[1-2][0-9]*/"], duration: 1, max_concurrency: 11 },
              { regex: ["/[1-7][0-9]*/"], duration: 1, max_concurrency: 20 },
            ],
          },
        },
      ],
    },
    node_group: { member: [] },
  });
});

test("translate() gives the original's simple load balance", () => {
  const simple_loadbalance = { balance_type: "roundrobin", nodes: ["catalogue"] };
  const config = [{ ...CATALOGUE, simple_loadbalance }];
  expect(rendered("catalogue-simple.in.yaml")).toEqual({ ...CATALOGUE_CONFIG, proxy: { config } });
});

test("translate() gives the original's static read/write splitting", () => {
  const read_write_splitting = { static: { default_target: "readwrite", rule: RULES } };
  const config = [{ ...CATALOGUE, read_write_splitting }];
  expect(rendered("catalogue-static.in.yaml")).toEqual({ ...CATALOGUE_CONFIG, proxy: { config } });
});

test("translate() gives the original's dynamic read/write splitting", () => {
  const discovery = {
    type: "mha",
    user: "monitor",
    password: "monitor",
    monitor_period: 1000,
    connect_period: 2000,
    connect_timeout: 200,
    connect_failure_threshold: 3,
    ping_period: 1000,
    ping_timeout: 100,
    ping_failure_threshold: 3,
    replication_lag_period: 1000,
    replication_lag_timeout: 3,
    replication_lag_failure_threshold: 3,
    max_replication_lag: 3,
    read_only_period: 1000,
    read_only_timeout: 3,
    read_only_failure_threshold: 3,
  };
  const read_write_splitting = { dynamic: { default_target: "readwrite", rule: RULES, discovery } };
  const config = [{ ...CATALOGUE, read_write_splitting }];
  expect(rendered("catalogue-dynamic.in.yaml")).toEqual({ ...CATALOGUE_CONFIG, proxy: { config } });
});

test("translate() writes keys in the original's order", () => {
  const config = rendered("catalogue-simple.in.yaml");
  expect(Object.keys(config)).toEqual(["admin", "mysql", "proxy", "node_group"]);
  const { config: listeners } = config["proxy"] as { config: Record<string, unknown>[] };
  expect(Object.keys(listeners[0] ?? {})).toEqual(
    "backend_type db listen_addr name password pool_size user server_version simple_loadbalance plugin".split(" "),
  );
});

test("translate() names data nodes by value and by group, and fills the group by role", () => {
  const config = rendered("node-group.in.yaml") as {
    proxy: { config: { sharding: { actual_datanodes: string[] }[] }[] };
    node_group: unknown;
  };
  const nodes = config.proxy.config.map(({ sharding }) => sharding[0]?.actual_datanodes);
  expect(nodes).toEqual([["ds001", "ds002"], ["ms001"]]);
  expect(config.node_group).toEqual({ member: [{ name: "ms001", readwrite: "ds000", reads: ["ds001", "ds002"] }] });
});

test("renderVirtualDatabase() finds one by namespace and name, or in namespace default", () => {
  const file = join(import.meta.dir, "../../testdata/mesh/selectors.in.yaml");
  const files = [{ file, text: readFileSync(file, "utf8") }];
  expect(renderVirtualDatabase(files, "default/app").config?.proxy.config.length).toBe(2);
  expect(renderVirtualDatabase(files, "app").config?.proxy.config.length).toBe(2);
  const { config, issues } = renderVirtualDatabase(files, "default/ap");
  expect(config).toBeNull();
  expect(issues.at(-1)?.remedy).toBe('did you mean "default/app"?');
});
