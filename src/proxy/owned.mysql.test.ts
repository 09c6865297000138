/** Pins on real servers: each begins with what a session leaves on its connection, and ends when nothing of it is left. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { eventually } from "../testkit/eventually.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";
import { reasonsOfPins } from "./pin.ts";
import type { Session } from "./session.ts";
import { sessionsWithId } from "./session-report.ts";
import { sessionsOf } from "./status.ts";

/** A statement, and why its session keeps its connection afterwards; on MySQL where that is something else there. */
type Step = readonly [sql: string, reasons: string, onMysql?: string];

const SEQUENCES: ReadonlyArray<readonly [name: string, steps: readonly Step[]]> = [
  [
    "named locks, released one by one",
    [
      ["SELECT GET_LOCK('owned a', 1)", "user_lock"],
      ["SELECT GET_LOCK('owned b', 1)", "user_lock"],
      ["SELECT 1", "user_lock"],
      ["SELECT RELEASE_LOCK('owned a')", "user_lock"],
      ["SELECT RELEASE_LOCK('owned b')", ""],
    ],
  ],
  [
    "a lock that was taken twice has to be released twice",
    [
      ["SELECT GET_LOCK('owned twice', 1)", "user_lock"],
      ["SELECT GET_LOCK('owned twice', 1)", "user_lock"],
      ["SELECT RELEASE_LOCK('owned twice')", "user_lock"],
      ["SELECT RELEASE_LOCK('owned twice')", ""],
    ],
  ],
  [
    "locks taken and released by DO",
    [
      ["DO GET_LOCK('owned do', 1)", "user_lock"],
      ["DO RELEASE_LOCK('owned do')", ""],
    ],
  ],
  [
    "RELEASE_ALL_LOCKS()",
    [
      ["SELECT GET_LOCK('owned x', 1), GET_LOCK('owned y', 1)", "user_lock"],
      ["DO RELEASE_ALL_LOCKS()", ""],
    ],
  ],
  [
    "a lock whose name nobody can read",
    [
      ["SELECT GET_LOCK(CONCAT('own', 'ed'), 1)", "user_lock"],
      ["SELECT RELEASE_LOCK('owned')", "user_lock"],
      ["SELECT RELEASE_ALL_LOCKS()", ""],
    ],
  ],
  [
    "temporary tables, dropped one by one",
    [
      ["CREATE TEMPORARY TABLE owned_a (a INT)", "temporary_table"],
      ["CREATE TEMPORARY TABLE `owned b` LIKE owned_a", "temporary_table"],
      ["INSERT INTO owned_a VALUES (1)", "temporary_table"],
      ["DROP TEMPORARY TABLE owned_a", "temporary_table"],
      ["DROP TABLE IF EXISTS test.`owned b`", ""],
    ],
  ],
  [
    "a temporary table made of a query",
    [
      ["CREATE TEMPORARY TABLE owned_c AS SELECT 1 AS a, CONCAT('x', 2) AS b", "temporary_table"],
      ["DROP TEMPORARY TABLE owned_c", ""],
    ],
  ],
  [
    "SET TRANSACTION, until that transaction is over",
    [
      ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "set_transaction"],
      ["BEGIN", "transaction + set_transaction"],
      ["SELECT 1", "transaction + set_transaction"],
      ["COMMIT", ""],
    ],
  ],
  [
    "a transaction, and autocommit",
    [
      ["BEGIN", "transaction"],
      ["ROLLBACK", ""],
      ["SET autocommit = 0", "transaction"],
      ["SET autocommit = 1", ""],
    ],
  ],
  [
    "what can be set back pins nobody",
    [
      ["SET time_zone = '+03:00', sql_safe_updates = 1", ""],
      ["SET @@sql_mode = 'ANSI_QUOTES', time_zone = '+02:00', @@lock_wait_timeout = 5", ""],
      ["SET @a = 5, @b = NULL", ""],
      ["SET NAMES latin1", ""],
      ["USE test", ""],
    ],
  ],
  [
    "a text that was assigned in one character set cannot be replayed in another",
    [
      ["SET @b = 'x'", ""],
      ["SET NAMES latin1", "session_state"],
    ],
  ],
  [
    "LOCK TABLES, until UNLOCK TABLES",
    [
      ["LOCK TABLES owned_real WRITE", "table_lock"],
      ["INSERT INTO owned_real VALUES (1)", "table_lock"],
      ["LOCK TABLE owned_real READ", "table_lock"],
      ["UNLOCK TABLES", ""],
      ["unlock table ;", ""],
    ],
  ],
  [
    "LOCK TABLES, until a transaction begins and ends",
    [
      ["LOCK TABLES owned_real WRITE", "table_lock"],
      ["START TRANSACTION", "transaction"],
      ["COMMIT", ""],
    ],
  ],
  [
    "FLUSH TABLES with a lock of some, which is given back alike",
    [
      ["FLUSH TABLES owned_real WITH READ LOCK", "table_lock"],
      ["UNLOCK TABLES", ""],
      ["FLUSH LOCAL TABLES owned_real FOR EXPORT", "table_lock"],
      ["BEGIN", "transaction"],
      ["ROLLBACK", ""],
    ],
  ],
  [
    "FLUSH TABLES WITH READ LOCK, which no transaction gives back",
    [
      ["FLUSH TABLES WITH READ LOCK", "table_lock"],
      ["BEGIN", "transaction + table_lock"],
      ["COMMIT", "table_lock"],
      ["UNLOCK TABLES", ""],
    ],
  ],
  [
    "locks in a text that is not plain",
    [
      ["LOCK /* all */ TABLES owned_real READ", "table_lock"],
      ["UNLOCK TABLES", "table_lock"],
    ],
  ],
  [
    "HANDLER, until the last one is closed",
    [
      ["HANDLER owned_real OPEN", "handler"],
      ["HANDLER test.owned_real OPEN AS `other one`", "handler"],
      ["HANDLER owned_real READ FIRST", "handler"],
      ["HANDLER owned_real CLOSE", "handler"],
      ["HANDLER `other one` READ FIRST LIMIT 2", "handler"],
      ["HANDLER `other one` CLOSE", ""],
    ],
  ],
  [
    "XA, committed, rolled back, and in one phase",
    [
      ["XA START 'owned','a'", "transaction + xa"],
      ["INSERT INTO owned_real VALUES (2)", "transaction + xa"],
      ["XA END 'owned','a'", "transaction + xa"],
      ["XA PREPARE 'owned','a'", "transaction + xa", "xa"],
      ["XA COMMIT 'owned','a'", ""],
      ["XA BEGIN 'owned_b'", "transaction + xa"],
      ["XA END 'owned_b'", "transaction + xa"],
      ["XA ROLLBACK 'owned_b';", ""],
      ["XA START X'01', 'c', 7", "transaction + xa"],
      ["XA END X'01', 'c', 7", "transaction + xa"],
      ["XA COMMIT X'01', 'c', 7 ONE PHASE", ""],
      ["XA RECOVER", ""],
    ],
  ],
  [
    "XA by two names of the same xid",
    [
      ["XA START 'owned_d'", "transaction + xa"],
      ["XA END 'owned_d'", "transaction + xa"],
      ["XA ROLLBACK 'owned_d', ''", "xa"],
    ],
  ],
  [
    "FOUND_ROWS(), until the next SELECT",
    [
      ["SELECT SQL_CALC_FOUND_ROWS 1 LIMIT 1", "warnings + found_rows"],
      ["SELECT 1", ""],
    ],
  ],
];

for (const server of Object.values(realServers())) {
  describe(`pins on ${server.name}`, () => {
    let tested: InProcessProxy;
    beforeAll(async () => {
      tested = startInProcess(server, { pool_size: 2 });
      await direct("CREATE TABLE IF NOT EXISTS test.owned_real (a INT) ENGINE=InnoDB");
    });
    afterAll(async () => {
      await tested.stop();
      await direct("DROP TABLE test.owned_real");
    });

    async function direct(sql: string): Promise<void> {
      const { host, port, user, password } = server;
      const admin = await createConnection({ host, port, user, password });
      await admin.query(sql);
      await admin.end();
    }

    async function aClient(): Promise<{ client: Connection; session: Session }> {
      const client = await createConnection(tested.login);
      const session = sessionsOf(tested.proxy).find(({ id }) => id === client.threadId);
      if (session === undefined) throw new Error(`no session ${client.threadId}`);
      return { client, session };
    }

    for (const [name, steps] of SEQUENCES) {
      test(name, async () => {
        const { client, session } = await aClient();
        const seen: string[][] = [];
        for (const [sql] of steps) {
          await client.query(sql);
          await eventually(() => session.phase === "ready");
          seen.push([sql, reasonsOfPins(session.pins).join(" + ")]);
        }
        const isMysql = server.name === "mysql";
        // SQL_CALC_FOUND_ROWS is no news to MariaDB.
        const known = (reasons: string) => (isMysql ? reasons : reasons.replace("warnings + ", ""));
        expect(seen).toEqual(
          steps.map(([sql, reasons, onMysql]) => [sql, isMysql ? (onMysql ?? reasons) : known(reasons)]),
        );
        await client.end();
      });
    }

    for (const [owning, ending, reason] of [
      ["CREATE TEMPORARY TABLE owned_p (a INT)", "DROP TEMPORARY TABLE owned_p", "temporary_table"],
      ["SELECT GET_LOCK('owned p', 1)", "DO RELEASE_LOCK('owned p')", "user_lock"],
      ["SELECT GET_LOCK('owned p', 1)", "DO RELEASE_ALL_LOCKS()", "user_lock"],
      ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "COMMIT", "set_transaction"],
    ] as const) {
      test(`${ending} ends its pin when it is executed, not when it is prepared`, async () => {
        const { client, session } = await aClient();
        await client.query(owning);
        const statement = await client.prepare(ending);
        await eventually(() => session.phase === "ready");
        expect(reasonsOfPins(session.pins)).toEqual([reason]);
        await statement.execute([]);
        await eventually(() => session.phase === "ready");
        expect(reasonsOfPins(session.pins)).toEqual([]);
        await client.end();
      });
    }

    test("what asking about locks leaves behind is what the client's statement has left", async () => {
      const { client } = await aClient();
      const first = async (sql: string) =>
        Object.values(((await client.query<RowDataPacket[]>(sql))[0][0] ?? {}) as object)[0];
      await client.query("CREATE TEMPORARY TABLE owned_rows (a INT AUTO_INCREMENT PRIMARY KEY)");
      await client.query("INSERT INTO owned_rows VALUES (7), (8)");
      expect(await first("SELECT GET_LOCK('owned rows', 1)")).toBe(1);
      expect(Number(await first("SELECT FOUND_ROWS()"))).toBe(1);
      expect(await first("SELECT RELEASE_LOCK('owned rows')")).toBe(1);
      expect(Number(await first("SELECT ROW_COUNT()"))).toBe(-1);
      await client.end();
    });

    test("a pinned session explains itself by either id, without anybody's data", async () => {
      const { client, session } = await aClient();
      await client.query("SET @secret = 'swordfish'");
      await client.query("SELECT GET_LOCK('swordfish', 1)");
      await eventually(() => session.phase === "ready");
      const ids = [session.id, session.connection?.serverConnectionId ?? 0];
      for (const id of ids) {
        const [report] = sessionsWithId(sessionsOf(tested.proxy), id);
        expect(report).toMatchObject({
          session: session.id,
          listener: "tested",
          user: "app",
          schema: "test",
          phase: "ready",
          running: null,
          connection: { endpoint: "server", server: `${server.host}:${server.port}`, id: ids[1] as number },
          changed: ["@`secret`"],
          pins: [
            {
              reason: "user_lock",
              statement: "SELECT GET_LOCK(?, ?)",
              ends: "RELEASE_ALL_LOCKS() alone, or RELEASE_LOCK() of the last one where each name is a literal",
            },
          ],
        });
        expect(JSON.stringify(report)).not.toContain("swordfish");
      }
      expect(sessionsWithId(sessionsOf(tested.proxy), 1)).toEqual([]);
      await client.end();
    });
  });
}
