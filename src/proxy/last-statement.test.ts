/** A session whose last statement's connection was needed by another one, and commands that leave what there is to ask. */
import { afterEach, expect, test } from "bun:test";
import { destroyConnection } from "../backend/connection.ts";
import { COM_INIT_DB, COM_PING, COM_QUERY, COM_STMT_PREPARE, COM_STMT_RESET } from "../mysql/commands.ts";
import { err, ok } from "../testkit/answers.ts";
import { eventually } from "../testkit/eventually.ts";
import { ask, brief, query } from "../testkit/fake-client.ts";
import { newRig } from "../testkit/rig.ts";

const rig = newRig();
afterEach(rig.tearDown);

/** A client that was warned, and has lost the connection that knows of what. */
async function warned(version: string) {
  const { server, tested } = await rig.pair({ version }, { pool_size: 1, limits: { pool_reserve_max: 0 } });
  server.script = ({ text, connection }) => {
    if (text === "SELECT warned") return [ok({ status: connection.status, warnings: 1 })];
    return text === "missing" ? [err(1049, "Unknown database 'missing'", "42000")] : undefined;
  };
  const client = await rig.client({ port: tested.port });
  await query(client, "SELECT warned");
  await query(await rig.client({ port: tested.port }), "SELECT 1");
  return client;
}

const LOST =
  "What the last statement left is gone (its warnings and errors): the connection that knew it has been used for something else since, or is closed. Ask within one transaction, which keeps its connection, or raise pool_size (1) of listener";
const MYSQL = "9.7.0-fake";
const MARIADB = "10.11.6-MariaDB-fake";

for (const [name, version, command, body, is] of [
  ["COM_INIT_DB", MYSQL, COM_INIT_DB, "shop", LOST],
  ["COM_PING", MYSQL, COM_PING, "", LOST],
  ["COM_STMT_PREPARE of MariaDB", MARIADB, COM_STMT_PREPARE, "SELECT 2", LOST],
  ["COM_STMT_PREPARE of MariaDB that uses a table", MARIADB, COM_STMT_PREPARE, "SELECT v FROM t", "OK"],
  ["COM_QUERY of MariaDB", MARIADB, COM_QUERY, "SELECT 2", LOST],
  ["COM_STMT_PREPARE of MySQL", MYSQL, COM_STMT_PREPARE, "SELECT 2", "OK"],
] as const) {
  test(`${name} and lost warnings`, async () => {
    const client = await warned(version);
    await ask(client, command, body);
    expect(brief(await query(client, "SHOW WARNINGS"))).toContain(is);
    await query(client, "SELECT v FROM t");
    expect(brief(await query(client, "SHOW WARNINGS"))).toBe("OK");
  });
}

test("an error of COM_INIT_DB takes the place of lost warnings on MariaDB; MySQL adds it to them", async () => {
  for (const [version, is] of [
    [MARIADB, "OK"],
    [MYSQL, LOST],
  ] as const) {
    const client = await warned(version);
    await ask(client, COM_INIT_DB, "missing");
    expect(brief(await query(client, "SHOW WARNINGS"))).toContain(is);
  }
});

test("an error said in the server's stead counts as the last statement's", async () => {
  const { server, tested } = await rig.pair();
  const client = await rig.client({ port: tested.port });
  await query(client, "SET @a = 1");
  expect(brief(await ask(client, COM_STMT_RESET, Uint8Array.of(99, 0, 0, 0)))).toContain("1243");
  expect(brief(await query(client, "SHOW WARNINGS"))).toContain(LOST.replace("(1)", "(8)"));
  await query(client, "SELECT ROW_COUNT()"); // told as -1, by a statement with rows
  expect(server.connections.flatMap(({ commands }) => commands.map(({ text }) => text)).slice(-2)).toEqual([
    "SELECT 1 FROM (SELECT 1) AS one LIMIT 0",
    "SELECT ROW_COUNT()",
  ]);
});

test("a session keeps nothing of a connection that is closed", async () => {
  const { tested } = await rig.pair({}, { pool_size: 1 });
  const [pool] = tested.listener.setup.pools.values();
  await eventually(() => pool?.idle.size === 1);
  const client = await rig.client({ port: tested.port });
  await query(client, "SELECT 1");
  await query(client, "SELECT 2");
  const [session] = tested.listener.sessions.values();
  const connection = pool?.idle.oldest ?? null;
  if (session === undefined || connection === null) throw new Error("there is a session, and an idle connection");
  expect([session.claim, session.last.connection, session.last.foundRowsConnection]).toEqual(
    Array.from({ length: 3 }, () => connection),
  );
  destroyConnection(connection, "idle_timeout");
  expect([session.claim, session.last.connection, session.last.foundRowsConnection]).toEqual([null, null, null]);
  expect(brief(await query(client, "SELECT 3"))).toBe("OK");
});
