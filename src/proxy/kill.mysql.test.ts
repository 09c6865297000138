/** Ending what runs on real servers: by every id that a client may know, by Ctrl-C, and by hanging up. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { systemClock } from "../lib/clock.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

for (const server of Object.values(realServers())) {
  describe(`KILL on ${server.name}`, () => {
    let tested: InProcessProxy;
    let direct: Connection;
    const { host, port, user, password } = server;
    beforeAll(async () => {
      tested = startInProcess(server, { pool_size: 2, limits: { timeout_abandoned_ms: 200 } });
      direct = await createConnection({ host, port, user, password });
    });
    afterAll(async () => {
      await direct.end();
      await tested.stop();
    });

    /** Statements that sleep on the server, of any connection. */
    async function sleepers(mark: string): Promise<number> {
      const [rows] = await direct.query<RowDataPacket[]>(
        "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE ? AND ID <> CONNECTION_ID()",
        [`%${mark}%`],
      );
      return Number(rows[0]?.["n"]);
    }

    async function until(mark: string, count: number): Promise<void> {
      const deadline = systemClock.monotonicMs() + 4_000;
      while ((await sleepers(mark)) !== count) {
        if (systemClock.monotonicMs() > deadline) throw new Error(`${await sleepers(mark)} statements with ${mark}`);
      }
    }

    async function idOf(connection: Connection): Promise<number> {
      const [rows] = await connection.query<RowDataPacket[]>("SELECT CONNECTION_ID() AS id");
      return Number(rows[0]?.["id"]);
    }

    for (const [name, id] of [
      ["its greeting", async (victim: Connection) => victim.threadId],
      ["CONNECTION_ID()", idOf],
    ] as const) {
      test(`KILL QUERY by the id of ${name} ends the statement and leaves the session`, async () => {
        const victim = await createConnection({ ...tested.login });
        const other = await createConnection({ ...tested.login });
        await victim.query("SELECT 1");
        const victimId = await id(victim);
        const mark = `SLEEP(20 /* query ${name} */)`;
        const running = victim.query(`SELECT ${mark}`);
        running.catch(() => {});
        await until(mark, 1);
        await other.query(`KILL QUERY ${victimId}`);
        // MySQL's SLEEP() says 1 when it is interrupted; MariaDB ends the statement with 1317.
        await running.then(
          ([rows]) => expect(Object.values((rows as RowDataPacket[])[0] ?? {})).toEqual([1]),
          (error) => expect(error).toMatchObject({ errno: 1317 }),
        );
        await until(mark, 0);
        const [rows] = await victim.query<RowDataPacket[]>("SELECT 2 AS two");
        expect(rows).toEqual([{ two: 2 }] as RowDataPacket[]);
        await other.end();
        await victim.end();
      });

      test(`KILL by the id of ${name} ends the session`, async () => {
        const victim = await createConnection({ ...tested.login });
        victim.on("error", () => {});
        const other = await createConnection({ ...tested.login });
        const victimId = await id(victim);
        const mark = `SLEEP(20 /* session ${name} */)`;
        const running = victim.query(`SELECT ${mark}`);
        running.catch(() => {});
        await until(mark, 1);
        await other.query(`KILL ${victimId}`);
        await expect(running).rejects.toThrow();
        await until(mark, 0);
        await expect(victim.query("SELECT 1")).rejects.toThrow();
        await other.end();
      });
    }

    for (const how of ["closes its socket", "resets it"] as const) {
      test(`a client that ${how} in the middle of a statement has it killed`, async () => {
        const victim = await createConnection({ ...tested.login });
        victim.on("error", () => {});
        const mark = `SLEEP(20 /* ${how} */)`;
        victim.query(`SELECT ${mark}`).catch(() => {});
        await until(mark, 1);
        const { stream } = (victim as unknown as { connection: { stream: import("node:net").Socket } }).connection;
        if (how === "resets it") stream.resetAndDestroy();
        else stream.destroy();
        await until(mark, 0);
      });
    }
  });
}
