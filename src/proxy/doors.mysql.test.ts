/** Ways in and out other than plain TCP: unix sockets, the PROXY protocol, and what databases are told of clients. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { writeProxyHeader } from "../net/proxy-protocol.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { realServers } from "../testkit/servers.ts";

const stops: Array<() => unknown> = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function start(...options: Parameters<typeof startInProcess>): InProcessProxy {
  const tested = startInProcess(...options);
  stops.push(tested.stop);
  return tested;
}

async function open(options: Parameters<typeof createConnection>[0] & object): Promise<Connection> {
  const connection = await createConnection(options);
  stops.push(() => connection.destroy());
  return connection;
}

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "pisanix-doors-"));
  stops.push(() => rm(directory, { recursive: true }));
  return directory;
}

async function value(connection: Connection, expression: string): Promise<unknown> {
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT ${expression} AS value`);
  return rows[0]?.["value"];
}

const HOST = "(SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID())";
const { mysql, mariadb } = realServers();

describe("a unix socket", () => {
  test("serves clients beside the port, as secure as TLS, and is gone when the proxy is", async () => {
    const socketPath = join(folder(), "shop.sock");
    const tested = start(mysql, { socket: socketPath, tls: { mode: "disabled" } });
    const { user, password, database } = tested.login;
    const connection = await open({ socketPath, user, password, database });
    expect(await value(connection, "1 + 1")).toBe(2);
    expect([...(tested.proxy.listeners[0]?.sessions.values() ?? [])][0]?.remoteAddress).toBe("localhost");
    expect(statSync(socketPath).mode & 0o777).toBe(0o777);
    const wrong = createConnection({ socketPath, user, password: "wrong" });
    await expect(wrong).rejects.toMatchObject({ errno: 1045, sqlMessage: expect.stringContaining("'localhost'") });
    connection.destroy();
    await tested.stop();
    expect(existsSync(socketPath)).toBe(false);
  });

  test("that a killed process has left behind is replaced; one that is in use, or a file, is not", async () => {
    const directory = folder();
    const socketPath = join(directory, "shop.sock");
    const left = Bun.spawnSync([
      process.execPath,
      "-e",
      `Bun.listen({ unix: ${JSON.stringify(socketPath)}, socket: { data() {} } }); process.kill(process.pid, "SIGKILL")`,
    ]);
    expect([left.signalCode, existsSync(socketPath)]).toEqual(["SIGKILL", true]);
    const tested = start(mysql, { socket: socketPath });
    const { user, password, database } = tested.login;
    expect(await value(await open({ socketPath, user, password, database }), "2")).toBe(2);
    expect(() => start(mysql, { socket: socketPath })).toThrow(
      `listener tested cannot listen on ${socketPath} (another process listens there): end what uses the path, or change socket`,
    );
    const file = join(directory, "file");
    writeFileSync(file, "precious");
    expect(() => start(mysql, { socket: file })).toThrow("a file that is no socket");
    expect(existsSync(file)).toBe(true);
  });
});

describe("the PROXY protocol", () => {
  for (const version of ["v1", "v2"] as const) {
    test(`${version} from a trusted network says who the client is, and MariaDB is told in turn`, async () => {
      const account = mariadb.accounts[0];
      const { host, user, password } = mariadb;
      const admin = await open({ host, port: mariadb.port, user, password });
      await admin.query("SET GLOBAL proxy_protocol_networks = '127.0.0.1'");
      stops.push(() => admin.query("SET GLOBAL proxy_protocol_networks = ''"));
      const tested = start(
        mariadb,
        { proxy_protocol: { networks: ["10.0.0.0/8", "127.0.0.0/8"] } },
        { proxy_protocol: version, user: account?.user, password: account?.password },
      );
      const { port } = tested.login;
      const ends = { address: "192.0.2.7", port: 4711, localAddress: "127.0.0.1", localPort: port };
      const stream = connect({ host: "127.0.0.1", port });
      stream.write(writeProxyHeader(version, ends));
      const connection = await open({ ...tested.login, stream });
      expect(await value(connection, HOST)).toBe("192.0.2.7:4711");
      const plain = await open({ ...tested.login });
      expect(await value(plain, "1")).toBe(1);
    });
  }

  test("is refused from elsewhere, and when it is broken", async () => {
    const untrusting = start(mysql, { proxy_protocol: { networks: ["10.0.0.0/8"] } });
    const trusting = start(mysql, { proxy_protocol: { networks: ["127.0.0.1"] } });
    for (const [tested, header, words] of [
      [
        untrusting,
        "PROXY TCP4 192.0.2.7 127.0.0.1 4711 3306\r\n",
        "a PROXY header from 127.0.0.1, which is in none of",
      ],
      [trusting, "PROXY TCP4 elsewhere 127.0.0.1 4711 3306\r\n", "the PROXY header is broken"],
    ] as const) {
      const stream = connect({ host: "127.0.0.1", port: tested.login.port });
      stream.write(header);
      const refused = createConnection({ ...tested.login, stream });
      await expect(refused).rejects.toMatchObject({ errno: 1043, sqlMessage: expect.stringContaining(words) });
    }
  });
});

test("connection attributes of the client that a connection is opened for reach the server", async () => {
  const tested = start(mysql, {});
  const connection = await open({ ...tested.login, connectAttributes: { program_name: "shop", role: "naïve" } });
  const [rows] = await connection.query<RowDataPacket[]>(
    "SELECT ATTR_NAME, ATTR_VALUE FROM performance_schema.session_connect_attrs WHERE PROCESSLIST_ID = CONNECTION_ID()",
  );
  const told = Object.fromEntries(rows.map((row) => [row["ATTR_NAME"], row["ATTR_VALUE"]]));
  expect(told).toMatchObject({ program_name: "shop", role: "naïve", _client_name: "Node-MySQL-2" });
});
