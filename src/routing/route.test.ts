import { describe, expect, test } from "bun:test";
import type { NodeRole, ReadWriteRuleConfig } from "../api/proxy-config.ts";
import { seededRandom } from "../lib/random.ts";
import { newStatement, readStatement } from "../sql/read-statement.ts";
import type { Statement } from "../sql/statement.ts";
import type { EndpointView } from "./endpoint-view.ts";
import { compileRouter, type Router, route, routerNeedsText } from "./route.ts";

function aStatement(sql: string): Statement {
  const statement = newStatement();
  const bytes = new TextEncoder().encode(sql);
  readStatement(statement, 3, bytes, 0, bytes.length);
  return statement;
}

function anEndpoint(name: string, role: NodeRole): EndpointView {
  return { name, weight: 1, role, health: { isUsable: true, share: 1 } };
}

function aRule(name: string, regex: string, target: NodeRole): ReadWriteRuleConfig {
  return { name, type: "regex", regex: [regex], target, algorithm_name: "roundrobin" };
}

const GENERIC: ReadWriteRuleConfig = { name: "g", type: "generic", algorithm_name: "roundrobin" };
const REPLICA = anEndpoint("test1", "read");
const PRIMARY = anEndpoint("test2", "readwrite");

function aRouter(default_target: NodeRole, rule: ReadWriteRuleConfig[], endpoints = [REPLICA, PRIMARY]): Router {
  return compileRouter({ read_write_splitting: { static: { default_target, rule } } }, endpoints, seededRandom(3));
}

/** Where a statement goes, and why. */
function routeOf(router: Router, sql: string, inTransaction = false): [string | undefined, string] {
  return [route(router, aStatement(sql), inTransaction, null)?.name, router.reason];
}

describe("route() with regex rules", () => {
  const router = aRouter("readwrite", [aRule("r", "^select", "read"), aRule("w", "^insert", "readwrite")]);

  test.each<[string, boolean, string, string]>([
    ["insert", false, "test2", 'rule "w"'],
    ["create", false, "test2", "default target"],
    ["", false, "test2", "default target"],
    ["select 1", false, "test1", 'rule "r"'],
    ["SELECT 1", false, "test2", "default target"],
    ["select 1", true, "test2", "in transaction"],
    ["set autocommit = 0", false, "test2", "set"],
    ["begin", false, "test2", "transaction"],
  ])("%j, in transaction %p: %s, %s", (sql, inTransaction, name, reason) => {
    expect(routeOf(router, sql, inTransaction)).toEqual([name, reason]);
  });

  test("sends what a rule says to read, though it is a write", () => {
    const odd = aRouter("readwrite", [aRule("r", "^select", "read"), aRule("w", "^insert", "read")]);
    expect(routeOf(odd, "insert")[0]).toBe("test1");
    expect(routeOf(odd, "create")[0]).toBe("test2");
  });

  test.each<[string, string]>([
    ["select 1 for update", "locking read"],
    ["select a from t lock in share mode", "locking read"],
    ["select get_lock('a', 1)", "named lock"],
    ["select last_insert_id()", "last insert id"],
    ["select @a := 1", "user variable assigned"],
    ["select 1; delete from t", "several statements"],
    ["select 1 /*!80000 + 1 */", "version comment"],
  ])("sends %j to readwrite because of: %s", (sql, reason) => {
    expect(routeOf(router, sql)).toEqual(["test2", reason]);
  });

  test("lets the first rule that matches decide", () => {
    const two = aRouter("read", [aRule("w", "hot", "readwrite"), aRule("r", "^select", "read"), GENERIC]);
    expect(routeOf(two, "select * from hot")).toEqual(["test2", 'rule "w"']);
    expect(routeOf(two, "select * from cold")).toEqual(["test1", 'rule "r"']);
    expect(routeOf(two, "update cold set a = 1")).toEqual(["test2", 'generic rule "g"']);
  });
});

describe("route() with a generic rule", () => {
  const router = aRouter("read", [GENERIC]);

  test.each<[string, string]>([
    ["select 1", "test1"],
    ["  /* trace */ SELECT 1", "test1"],
    ["-- x\nSeLeCt 1", "test1"],
    ["(select 1) union (select 2)", "test1"],
    ["with a as (select 1) select * from a", "test1"],
    ["with a as (select 1) delete from t", "test2"],
    ["insert into t values (1)", "test2"],
    ["REPLACE INTO t VALUES (1)", "test2"],
    ["create table t (a int)", "test2"],
    ["START TRANSACTION", "test2"],
    ["frobnicate", "test2"],
    ["show tables", "test1"],
    ["explain select 1", "test1"],
    ["", "test1"],
  ])("%j goes to %s", (sql, name) => {
    expect(routeOf(router, sql)[0]).toBe(name);
  });

  test("sends what neither reads nor writes to the default target", () => {
    expect(routeOf(aRouter("readwrite", [GENERIC]), "show tables")).toEqual(["test2", "default target"]);
  });
});

describe("route() when endpoints fail", () => {
  test("sends reads to readwrite, never writes to read", () => {
    const [replica, primary] = [anEndpoint("r", "read"), anEndpoint("w", "readwrite")];
    const router = aRouter("readwrite", [GENERIC], [replica, primary]);
    replica.health.isUsable = false;
    expect(routeOf(router, "select 1")).toEqual(["w", "no usable read endpoint"]);
    replica.health.isUsable = true;
    primary.health.isUsable = false;
    expect(routeOf(router, "select 1")[0]).toBe("r");
    expect(routeOf(router, "delete from t")[0]).toBeUndefined();
    expect(routeOf(router, "select 1", true)[0]).toBeUndefined();
  });

  test("does not go back to the endpoint to avoid", () => {
    const router = aRouter("readwrite", [GENERIC]);
    expect(route(router, aStatement("select 1"), false, REPLICA)).toBe(PRIMARY);
    expect(route(router, aStatement("delete from t"), false, PRIMARY)).toBeNull();
  });

  test("uses readwrite where there is no read endpoint", () => {
    expect(routeOf(aRouter("read", [], [PRIMARY]), "select 1")).toEqual(["test2", "no usable read endpoint"]);
  });
});

describe("compileRouter()", () => {
  const endpoints = ["dasheng001", "dasheng002", "other"].map((name) => anEndpoint(name, "readwrite"));

  test("balances over the named nodes, in their order", () => {
    const simple = { balance_type: "roundrobin" as const, nodes: ["dasheng001", "dasheng002", "missing"] };
    const router = compileRouter({ simple_loadbalance: simple }, endpoints, seededRandom(1));
    expect(routerNeedsText(router)).toBe(false);
    const statement = aStatement("select 1 for update");
    const chosen = [1, 2, 3].map(() => route(router, statement, true, null)?.name);
    expect(chosen).toEqual(["dasheng001", "dasheng002", "dasheng001"]);
    expect(router.reason).toBe("roundrobin");
    expect(statement.text).toBe("");
  });

  test("balances at random over all endpoints when told nothing", () => {
    const router = compileRouter({}, endpoints, seededRandom(1));
    const chosen = new Set(Array.from({ length: 100 }, () => routeOf(router, "select 1")[0]));
    expect([...chosen].sort()).toEqual(["dasheng001", "dasheng002", "other"]);
    expect(router.reason).toBe("random");
  });

  test("lets splitting win over simple balancing, among the named nodes", () => {
    const router = compileRouter(
      {
        simple_loadbalance: { balance_type: "random", nodes: ["test2", "test1"] },
        read_write_splitting: { dynamic: { default_target: "read", rule: [] } },
      },
      [REPLICA, PRIMARY, anEndpoint("test3", "read")],
      seededRandom(1),
    );
    const chosen = new Set(Array.from({ length: 20 }, () => routeOf(router, "select 1")[0]));
    expect([...chosen]).toEqual(["test1"]);
  });

  test("chooses within a group by the rule's algorithm", () => {
    const reads = ["a", "b", "c"].map((name) => anEndpoint(name, "read"));
    const router = aRouter("readwrite", [aRule("r", "select", "read")], [...reads, PRIMARY]);
    expect(routerNeedsText(router)).toBe(true);
    expect([1, 2, 3, 4].map(() => routeOf(router, "select 1")[0]).join("")).toBe("abca");
  });

  test("names the rule whose pattern does not compile", () => {
    expect(() => aRouter("read", [aRule("ok", "a", "read"), aRule("bad", "(?<a", "read")])).toThrow(
      'read_write_splitting rule "bad": regex[0]: unclosed capture group name at character 4',
    );
  });
});
