import { expect, test } from "bun:test";
import { namesGlobals } from "./global-set.ts";
import { newStatement, readStatement } from "./read-statement.ts";

const COM_QUERY = 3;

for (const [sql, expected] of [
  ["SET GLOBAL max_join_size = 1", true],
  ["set @@global.max_join_size=1", true],
  ["SET @@session.max_join_size = 1, PERSIST sort_buffer_size = 2", true],
  ["SET NAMES utf8mb4; SET GLOBAL max_join_size = 1", true],
  ["SET PERSIST_ONLY back_log = 100", false],
  ["SET @scope = 'global'", false],
  ['SET @`global` = "persist" /* global */', false],
  ["SET NAMES utf8mb4", false],
  ["SET 'unfinished", false],
  ["", false],
] as const) {
  test(`namesGlobals() of ${sql}`, () => {
    const bytes = Buffer.from(sql);
    const statement = newStatement();
    readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
    expect(namesGlobals(statement)).toBe(expected);
  });
}
