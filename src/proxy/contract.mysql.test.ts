import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../lib/clock.ts";
import { CLIENT_DEPRECATE_EOF, CLIENT_LOCAL_FILES, CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import {
  COM_FIELD_LIST,
  COM_INIT_DB,
  COM_PING,
  COM_QUERY,
  COM_RESET_CONNECTION,
  COM_SET_OPTION,
  COM_STMT_CLOSE,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
} from "../mysql/commands.ts";
import { ask, errOf, openFakeClient, query, sendCommand } from "../testkit/fake-client.ts";
import { type FakeClient, readAnswer } from "../testkit/fake-client-answer.ts";
import { FAKE_CLIENT_CAPABILITIES } from "../testkit/fake-client-login.ts";
import { packetsOf, type RawPacket } from "../testkit/packet-stream.ts";
import { type ProxyUnderTest, proxyUnderTest } from "../testkit/proxy-under-test.ts";
import { realServers } from "../testkit/servers.ts";

/** The same client twice: to the server itself, and through the proxy. */
interface Pair {
  direct: FakeClient;
  through: FakeClient;
}

/** Answers as hex by packet, so that a difference is seen where it is. */
const hexOf = (answer: readonly RawPacket[]) =>
  answer.map(({ sequence, payload }) => `${sequence} ${Buffer.from(payload).toString("hex")}`);

/** A COM_STMT_PREPARE answer without its statement id, which counts per connection. */
function withoutId(answer: RawPacket[]): RawPacket[] {
  const [head, ...rest] = answer;
  if (head === undefined || head.payload[0] !== 0) return answer;
  return [{ sequence: head.sequence, payload: head.payload.slice().fill(0, 1, 5) }, ...rest];
}

const idOf = (answer: readonly RawPacket[]) => (answer[0] as RawPacket).payload.slice(1, 5);
const hashOf = (answer: readonly RawPacket[]) =>
  `${answer.length} packets, ${Bun.hash(Buffer.concat(answer.map(({ payload }) => payload)))}`;

/** Statements whose answers have every form; they run in order in one session. */
const STATEMENTS = [
  "SELECT 1",
  "SELECT 1 AS a, 'two' AS b, NULL AS c, 3.5 AS d, '' AS e, x'00fffe' AS f",
  "SELECT * FROM socksdb.sock ORDER BY 1",
  "SELECT * FROM socksdb.sock WHERE 1 = 0",
  "CREATE TABLE contract (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100), d DATETIME(3), f DOUBLE, b BLOB, n DECIMAL(20,5))",
  "INSERT INTO contract (v, d, f, b, n) VALUES ('one', '2022-08-31 07:16:16.123', 1.5, x'0001ff', 12.34567), (NULL, NULL, NULL, NULL, NULL)",
  "INSERT INTO contract (v) VALUES ('three')",
  "SELECT * FROM contract",
  "SELECT LAST_INSERT_ID()",
  "UPDATE contract SET v = 'changed' WHERE id < 3",
  "UPDATE contract SET v = 'changed' WHERE id < 3",
  "INSERT INTO contract (id) VALUES (1)",
  "SHOW WARNINGS",
  "SELEC nothing",
  "SELECT * FROM no_such_table",
  "SELECT 1/0",
  "SHOW WARNINGS",
  "SELECT 1; SELECT 'two'; SELECT 3 FROM contract",
  "SELECT 1; SELEC nothing; SELECT 3",
  "UPDATE contract SET f = 2; SELECT ROW_COUNT()",
  "BEGIN",
  "SELECT * FROM contract FOR UPDATE",
  "SAVEPOINT s",
  "DELETE FROM contract WHERE id = 3",
  "ROLLBACK TO s",
  "COMMIT",
  "SET autocommit = 0",
  "SELECT COUNT(*) FROM contract",
  "SET autocommit = 1",
  "SHOW TABLES LIKE 'contract'",
  "SHOW VARIABLES LIKE 'version_comment'",
  "EXPLAIN SELECT * FROM contract WHERE id = 1",
  "USE socksdb",
  "SELECT DATABASE()",
  "USE test",
  "/* nothing */",
  "",
  "DO 1",
  "SELECT 'é', '日本', '🧦'",
  "SET NAMES latin1",
  "SELECT 'x' AS latin",
  "SET NAMES utf8mb4",
  "DROP PROCEDURE IF EXISTS contract_rows",
  "CREATE PROCEDURE contract_rows(IN a INT, OUT b INT) BEGIN SELECT a; SELECT * FROM contract; SET b = a + 1; END",
  "CALL contract_rows(5, @b)",
  "SELECT @b",
  "CALL contract_rows()",
  "DROP PROCEDURE contract_rows",
  "CREATE TEMPORARY TABLE scratch AS SELECT 1 AS a UNION SELECT 2",
  "SELECT * FROM scratch",
  "SELECT REPEAT('x', 70000)",
  "CHECKSUM TABLE contract",
  "DROP TABLE contract",
];

/** Statements for COM_STMT_PREPARE, and the parameters of one execution as they stand behind the flags. */
const PREPARED: Array<[statement: string, parameters: string]> = [
  ["SELECT 1", ""],
  ["SELECT * FROM socksdb.sock ORDER BY 1 LIMIT 3", ""],
  ["SELECT ?, ? + 1", "00 01 fd00 0800 03616263 2a00000000000000"],
  ["SELECT ? IS NULL, ?", "01 01 fd00 fd00 00"],
  ["SET @prepared = ?", "00 01 0800 0700000000000000"],
  ["INSERT INTO no_such_table VALUES (?)", "00 01 0800 0700000000000000"],
  ["SELEC nothing", ""],
  ["DROP PROCEDURE IF EXISTS contract_out", ""],
  [
    "CREATE PROCEDURE contract_out(IN a INT, OUT b INT, INOUT c VARCHAR(9)) BEGIN SELECT a; SET b = a * 2; SET c = CONCAT(c, '!'); END",
    "",
  ],
  ["CALL contract_out(21, ?, ?)", "01 01 0600 fd00 02736f"],
  ["CALL contract_out(?, @b, ?)", "00 01 0800 fd00 0700000000000000 02736f"],
  ["DROP PROCEDURE contract_out", ""],
  ["SELECT CAST('2022-08-31 07:16:16.5' AS DATETIME(3)), CAST('-34:08:21' AS TIME), 1e0, 1.5", ""],
];

for (const server of Object.values(realServers())) {
  describe(`through the proxy to ${server.name} ${server.version}`, () => {
    let tested: ProxyUnderTest;
    const { host, port, user, password } = server;
    const root = { port, user, password };
    const clients: FakeClient[] = [];

    beforeAll(async () => {
      const admin = await openFakeClient(root);
      await query(admin, "SET GLOBAL max_allowed_packet = 1073741824");
      await query(admin, "SET GLOBAL local_infile = 1");
      admin.stream.socket.destroy();
      tested = proxyUnderTest({
        clock: systemClock,
        listeners: [{ db: "test" }],
        nodes: [{ host, port, user, password }],
      });
    });
    afterEach(() => {
      for (const client of clients.splice(0)) client.stream.socket.destroy();
    });
    afterAll(() => tested.stop());

    async function pair(capabilities: number = FAKE_CLIENT_CAPABILITIES): Promise<Pair> {
      const direct = await openFakeClient({ ...root, schema: "test", capabilities });
      const through = await openFakeClient({ port: tested.port, schema: "test", capabilities });
      clients.push(direct, through);
      return { direct, through };
    }

    for (const [name, capabilities] of [
      ["CLIENT_DEPRECATE_EOF", FAKE_CLIENT_CAPABILITIES],
      ["EOF packets", FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF],
    ] as const) {
      test(`statements are answered byte for byte as without it, ${name}`, async () => {
        const { direct, through } = await pair(capabilities);
        const answers: string[][] = [];
        for (const client of [direct, through]) {
          const all: string[] = [];
          await query(client, "DROP TABLE IF EXISTS contract");
          for (const statement of STATEMENTS) all.push(statement, ...hexOf(await query(client, statement)));
          answers.push(all);
        }
        expect(answers[1]).toEqual(answers[0] as string[]);
      });

      test(`prepared statements are answered byte for byte as without it, ${name}`, async () => {
        const { direct, through } = await pair(capabilities);
        const run = async (client: FakeClient): Promise<string[]> => {
          const seen: string[] = [];
          for (const [statement, parameters] of PREPARED) {
            const prepared = await ask(client, COM_STMT_PREPARE, statement);
            seen.push(statement, ...hexOf(withoutId(prepared)));
            if ((prepared[0] as RawPacket).payload[0] !== 0) continue;
            const values = Buffer.from(parameters.replace(/ /g, ""), "hex");
            const execution = Buffer.concat([idOf(prepared), Buffer.from([0, 1, 0, 0, 0]), values]);
            for (let i = 0; i < 2; i++) seen.push(...hexOf(await ask(client, COM_STMT_EXECUTE, execution)));
            seen.push(...hexOf(await ask(client, COM_STMT_RESET, idOf(prepared))));
            sendCommand(client, COM_STMT_CLOSE, idOf(prepared));
          }
          return seen;
        };
        expect(await run(through)).toEqual(await run(direct));
      });

      test(`commands without SQL are answered byte for byte as without it, ${name}`, async () => {
        const { direct, through } = await pair(capabilities);
        const commands: Array<[number, string | Uint8Array]> = [
          [COM_PING, ""],
          [COM_INIT_DB, "socksdb"],
          [COM_INIT_DB, "no_such_schema"],
          [COM_SET_OPTION, Buffer.from([1, 0])],
          [COM_SET_OPTION, Buffer.from([0, 0])],
          [COM_PING, ""],
          [COM_RESET_CONNECTION, ""],
          [COM_STMT_EXECUTE, Buffer.from([99, 0, 0, 0, 0, 1, 0, 0, 0])],
          [COM_STMT_RESET, Buffer.from([99, 0, 0, 0])],
          ...(server.name === "mariadb" ? ([[COM_FIELD_LIST, "sock\0"]] as Array<[number, string]>) : []),
        ];
        for (const [command, body] of commands) {
          const expected = hexOf(await ask(direct, command, body));
          expect([command, ...hexOf(await ask(through, command, body))]).toEqual([command, ...expected]);
        }
      });
    }

    test("session state reaches a client that asked for it", async () => {
      const { direct, through } = await pair(FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK);
      const track =
        "SET SESSION session_track_schema = ON, session_track_state_change = OFF, session_track_system_variables = 'time_zone'";
      for (const client of [direct, through]) await query(client, track);
      for (const statement of ["USE socksdb", "SELECT 1", "USE test"]) {
        const expected = hexOf(await query(direct, statement));
        expect(hexOf(await query(through, statement))).toEqual(expected);
      }
    });

    test("a SET that has changes told is answered as the server answers it", async () => {
      const { direct, through } = await pair(FAKE_CLIENT_CAPABILITIES | CLIENT_SESSION_TRACK);
      for (const value of ["1", "OFF", "'on'", "0", "TRUE"]) {
        for (const statement of [`SET session_track_state_change = ${value}`, "SET @told = 1", "SELECT 1"]) {
          const expected = hexOf(await query(direct, statement));
          expect([statement, ...hexOf(await query(through, statement))]).toEqual([statement, ...expected]);
        }
      }
    });

    test("a cursor is fetched row by row", async () => {
      const { direct, through } = await pair(FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF);
      const run = async (client: FakeClient): Promise<string[]> => {
        const prepared = await ask(client, COM_STMT_PREPARE, "SELECT * FROM socksdb.sock ORDER BY 1");
        const id = idOf(prepared);
        const CURSOR_TYPE_READ_ONLY = 1;
        const seen = hexOf(
          await ask(client, COM_STMT_EXECUTE, Buffer.concat([id, Buffer.from([CURSOR_TYPE_READ_ONLY, 1, 0, 0, 0])])),
        );
        for (let i = 0; i < 4; i++)
          seen.push(...hexOf(await ask(client, COM_STMT_FETCH, Buffer.concat([id, Buffer.from([2, 0, 0, 0])]))));
        return seen;
      };
      expect(await run(through)).toEqual(await run(direct));
    });

    test("long data of 20 MB reaches a parameter", async () => {
      const { through } = await pair();
      const prepared = await ask(through, COM_STMT_PREPARE, "SELECT LENGTH(?), SHA2(?, 256)");
      const id = idOf(prepared);
      const part = Buffer.alloc(10_000_000, "pisanix ");
      for (const parameter of [0, 1]) {
        for (let i = 0; i < 2; i++) {
          sendCommand(through, COM_STMT_SEND_LONG_DATA, Buffer.concat([id, Buffer.from([parameter, 0]), part]));
        }
      }
      const execution = Buffer.concat([id, Buffer.from([0, 1, 0, 0, 0, 0, 1, 0xfc, 0, 0xfc, 0])]);
      const answer = await ask(through, COM_STMT_EXECUTE, execution);
      const text = Buffer.from(answer.at(-2)?.payload ?? []).toString("latin1");
      expect(text).toContain(new Bun.CryptoHasher("sha256").update(part).update(part).digest("hex"));
    });

    test("a result of 20 MB is the same bytes", async () => {
      const { direct, through } = await pair();
      const digits =
        "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
      const rows = `SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n, REPEAT(SHA2(a.d + 10 * b.d + 100 * c.d + 1000 * e.d, 256), 32) FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e ORDER BY 1`;
      const expected = await query(direct, rows);
      expect(expected.length).toBeGreaterThan(10_000);
      expect(hashOf(await query(through, rows))).toBe(hashOf(expected));
    });

    for (const extra of [-1, 0, 1]) {
      test(`packets of 16 MiB - 1 ${extra < 0 ? "-" : "+"} ${Math.abs(extra)} pass both ways`, async () => {
        const { direct, through } = await pair();
        // The row's payload: the value, and four bytes that tell its length.
        const statement = `SELECT REPEAT('x', ${0xffffff - 4 + extra}) AS row_edge`;
        const expected = await query(direct, statement);
        expect(hashOf(await query(through, statement))).toBe(hashOf(expected));
        const head = "SELECT 'large' -- ";
        const text = head + "y".repeat(0xffffff - 1 - head.length + extra);
        expect(hexOf(await query(through, text))).toEqual(hexOf(await query(direct, text)));
        expect(hexOf(await query(through, "SELECT 2"))).toEqual(hexOf(await query(direct, "SELECT 2")));
      });
    }

    test("LOCAL INFILE loads what the client sends", async () => {
      const { direct, through } = await pair(FAKE_CLIENT_CAPABILITIES | CLIENT_LOCAL_FILES);
      const run = async (client: FakeClient): Promise<string[]> => {
        const seen: string[] = [];
        for (const text of [
          "CREATE TEMPORARY TABLE loaded (a INT, b VARCHAR(20))",
          "LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded",
        ]) {
          seen.push(...hexOf(await query(client, text)));
        }
        const lines = Array.from({ length: 20_000 }, (_, i) => `${i}\tline ${i}\n`).join("");
        client.stream.socket.write(packetsOf([Buffer.from(lines), new Uint8Array(0)], 2));
        seen.push(...hexOf(await readAnswer(client, COM_QUERY)));
        return [...seen, ...hexOf(await query(client, "SELECT COUNT(*), SUM(a), MAX(b) FROM loaded"))];
      };
      expect(await run(through)).toEqual(await run(direct));
    });

    test("a wrong statement id, a wrong password and a missing schema are the server's own words", async () => {
      const { through } = await pair();
      expect(errOf(await ask(through, COM_INIT_DB, "no_such_schema")).code).toBe(1049);
      expect(errOf(await ask(through, COM_STMT_EXECUTE, Buffer.from([1, 2, 3, 4, 0, 1, 0, 0, 0]))).code).toBe(1243);
    });
  });
}
