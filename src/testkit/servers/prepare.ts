/** What every test server must have: databases, the catalogue's rows, and one account for each authentication plugin. */
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { ServerAddress, TestAccount } from "./address.ts";
import { CATALOGUE } from "./catalogue.ts";

/** The plugins that we want accounts for, as each family names them; the first is what a client meets by default. */
const PLUGINS = {
  mysql: [
    { plugin: "caching_sha2_password", user: "pisanix" },
    { plugin: "sha256_password", user: "pisanix_sha256" },
    { plugin: "mysql_native_password", user: "pisanix_native" },
  ],
  mariadb: [
    { plugin: "mysql_native_password", user: "pisanix" },
    { plugin: "ed25519", user: "pisanix_ed25519" },
  ],
} as const;

/** Creates what is missing on `server` and returns its address with version and accounts. Safe to repeat. */
export async function prepareServer(server: ServerAddress, accountPassword: string): Promise<ServerAddress> {
  const { host, port, user, password } = server;
  let connection: Connection | undefined;
  try {
    connection = await createConnection({ host, port, user, password });
    for (const database of ["test", "socksdb", "sbtest"])
      await connection.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
    for (const statement of CATALOGUE) await connection.query(statement);
    const version = await column(connection, "SELECT VERSION() AS value");
    const accounts = await createAccounts(connection, server, accountPassword);
    return { ...server, version: version[0] ?? "unknown", accounts };
  } catch (error) {
    throw new Error(`${server.name} on ${host}:${port} cannot be prepared for tests as ${user}`, { cause: error });
  } finally {
    await connection?.end();
  }
}

async function createAccounts(connection: Connection, server: ServerAddress, password: string): Promise<TestAccount[]> {
  if (server.name === "mariadb") await installEd25519(connection);
  const active = await column(
    connection,
    "SELECT PLUGIN_NAME AS value FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'AUTHENTICATION' AND PLUGIN_STATUS = 'ACTIVE'",
  );
  const accounts: TestAccount[] = [];
  for (const { plugin, user } of PLUGINS[server.name].filter((wanted) => active.includes(wanted.plugin))) {
    const identified =
      server.name === "mysql"
        ? `IDENTIFIED WITH ${plugin} BY '${password}'`
        : `IDENTIFIED VIA ${plugin} USING PASSWORD('${password}')`;
    await connection.query(`CREATE USER IF NOT EXISTS '${user}'@'%' ${identified}`);
    await connection.query(`ALTER USER '${user}'@'%' ${identified}`);
    await connection.query(`GRANT ALL ON *.* TO '${user}'@'%'`);
    accounts.push({ plugin, user, password });
  }
  return accounts;
}

/** MariaDB ships the plugin as a file that is not loaded; a server without the file simply gets no such account. */
async function installEd25519(connection: Connection): Promise<void> {
  const ER_CANT_OPEN_LIBRARY = 1126;
  const ER_PLUGIN_INSTALLED = 1968;
  try {
    await connection.query("INSTALL SONAME 'auth_ed25519'");
  } catch (error) {
    const errno = (error as { errno?: number }).errno;
    if (errno !== ER_CANT_OPEN_LIBRARY && errno !== ER_PLUGIN_INSTALLED) throw error;
  }
}

async function column(connection: Connection, statement: string): Promise<string[]> {
  const [rows] = await connection.query<(RowDataPacket & { value: string })[]>(statement);
  return rows.map((row) => row.value);
}
