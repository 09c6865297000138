import { describe, expect, test } from "bun:test";
import { createConnection } from "mysql2/promise";
import { startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

for (const server of Object.values(realServers())) {
  describe(`resetSession() on ${server.name}`, () => {
    test("leaves an interactive client the wait_timeout that the server leaves it", async () => {
      const { host, port, user, password } = server;
      const admin = await createConnection({ host, port, user, password });
      await admin.query("SET GLOBAL interactive_timeout = 1234");
      const tested = startInProcess(server, { pool_size: 1 });
      const told: unknown[][] = [];
      for (const login of [{ host, port, user, password, database: "test" }, tested.login]) {
        const outcomes: unknown[] = [];
        for (const flags of [["INTERACTIVE"], [], ["INTERACTIVE"]]) {
          const connection = await createConnection({ ...login, flags });
          const look = async () => {
            const [rows] = await connection.query("SELECT @@wait_timeout, @@interactive_timeout");
            outcomes.push(rows);
          };
          await look();
          await connection.reset();
          await look();
          await connection.query("SET wait_timeout = 77, interactive_timeout = 88");
          await look();
          await connection.changeUser({ user: login.user, password: login.password, database: "test" });
          await look();
          await connection.query("SET wait_timeout = 66");
          await connection.reset();
          await look();
          await connection.end();
        }
        told.push(outcomes);
      }
      await tested.stop();
      await admin.query("SET GLOBAL interactive_timeout = DEFAULT");
      await admin.end();
      expect(told[1]).toEqual(told[0] as unknown[]);
      expect(told[0]?.[0]).toEqual([{ "@@wait_timeout": 1234, "@@interactive_timeout": 1234 }]);
    }, 30_000);
  });
}
