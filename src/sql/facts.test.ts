import { describe, expect, test } from "bun:test";
import { type Access, accessOf } from "./access.ts";
import * as effects from "./effects.ts";
import { FACTS_MAX } from "./fact-list.ts";
import {
  ACTION_NAMES,
  CALL_AGGREGATE,
  CALL_UNKNOWN,
  CLAUSE_NONE,
  type Facts,
  NONE,
  newFacts,
  SCOPE_GLOBAL,
  SCOPE_PERSIST,
  SCOPE_SESSION,
  VARIABLE_USER,
} from "./facts.ts";
import { lex } from "./lexer.ts";
import { nameText } from "./names.ts";
import { readFacts } from "./read-facts.ts";
import { newStatement, readStatement } from "./read-statement.ts";
import { SQL_MODE_ANSI_QUOTES } from "./sql-mode.ts";
import { type Dialect, newTokens } from "./tokens.ts";
import { FAILURE_NONE, FAILURE_SYNTAX, FAILURE_TOO_DEEP, newTree } from "./tree.ts";

const MYSQL: Dialect = { sqlMode: 0, charset: 0, isMariaDb: false, version: 90704 };
const MARIADB: Dialect = { sqlMode: 0, charset: 0, isMariaDb: true, version: 101118 };
const tokens = newTokens();
const tree = newTree();
const facts = newFacts();

/** Reads `sql` from the middle of a larger buffer. */
function read(sql: string, dialect = MYSQL): Facts {
  const bytes = new TextEncoder().encode(`''${sql}'`);
  lex(tokens, bytes, 2, bytes.length - 1, dialect);
  readFacts(facts, tree, tokens);
  return facts;
}

function understood(sql: string, dialect = MYSQL): Facts {
  read(sql, dialect);
  if (facts.failure !== FAILURE_NONE) throw new Error(`not understood at token ${facts.failedAt}: ${sql}`);
  return facts;
}

function listed<T>(list: { items: T[]; count: number }): T[] {
  return list.items.slice(0, list.count);
}

function span(first: number, end: number): string {
  return new TextDecoder().decode(tokens.bytes.subarray(tokens.starts[first], tokens.ends[end - 1]));
}

/** "schema.table as alias: ACTION+ACTION", CTE for common table expressions. */
function tables(sql: string, dialect = MYSQL): string[] {
  return listed(understood(sql, dialect).tables).map((table) => {
    const actions = ACTION_NAMES.filter((_, bit) => (table.actions & (1 << bit)) !== 0).join("+");
    const schema = table.schema === NONE ? "" : `${nameText(tokens, table.schema)}.`;
    const alias = table.alias === NONE ? "" : ` as ${nameText(tokens, table.alias)}`;
    return `${schema}${nameText(tokens, table.name)}${alias}: ${table.isCommonTable ? "CTE" : actions}`;
  });
}

/** "column of table", "?" for a table that the text does not tell, "!" for an assignment, "~" for what may be an alias. */
function columns(sql: string): string[] {
  return listed(understood(sql).columns).map((column) => {
    const table = column.table === NONE ? "?" : nameText(tokens, facts.tables.items[column.table]!.name);
    return `${span(column.first, column.end)} of ${table}${column.isAssigned ? "!" : ""}${column.isAlias ? "~" : ""}`;
  });
}

/** "column operator value", "=" for a constant value, and the clause that requires it. */
function comparisons(sql: string): string[] {
  const operators = ["=", "<=>", "in", "between", "other"];
  const clauses = ["", " where", " on", " having"];
  return listed(understood(sql).comparisons).map((comparison) => {
    const { first, end } = facts.columns.items[comparison.column]!;
    const value = span(comparison.first, comparison.end);
    const constant = comparison.isConstant ? "" : " varies";
    return `${span(first, end)} ${operators[comparison.operator]} ${value}${constant}${clauses[comparison.requiredIn]}`;
  });
}

describe("tables", () => {
  test.each<[string, string[]]>([
    ["select 1", []],
    ["select * from t", ["t: SELECT"]],
    ["select * from s.t as x, `a b`.`c``d` y", ["s.t as x: SELECT", "a b.c`d as y: SELECT"]],
    ["select * from t partition (p0) x use index (i), u", ["t as x: SELECT", "u: SELECT"]],
    ["(select 1 from a) union (select 2 from b) except select 3 from c", ["a: SELECT", "b: SELECT", "c: SELECT"]],
    ["select (select max(x) from a) from b where exists (select 1 from c)", ["a: SELECT", "b: SELECT", "c: SELECT"]],
    ["select * from (select * from t) as d, lateral (select * from u where u.a = d.a) e", ["t: SELECT", "u: SELECT"]],
    ["select * from t, json_table(t.j, '$[*]' columns (a int path '$')) j", ["t: SELECT"]],
    ["select * from (t join u on t.a = u.a) left join v using (b)", ["t: SELECT", "u: SELECT", "v: SELECT"]],
    ["table t order by a limit 1", ["t: SELECT"]],
    ["select * from {oj t left outer join u on t.a = u.a}", ["t: SELECT", "u: SELECT"]],
    ["explain select * from t", ["t: SELECT"]],
    ["select 'from x' /* from y */ from t -- from z", ["t: SELECT"]],
    ["select * from /*!80000 t, */ u", ["t: SELECT", "u: SELECT"]],
    ["select * from /*!99999 t, */ u", ["u: SELECT"]],
    ["select 1 from a; update b set x = 1; select 2 from c", ["a: SELECT", "b: UPDATE", "c: SELECT"]],

    ["with c as (select 1 from a) select * from c", ["a: SELECT", "c: CTE"]],
    ["with c as (select 1 from c) select * from c", ["c: SELECT", "c: CTE"]],
    ["with recursive c as (select 1 union select n from c) select * from c", ["c: CTE", "c: CTE"]],
    ["with c as (select 1) select * from s.c, c", ["s.c: SELECT", "c: CTE"]],
    ["with a as (select 1), b as (select * from a) select * from b", ["a: CTE", "b: CTE"]],
    ["select * from (with c as (select 1) select * from c) d, c", ["c: CTE", "c: SELECT"]],
    ["with c as (select 1) select * from C", ["C: SELECT"]],
    ["with c as (select 1 x) update t, c set t.a = c.x", ["t: UPDATE", "c: CTE"]],
    ["with c as (select 1 x) delete from t where a in (select x from c)", ["t: SELECT+DELETE", "c: CTE"]],

    ["insert into t values (1)", ["t: INSERT"]],
    ["insert s.t (a) values (1) on duplicate key update a = 2", ["s.t: INSERT+UPDATE"]],
    ["insert into t (a) values (1) on duplicate key update a = a + 1", ["t: SELECT+INSERT+UPDATE"]],
    ["insert into t select * from u", ["t: INSERT", "u: SELECT"]],
    ["insert into t with c as (select 1) select * from c", ["t: INSERT", "c: CTE"]],
    ["replace t (a) values ((select max(a) from u))", ["t: INSERT+DELETE", "u: SELECT"]],
    ["load data infile 'f' into table t", ["t: INSERT"]],
    ["load data local infile 'f' replace into table s.t", ["s.t: INSERT+DELETE"]],
    ["update t set a = 1", ["t: UPDATE"]],
    ["update t set a = 1 where b = 2", ["t: SELECT+UPDATE"]],
    ["update t as x set x.a = (select max(b) from u)", ["t as x: UPDATE", "u: SELECT"]],
    ["update t set a = (select max(b) from u where u.c = t.c)", ["t: SELECT+UPDATE", "u: SELECT"]],
    ["update t, u set t.a = u.a", ["t: UPDATE", "u: SELECT"]],
    ["update t, (select a from u) d set t.a = d.a", ["t: UPDATE", "u: SELECT"]],
    [
      "update t, u set t.a = 1 where exists (select 1 from v where v.b = t.b)",
      ["t: SELECT+UPDATE", "u: SELECT", "v: SELECT"],
    ],
    ["update t x join s.u on x.a = u.a set u.b = 1", ["t as x: SELECT", "s.u: SELECT+UPDATE"]],
    ["update t join u using (a) set b = 1", ["t: SELECT+UPDATE", "u: SELECT+UPDATE"]],
    ["delete from t", ["t: DELETE"]],
    ["delete from t where a = 1", ["t: SELECT+DELETE"]],
    [
      "delete t, y from t join s.u as y on t.a = y.a join v",
      ["t: SELECT+DELETE", "s.u as y: SELECT+DELETE", "v: SELECT"],
    ],
    ["delete from t, s.u using t join s.u", ["t: SELECT+DELETE", "s.u: SELECT+DELETE"]],
    ["delete t.* from t, u", ["t: SELECT+DELETE", "u: SELECT"]],

    ["create table t (a int)", ["t: CREATE"]],
    ["create table if not exists s.t (a int, foreign key (a) references s.p (id))", ["s.t: CREATE", "s.p: REFERENCES"]],
    ["create table t like u", ["t: CREATE", "u: SELECT"]],
    ["create table t select * from u", ["t: CREATE+INSERT", "u: SELECT"]],
    ["create table t (a int) as with c as (select 1) select * from c, u", ["t: INSERT+CREATE", "c: CTE", "u: SELECT"]],
    [
      "create table t (a int) engine=merge union=(u, s.v)",
      ["t: CREATE", "u: SELECT+UPDATE+DELETE", "s.v: SELECT+UPDATE+DELETE"],
    ],
    ["create temporary table t (a int)", ["t: CREATE TEMPORARY TABLES"]],
    ["drop table t, s.u", ["t: DROP", "s.u: DROP"]],
    ["drop temporary table t", ["t: NAME"]],
    ["truncate table t", ["t: DROP"]],
    ["alter table t add b int", ["t: ALTER"]],
    ["alter table t add b int, rename to s.u", ["t: DROP+ALTER", "s.u: INSERT+CREATE"]],
    ["alter table t exchange partition p with table u", ["t: INSERT+CREATE+DROP+ALTER", "u: INSERT+CREATE+DROP+ALTER"]],
    ["rename table a to b, c to d.e", ["a: DROP+ALTER", "b: INSERT+CREATE", "c: DROP+ALTER", "d.e: INSERT+CREATE"]],
    ["create unique index i on t (a)", ["t: INDEX"]],
    ["drop index i on t", ["t: INDEX"]],
    ["create view v as select * from t", ["v: CREATE VIEW", "t: SELECT"]],
    ["create or replace view v as select * from t", ["v: DROP+CREATE VIEW", "t: SELECT"]],
    ["create trigger r before insert on t for each row set new.a = (select max(a) from u)", ["t: TRIGGER"]],
    ["create procedure p() begin update t set a = 1; delete from u; end", []],
    ["create event e on schedule every 1 day do insert into t values (1)", []],
    ["lock tables t read, s.u as x write", ["t: SELECT+LOCK TABLES", "s.u as x: SELECT+LOCK TABLES"]],
    ["analyze table t, u", ["t: SELECT+INSERT", "u: SELECT+INSERT"]],
    ["check table t", ["t: SELECT"]],
    ["checksum table t", ["t: SELECT"]],
    ["handler t open as h", ["t: SELECT"]],
    ["show create table s.t", ["s.t: SHOW"]],
    ["show columns from t from s", ["s.t: SHOW"]],
    ["describe t", ["t: SHOW"]],
    ["flush tables t with read lock", ["t: NAME"]],
  ])("of %j are %j", (sql, expected) => {
    expect(sortedActions(tables(sql))).toEqual(sortedActions(expected));
  });

  test.each<[string, string[]]>([
    ["insert into t values (1) on duplicate key update a = 2", ["t: SELECT+INSERT+UPDATE"]],
    ["with recursive b as (select * from A), a as (select 1) select * from B", ["A: CTE", "B: CTE"]],
    ["create or replace table t (a int)", ["t: CREATE+DROP"]],
    ["insert into t values (1) returning a", ["t: SELECT+INSERT"]],
    ["select * from .t", ["t: SELECT"]],
    ["select next value for s", ["s: SELECT+INSERT"]],
    ["select nextval(q.s)", ["q.s: SELECT+INSERT"]],
    ["select * from t for system_time as of now() x", ["t as x: SELECT"]],
  ])("of %j for MariaDB are %j", (sql, expected) => {
    expect(sortedActions(tables(sql, MARIADB))).toEqual(sortedActions(expected));
  });
});

/** Actions in one order, so that expectations can be written as one thinks. */
function sortedActions(described: string[]): string[] {
  return described.map((table) => {
    const [name, actions = ""] = table.split(": ");
    return `${name}: ${actions.split("+").sort().join("+")}`;
  });
}

describe("columns", () => {
  test.each<[string, string[]]>([
    ["select a, t.b, s.t.c from s.t", ["a of t", "t.b of t", "s.t.c of t"]],
    ["select x.a, b from t as x, u", ["x.a of t", "b of ?"]],
    ["select T.a, d.b from t, (select 1 b) d", ["T.a of t", "d.b of ?"]],
    [
      "select * from t where exists (select 1 from u where u.a = t.a and b = 1)",
      ["* of t", "u.a of u", "t.a of t", "b of u"],
    ],
    ["select a from t order by b", ["a of t", "b of t"]],
    ["select a as b from t order by b, c", ["a of t", "b of ?~", "c of t"]],
    ["select sum(a) n from t group by b having n > 1 and c = 2", ["a of t", "b of t", "n of ?~", "c of t"]],
    ["select a from t union select b from u order by a", ["a of t", "b of u", "a of ?~"]],
    ["update t set a = b where c = 1", ["a of t!", "b of t", "c of t"]],
    ["update t, u set t.a = u.b", ["t.a of t!", "u.b of u"]],
    ["insert into t set a = 1, b = a", ["a of t!", "b of t!", "a of t"]],
    ["delete from t where a = 1 order by b limit 1", ["a of t", "b of t"]],
    ["select count(*), t.* from t", ["t.* of t"]],
    ["select q.a from t", ["q.a of ?"]],
  ])("of %j are %j", (sql, expected) => {
    expect(columns(sql)).toEqual(expected);
  });
});

describe("comparisons", () => {
  test.each<[string, string[]]>([
    ["select 1 from t where a = 1", ["a = 1 where"]],
    ["select 1 from t where 1 = a", ["a = 1 where"]],
    ["select 1 from t where t.a in (1, ?, 'x')", ["t.a in 1, ?, 'x' where"]],
    ["select 1 from t where a between -1 and date'2020-01-01'", ["a between -1 and date'2020-01-01' where"]],
    ["select 1 from t where a <=> null and b > 3", ["a <=> null where", "b other 3 where"]],
    ["select 1 from t where (a = 1 and (b = 2)) && c = 3", ["a = 1 where", "b = 2 where", "c = 3 where"]],
    ["select 1 from t where a = 1 or b = 2", ["a = 1", "b = 2"]],
    ["select 1 from t where a = 1 and (b = 2 or c = 3) and d = 4", ["a = 1 where", "b = 2", "c = 3", "d = 4 where"]],
    ["select 1 from t where not a = 1 and b = 2", ["a = 1", "b = 2 where"]],
    ["select 1 from t where (a = 1) is true", ["a = 1"]],
    ["select 1 from t where a = 1 xor b = 2", ["a = 1", "b = 2"]],
    ["select 1 from t where a not in (1)", []],
    ["select 1 from t where a not between 1 and 2 and b = 1", ["b = 1 where"]],
    ["select 1 from t where a = 1 = 2", ["a = 1"]],
    ["select 1 from t where a + 1 = 2 and 2 = 1 + a", []],
    [
      "select 1 from t where a = b and a = b + 1 and a = now()",
      ["a = b varies where", "a = b + 1 varies where", "a = now() varies where"],
    ],
    ["select 1 from t where a in (select 1)", []],
    ["select 1 from t where (a, b) = (1, 2)", []],
    ["select a = 1 from t", ["a = 1"]],
    ["select 1 from t where if(a = 1, b = 2, c = 3)", ["a = 1", "b = 2", "c = 3"]],
    [
      "select 1 from t join u on t.a = u.a and t.b = 1 where c = 1",
      ["t.a = u.a varies on", "t.b = 1 on", "c = 1 where"],
    ],
    ["select sum(a) n from t group by b having n = 1", ["n = 1 having"]],
    ["update t set a = 1 where b = 2", ["b = 2 where"]],
    ["delete from t where b = 2 and c = 3", ["b = 2 where", "c = 3 where"]],
    [
      "select 1 from t where exists (select 1 from u where u.a = t.a and u.b = 1)",
      ["u.a = t.a varies where", "u.b = 1 where"],
    ],
    ["select 1 from t where a = @x", ["a = @x varies where"]],
  ])("of %j are %j", (sql, expected) => {
    expect(comparisons(sql)).toEqual(expected);
  });

  test("know their place: the innermost query that they stand in", () => {
    understood("select 1 from t where a = 1 and exists (select 1 from u where b = 2)");
    const [outer, inner] = listed(facts.comparisons);
    expect(facts.blocks.items[inner!.block]!.parent).toBe(outer!.block);
    expect(outer!.requiredIn).not.toBe(CLAUSE_NONE);
  });
});

describe("queries", () => {
  test("have their grouping, order and limits by block", () => {
    understood(
      "select distinct a from (select b, count(*) from t group by b order by c desc limit 3) d order by a limit 5, 10",
    );
    const [statement, outer, inner] = listed(facts.blocks);
    expect([statement!.parent, outer!.parent, inner!.parent]).toEqual([NONE, 0, 1]);
    expect([outer!.isDistinct, outer!.isGrouped, outer!.hasAggregate]).toEqual([true, false, false]);
    expect([inner!.isDistinct, inner!.isGrouped, inner!.hasAggregate]).toEqual([false, true, true]);
    const orders = listed(facts.orders).map((order) => {
      return `${order.block} ${order.isGroup ? "group" : "order"} ${span(order.first, order.end)}${order.isDescending ? " desc" : ""}`;
    });
    expect(orders).toEqual(["2 group b", "2 order c desc", "1 order a"]);
    const limits = listed(facts.limits).map(({ block, count, offset }) => {
      return [block, span(count, count + 1), offset === NONE ? "" : span(offset, offset + 1)];
    });
    expect(limits).toEqual([
      [2, "3", ""],
      [1, "10", "5"],
    ]);
  });

  test.each<[string, number, number]>([
    ["select 1 from t union select 2 from u order by 1 limit 2", 0, 0],
    ["(select 1 from t) order by 1 limit 2", 1, 1],
    ["select 1 from t union (select f(1) from u order by 1 limit 2)", 2, 2],
    ["select 1 from t union all (select 2 from u order by 3 limit 1) order by 1 limit 2", 0, 0],
    ["delete from t where a in (select 1 from u) order by a limit 2", 0, 0],
    ["insert into t select 1 from u order by 1 limit 2", 1, 1],
  ])("of %j are ordered in block %i and limited in %i", (sql, order, limit) => {
    understood(sql);
    expect(listed(facts.orders).at(-1)!.block).toBe(order);
    expect(listed(facts.limits).at(-1)!.block).toBe(limit);
  });

  test("keep orders of windows and functions out", () => {
    understood(
      "select sum(a) over (order by b), group_concat(c order by d) from t order by e, max(f) over (order by g)",
    );
    expect(listed(facts.orders).map(({ first, end }) => span(first, end))).toEqual(["e", "max(f) over (order by g)"]);
  });
});

test("INSERT has its columns and rows", () => {
  understood("insert into t (a, t.b, `c`) values (1, 2, 3), (4, f(5), (6))");
  expect(listed(facts.insertColumns).map(({ name }) => nameText(tokens, name))).toEqual(["a", "b", "c"]);
  expect(facts.rows).toBe(2);
  expect(span(facts.rowsFirst, facts.rowsEnd)).toBe("(1, 2, 3), (4, f(5), (6))");
  expect(understood("select 1").rows).toBe(0);
  expect(understood("values (1), (2)", MARIADB).rows).toBe(0);
});

describe("calls", () => {
  function calls(sql: string, dialect = MYSQL): string[] {
    return listed(understood(sql, dialect).calls).map(({ schema, name, kind }) => {
      const path = schema === NONE ? "" : `${nameText(tokens, schema)}.`;
      const suffix = kind === CALL_UNKNOWN ? "?" : kind === CALL_AGGREGATE ? "+" : "";
      return `${path}${nameText(tokens, name)}${suffix}`;
    });
  }

  test.each<[string, string[]]>([
    ["select concat(a, upper(b)), count(*) from t", ["upper", "concat", "count+"]],
    ["select my_function(1), s.abs(2), `abs`(3), ABS(4)", ["my_function?", "s.abs?", "abs", "ABS"]],
    ["call p", ["p?"]],
    ["call s.p(1, abs(2))", ["abs", "s.p?"]],
    ["insert into t (a) values (uuid())", ["uuid"]],
    ["create function f() returns int return g(1)", []],
  ])("of %j are %j", (sql, expected) => {
    expect(calls(sql)).toEqual(expected);
  });

  test("know the server's own functions", () => {
    expect(calls("select nvl2(1, 2, 3), to_vector('[1]')")).toEqual(["nvl2?", "to_vector"]);
    expect(calls("select nvl2(1, 2, 3), to_vector('[1]')", MARIADB)).toEqual(["nvl2", "to_vector?"]);
  });
});

describe("variables", () => {
  function variables(sql: string, dialect = MYSQL): string[] {
    const scopes: Record<number, string> = {
      [SCOPE_SESSION]: "session ",
      [SCOPE_GLOBAL]: "global ",
      [SCOPE_PERSIST]: "persist ",
    };
    return listed(understood(sql, dialect).variables).map((variable) => {
      const { kind, scope, name, isAssigned, first, end, isLiteral } = variable;
      const shown = `${kind === VARIABLE_USER ? "@" : ""}${scopes[scope] ?? ""}${nameText(tokens, name)}`;
      const value = first === NONE ? "" : ` ${span(first, end)}${isLiteral ? "" : " varies"}`;
      return isAssigned ? `${shown} =${value}` : shown;
    });
  }

  test.each<[string, string[]]>([
    ["set autocommit = 0, @a = 1, @`b c` := 'x'", ["autocommit = 0", "@a = 1", "@b c = 'x'"]],
    ["set @@sql_mode = concat(@@sql_mode, ',ANSI')", ["sql_mode = concat(@@sql_mode, ',ANSI') varies", "sql_mode"]],
    [
      "set global a = 1, b = 2, session c = on, persist d = default",
      ["global a = 1", "b = 2", "session c = on", "persist d = default"],
    ],
    ["set @@global.a = 1, @@local.b = @x", ["global a = 1", "session b = @x varies", "@x"]],
    ["set names utf8mb4 collate utf8mb4_bin", ["names = utf8mb4 collate utf8mb4_bin"]],
    ["set character set latin1", ["character = latin1"]],
    ["set session transaction read only", ["session transaction = read only"]],
    ["set transaction isolation level serializable", ["transaction = isolation level serializable"]],
    ["select @a := @b + 1, @@global.x into @c, @d", ["@b", "@a = @b + 1 varies", "global x", "@c =", "@d ="]],
    ["load data infile 'f' into table t (a, @b) set c = @b", ["@b =", "@b"]],
    ["execute s using @a", ["@a"]],
    ["select '@a', `@b` from t where user = 'x@y'", []],
  ])("of %j are %j", (sql, expected) => {
    expect(variables(sql).sort()).toEqual(expected.toSorted());
  });
});

test("effects are those of the lexer tier, with user variables and functions exact", () => {
  const names = (sql: string): string[] => effects.namesOfEffects(understood(sql).effects);
  expect(names("select get_lock('a', 1) from t for update")).toEqual(["named lock", "locking read"]);
  expect(names("grant select on t to u@localhost")).toEqual([]);
  expect(names("select f(1)")).toEqual(["stored function"]);
  expect(names("select @a := 1")).toEqual(["user variable assigned"]);
  expect(names("create procedure p() select get_lock('a', @x)")).toEqual([]);
  expect(names("create event e on schedule every 1 day do call p()")).toEqual([]);
  expect(names("select row_count(); select row_count()")).toEqual(["row count", "several statements"]);
});

test.each<[string, Access]>([
  ["select 1 from t", "read"],
  ["select 1 from t for update", "locking read"],
  ["select f(1)", "unknown"],
  ["select 1 into outfile 'f'", "write"],
  ["select @a", "read"],
  ["explain delete from t", "read"],
  ["update t set a = 1", "write"],
  ["call p()", "unknown"],
  ["set autocommit = 0", "session"],
  ["set global x = 1", "write"],
  ["set @@persist.x = 1", "write"],
  ["set password = 'x'", "write"],
  ["set role a", "session"],
  ["set session transaction read only", "session"],
  ["lock tables t write", "session"],
  ["select 1; select 2", "unknown"],
  ["select from", "unknown"],
  ["show tables", "read"],
  ["create table t (a int)", "write"],
  ["analyze table t", "write"],
])("accessOf() %j is %j", (sql, access) => {
  const statement = newStatement();
  const bytes = new TextEncoder().encode(sql);
  readStatement(statement, 3, bytes, 0, bytes.length);
  expect(accessOf(statement.kind, read(sql))).toBe(access);
});

describe("readFacts()", () => {
  test("says where a statement stops making sense, and keeps the facts before it", () => {
    read("select 1 from a; select 2 from; select 3 from c");
    expect([facts.failure, span(facts.failedAt, facts.failedAt + 1), facts.statements]).toEqual([
      FAILURE_SYNTAX,
      ";",
      1,
    ]);
    expect(facts.tables.count).toBe(1);
  });

  test("gives up what is nested too deep", () => {
    expect(read(`select ${"(".repeat(50_000)}1${")".repeat(50_000)}`).failure).toBe(FAILURE_TOO_DEEP);
    expect(read(`select ${"(".repeat(2000)}1${")".repeat(2000)}`).failure).toBe(FAILURE_NONE);
  });

  test("keeps FACTS_MAX facts of a sort, and says so when there are more", () => {
    expect(read(`select ${"a,".repeat(FACTS_MAX - 1)}a from t`).isTruncated).toBe(false);
    const { isTruncated, columns: found } = read(`select ${"a,".repeat(FACTS_MAX)}a from t`);
    expect([isTruncated, found.count]).toEqual([true, FACTS_MAX]);
    expect(read("select a from t").isTruncated).toBe(false);
  });

  test("uses its objects again", () => {
    const table = read("select a from t").tables.items[0];
    expect(read("select b from u").tables.items[0]).toBe(table!);
  });

  test("knows a name in other quotes again", () => {
    const ansi = { ...MYSQL, sqlMode: SQL_MODE_ANSI_QUOTES };
    const [column] = listed(understood('select "t".a from `t` join u join `T`', ansi).columns);
    expect(nameText(tokens, facts.tables.items[column!.table]!.name)).toBe("t");
  });
});
