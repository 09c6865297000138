/** SET GLOBAL: sessions that begin later start with it, the one that has said it goes on with what it has. */
import { expect, test } from "bun:test";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

async function value(client: Connection, expression: string): Promise<unknown> {
  const [rows] = await client.query<RowDataPacket[]>(`SELECT ${expression} AS v`);
  return rows[0]?.["v"];
}

for (const server of Object.values(realServers())) {
  test(`SET GLOBAL that does not come through the proxy, on ${server.name}`, async () => {
    const { host, port, user, password } = server;
    const tested = startInProcess(server, { pool_size: 4 });
    const direct = await createConnection({ host, port, user, password });
    const connect = () => createConnection(tested.login);
    const name = "max_sort_length";
    const was = Number(await value(direct, `@@global.${name}`));
    const clients: Connection[] = [];
    try {
      const early = await connect();
      clients.push(early);
      expect(await value(early, `@@session.${name}`)).toBe(was);
      await direct.query(`SET GLOBAL ${name} = ${was + 8}`);
      // What it is on the connection that is there: no change, so far.
      await early.query(`SET SESSION ${name} = ${was}`);
      // Others keep that one busy, so that a new one is opened.
      const [holder, late] = [await connect(), await connect()];
      clients.push(holder, late);
      await holder.query("BEGIN");
      expect(await value(holder, `@@session.${name}`)).toBe(was);
      expect(await value(late, `@@session.${name}`)).toBe(was + 8);
      expect(await value(early, `@@session.${name}`)).toBe(was);
      await late.query(`SET SESSION ${name} = ${was + 8}`);
      await holder.query("COMMIT");
      await late.query("BEGIN");
      expect(await value(late, `@@session.${name}`)).toBe(was + 8);
      expect(await value(early, `@@session.${name}`)).toBe(was);
      expect(await value(holder, `@@session.${name}`)).toBe(was);
      // And prepared statements, which are read under the settings of their session.
      const [rows] = await early.execute<RowDataPacket[]>(`SELECT @@session.${name} AS v`);
      expect(rows[0]?.["v"]).toBe(was);
    } finally {
      await direct.query(`SET GLOBAL ${name} = ${was}`);
      for (const each of [direct, ...clients]) each.destroy();
      await tested.stop();
    }
  }, 15_000);

  for (const how of ["SET GLOBAL div_precision_increment = 7", "SET @@global.div_precision_increment = 7"]) {
    test(`${how} on ${server.name}`, async () => {
      const tested = startInProcess(server, { pool_size: 4 });
      const connect = () => createConnection(tested.login);
      const [admin, before] = [await connect(), await connect()];
      const idle = await Promise.all([connect(), connect(), connect()]);
      await Promise.all(idle.map((client) => client.query("SELECT SLEEP(0.05)")));
      const was = Number(await value(before, "@@global.div_precision_increment"));
      try {
        await admin.query(how);
        expect(await value(admin, "@@session.div_precision_increment")).toBe(was);
        const after = await Promise.all([connect(), connect(), connect()]);
        const told = await Promise.all(
          after.map((client) => value(client, "@@session.div_precision_increment + SLEEP(0.05)")),
        );
        expect(told).toEqual([7, 7, 7]);
        // What was the default is a change now, on whatever connection.
        const [client] = after;
        await client?.query(`SET SESSION div_precision_increment = ${was}`);
        const held = await Promise.all(after.slice(1).map(async (other) => other.query("BEGIN")));
        expect(held.length).toBe(2);
        expect(await value(client as Connection, "@@session.div_precision_increment")).toBe(was);
        const { user, password } = tested.login;
        await admin.changeUser({ user, password, database: "test" });
        expect(await value(admin, "@@session.div_precision_increment")).toBe(7);
        for (const each of after) each.destroy();
      } finally {
        await before.query(`SET GLOBAL div_precision_increment = ${was}`);
        for (const each of [admin, before, ...idle]) each.destroy();
        await tested.stop();
      }
    }, 15_000);
  }
}
