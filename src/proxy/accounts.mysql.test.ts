/**
 * `accounts: server`: every way to log in with an account of the server, whatever of the two legs is encrypted: a client
 * hears what it hears directly. The table is printed at the end; what a server cannot do is named.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { newCursor } from "../mysql/cursor.ts";
import { ERR_HEADER, readErr } from "../mysql/err.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { dial, query } from "../testkit/fake-client.ts";
import { type FakeClientOptions, logInFakeClient, nextPacketOf } from "../testkit/fake-client-login.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { closeStream } from "../testkit/packet-stream.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { realServers } from "../testkit/servers.ts";
import { say, sayTable } from "../testkit/terminal.ts";

interface Way {
  name: string;
  /** How the server is told of the account's plugin and password; null where it has none of that kind. */
  identified: Readonly<Record<"mysql" | "mariadb", string | null>>;
  password: string;
  /** The server forgets the password first, so that it has to be sent. */
  isForgotten: boolean;
}

const PASSWORD = "pâss wörd";
const sha2 = (password: string) => ({ mysql: `WITH caching_sha2_password BY '${password}'`, mariadb: null });
const WAYS: readonly Way[] = [
  {
    name: "native",
    identified: { mysql: null, mariadb: `VIA mysql_native_password USING PASSWORD('${PASSWORD}')` },
    password: PASSWORD,
    isForgotten: false,
  },
  {
    name: "native, empty",
    identified: { mysql: null, mariadb: "VIA mysql_native_password" },
    password: "",
    isForgotten: false,
  },
  { name: "sha2 fast", identified: sha2(PASSWORD), password: PASSWORD, isForgotten: false },
  { name: "sha2 full", identified: sha2(PASSWORD), password: PASSWORD, isForgotten: true },
  { name: "sha2, empty", identified: sha2(""), password: "", isForgotten: true },
  {
    name: "sha256",
    identified: { mysql: `WITH sha256_password BY '${PASSWORD}'`, mariadb: null },
    password: PASSWORD,
    isForgotten: false,
  },
  {
    name: "ed25519",
    identified: { mysql: null, mariadb: `VIA ed25519 USING PASSWORD('${PASSWORD}')` },
    password: PASSWORD,
    isForgotten: false,
  },
];

const STATEMENT = "SELECT CURRENT_USER(), USER(), DATABASE(), @@sql_mode, @@character_set_client";
const pem = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", `${name}.pem`), "utf8");
const table: string[][] = [];

/** What becomes of a log-in: the error, or what the session says of itself. */
async function outcomeOf(options: FakeClientOptions): Promise<string> {
  const stream = await dial(options.port);
  try {
    const greeting = readHandshakeV10(newCursor((await nextPacketOf(stream)).payload));
    const { client, last } = await logInFakeClient(stream, greeting, options);
    if (last.payload[0] === ERR_HEADER) {
      const { code, sqlState, message } = readErr(newCursor(last.payload));
      return `${last.sequence} ${code} ${sqlState} ${message}`;
    }
    const answer = await query(client, STATEMENT);
    return [last, ...answer]
      .map(({ sequence, payload }) => `${sequence} ${Buffer.from(payload).toString("hex")}`)
      .join();
  } finally {
    closeStream(stream);
  }
}

for (const server of Object.values(realServers())) {
  describe(`accounts of the server, ${server.name} ${server.version}`, () => {
    const { host, port, user, password } = server;
    let admin: Connection;
    beforeAll(async () => {
      admin = await createConnection({ host, port, user, password });
    });
    afterAll(async () => {
      await admin.query("DROP USER IF EXISTS passed");
      await admin.end();
      say();
      sayTable(
        ["server", "account", "client", "database", "right password", "wrong password"],
        table.filter(([name]) => name === server.name),
      );
    });

    for (const way of WAYS) {
      const identified = way.identified[server.name];
      if (identified === null) {
        table.push([server.name, way.name, "-", "-", `${server.name} ${server.version} has none`, ""]);
        continue;
      }
      for (const isClientTls of [false, true]) {
        for (const isServerTls of [false, true]) {
          const legs = [isClientTls ? "TLS" : "plain", isServerTls ? "TLS" : "plain"];
          test(`${way.name}, client ${legs[0]}, database ${legs[1]}: as direct`, async () => {
            await admin.query("DROP USER IF EXISTS passed");
            await admin.query(`CREATE USER passed IDENTIFIED ${identified}`);
            await admin.query("GRANT ALL ON test.* TO passed");
            const tested: InProcessProxy = startInProcess(
              server,
              { accounts: "server", db: "", tls: { cert: pem("server"), key: pem("server.key") } },
              { tls: { mode: isServerTls ? "required" : "disabled" } },
            );
            const forget = () => (way.isForgotten ? admin.query("FLUSH PRIVILEGES") : null);
            const row = [server.name, way.name, ...legs];
            try {
              for (const given of [way.password, `${way.password}?`]) {
                const direct = { port, user: "passed", password: given, schema: "test", isTls: isClientTls };
                if (!way.isForgotten && given === way.password) await outcomeOf({ ...direct, isTls: true }); // is cached
                await forget();
                const expected = await outcomeOf(direct);
                await forget();
                const got = await outcomeOf({ ...direct, port: tested.login.port });
                // Numbers of packets differ by the question that directly the greeting has asked already.
                expect(withoutSequence(got)).toBe(withoutSequence(expected));
                expect(got.includes(" 1045 ")).toBe(given !== way.password);
                row.push(given === way.password ? "same bytes" : "1045");
              }
            } finally {
              table.push(row);
              await tested.stop();
            }
          });
        }
      }
    }
  });
}

function withoutSequence(outcome: string): string {
  return outcome.replace(/^\d+/, "");
}
