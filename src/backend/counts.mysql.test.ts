/** Counts told to real servers, and read back. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Connection, createConnection } from "mysql2/promise";
import { realServers } from "../testkit/servers.ts";
import { COUNT_MAX, countStatements } from "./counts.ts";

const COUNTS = [
  { rowCount: -1, foundRows: 0 },
  { rowCount: -1, foundRows: 1 },
  { rowCount: 0, foundRows: 0 },
  { rowCount: 0, foundRows: 7 },
  { rowCount: 1, foundRows: 10 },
  { rowCount: 10, foundRows: 11 },
  { rowCount: COUNT_MAX, foundRows: 0 },
  { rowCount: 2, foundRows: 1001 },
  { rowCount: -1, foundRows: COUNT_MAX },
];

for (const { host, port, user, password, name } of Object.values(realServers())) {
  describe(`counts on ${name}`, () => {
    let connection: Connection;
    beforeAll(async () => {
      connection = await createConnection({ host, port, user, password, database: "mysql" });
    });
    afterAll(() => connection.end());

    for (const counts of COUNTS) {
      test(`ROW_COUNT() ${counts.rowCount}, FOUND_ROWS() ${counts.foundRows}`, async () => {
        await connection.query("SELECT CAST('x' AS SIGNED) FROM (SELECT 1) AS one");
        for (const statement of countStatements(counts)) await connection.query(statement);
        const [rows] = await connection.query("SELECT ROW_COUNT() AS rowCount, FOUND_ROWS() AS foundRows");
        expect(rows).toMatchObject([counts]);
        await connection.query("DROP TEMPORARY TABLE IF EXISTS _pisanix_counted");
      });
    }

    test("no warnings are left", async () => {
      await connection.query("SELECT CAST('x' AS SIGNED) FROM (SELECT 1) AS one");
      for (const statement of countStatements({ rowCount: 0, foundRows: 3 })) await connection.query(statement);
      expect((await connection.query("SHOW WARNINGS"))[0]).toEqual([]);
    });
  });
}
