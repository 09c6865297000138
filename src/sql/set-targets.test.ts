import { describe, expect, test } from "bun:test";
import { readSetTargets } from "./set-targets.ts";

function targets(sql: string): string[] | null {
  const bytes = new TextEncoder().encode(sql);
  return readSetTargets(bytes, 0, bytes.length, 0);
}

const NAMES = ["character_set_client", "character_set_connection", "character_set_results"];

describe("readSetTargets()", () => {
  const plain: Array<[sql: string, names: string[]]> = [
    ["SET autocommit=0", ["autocommit"]],
    ["set SESSION sql_mode := 'ANSI,STRICT_TRANS_TABLES'", ["sql_mode"]],
    ["SET @@session.time_zone = '+02:00', wait_timeout=10", ["time_zone", "wait_timeout"]],
    ["SET @@sql_mode = CONCAT(@@sql_mode, ',ANSI'), LOCAL foreign_key_checks = 0", ["sql_mode", "foreign_key_checks"]],
    ["SET NAMES utf8mb4", NAMES],
    ["/* hi */ SET NAMES 'latin1', autocommit = 1 -- done", [...NAMES, "autocommit"]],
    ["SET `autocommit` = 1", ["autocommit"]],
    ["SET PASSWORD = 'x'", ["password"]], // no variable's name: who asks knows the variables
    ["SET character_set_results = NULL", ["character_set_results"]],
  ];
  for (const [sql, names] of plain) {
    test(`names what is assigned in: ${sql}`, () => expect(targets(sql)).toEqual(names));
  }

  const other = [
    "SET GLOBAL max_connections = 5",
    "SET @@global.max_connections = 5",
    "SET @x = 1",
    "SET autocommit = 1, @x = 1",
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET CHARACTER SET utf8mb4",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "SET SESSION TRANSACTION READ ONLY",
    "SET ROLE admin",
    "SET DEFAULT ROLE ALL TO a",
    "SET STATEMENT max_statement_time=1 FOR SELECT 1",
    "SET autocommit=1; SELECT 1",
    "SET",
    "SELECT 1",
    "",
  ];
  for (const sql of other) {
    test(`says null to: ${sql}`, () => expect(targets(sql)).toBeNull());
  }
});
