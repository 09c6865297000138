import { describe, expect, test } from "bun:test";
import * as effects from "./effects.ts";
import { STATEMENT_KIND_INDEX, STATEMENT_KINDS, type StatementKind } from "./kind.ts";
import { newStatement, readStatement, textOf } from "./read-statement.ts";
import {
  readSqlMode,
  SQL_MODE_ANSI_QUOTES,
  SQL_MODE_HIGH_NOT_PRECEDENCE,
  SQL_MODE_IGNORE_SPACE,
  SQL_MODE_NO_BACKSLASH_ESCAPES,
  SQL_MODE_PIPES_AS_CONCAT,
} from "./sql-mode.ts";
import type { Statement } from "./statement.ts";

const COM_QUERY = 3;
const COM_INIT_DB = 2;

function read(sql: string, sqlMode = 0): Statement {
  const statement = newStatement();
  statement.sqlMode = sqlMode;
  const bytes = new TextEncoder().encode(`\u0003${sql}tail`);
  readStatement(statement, COM_QUERY, bytes, 1, bytes.length - 4);
  return statement;
}

function kindOf(sql: string): StatementKind {
  return read(sql).kind;
}

/** The names of the EFFECT_* bits of a text, without the prefix. */
function effectsOf(sql: string, sqlMode = 0): string[] {
  const names: string[] = [];
  for (const [name, bit] of Object.entries(effects)) {
    if (!name.startsWith("EFFECT_") || typeof bit !== "number") continue;
    if ((read(sql, sqlMode).effects & bit) !== 0) names.push(name.slice("EFFECT_".length));
  }
  return names.sort();
}

describe("readStatement() kind", () => {
  test.each<[string, StatementKind]>([
    ["select 1", "SELECT"],
    ["(select 1) union (select 2)", "SELECT"],
    ["((select 1))", "SELECT"],
    ["-- note\n/* and */ # more\n SeLeCt 1", "SELECT"],
    ["/*! SELECT */ 1", "SELECT"],
    ["/*!40101 SET NAMES utf8 */", "SET"],
    ["WITH a AS (SELECT 1) SELECT * FROM a", "SELECT"],
    [
      "with recursive a (n) as (select 1 union select n+1 from a), b as (select 2) delete from t where x in (select n from a)",
      "DELETE",
    ],
    ["with a as (select 1) update t, a set t.x = 1", "UPDATE"],
    ["with a as (select 1) (select * from a)", "SELECT"],
    ["with a as (select 1) select * from a for update", "SELECT"],
    ["table t", "SELECT"],
    ["values row(1)", "SELECT"],
    ["insert into t select * from u", "INSERT"],
    ["replace t values (1)", "REPLACE"],
    ["begin", "BEGIN"],
    ["begin work", "BEGIN"],
    ["start transaction read only", "BEGIN"],
    ["start replica", "START"],
    ["create table t (a int) start transaction", "CREATE"],
    ["drop prepare s", "DEALLOCATE"],
    ["deallocate prepare s", "DEALLOCATE"],
    ["drop table prepare", "DROP"],
    ["desc t", "EXPLAIN"],
    ["describe t", "EXPLAIN"],
    ["explain select 1", "EXPLAIN"],
    ["release savepoint a", "RELEASE"],
    ["xa start 'x'", "XA"],
    ["", "EMPTY"],
    [" -- nothing\n;", "EMPTY"],
    ["`select` 1", "OTHER"],
    ["'select'", "OTHER"],
    ["selec 1", "OTHER"],
    ["selects 1", "OTHER"],
    ["123", "OTHER"],
  ])("of %j is %s", (sql, kind) => {
    expect(kindOf(sql)).toBe(kind);
  });

  test("is the kind's name for every kind that is a word", () => {
    for (const kind of STATEMENT_KINDS) {
      if (kind !== "OTHER" && kind !== "EMPTY") expect([kind, kindOf(`${kind.toLowerCase()} x`)]).toEqual([kind, kind]);
    }
  });

  test("has an index that is its place in the list", () => {
    for (const [index, kind] of STATEMENT_KINDS.entries()) expect(STATEMENT_KIND_INDEX[kind]).toBe(index);
  });
});

describe("readStatement() effects", () => {
  test.each<[string, string[]]>([
    ["select * from t where a = 'GET_LOCK(1)' -- for update", []],
    ["select get_lock, `for` update, t.last_insert_id() from t", []],
    ["select for_update from t /* SQL_CALC_FOUND_ROWS */", []],
    ["select @@session.sql_mode, @@version, is_free_lock('a')", []],
    ["insert into t values (1) on duplicate key update a = values(a)", []],
    ["select schema1.get_lock('a')", []],
    ["select 1;", []],
    ["select 1; -- end\n;", []],

    ["select GET_LOCK('a', 10)", ["NAMED_LOCK"]],
    ["select get_lock /* x */ ('a', 10)", ["NAMED_LOCK"]],
    ["select `get_lock`('a', 10)", ["NAMED_LOCK"]],
    ["select {fn get_lock('a', 10)}", ["NAMED_LOCK"]],
    ["do RELEASE_LOCK('a')", ["NAMED_LOCK"]],
    ["do release_all_locks()", ["NAMED_LOCK"]],
    ["select service_get_write_locks('n', 'a', 1)", ["NAMED_LOCK"]],
    ["select /*! get_lock('a', 1) */", ["NAMED_LOCK"]],

    ["commit work release", ["RELEASE", "TRANSACTION"]],
    ["rollback and no chain release", ["RELEASE", "TRANSACTION"]],
    ["commit no release", ["TRANSACTION"]],
    ["release savepoint a", ["TRANSACTION"]],
    ["rollback to release", ["TRANSACTION"]],

    ["select @a := 1", ["USER_VARIABLE_WRITE"]],
    ["select@a/* c */:=1", ["USER_VARIABLE_WRITE"]],
    ["select @a := @a + 1", ["USER_VARIABLE_READ", "USER_VARIABLE_WRITE"]],
    ["select 1 into @a", ["USER_VARIABLE_WRITE"]],
    ["select a = @`b c`", ["USER_VARIABLE_READ"]],
    ["select @a = 1", ["USER_VARIABLE_READ"]],
    ["select @a", ["USER_VARIABLE_READ"]],
    ["set @a = 1", ["SET", "USER_VARIABLE_WRITE"]],
    ["set @a := last_insert_id()", ["LAST_INSERT_ID", "SET", "USER_VARIABLE_WRITE"]],
    ["load data infile 'f' into table t (@a) set x = 1", ["USER_VARIABLE_WRITE"]],

    ["handler t open", ["HANDLER"]],
    ["select SQL_CALC_FOUND_ROWS * from t limit 1", ["CALC_FOUND_ROWS", "LIMIT"]],
    ["select a from t limit 1, 2", ["LIMIT", "OFFSET"]],
    ["select a, b from t limit ? offset ?", ["LIMIT", "OFFSET"]],
    ["select a, b from t limit 5", ["LIMIT"]],
    ["select found_rows()", ["FOUND_ROWS"]],
    ["select row_count()", ["ROW_COUNT"]],
    ["select last_insert_id() as id", ["LAST_INSERT_ID"]],
    ["select LAST_INSERT_ID (5)", ["LAST_INSERT_ID"]],
    ["select @@identity", ["LAST_INSERT_ID"]],
    ["select @@session . `last_insert_id`", ["LAST_INSERT_ID"]],
    ["select @@LOCAL.Last_Insert_Id", ["LAST_INSERT_ID"]],

    ["set role admin", ["ROLE"]],
    ["set default role all to u", ["ROLE"]],
    ["set names utf8mb4", ["SET"]],
    ["set session transaction isolation level read committed", ["SET"]],
    ["set transaction isolation level serializable", ["SET_TRANSACTION"]],
    ["set @@transaction_isolation = 'SERIALIZABLE'", ["SET", "SET_TRANSACTION"]],
    ["set @@session.transaction_isolation = 'SERIALIZABLE'", ["SET"]],
    ["set statement max_statement_time = 1 for call p()", ["CALL", "SET"]],

    ["lock tables t read", ["TABLE_LOCK"]],
    ["lock instance for backup", ["TABLE_LOCK"]],
    ["unlock tables", ["TABLE_LOCK"]],
    ["flush tables with read lock", ["TABLE_LOCK"]],
    ["flush tables t for export", ["TABLE_LOCK"]],
    ["backup stage start", ["TABLE_LOCK"]],
    ["flush logs", []],
    ["create temporary table t (a int)", ["TEMPORARY_TABLE"]],
    ["create or replace temporary table t (a int)", ["TEMPORARY_TABLE"]],
    ["create /*! temporary */ table t (a int)", ["TEMPORARY_TABLE"]],
    ["drop temporary table if exists t", ["TEMPORARY_TABLE"]],
    ["create table temporary_t (a int)", []],
    ["prepare s from 'select 1'", ["PREPARE"]],
    ["execute s using @a", ["PREPARE", "USER_VARIABLE_READ"]],
    ["drop prepare s", ["PREPARE"]],
    ["xa start 'x'", ["TRANSACTION", "XA"]],
    ["call p(1)", ["CALL"]],
    ["begin not atomic select 1; end", ["CALL", "MULTI", "TRANSACTION", "UNKNOWN"]],
    ["if 1 then select 1", ["CALL"]],
    ["select nextval(s)", ["SEQUENCE"]],
    ["select next value for s", ["SEQUENCE"]],

    ["show warnings", ["DIAGNOSTICS"]],
    ["show count(*) errors", ["DIAGNOSTICS"]],
    ["select @@warning_count", ["DIAGNOSTICS"]],
    ["get diagnostics @n = number", ["DIAGNOSTICS", "USER_VARIABLE_WRITE"]],
    ["show tables", []],

    ["select * from t for update", ["LOCKING_READ"]],
    ["select * from t FOR/**/SHARE of t nowait", ["LOCKING_READ"]],
    ["select * from t lock in share mode", ["LOCKING_READ"]],
    ["use db", ["USE"]],
    ["begin work", ["TRANSACTION"]],
    ["start transaction", ["TRANSACTION"]],
    ["commit", ["TRANSACTION"]],
    ["savepoint a", ["TRANSACTION"]],
    ["select 1; select get_lock('a', 1)", ["MULTI", "NAMED_LOCK"]],
    ["insert into t values (';'); set @a = 1", ["MULTI", "SET", "USER_VARIABLE_WRITE"]],
    ["select 1 /*!80000 + 1 */", ["VERSION_COMMENT"]],
    ["select 1 /*M! + 1 */", ["VERSION_COMMENT"]],
    ["frobnicate", ["UNKNOWN"]],
  ])("of %j are %j", (sql, names) => {
    expect(effectsOf(sql)).toEqual(names);
  });

  test("of OFFSET are those of a LIMIT with an offset, which MariaDB has besides", () => {
    const statement = { ...newStatement(), isMariaDb: true };
    const bytes = new TextEncoder().encode("select a from t order by a offset 5 rows fetch next 3 rows only");
    readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
    expect(statement.effects).toBe(effects.EFFECT_OFFSET);
  });

  test("follow sql_mode", () => {
    expect(effectsOf(`select "get_lock"('a', 1)`)).toEqual([]);
    expect(effectsOf(`select "get_lock"('a', 1)`, SQL_MODE_ANSI_QUOTES)).toEqual(["NAMED_LOCK"]);
    const sql = String.raw`select '\', get_lock('a', 1), '\'`;
    expect(effectsOf(sql)).toEqual([]);
    expect(effectsOf(sql, SQL_MODE_NO_BACKSLASH_ESCAPES)).toEqual(["NAMED_LOCK"]);
  });
});

describe("readStatement()", () => {
  test("forgets the statement before, keeps sqlMode", () => {
    const statement = read("select get_lock('a', 1) /*!80000 x", SQL_MODE_ANSI_QUOTES);
    expect(textOf(statement)).toStartWith("select");
    const bytes = new TextEncoder().encode("commit");
    readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
    expect(statement).toMatchObject({
      command: COM_QUERY,
      bytes,
      start: 0,
      end: 6,
      kind: "COMMIT",
      effects: effects.EFFECT_TRANSACTION,
      sqlMode: SQL_MODE_ANSI_QUOTES,
      text: "",
    });
  });

  test("takes the text of COM_INIT_DB for a schema, whatever it spells", () => {
    const statement = newStatement();
    const bytes = new TextEncoder().encode("drop");
    readStatement(statement, COM_INIT_DB, bytes, 0, 4);
    expect([statement.kind, statement.effects, textOf(statement)]).toEqual(["USE", effects.EFFECT_USE, "drop"]);
  });

  test("takes a command without text for an empty statement", () => {
    const statement = newStatement();
    readStatement(statement, 14, new Uint8Array(5), 1, 1);
    expect([statement.kind, statement.effects, textOf(statement)]).toEqual(["EMPTY", 0, ""]);
  });
});

describe("textOf()", () => {
  test("decodes UTF-8 and is cached", () => {
    const statement = read("select 'é名😀'");
    expect(textOf(statement)).toBe("select 'é名😀'");
    statement.bytes.fill(0);
    expect(textOf(statement)).toBe("select 'é名😀'");
  });

  test("replaces what is not UTF-8", () => {
    const statement = newStatement();
    readStatement(statement, COM_QUERY, Uint8Array.from([0x61, 0xff, 0x62]), 0, 3);
    expect(textOf(statement)).toBe("a\ufffdb");
  });
});

test("nameOfEffects() names the lowest effect", () => {
  expect(effects.nameOfEffects(0)).toBe("");
  expect(effects.nameOfEffects(effects.EFFECT_MULTI | effects.EFFECT_LOCKING_READ)).toBe("locking read");
  expect(effects.nameOfEffects(effects.EFFECT_UNKNOWN)).toBe("unknown statement");
});

test("readSqlMode() finds the modes that change tokens", () => {
  expect(readSqlMode("")).toBe(0);
  expect(readSqlMode("REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI")).toBe(
    SQL_MODE_PIPES_AS_CONCAT | SQL_MODE_ANSI_QUOTES | SQL_MODE_IGNORE_SPACE,
  );
  expect(readSqlMode("STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES")).toBe(SQL_MODE_NO_BACKSLASH_ESCAPES);
  expect(readSqlMode("HIGH_NOT_PRECEDENCE")).toBe(SQL_MODE_HIGH_NOT_PRECEDENCE);
});
