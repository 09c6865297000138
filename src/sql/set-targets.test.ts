import { describe, expect, test } from "bun:test";
import { readSetTargets, type SetTarget } from "./set-targets.ts";
import { SQL_MODE_ANSI_QUOTES } from "./sql-mode.ts";

function targets(sql: string, sqlMode = 0): string[] | null {
  const bytes = new TextEncoder().encode(sql);
  return readSetTargets(bytes, 0, bytes.length, sqlMode)?.map(shown) ?? null;
}

function shown(target: SetTarget): string {
  switch (target.kind) {
    case "variables":
      return target.names.map((names) => names.join("|")).join(" ");
    case "names":
      return `NAMES ${target.clause}`;
    case "user":
      return `${target.name} = ${target.literal}${target.isText ? " (text)" : ""}`;
  }
}

describe("readSetTargets()", () => {
  const isolation = "transaction_isolation|tx_isolation";
  const readOnly = "transaction_read_only|tx_read_only";
  const characterSet = "character_set_client character_set_results collation_connection|character_set_connection";
  const read: Array<[sql: string, targets: string[]]> = [
    ["SET autocommit=0", ["autocommit"]],
    ["set SESSION sql_mode := 'ANSI,STRICT_TRANS_TABLES'", ["sql_mode"]],
    ["SET @@session.time_zone = '+02:00', wait_timeout=10", ["time_zone", "wait_timeout"]],
    ["SET @@sql_mode = CONCAT(@@sql_mode, ',ANSI'), LOCAL foreign_key_checks = 0", ["sql_mode", "foreign_key_checks"]],
    ["SET NAMES utf8mb4", ["NAMES utf8mb4"]],
    ["/* hi */ SET NAMES 'latin1', autocommit = 1 -- done", ["NAMES latin1", "autocommit"]],
    ["SET NAMES utf8mb4 COLLATE utf8mb4_bin", ["NAMES utf8mb4 COLLATE utf8mb4_bin"]],
    ["SET names 'UTF8MB4' collate 'utf8mb4_BIN', @x = 1", ["NAMES utf8mb4 COLLATE utf8mb4_bin", "@`x` = 1"]],
    ["SET NAMES DEFAULT", ["NAMES default"]],
    ["SET CHARACTER SET utf8mb4", [characterSet]],
    ["SET CHARSET 'latin1', autocommit = 1", [characterSet, "autocommit"]],
    ["SET SESSION TRANSACTION READ ONLY", [readOnly]],
    ["SET LOCAL TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE", [`${isolation} ${readOnly}`]],
    ["SET `autocommit` = 1", ["autocommit"]],
    ["SET PASSWORD = 'x'", ["password"]], // no variable's name: who asks knows the variables
    ["SET character_set_results = NULL", ["character_set_results"]],
    ["SET @x = 1", ["@`x` = 1"]],
    ["SET @X := -2.5e3, @`y z`='it is', @'q' = NULL", ["@`x` = -2.5e3", "@`y z` = 'it is' (text)", "@`q` = null"]],
    ['SET @x = "plain", @y = TRUE, @z = 0x1F', ["@`x` = 'plain' (text)", "@`y` = true", "@`z` = 0x1F"]],
    ["SET autocommit = 1, @x = +1", ["autocommit", "@`x` = +1"]],
  ];
  for (const [sql, expected] of read) {
    test(`reads ${sql}`, () => expect(targets(sql)).toEqual(expected));
  }

  const other = [
    "SET GLOBAL max_connections = 5",
    "SET @@global.max_connections = 5",
    "SET @x = @y",
    "SET @x = 1 + 1",
    "SET @x = 'a' 'b'",
    "SET @x = 'a\\'b'",
    "SET @x = 'it''s'",
    "SET @x = 'é'",
    "SET @x = x'41'",
    "SET @x = _utf8mb4'a'",
    "SET @x = 'a' COLLATE utf8mb4_bin",
    "SET @x = - 'a'",
    "SET @x = NOW()",
    "SET @x = (SELECT 1)",
    "SET @é = 1",
    "SET @x = ?",
    "SET @x = 1; SELECT 1",
    "SET @x = 'open",
    "SET NAMES utf8mb4 COLLATE",
    "SET NAMES = 1",
    "SET NAMES utf8mb4 autocommit",
    "SET CHARACTER utf8mb4",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "SET SESSION TRANSACTION",
    "SET GLOBAL TRANSACTION READ ONLY",
    "SET ROLE admin",
    "SET DEFAULT ROLE ALL TO a",
    "SET STATEMENT max_statement_time=1 FOR SELECT 1",
    "SET autocommit=1; SELECT 1",
    "SET collation_connection = 'x' COLLATE y",
    "SET",
    "SELECT 1",
    "",
  ];
  for (const sql of other) {
    test(`says null to: ${sql}`, () => expect(targets(sql)).toBeNull());
  }

  test('takes "..." for a name under ANSI_QUOTES', () => {
    expect(targets('SET @x = "plain"', SQL_MODE_ANSI_QUOTES)).toBeNull();
  });
});
