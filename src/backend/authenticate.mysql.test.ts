import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { startInProcess } from "../testkit/in-process.ts";
import { REPOSITORY } from "../testkit/paths.ts";
import type { ServerAddress } from "../testkit/servers/address.ts";
import { realServers } from "../testkit/servers.ts";

const OTHER_AUTHORITY = readFileSync(join(REPOSITORY, "testdata", "tls", "other-authority.pem"), "utf8");
const PASSWORD = "pässwörd ' of more than thirty-two bytes";
const PLUGINS = {
  mysql: ["caching_sha2_password", "sha256_password", "mysql_native_password"],
  mariadb: ["mysql_native_password", "ed25519"],
} as const;

/** MariaDB lets nobody in to an ed25519 account with the empty password. */
const LOCKED = "error 1045";

/** How the account of a listener's node logs in: the user that the server says it is, or the proxy's error. */
async function logInBy(server: ServerAddress, user: string, password: string, tls: object): Promise<string> {
  const tested = startInProcess(server, { pool_size: 1 }, { user, password, tls });
  try {
    const connection = await createConnection({ ...tested.login });
    try {
      const user = await one(connection, "SELECT CURRENT_USER() AS value");
      const cipher = await one(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'");
      return `${user} ${cipher === "" ? "plain" : "TLS"}`;
    } finally {
      connection.destroy();
    }
  } catch (error) {
    return String(error);
  } finally {
    await tested.stop();
  }
}

async function one(connection: Connection, statement: string): Promise<string> {
  const [rows] = await connection.query<RowDataPacket[]>(statement);
  return String(rows[0]?.["value"] ?? rows[0]?.["Value"] ?? "");
}

for (const server of Object.values(realServers())) {
  describe(`authenticate() with ${server.name}`, () => {
    /** Of a server that names a file beside its data, or anywhere. */
    const authorityFile = async (file: string) => resolve(await one(direct, "SELECT @@datadir AS value"), file);
    const accounts: Array<{ plugin: string; user: string; password: string }> = [];
    let direct: Connection;
    let isTlsOffered = false;

    beforeAll(async () => {
      const { host, port, user, password } = server;
      direct = await createConnection({ host, port, user, password });
      isTlsOffered = (await one(direct, "SELECT @@have_ssl AS value").catch(() => "YES")) === "YES";
      const active =
        "SELECT GROUP_CONCAT(PLUGIN_NAME) AS value FROM information_schema.PLUGINS WHERE PLUGIN_STATUS = 'ACTIVE'";
      const names = (await one(direct, active)).split(",");
      for (const plugin of PLUGINS[server.name].filter((each) => names.includes(each))) {
        for (const [suffix, secret] of [
          ["full", PASSWORD],
          ["empty", ""],
        ] as const) {
          const account = `auth_${plugin}_${suffix}`.slice(0, 32);
          const how = server.name === "mysql" ? `WITH ${plugin} BY ?` : `VIA ${plugin} USING PASSWORD(?)`;
          await direct.query(`DROP USER IF EXISTS ${account}`);
          await direct.query(`CREATE USER ${account} IDENTIFIED ${how}`, [secret]);
          await direct.query(`GRANT ALL ON *.* TO ${account}`);
          accounts.push({ plugin, user: account, password: secret });
        }
      }
    });

    afterAll(async () => {
      for (const { user } of accounts) await direct.query(`DROP USER ${user}`);
      await direct.end();
    });

    test("every plugin of the server, empty and not, with a cold and a warm cache, plain and over TLS", async () => {
      const wanted: string[] = [];
      const found: string[] = [];
      for (const { plugin, user, password } of accounts) {
        for (const mode of isTlsOffered ? ["disabled", "preferred", "required"] : ["disabled", "preferred"]) {
          await direct.query("FLUSH PRIVILEGES"); // empties the cache of caching_sha2_password
          for (const cache of ["cold", "warm"]) {
            const how = `${plugin} ${mode} ${cache}`;
            const isPlain = mode === "disabled" || !isTlsOffered;
            const isLocked = plugin === "ed25519" && password === "";
            wanted.push(`${how}: ${isLocked ? LOCKED : `${user}@% ${isPlain ? "plain" : "TLS"}`}`);
            const outcome = await logInBy(server, user, password, { mode });
            found.push(`${how}: ${outcome.includes("error 1045") ? LOCKED : outcome}`);
          }
        }
        const refused = await logInBy(server, user, "wrong", {});
        expect(refused, plugin).toMatch(/access denied|1045/i);
      }
      expect(accounts.length).toBeGreaterThanOrEqual(4);
      expect(found).toEqual(wanted);
    }, 60_000);

    test("required without TLS on the server, or verification by authorities that did not sign, is a reason", async () => {
      const account = accounts[0] ?? { user: "", password: "" };
      if (!isTlsOffered) {
        expect(await logInBy(server, account.user, account.password, { mode: "required" })).toContain("offers no TLS");
        return;
      }
      for (const mode of ["verify-ca", "verify-identity"]) {
        for (const tls of [{ mode }, { mode, ca: OTHER_AUTHORITY }]) {
          const refused = await logInBy(server, account.user, account.password, tls);
          expect(refused, mode).toMatch(/TLS: .*(self.signed|unable to (verify|get))/i);
        }
      }
    });

    test("verify-ca takes the server's own authority; verify-identity wants its name, too", async () => {
      if (!isTlsOffered) return;
      const account = accounts[0] ?? { user: "", password: "" };
      const ca = readFileSync(await one(direct, "SELECT @@ssl_ca AS value").then(authorityFile), "utf8");
      const logIn = (mode: string) => logInBy(server, account.user, account.password, { mode, ca });
      expect(await logIn("verify-ca")).toBe(`${account.user}@% TLS`);
      // The certificate that MySQL makes for itself names no host.
      const named = await logIn("verify-identity");
      if (server.name === "mysql") expect(named).toMatch(/TLS: .*(host|identity|name|altnames)/i);
      else expect(named).toBe(`${account.user}@% TLS`);
    });
  });
}
