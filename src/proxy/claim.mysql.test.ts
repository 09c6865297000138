/** The id of the greeting is that of a connection to the server, as far as there are some. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createConnection } from "mysql2/promise";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

for (const server of Object.values(realServers())) {
  describe(`ids on ${server.name}`, () => {
    let proxy: InProcessProxy;
    beforeAll(() => {
      proxy = startInProcess(server, { pool_size: 8 });
    });
    afterAll(() => proxy.stop());

    async function idsOf(client: Awaited<ReturnType<typeof createConnection>>): Promise<number[]> {
      const [rows] = await client.query("SELECT CONNECTION_ID() AS id");
      return [client.threadId ?? 0, (rows as Array<{ id: number }>)[0]?.id ?? 0];
    }

    async function listedTo(client: Awaited<ReturnType<typeof createConnection>>): Promise<number[]> {
      const [list] = await client.query("SHOW PROCESSLIST");
      return (list as Array<{ Id: number }>).map(({ Id }) => Number(Id));
    }

    test("CONNECTION_ID() and the process list show it, and KILL takes it off", async () => {
      const first = await createConnection(proxy.login);
      await first.query("SELECT 1"); // opens a connection of this client's shape
      await first.end();
      const client = await createConnection(proxy.login);
      const [greeted, told] = await idsOf(client);
      expect(told).toBe(greeted as number);
      const other = await createConnection(proxy.login);
      expect(await listedTo(other)).toContain(greeted as number);
      const gone = new Promise((resolve) => client.once("error", resolve));
      await other.query(`KILL ${greeted}`);
      await gone;
      while ((await listedTo(other)).includes(greeted as number));
      await other.end();
    });

    test("who is silent for its wait_timeout leaves the process list, though another connection served it last", async () => {
      const client = await createConnection(proxy.login);
      const [greeted] = await idsOf(client);
      await client.query("DO RELEASE_ALL_LOCKS()");
      const other = await createConnection(proxy.login);
      expect(await listedTo(other)).toContain(greeted as number);
      const gone = new Promise((resolve) => client.once("error", resolve));
      await client.query("SET SESSION wait_timeout = 1");
      await gone;
      while ((await listedTo(other)).includes(greeted as number));
      await other.end();
    });

    test("ids ascend while a session is open, and no two sessions in a row have the same", async () => {
      const alone = [];
      for (let i = 0; i < 4; i++) {
        const client = await createConnection(proxy.login);
        alone.push(client.threadId ?? 0);
        await client.end();
      }
      for (let i = 1; i < alone.length; i++) expect(alone[i]).not.toBe(alone[i - 1] as number);
      const open = [];
      for (let i = 0; i < 10; i++) open.push(await createConnection(proxy.login));
      const ids = open.map(({ threadId }) => threadId ?? 0);
      expect(ids).toEqual(ids.toSorted((left, right) => left - right));
      expect(new Set(ids).size).toBe(10);
      for (const client of open) await client.end();
    });

    test("clients at once have ids of their own, and a connection that one is known by is another's last", async () => {
      const clients = [];
      for (let i = 0; i < 4; i++) {
        const client = await createConnection(proxy.login);
        await client.query("BEGIN");
        clients.push(client);
      }
      const ids = clients.map(({ threadId }) => threadId);
      expect(new Set(ids).size).toBe(4);
      for (const client of clients) await client.query("COMMIT");
      // As many connections as clients are idle now, and the next ones are known by them.
      for (const client of clients) await client.end();
      const known = [await createConnection(proxy.login), await createConnection(proxy.login)];
      const unknown = await createConnection(proxy.login);
      for (let i = 0; i < 5; i++) {
        await unknown.query("SELECT 1");
        for (const client of known) {
          const [greeted, told] = await idsOf(client);
          expect(told).toBe(greeted as number);
        }
      }
      for (const client of [...known, unknown]) await client.end();
    });
  });
}
