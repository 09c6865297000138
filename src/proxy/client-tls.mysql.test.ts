import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { CLIENT_PROTOCOL_41, CLIENT_SSL } from "../mysql/capabilities.ts";
import { nextPacket, openRawClient, packetBytes } from "../testkit/hostile/raw-client.ts";
import { type InProcessProxy, startInProcess } from "../testkit/in-process.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import { realServers } from "../testkit/servers.ts";

const file = (name: string) => join(REPOSITORY, "testdata", "tls", `${name}.pem`);
const pem = (name: string) => readFileSync(file(name), "utf8");
const TLS = { cert: file("server"), key: file("server.key") };
/** mysql2 writes into what it is given, so it is given copies. */
const AUTHORITY = Object.freeze({ ca: pem("authority") });
const LIMIT_MS = 5_000;

async function one(connection: Connection, statement: string): Promise<string> {
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT ${statement} AS value`);
  return String(rows[0]?.["value"]);
}

/** Logs in and out again; "" when that goes well, else the error. */
async function tryLogIn({ login }: InProcessProxy, ssl?: object): Promise<string> {
  try {
    const connection = await createConnection({ ...login, ...(ssl === undefined ? {} : { ssl: { ...ssl } }) });
    await connection.end();
    return "";
  } catch (error) {
    return String(error);
  }
}

/** Runs a statement; "" when that goes well, else the error. */
async function tryQuery({ login }: InProcessProxy): Promise<string> {
  const connection = await createConnection({ ...login });
  try {
    await connection.query("SELECT 1");
    return "";
  } catch (error) {
    return String(error);
  } finally {
    connection.destroy();
  }
}

/** The serial number of the certificate that a client is shown. */
async function serialShown({ login }: InProcessProxy): Promise<string> {
  const connection = await createConnection({ ...login, ssl: { ...AUTHORITY } });
  const { stream } = (
    connection as unknown as { connection: { stream: { getPeerCertificate(): { serialNumber: string } } } }
  ).connection;
  const { serialNumber } = stream.getPeerCertificate();
  await connection.end();
  return serialNumber;
}

for (const server of Object.values(realServers())) {
  describe(`a listener with TLS, in front of ${server.name}`, () => {
    let tested: InProcessProxy;
    beforeAll(() => {
      tested = startInProcess(server, { tls: TLS });
    });
    afterAll(() => tested.stop());

    test("serves clients with TLS and without, and shows its name", async () => {
      expect(await tryLogIn(tested, AUTHORITY)).toBe("");
      expect(await tryLogIn(tested)).toBe("");
      expect(await tryLogIn(tested, { ca: pem("other-authority") })).toMatch(/certificate/i);
    });

    test("relays 20 MB over TLS as they are, logs in again inside TLS, and refuses a wrong password", async () => {
      const connection = await createConnection({ ...tested.login, ssl: { ...AUTHORITY } });
      const wanted = await one(connection, "SHA2(REPEAT('0123456789abcdef', 1250000), 256)");
      const text = await one(connection, "REPEAT('0123456789abcdef', 1250000)");
      expect(createHash("sha256").update(text).digest("hex")).toBe(wanted);
      const { user, password } = tested.login;
      await connection.changeUser({ user, password, database: "test" });
      expect(await one(connection, "DATABASE()")).toBe("test");
      await expect(connection.changeUser({ user, password: "wrong" })).rejects.toMatchObject({ errno: 1045 });
      connection.destroy();
    }, 20_000);

    test("is a database with a good name to another proxy: verify-identity", async () => {
      const { user, password, port } = tested.login;
      const node = { user, password, port, tls: { mode: "verify-identity", ...AUTHORITY } };
      const outcomes: string[] = [];
      for (const host of ["localhost", "127.0.0.1"]) {
        const front = startInProcess(server, {}, { ...node, host });
        outcomes.push(await tryLogIn(front));
        const connection = await createConnection({ ...front.login });
        const text = await one(connection, "REPEAT('0123456789abcdef', 1250000)"); // TLS on both of its hops
        outcomes.push(createHash("sha256").update(text).digest("hex"));
        connection.destroy();
        await front.stop();
      }
      const wanted = createHash("sha256").update("0123456789abcdef".repeat(1_250_000)).digest("hex");
      expect(outcomes).toEqual(["", wanted, "", wanted]);
    }, 20_000);
  });
}

describe("a listener", () => {
  const server = realServers().mysql;
  const withProxy = async (tls: object | undefined, work: (tested: InProcessProxy) => Promise<void>) => {
    const tested = startInProcess(server, tls === undefined ? {} : { tls });
    try {
      await work(tested);
    } finally {
      await tested.stop();
    }
  };

  test("that requires TLS refuses plain log-ins as MySQL does", () =>
    withProxy({ ...TLS, mode: "required" }, async (tested) => {
      expect(await tryLogIn(tested, AUTHORITY)).toBe("");
      const refused = createConnection({ ...tested.login });
      await expect(refused).rejects.toMatchObject({ errno: 3159, sqlState: "HY000" });
    }));

  test("makes a certificate of its own when it is given none, good for those who do not ask who signed it", async () => {
    for (const tls of [undefined, { mode: "required" }]) {
      await withProxy(tls, async (tested) => {
        expect(await tryLogIn(tested, { rejectUnauthorized: false })).toBe("");
        expect(await tryLogIn(tested, { rejectUnauthorized: true })).toMatch(/self.signed|unable to (verify|get)/i);
      });
    }
  });

  test("with TLS disabled does not offer it", async () => {
    for (const tls of [{ mode: "disabled" }, { ...TLS, mode: "disabled" }]) {
      await withProxy(tls, async (tested) => {
        const client = await openRawClient(tested.login, LIMIT_MS);
        expect(client.greeting.capabilities & CLIENT_SSL).toBe(0);
        client.socket.destroy();
        expect(await tryLogIn(tested, AUTHORITY)).toMatch(/secure connection/i);
      });
    }
  });

  test("never reads plain text that was slipped in behind an SSLRequest as a log-in", () =>
    withProxy(TLS, async (tested) => {
      const client = await openRawClient(tested.login, LIMIT_MS);
      const request = Buffer.alloc(32);
      request.writeUInt32LE(CLIENT_SSL | CLIENT_PROTOCOL_41);
      const slipped = packetBytes(2, Buffer.from("a response in plain text that would log somebody in"));
      client.socket.write(Buffer.concat([packetBytes(1, request), slipped]));
      expect(await nextPacket(client, LIMIT_MS)).toBeNull(); // an alert, which is no packet
      expect(tested.log.lines.some((line) => JSON.stringify(line).includes("TLS: "))).toBe(true);
      client.socket.destroy();
    }));

  for (const [name, hello] of [
    ["and nothing more", []],
    ["and half a hello in one segment", [0x16, 3, 1, 0, 200, 1]],
  ] as const) {
    test(`closes on a client that sends an SSLRequest ${name}`, async () => {
      const tested = startInProcess(server, { tls: TLS, limits: { timeout_handshake_ms: 100 } });
      const client = await openRawClient(tested.login, LIMIT_MS);
      const request = Buffer.alloc(32);
      request.writeUInt32LE(CLIENT_SSL | CLIENT_PROTOCOL_41);
      client.socket.write(Buffer.concat([packetBytes(1, request), Buffer.from(hello)]));
      expect(await nextPacket(client, LIMIT_MS)).toBeNull();
      client.socket.destroy();
      await tested.stop();
      expect(tested.proxy.listeners[0]?.sessions.size).toBe(0);
    });
  }

  test("knows another proxy by the certificate that its node shows", () =>
    withProxy({ ...TLS, ca: file("authority") }, async (tested) => {
      const { user, password, port } = tested.login;
      const node = { user, password, port, host: "localhost" };
      const shown = { cert: file("client"), key: file("client.key") };
      for (const [tls, outcome] of [
        [shown, /^$/],
        [{ cert: file("stranger"), key: file("stranger.key") }, /no healthy backend/],
        [{}, /no healthy backend/],
        [{ ...shown, cert: "/no/such/file" }, /TLS: ENOENT.*\/no\/such\/file/],
      ] as const) {
        const front = startInProcess(server, {}, { ...node, tls: { mode: "verify-identity", ...AUTHORITY, ...tls } });
        expect(await tryQuery(front)).toMatch(outcome);
        await front.stop();
      }
    }));

  test("with authorities lets in clients with one of their certificates only", () =>
    withProxy({ ...TLS, ca: file("authority") }, async (tested) => {
      const identity = (name: string) => ({ ...AUTHORITY, cert: pem(name), key: pem(`${name}.key`) });
      expect(await tryLogIn(tested, identity("client"))).toBe("");
      expect(await tryLogIn(tested, identity("stranger"))).not.toBe("");
      expect(await tryLogIn(tested, AUTHORITY)).not.toBe("");
    }));

  test("shows a certificate anew when its files change, and keeps the last good one", async () => {
    const directory = await mkdtemp(join(tmpdir(), "pisanix-tls-"));
    const place = (name: string) =>
      Promise.all([
        copyFile(file(name), join(directory, "crt")),
        copyFile(file(`${name}.key`), join(directory, "key")),
      ]);
    await place("server");
    await withProxy({ cert: join(directory, "crt"), key: join(directory, "key") }, async (tested) => {
      const first = await serialShown(tested);
      await copyFile(file("renewed"), join(directory, "crt")); // the key is still that of the first
      expect(await serialShown(tested)).toBe(first);
      await place("renewed");
      const second = await serialShown(tested);
      expect(second).not.toBe(first);
      await rm(directory, { recursive: true });
      expect(await serialShown(tested)).toBe(second);
    });
  });

  test("does not start with a certificate that cannot be used, and says which", () => {
    expect(() => startInProcess(server, { tls: { ...TLS, key: file("renewed.key") } })).toThrow(
      /^listener tested: tls: cert, key make no server: .*mismatch/i,
    );
    expect(() => startInProcess(server, { tls: { ...TLS, cert: "/no/such/file" } })).toThrow(
      /listener tested: tls: ENOENT.*\/no\/such\/file/,
    );
    expect(() => startInProcess(server, { tls: { cert: file("server") } })).toThrow(/a certificate without its key/);
  });
});
