import { describe, expect, test } from "bun:test";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

const OWN =
  "SELECT GROUP_CONCAT(ATTR_NAME, '=', ATTR_VALUE ORDER BY ATTR_NAME) AS own FROM performance_schema.session_connect_attrs WHERE PROCESSLIST_ID = CONNECTION_ID() AND ATTR_NAME NOT LIKE '\\_%'";

const { mysql } = realServers();

describe.skipIf(mysql === undefined)("connection attributes that clients add", () => {
  const cases = [
    ["are those of the session, whoever had the connection before", 16, ["a=1", null, "a=2", "a=1,b=3"]],
    ["are left out when there are more sets of them than connection_attribute_sets_max", 2, ["a=1", null, null, null]],
  ] as const;
  for (const [what, connection_attribute_sets_max, expected] of cases) {
    test(`${what}, with one connection for all`, async () => {
      const limits = { connection_attribute_sets_max };
      const tested = startInProcess(mysql as NonNullable<typeof mysql>, { pool_size: 1, limits });
      const told: unknown[] = [];
      for (const connectAttributes of [{ a: "1" }, {}, { a: "2" }, { a: "1", b: "3" }]) {
        const connection = await createConnection({ ...tested.login, connectAttributes });
        const [rows] = await connection.query<RowDataPacket[]>(OWN);
        told.push(rows[0]?.["own"]);
        await connection.end();
      }
      await tested.stop();
      expect(told).toEqual([...expected]);
    });
  }
});
