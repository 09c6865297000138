import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from "mysql2/promise";
import { systemClock } from "../lib/clock.ts";
import { type ProxyUnderTest, proxyUnderTest } from "../testkit/proxy-under-test.ts";
import { realServers } from "../testkit/servers.ts";

/** mysql2, as an application uses it, over fewer connections than there are clients. */
for (const server of Object.values(realServers())) {
  describe(`mysql2 through the proxy to ${server.name} ${server.version}`, () => {
    let tested: ProxyUnderTest;
    const table = "driver_test";
    const open: Connection[] = [];

    beforeAll(async () => {
      const { host, port, user, password } = server;
      const listener = { db: "test", pool_size: 1 };
      tested = proxyUnderTest({ clock: systemClock, listeners: [listener], nodes: [{ host, port, user, password }] });
      const admin = await client();
      await admin.query(`DROP TABLE IF EXISTS ${table}`);
      await admin.query(`CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, owner INT, v VARCHAR(100))`);
    });
    afterEach(async () => {
      for (const connection of open.splice(0)) await connection.end();
    });
    afterAll(async () => {
      const admin = await client();
      await admin.query(`DROP TABLE ${table}`);
      admin.destroy();
      await tested.stop();
    });

    async function client(options: ConnectionOptions = {}): Promise<Connection> {
      const connection = await createConnection({
        ...options,
        host: "127.0.0.1",
        port: tested.port,
        user: "app",
        password: "pw",
        database: "test",
        multipleStatements: true,
      });
      open.push(connection);
      return connection;
    }

    async function column(connection: Connection, statement: string, values: unknown[] = []): Promise<unknown[]> {
      const [rows] = await connection.query<RowDataPacket[]>(statement, values);
      return rows.map((row) => Object.values(row)[0]);
    }

    test("the compressed protocol carries small and large statements and answers both ways", async () => {
      const connection = await client({ compress: true });
      const large = "naïve ".repeat(1_000_000);
      expect(await column(connection, "SELECT 1")).toEqual([1]);
      expect(await column(connection, "SELECT SHA2(?, 256)", [large])).toEqual([
        createHash("sha256").update(large).digest("hex"),
      ]);
      expect(await column(connection, "SELECT REPEAT('naïve ', 1000000)")).toEqual([large]);
    });

    test("transactions of many clients over one connection neither mix nor get lost", async () => {
      const clients = await Promise.all(Array.from({ length: 6 }, () => client()));
      const owner = 1;
      await Promise.all(
        clients.map(async (connection, i) => {
          for (let round = 0; round < 5; round++) {
            await connection.beginTransaction();
            await connection.query(`INSERT INTO ${table} (owner, v) VALUES (?, ?)`, [owner, `${i}/${round}/a`]);
            const seen = await column(connection, `SELECT COUNT(*) FROM ${table} WHERE v LIKE ?`, [`${i}/${round}/%`]);
            expect(seen).toEqual([1]);
            await connection.query(`INSERT INTO ${table} (owner, v) VALUES (?, ?)`, [owner, `${i}/${round}/b`]);
            if (round % 2 === 0) await connection.commit();
            else await connection.rollback();
          }
        }),
      );
      const [counted] = await column(await client(), `SELECT COUNT(*) FROM ${table} WHERE owner = ${owner}`);
      expect(counted).toBe(6 * 3 * 2);
      expect(tested.listener.setup.pools.values().next().value?.connections.size).toBe(1);
    });

    test("insert ids are those of the client's own rows", async () => {
      const clients = await Promise.all(Array.from({ length: 5 }, () => client()));
      await Promise.all(
        clients.map(async (connection, i) => {
          for (let round = 0; round < 5; round++) {
            const [result] = await connection.query<ResultSetHeader>(`INSERT INTO ${table} (owner, v) VALUES (2, ?)`, [
              `${i}/${round}`,
            ]);
            expect(await column(connection, "SELECT LAST_INSERT_ID()")).toEqual([result.insertId]);
            expect(await column(connection, `SELECT v FROM ${table} WHERE id = ?`, [result.insertId])).toEqual([
              `${i}/${round}`,
            ]);
          }
        }),
      );
    });

    test("prepared statements take turns with other clients", async () => {
      const [first, second] = [await client(), await client()];
      for (let i = 0; i < 3; i++) {
        const [rows] = await first.execute<RowDataPacket[]>("SELECT ? + 1 AS sum, ? AS text", [i, "é"]);
        expect(rows).toEqual([expect.objectContaining({ text: "é" })]);
        expect(Number(rows[0]?.["sum"])).toBe(i + 1);
        await first.unprepare("SELECT ? + 1 AS sum, ? AS text");
        expect(await column(second, "SELECT ?", [i])).toEqual([i]);
      }
    });

    test("several results, and a procedure's, are read by the driver", async () => {
      const connection = await client();
      const [results] = await connection.query<RowDataPacket[][]>("SELECT 1 AS a; SELECT 2 AS b; SELECT 3 AS c");
      expect(results.map((rows) => rows[0])).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }] as RowDataPacket[]);
      await connection.query("DROP PROCEDURE IF EXISTS driver_procedure");
      await connection.query("CREATE PROCEDURE driver_procedure() BEGIN SELECT 1 AS a; SELECT 2 AS b; END");
      const [called] = await connection.query<RowDataPacket[][]>("CALL driver_procedure()");
      expect(called.slice(0, 2)).toEqual([[{ a: 1 }], [{ b: 2 }]] as RowDataPacket[][]);
      await connection.query("DROP PROCEDURE driver_procedure");
    });

    test("an error leaves the session as it was", async () => {
      const connection = await client();
      await expect(connection.query("SELECT * FROM no_such_table")).rejects.toMatchObject({
        errno: 1146,
        sqlState: "42S02",
      });
      expect(await column(connection, "SELECT 1")).toEqual([1]);
    });

    test("a client that is cut off in a transaction leaves no row behind", async () => {
      const connection = await client();
      await connection.beginTransaction();
      await connection.query(`INSERT INTO ${table} (owner, v) VALUES (3, 'lost')`);
      open.splice(open.indexOf(connection), 1);
      connection.destroy();
      expect(await column(await client(), `SELECT COUNT(*) FROM ${table} WHERE owner = 3`)).toEqual([0]);
    });
  });
}
