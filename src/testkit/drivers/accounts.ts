/** The accounts that drivers log in with: made on a real server for the time of a run. */
import { randomBytes } from "node:crypto";
import { type Connection, createConnection } from "mysql2/promise";
import type { ServerAddress } from "../servers/address.ts";
import type { ServerName } from "../servers/kind.ts";

export interface Account {
  user: string;
  password: string;
}

/** By the name that scenarios use. `main` has the plugin that the server gives by default. */
export type Accounts = Record<string, Account>;

/** The schema that the scenarios of a driver work in, so that drivers may play at the same time. */
export function schemaOf(driver: string): string {
  return `drivers_${driver.toLowerCase().replaceAll(/[^a-z0-9]/g, "_")}`;
}

const PLUGINS: Record<ServerName, Record<string, string>> = {
  mysql: {
    main: "caching_sha2_password",
    sha2: "caching_sha2_password",
    sha256: "sha256_password",
    empty: "caching_sha2_password",
  },
  mariadb: {
    main: "mysql_native_password",
    native: "mysql_native_password",
    ed25519: "ed25519",
    empty: "mysql_native_password",
  },
};

/** Opens a connection of the harness's own, straight to the server. */
export function openDirect({ host, port, user, password }: ServerAddress): Promise<Connection> {
  return createConnection({ host, port, user, password, multipleStatements: true });
}

/** Creates the accounts on the server of `direct`, in place of those that an interrupted run has left. */
export async function createAccounts(direct: Connection, server: ServerName): Promise<Accounts> {
  await dropAccounts(direct, server);
  const accounts: Accounts = {};
  for (const [name, plugin] of Object.entries(PLUGINS[server])) {
    const account = { user: `drivers_${name}`, password: name === "empty" ? "" : `p${randomBytes(9).toString("hex")}` };
    const way =
      server === "mysql"
        ? `WITH ${plugin} BY '${account.password}'`
        : `VIA ${plugin} USING PASSWORD('${account.password}')`;
    await direct.query(`CREATE USER '${account.user}'@'%' IDENTIFIED ${way}`);
    await direct.query(`GRANT ALL ON *.* TO '${account.user}'@'%'`);
    accounts[name] = account;
  }
  return accounts;
}

/** Removes the accounts. */
export async function dropAccounts(direct: Connection, server: ServerName): Promise<void> {
  for (const name of Object.keys(PLUGINS[server])) await direct.query(`DROP USER IF EXISTS 'drivers_${name}'@'%'`);
}
