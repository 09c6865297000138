import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import {
  AUTH_MORE_DATA,
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_REQUEST_PUBLIC_KEY,
} from "../mysql/auth-more-data.ts";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest } from "../mysql/auth-switch.ts";
import { newCursor } from "../mysql/cursor.ts";
import { ERR_HEADER, readErr } from "../mysql/err.ts";
import { OK_HEADER } from "../mysql/ok.ts";
import { answerOf, encryptPassword } from "../mysql/scramble.ts";
import { errOf, openFakeClient } from "../testkit/fake-client.ts";
import { nextPacketOf } from "../testkit/fake-client-login.ts";
import { logIn, nextPacket, openRawClient, packetBytes, type RawClient } from "../testkit/hostile/raw-client.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { realServers } from "../testkit/servers.ts";

const LIMIT_MS = 5_000;

async function value(connection: Connection, statement: string): Promise<unknown> {
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT ${statement} AS value`);
  return rows[0]?.["value"];
}

/** Sends COM_CHANGE_USER without an answer, and answers the AuthSwitchRequest with `password`. Returns the last packet. */
async function changeUser(client: RawClient, schema: string, plugin: string, collation: number, password: string) {
  const command = Buffer.from(`\x11${client.login.user}\0\0${schema}\0??${plugin}\0`, "latin1");
  command.writeUInt16LE(collation, command.indexOf("??"));
  client.socket.write(packetBytes(0, command));
  const asked = await nextPacket(client, LIMIT_MS);
  if (asked?.payload[0] !== AUTH_SWITCH_REQUEST) return asked;
  const request = readAuthSwitchRequest(newCursor(asked.payload));
  expect([asked.sequence, request.authPlugin]).toEqual([1, plugin]);
  const answer = answerOf(plugin, password, request.scramble) ?? new Uint8Array();
  client.socket.write(packetBytes(2, answer));
  const first = await nextPacket(client, LIMIT_MS);
  if (first?.payload[0] !== AUTH_MORE_DATA) return first;
  if (first.payload[1] === CACHING_SHA2_FAST_AUTH_SUCCESS) return nextPacket(client, LIMIT_MS);
  client.socket.write(packetBytes(first.sequence + 1, Uint8Array.of(CACHING_SHA2_REQUEST_PUBLIC_KEY)));
  const key = await nextPacket(client, LIMIT_MS);
  const pem = Buffer.from(key?.payload ?? []).toString("latin1", 1);
  client.socket.write(packetBytes((key?.sequence ?? 0) + 1, encryptPassword(password, request.scramble, pem)));
  return nextPacket(client, LIMIT_MS);
}

async function queryFirstRow(client: RawClient, statement: string): Promise<string> {
  client.socket.write(packetBytes(0, Buffer.from(`\x03${statement}`)));
  for (const skipped of ["columns", "definition", "EOF"]) {
    const packet = await nextPacket(client, LIMIT_MS);
    if (packet?.payload[0] === ERR_HEADER) throw new Error(`${skipped}: ${readErr(newCursor(packet.payload)).message}`);
  }
  const row = await nextPacket(client, LIMIT_MS);
  await nextPacket(client, LIMIT_MS); // EOF
  return Buffer.from(row?.payload ?? []).toString("latin1", 1);
}

for (const server of Object.values(realServers())) {
  describe(`changeUser() on ${server.name}`, () => {
    let tested: InProcessProxy;
    beforeAll(() => {
      tested = startInProcess(server, { db: "" });
    });
    afterAll(() => tested.stop());

    test("mysql2 logs in again, and the session is as new", async () => {
      const connection = await createConnection({ ...tested.login });
      try {
        await connection.query("SET @mine = 1");
        await connection.query("SET SESSION sql_mode = 'ANSI_QUOTES'");
        await connection.query("CREATE TEMPORARY TABLE scratch (a int)");
        const { user, password } = tested.login;
        await connection.changeUser({ user, password, database: "socksdb" });
        expect(await value(connection, "DATABASE()")).toBe("socksdb");
        expect(await value(connection, "@mine")).toBeNull();
        expect(await value(connection, '"text"')).toBe("text");
        expect(connection.query("SELECT * FROM test.scratch")).rejects.toMatchObject({ errno: 1146 });
        await connection.beginTransaction();
        await connection.changeUser({ user, password, database: "test" });
        expect(await value(connection, "DATABASE()")).toBe("test");
        const [session] = [...(tested.proxy.listeners[0]?.sessions.values() ?? [])];
        expect(session).toMatchObject({ pins: 0, schema: "test" });
      } finally {
        connection.destroy();
      }
    });

    test("what the session has held is free when the client is told that it is somebody else", async () => {
      const [holder, other] = [
        await createConnection({ ...tested.login }),
        await createConnection({ ...tested.login }),
      ];
      try {
        const { user, password } = tested.login;
        const digits = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(" UNION ALL ");
        const rows = `(${digits}) a, (${digits}) b, (${digits}) c, (${digits}) d`;
        await holder.query("CREATE TABLE IF NOT EXISTS test.change_user_rows (a INT)");
        await other.query("SELECT 1"); // has a connection
        await holder.query("SELECT GET_LOCK('change user', 1)");
        await holder.beginTransaction();
        // It takes its time to be rolled back.
        await holder.query(`INSERT INTO test.change_user_rows SELECT a.d FROM ${rows}`);
        expect(await value(other, "IS_FREE_LOCK('change user')")).toBe(0);
        await holder.changeUser({ user, password, database: "test" });
        expect(await value(other, "IS_FREE_LOCK('change user')")).toBe(1);
        await other.query("DROP TABLE test.change_user_rows");
      } finally {
        holder.destroy();
        other.destroy();
      }
    });

    test("a wrong password and an unknown schema are refused; then MySQL hangs up, and MariaDB goes on with whom it had", async () => {
      const outcomes = await Promise.all(
        [server, tested.login].map(async ({ host, port, user, password }) => {
          const connection = await createConnection({ host, port, user, password, database: "test" });
          connection.on("error", () => {});
          await connection.query("SET @mine = 1");
          const told: unknown[] = [];
          for (const wanted of [
            { password: "wrong" },
            { password: "wrong", user: "nobody" },
            { database: "nowhere" },
            {},
          ]) {
            try {
              await connection.changeUser({ user, password, ...wanted });
              told.push("changed");
            } catch (error) {
              const { errno, sqlState, message } = error as { errno?: number; sqlState?: string; message: string };
              told.push(errno === undefined || errno < 0 ? "gone" : [errno, sqlState, message.replace(user, "USER")]);
            }
            const [rows] = await connection.query("SELECT DATABASE(), @mine").catch(() => ["gone"]);
            told.push(rows);
          }
          connection.destroy();
          return told;
        }),
      );
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[0]?.[0]).toMatchObject([1045, "28000", expect.anything()]);
      expect(outcomes[0]?.includes("gone")).toBe(server.name === "mysql");
    }, 15_000);

    test("what the client's capabilities set is there as long as the server keeps it, for each client of a connection", async () => {
      const shared = startInProcess(server, { db: "", pool_size: 1 });
      const told: unknown[][] = [];
      for (const { host, port, user, password } of [server, shared.login]) {
        const outcomes: unknown[] = [];
        for (const flags of [["IGNORE_SPACE"], ["IGNORE_SPACE"], ["-IGNORE_SPACE"], ["IGNORE_SPACE"]]) {
          const connection = await createConnection({ host, port, user, password, database: "test", flags });
          outcomes.push(await value(connection, "@@sql_mode"));
          await connection.query("SET @mine = 1, sql_mode = 'ANSI_QUOTES'");
          outcomes.push(await value(connection, "@@sql_mode"));
          await connection.changeUser({ user, password, database: "test" });
          outcomes.push(await value(connection, "@@sql_mode"));
          await connection.query("CREATE TEMPORARY TABLE scratch (a int)");
          connection.destroy();
        }
        told.push(outcomes);
      }
      await shared.stop();
      expect(told[1]).toEqual(told[0] as unknown[]);
      expect(told[0]?.[0]).toContain("IGNORE_SPACE");
    });

    test("the schema's character set is that of a new session, for whoever has the connection after a reset", async () => {
      const shared = startInProcess(server, { db: "", pool_size: 1 });
      const admin = await createConnection({
        host: server.host,
        port: server.port,
        user: server.user,
        password: server.password,
      });
      await admin.query("CREATE DATABASE IF NOT EXISTS reset_latin CHARACTER SET latin1");
      const told: unknown[] = [];
      const { host, port, user, password } = shared.login;
      for (let i = 0; i < 2; i++) {
        const connection = await createConnection({ host, port, user, password, database: "reset_latin" });
        told.push(await value(connection, "@@character_set_database"));
        await connection.query("CREATE TEMPORARY TABLE scratch (a int)");
        await connection.changeUser({ user, password, database: "reset_latin" });
        told.push(await value(connection, "@@character_set_database"));
        await connection.query("CREATE TEMPORARY TABLE scratch (a int)");
        await connection.end();
      }
      await admin.query("DROP DATABASE reset_latin");
      await admin.end();
      await shared.stop();
      expect(told).toEqual(["latin1", "latin1", "latin1", "latin1"]);
    });

    test("collations are those of a direct connection, be their ids larger than a handshake can say", async () => {
      const told: unknown[][] = [];
      for (const { host, port, user, password } of [server, tested.login]) {
        const outcomes: unknown[] = [];
        const connection = await createConnection({ host, port, user, password, database: "test" });
        for (const charset of ["LATIN1_SWEDISH_CI", "UTF8MB4_0900_AS_CI", "UTF8MB4_ZH_0900_AS_CS", "UTF8MB4_BIN"]) {
          // MariaDB knows none of MySQL's, and falls back to what its own configuration says.
          if (server.name === "mariadb" && charset.includes("0900")) continue;
          await connection.changeUser({ user, password, database: "test", charset });
          const [rows, fields] = await connection.query(
            "SELECT 'ä', @@character_set_client, @@character_set_results, @@collation_connection",
          );
          outcomes.push(rows, (fields[0] as unknown as { characterSet: number }).characterSet);
        }
        await connection.end();
        told.push(outcomes);
      }
      expect(told[1]).toEqual(told[0] as unknown[]);
      if (server.name === "mysql") expect(told[0]?.slice(1)).toContain(305);
    });

    for (const plugin of ["caching_sha2_password", "mysql_native_password"]) {
      test(`a client that names ${plugin} is asked with it, and the collation changes`, async () => {
        const client = await openRawClient(tested.login, LIMIT_MS);
        await logIn(client, LIMIT_MS);
        expect(await queryFirstRow(client, "SELECT @@collation_connection")).toBe("utf8mb4_general_ci");
        for (const [id, name] of [
          [8, "latin1_swedish_ci"],
          [33, "utf8mb3_general_ci"],
        ] as const) {
          const answer = await changeUser(client, "socksdb", plugin, id, tested.login.password);
          expect(answer?.payload[0]).toBe(OK_HEADER);
          const found = await queryFirstRow(client, "SELECT @@collation_connection");
          expect(found.replace("utf8_", "utf8mb3_")).toBe(name);
          expect(await queryFirstRow(client, "SELECT DATABASE()")).toBe("socksdb");
        }
        const refused = await changeUser(client, "", plugin, 8, "wrong");
        expect(readErr(newCursor(refused?.payload ?? new Uint8Array())).code).toBe(1045);
        if (server.name === "mysql") expect(await nextPacket(client, LIMIT_MS)).toBeNull();
        else expect(await queryFirstRow(client, "SELECT DATABASE()")).toBe("socksdb");
        client.socket.destroy();
      });
    }

    test("a client that answers the last scramble at once, as libmariadb does, is not asked", async () => {
      const client = await openRawClient(tested.login, LIMIT_MS);
      await logIn(client, LIMIT_MS);
      const { user, password } = tested.login;
      const answer = answerOf("mysql_native_password", password, client.greeting.scramble) ?? new Uint8Array();
      const start = Buffer.from(`\x11${user}\0\x14`);
      const end = Buffer.from("socksdb\0\x2d\0mysql_native_password\0");
      client.socket.write(packetBytes(0, Buffer.concat([start, answer, end])));
      expect(await nextPacket(client, LIMIT_MS)).toMatchObject({ sequence: 1 });
      expect(await queryFirstRow(client, "SELECT DATABASE()")).toBe("socksdb");
      client.socket.destroy();
    });

    test("over TLS a client hears why it is hung up on, whatever else it is told in that moment", async () => {
      const file = (name: string) => join(REPOSITORY, "testdata", "tls", name);
      const encrypted = startInProcess(server, {
        db: "",
        tls: { cert: file("server.pem"), key: file("server.key.pem") },
      });
      const { port, user, password } = encrypted.login;
      const client = await openFakeClient({ port, user, password, isTls: true });
      const plugin = "caching_sha2_password";
      client.stream.socket.write(packetBytes(0, Buffer.from(`\x11${user}\0\0nowhere\0\x2d\0${plugin}\0\0`)));
      const request = readAuthSwitchRequest(newCursor((await nextPacketOf(client.stream)).payload));
      client.stream.socket.write(packetBytes(2, answerOf(plugin, password, request.scramble) ?? new Uint8Array()));
      expect((await nextPacketOf(client.stream)).payload).toEqual(Uint8Array.of(1, CACHING_SHA2_FAST_AUTH_SUCCESS));
      expect(errOf(await nextPacketOf(client.stream)).code).toBe(1049);
      client.stream.socket.destroy();
      await encrypted.stop();
    });

    test("a packet that is far too large is refused and changes nothing", async () => {
      const client = await openRawClient(tested.login, LIMIT_MS);
      await logIn(client, LIMIT_MS);
      const large = Buffer.concat([Buffer.from(`\x11${client.login.user}\0\0test\0`), Buffer.alloc(1 << 21)]);
      client.socket.write(packetBytes(0, large));
      const tooLarge = await nextPacket(client, LIMIT_MS);
      expect(readErr(newCursor(tooLarge?.payload ?? new Uint8Array())).code).toBe(1835);
      expect(await queryFirstRow(client, "SELECT DATABASE()")).toBe("test");
      client.socket.destroy();
    });
  });
}
