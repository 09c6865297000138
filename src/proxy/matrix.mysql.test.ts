/**
 * Every way to log in, on both legs, crossed with TLS, with how result sets end, and with both protocols: through the
 * proxy a client gets the bytes that it gets directly. The table is printed at the end; what a server cannot do is named.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { CLIENT_DEPRECATE_EOF } from "../mysql/capabilities.ts";
import { COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { ask, openFakeClient } from "../testkit/fake-client.ts";
import { FAKE_CLIENT_CAPABILITIES, type FakeClientOptions } from "../testkit/fake-client-login.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { closeStream, type RawPacket } from "../testkit/packet-stream.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { realServers } from "../testkit/servers.ts";
import { say, sayTable } from "../testkit/terminal.ts";

interface Way {
  name: string;
  /** Of the account, as the server names it. */
  account: string;
  /** The plugin that the listener insists on. */
  plugin: string;
  /** The server forgets the password first, so that caching_sha2_password has to send it. */
  isForgotten?: boolean;
  /** TLS towards the server: always, never, or as the client has it. */
  isServerTls?: boolean;
}

const WAYS: readonly Way[] = [
  { name: "native", account: "mysql_native_password", plugin: "mysql_native_password" },
  { name: "sha2 fast", account: "caching_sha2_password", plugin: "caching_sha2_password" },
  {
    name: "sha2 RSA",
    account: "caching_sha2_password",
    plugin: "caching_sha2_password",
    isForgotten: true,
    isServerTls: false,
  },
  {
    name: "sha2 TLS",
    account: "caching_sha2_password",
    plugin: "caching_sha2_password",
    isForgotten: true,
    isServerTls: true,
  },
  { name: "sha256", account: "sha256_password", plugin: "sha256_password" },
  { name: "ed25519", account: "ed25519", plugin: "client_ed25519" },
];

const STATEMENT = "SELECT id, name, price, NULL, CONCAT('é', x'00ff') FROM socksdb.sock ORDER BY id";
const pem = (name: string) => readFileSync(join(REPOSITORY, "testdata", "tls", `${name}.pem`), "utf8");
const table: string[][] = [];

const hexOf = (answer: readonly RawPacket[]) =>
  answer.map(({ sequence, payload }) => `${sequence} ${Buffer.from(payload).toString("hex")}`);

/** The bytes of one answer: of the text, or of its prepared statement, whose id is the server's business. */
async function answer(login: FakeClientOptions, isBinary: boolean): Promise<string[]> {
  const client = await openFakeClient(login);
  try {
    if (!isBinary) return hexOf(await ask(client, COM_QUERY, STATEMENT));
    const prepared = await ask(client, COM_STMT_PREPARE, STATEMENT);
    const head = (prepared[0] as RawPacket).payload;
    const execute = Buffer.concat([head.subarray(1, 5), Buffer.from([0, 1, 0, 0, 0])]);
    head.fill(0, 1, 5);
    return [...hexOf(prepared), ...hexOf(await ask(client, COM_STMT_EXECUTE, execute))];
  } finally {
    closeStream(client.stream);
  }
}

for (const server of Object.values(realServers())) {
  describe(`log-in matrix, ${server.name} ${server.version}`, () => {
    const { host, port, user, password } = server;
    let admin: Connection;
    beforeAll(async () => {
      admin = await createConnection({ host, port, user, password });
    });
    afterAll(async () => {
      await admin.end();
      say();
      sayTable(
        ["server", "log-in", "client", "ends", "protocol", "outcome"],
        table.filter(([name]) => name === server.name),
      );
    });

    for (const way of WAYS) {
      const account = server.accounts.find(({ plugin }) => plugin === way.account);
      if (account === undefined) {
        table.push([server.name, way.name, "-", "-", "-", `${server.name} ${server.version} has no ${way.account}`]);
        continue;
      }
      for (const isTls of [false, true]) {
        const client = isTls ? "TLS" : "plain";

        test(`${way.name}, client ${client}: the same bytes as direct`, async () => {
          const isServerTls = way.isServerTls ?? isTls;
          if (way.isForgotten === true) await admin.query("FLUSH PRIVILEGES");
          const tested: InProcessProxy = startInProcess(
            server,
            { auth_plugin: way.plugin, tls: { cert: pem("server"), key: pem("server.key") } },
            { user: account.user, password: account.password, tls: { mode: isServerTls ? "required" : "disabled" } },
          );
          try {
            for (const [ends, bit] of [
              ["EOF", 0],
              ["OK", CLIENT_DEPRECATE_EOF],
            ] as const) {
              const capabilities = (FAKE_CLIENT_CAPABILITIES & ~CLIENT_DEPRECATE_EOF) | bit;
              for (const isBinary of [false, true]) {
                const direct = { port, user: account.user, password: account.password, capabilities, isTls };
                const through = { ...direct, port: tested.login.port, user: "app", password: tested.login.password };
                const [expected, got] = [await answer(direct, isBinary), await answer(through, isBinary)];
                const row = [server.name, way.name, client, ends, isBinary ? "binary" : "text"];
                table.push([...row, got.join() === expected.join() ? "same bytes" : "DIFFERENT"]);
                expect(got).toEqual(expected);
              }
            }
          } finally {
            await tested.stop();
          }
        });
      }
    }
  });
}
