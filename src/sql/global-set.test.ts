import { expect, test } from "bun:test";
import { namesGlobals } from "./global-set.ts";

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
    expect(namesGlobals(bytes, 0, bytes.length, 0)).toBe(expected);
  });
}
