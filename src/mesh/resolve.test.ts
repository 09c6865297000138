import { expect, test } from "bun:test";
import { formatIssue } from "../lib/issue.ts";
import { reveal } from "../lib/secret.ts";
import { renderMesh } from "./render.ts";

const GROUP = "apiVersion: core.database-mesh.io/v1alpha1";

function anEndpoint(name: string, extra: { labels?: string; annotations?: string; namespace?: string } = {}): string {
  const { labels = "{ app: shop }", annotations = "{}", namespace = "shop" } = extra;
  return `${GROUP}
kind: DatabaseEndpoint
metadata: { name: ${name}, namespace: ${namespace}, labels: ${labels}, annotations: ${annotations} }
spec: { database: { MySQL: { host: ${name}, port: 3306, user: u, password: p, db: d } } }
`;
}

function aStrategy(spec = "selector: { matchLabels: { app: shop } }"): string {
  return `${GROUP}\nkind: TrafficStrategy\nmetadata: { name: main, namespace: shop }\nspec: { ${spec} }\n`;
}

function aDatabase(...services: string[]): string {
  const items = services.map((service) => `  - ${service}\n`).join("");
  return `${GROUP}\nkind: VirtualDatabase\nmetadata: { name: app, namespace: shop }\nspec:\n  services:\n${items}`;
}

const MAIN = "{ name: main, databaseMySQL: {}, trafficStrategy: main }";

function issuesOf(...documents: string[]): string[] {
  return renderMesh([{ file: "x.yaml", text: documents.join("---\n") }]).issues.map(formatIssue);
}

test("resolveMesh() finds nothing wrong where nothing is", () => {
  expect(issuesOf(aDatabase(MAIN), aStrategy(), anEndpoint("a"))).toEqual([]);
});

test("resolveMesh() names the place, the missing reference and the nearest name", () => {
  const database = aDatabase("{ name: a, databaseMySQL: {}, trafficStrategy: mian, qosClaim: gold }");
  expect(issuesOf(database, aStrategy(), anEndpoint("a"))).toEqual([
    'x.yaml:6:52 spec.services[0].trafficStrategy: namespace shop has no TrafficStrategy "mian"\n    did you mean "main"?',
    'x.yaml:6:68 spec.services[0].qosClaim: namespace shop has no QoSClaim "gold"\n    add a QoSClaim of that name',
  ]);
});

test("resolveMesh() keeps references in their namespace and says where the name is", () => {
  const elsewhere = aStrategy().replace("namespace: shop", "namespace: other");
  const [issue] = issuesOf(aDatabase(MAIN), elsewhere, anEndpoint("a", { namespace: "other" }));
  expect(issue).toContain("there is one in namespace other");
});

test("resolveMesh() reports a selector that selects nothing, with the label that was meant", () => {
  expect(issuesOf(aDatabase(MAIN), aStrategy(), anEndpoint("a", { labels: "{ app: shops }" }))).toEqual([
    "x.yaml:11:19 spec.selector: selects none of the DatabaseEndpoints of namespace shop: app=shop\n    did you mean app=shops?",
  ]);
  const [issue] = issuesOf(aDatabase(MAIN), aStrategy());
  expect(issue).toContain("namespace shop has no DatabaseEndpoint: add one");
});

test("resolveMesh() draws no conclusions from values that are wrong themselves", () => {
  const wrongLabel = anEndpoint("a", { labels: "{ app: 1 }" });
  expect(issuesOf(aDatabase(MAIN), aStrategy(), wrongLabel)).toHaveLength(1);
  const wrongSelector = aStrategy("selector: { matchLabels: { app: 1 } }");
  expect(issuesOf(aDatabase(MAIN), wrongSelector, anEndpoint("a"))).toHaveLength(1);
  const wrongReference = aDatabase("{ name: main, databaseMySQL: {}, trafficStrategy: 1 }");
  expect(issuesOf(wrongReference, aStrategy(), anEndpoint("a"))).toHaveLength(1);
});

test("resolveMesh() follows the references of a manifest that is wrong elsewhere", () => {
  const database = aDatabase("{ name: 1, databaseMySQL: { port: x }, trafficStrategy: mian }");
  const issues = issuesOf(database, aStrategy("selector: {}, circuitBreaks: [{ regex: '(' }]"));
  expect(issues.map((issue) => issue.split(":")[2]?.split(" ")[1])).toEqual([
    "spec.services[0].name",
    "spec.services[0].databaseMySQL.port",
    "spec.services[0].trafficStrategy",
    "spec.selector",
    "spec.circuitBreaks[0].regex",
  ]);
});

test("resolveMesh() reports listeners that want the same socket", () => {
  const service = (name: string, address: string) =>
    `{ name: ${name}, databaseMySQL: { ${address} }, trafficStrategy: main }`;
  const database = aDatabase(
    service("one", "port: 3306"),
    service("two", "host: 127.0.0.1, port: 3307"),
    service("three", "host: 127.0.0.2, port: 3307"),
    service("four", "host: 127.0.0.1"),
  );
  expect(issuesOf(database, aStrategy(), anEndpoint("a"))).toEqual([
    'x.yaml:9:34 spec.services[3].databaseMySQL.port: 127.0.0.1:3306 is taken by service "one", which listens on 0.0.0.0:3306\n    give each service its own port',
  ]);
});

test("resolveMesh() reports a service that nothing can serve", () => {
  const [issue] = issuesOf(aDatabase("{ name: a, databaseMySQL: {} }"), aStrategy(), anEndpoint("a"));
  expect(issue).toContain("no endpoint can be selected");
  expect(issue).toContain("add trafficStrategy: main");
});

test("resolveMesh() reports endpoints that all have weight 0", () => {
  const annotations = '{ database-mesh.io/weight: "0" }';
  const [issue] = issuesOf(aDatabase(MAIN), aStrategy(), anEndpoint("a", { annotations }));
  expect(issue).toContain("every selected DatabaseEndpoint has weight 0");
});

test("resolveMesh() reports what a DataShard lacks, once for two services", () => {
  const shard = `${GROUP}
kind: DataShard
metadata: { name: orders, namespace: shop }
spec:
  rules:
  - tableName: t
    tableStrategy: { tableShardingAlgorithmName: mod, tableShardingColumn: c, shardingCount: 2 }
    actualDatanodes: { valueSource: { nodes: [{ value: b }, { valueFromReadWriteSplitting: { name: ms }}] } }
    readWriteSplittingGroup: [{ name: ms1 }]
`;
  const database = aDatabase(
    "{ name: one, databaseMySQL: { port: 1 }, dataShard: orders }",
    "{ name: two, databaseMySQL: { port: 2 }, dataShard: orders }",
  );
  const reader = anEndpoint("a", { annotations: "{ database-mesh.io/role: read }" });
  expect(issuesOf(database, shard, reader).map((issue) => issue.split("\n")[0]?.replace(/^\S+ \S+ /, ""))).toEqual([
    'namespace shop has no DatabaseEndpoint "b"',
    'no readWriteSplittingGroup is called "ms"',
    'no endpoint of group "ms1" takes writes',
  ]);
});

const SECRET = `apiVersion: v1
kind: Secret
metadata: { name: db, namespace: shop }
data: { password: aHVudGVyMg== }
stringData: { other: hunter3 }
`;

function passwordOf(reference: string, ...documents: string[]): { password: string | undefined; issues: string[] } {
  const endpoint = anEndpoint("a").replace("password: p", `passwordSecretRef: ${reference}`);
  const files = [{ file: "x.yaml", text: [aDatabase(MAIN), aStrategy(), endpoint, ...documents].join("---\n") }];
  const { databases, issues } = renderMesh(files);
  const password = databases[0]?.config.mysql.node[0]?.password;
  return { password: password && reveal(password), issues: issues.map(formatIssue) };
}

test("resolveMesh() takes passwords from Secrets of the input, by key", () => {
  expect(passwordOf("{ name: db }", SECRET)).toEqual({ password: "hunter2", issues: [] });
  expect(passwordOf("{ name: db, key: other }", SECRET)).toEqual({ password: "hunter3", issues: [] });
});

test("resolveMesh() renders a placeholder for a Secret that is not in the input, and says so once", () => {
  const { password, issues } = passwordOf("{ name: db }", SECRET.replace("namespace: shop", "namespace: other"));
  expect(password).toBe("[key password of Secret db]");
  expect(issues).toEqual([expect.stringContaining("notice: Secret shop/db is not in the input")]);
});

test("resolveMesh() knows that a Secret is missing where it is told that there are no others", () => {
  const endpoint = anEndpoint("a").replace("password: p", "passwordSecretRef: { name: bd }");
  const files = [{ file: "x.yaml", text: [aDatabase(MAIN), aStrategy(), endpoint, SECRET].join("---\n") }];
  const { issues } = renderMesh(files, { secretsAreComplete: true });
  expect(issues.map(formatIssue)).toEqual([
    expect.stringContaining('namespace shop has no Secret "bd"\n    did you mean "db"?'),
  ]);
});

test("resolveMesh() reports a Secret without the key, with the key that was meant", () => {
  const { issues } = passwordOf("{ name: db, key: pasword }", SECRET);
  expect(issues).toEqual([
    expect.stringContaining('Secret shop/db has no key "pasword"\n    did you mean "password"?'),
  ]);
});

test("resolveMesh() wants exactly one of password and passwordSecretRef", () => {
  const both = anEndpoint("a").replace("password: p", "password: p, passwordSecretRef: { name: db }");
  const none = anEndpoint("a").replace(", password: p", "");
  for (const endpoint of [both, none]) {
    expect(issuesOf(aDatabase(MAIN), aStrategy(), endpoint, SECRET)).toEqual([
      expect.stringContaining("needs either password or passwordSecretRef\n    keep exactly one of the two"),
    ]);
  }
  const service = "{ name: main, databaseMySQL: { passwordSecretRef: { name: db } }, trafficStrategy: main }";
  const { databases } = renderMesh([
    { file: "x", text: [aDatabase(service), aStrategy(), anEndpoint("a"), SECRET].join("---\n") },
  ]);
  const password = databases[0]?.config.proxy.config[0]?.password;
  expect(password && reveal(password)).toBe("hunter2");
});

test("resolveMesh() does not miss what may be in a document that cannot be read", () => {
  expect(issuesOf(aDatabase(MAIN), anEndpoint("a"), "kind: TrafficStrategy\nspec: [\n")).toEqual([
    expect.stringContaining("[ is not closed"),
  ]);
});
