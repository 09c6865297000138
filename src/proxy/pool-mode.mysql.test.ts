/** pool_mode on real servers. */
import { afterEach, describe, expect, test } from "bun:test";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { PoolMode } from "../api/proxy-config.ts";
import { COM_RESET_CONNECTION } from "../mysql/commands.ts";
import { eventually } from "../testkit/eventually.ts";
import { ask, openFakeClient, query } from "../testkit/fake-client.ts";
import type { FakeClientOptions } from "../testkit/fake-client-login.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { closeStream } from "../testkit/packet-stream.ts";
import { realServers } from "../testkit/servers.ts";
import { reasonsOfPins } from "./pin.ts";
import { sessionsOf } from "./status.ts";

const SETS = "SELECT @@character_set_client, @@character_set_results, @@collation_connection";

for (const server of Object.values(realServers())) {
  describe(`pool_mode on ${server.name}`, () => {
    const stops: Array<() => Promise<void>> = [];
    afterEach(async () => {
      for (const stop of stops.splice(0).reverse()) await stop();
    });

    function aProxy(mode: PoolMode, size: number): InProcessProxy {
      const limits = { timeout_pool_wait_ms: size === 1 ? 300 : 5_000, pool_idle_min: 0 };
      const tested = startInProcess(server, { pool_mode: mode, pool_size: size, limits });
      stops.push(tested.stop);
      return tested;
    }

    async function aClient(tested: InProcessProxy): Promise<Connection> {
      const client = await createConnection(tested.login);
      stops.push(() => client.end().catch(() => {}));
      return client;
    }

    async function one(client: Connection, sql: string): Promise<unknown> {
      const [rows] = await client.query<RowDataPacket[]>(sql);
      return Object.values(rows[0] ?? {})[0];
    }

    const allGone = (tested: InProcessProxy) => eventually(() => sessionsOf(tested.proxy).length === 0);
    const connectionsOf = (tested: InProcessProxy) =>
      tested.proxy.listeners.flatMap(({ setup }) => [...setup.pools.values()]).flatMap((pool) => [...pool.connections]);

    for (const mode of ["session", "dedicated"] as const) {
      test(`${mode}: a client has one connection for as long as it is there`, async () => {
        const tested = aProxy(mode, 4);
        const clients = [await aClient(tested), await aClient(tested)];
        const ids = [];
        for (const client of clients) ids.push(await one(client, "SELECT CONNECTION_ID()"));
        for (let i = 0; i < 3; i++) {
          for (const [at, client] of clients.entries())
            expect(await one(client, "SELECT CONNECTION_ID()")).toBe(ids[at]);
        }
        expect(ids[0]).not.toBe(ids[1]);
        expect(sessionsOf(tested.proxy).map(({ pins }) => reasonsOfPins(pins).includes("pool_mode"))).toEqual([
          true,
          true,
        ]);
      });

      test(`${mode}: when all are taken one more waits, and is told who has them`, async () => {
        const tested = aProxy(mode, 1);
        await one(await aClient(tested), "SELECT 1");
        const late = createConnection({ ...tested.login, database: "" }).then((client) => client.query("SELECT 1"));
        await expect(late).rejects.toMatchObject({
          errno: 1203,
          message: expect.stringContaining("; held longest by app@127.0.0.1:"),
        });
      });

      test(`${mode}: COM_RESET_CONNECTION and COM_CHANGE_USER give a clean one`, async () => {
        const tested = aProxy(mode, 2);
        const client = await aClient(tested);
        await client.query("SET @a = 1");
        await client.query("CREATE TEMPORARY TABLE mode_scratch (a INT)");
        await client.changeUser({});
        expect(await one(client, "SELECT @a")).toBeNull();
        await expect(client.query("SELECT * FROM mode_scratch")).rejects.toMatchObject({ errno: 1146 });
      });

      test(`${mode}: behind COM_RESET_CONNECTION the character set is that of a connection of the client's own`, async () => {
        const tested = aProxy(mode, 2);
        const answers = async (login: FakeClientOptions) => {
          const client = await openFakeClient({ ...login, collation: 8 }); // latin1_swedish_ci
          const seen: string[] = [];
          for (let i = 0; i < 3; i++) {
            for (const packet of await query(client, SETS)) seen.push(Buffer.from(packet.payload).toString("hex"));
            await ask(client, COM_RESET_CONNECTION);
          }
          await closeStream(client.stream);
          return seen;
        };
        const { port, user, password } = server;
        const direct = await answers({ port, user, password });
        expect(await answers(tested.login)).toEqual(direct);
        // By now there has been a connection of the server's own character set.
        expect(await answers(tested.login)).toEqual(direct);
      });
    }

    test("session: the next client gets the connection, reset", async () => {
      const tested = aProxy("session", 1);
      const first = await aClient(tested);
      await first.query("CREATE TEMPORARY TABLE mode_scratch (a INT)");
      await first.query("SET @a = 1");
      const id = await one(first, "SELECT CONNECTION_ID()");
      await first.end();
      await allGone(tested);
      const second = await aClient(tested);
      expect(await one(second, "SELECT CONNECTION_ID()")).toBe(id);
      expect(await one(second, "SELECT @a")).toBeNull();
      await expect(second.query("SELECT * FROM mode_scratch")).rejects.toMatchObject({ errno: 1146 });
    });

    test("dedicated: the next client gets one that was opened for it", async () => {
      const tested = aProxy("dedicated", 1);
      const first = await aClient(tested);
      const id = await one(first, "SELECT CONNECTION_ID()");
      await first.end();
      await allGone(tested);
      await eventually(() => connectionsOf(tested).length === 0);
      const second = await aClient(tested);
      expect(await one(second, "SELECT CONNECTION_ID()")).not.toBe(id);
    });

    test("transaction: many share one", async () => {
      const tested = aProxy("transaction", 1);
      const clients = await Promise.all(Array.from({ length: 5 }, () => aClient(tested)));
      for (const client of clients) expect(await one(client, "SELECT 1")).toBe(1);
      expect(connectionsOf(tested)).toHaveLength(1);
    });
  });
}
