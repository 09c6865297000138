/** The door for tests that need real servers: `make servers` starts them, this says where they are. */
import { readTestEnvironment } from "./environment.ts";
import type { ServerAddress } from "./servers/address.ts";
import type { ServerName } from "./servers/kind.ts";
import { readState } from "./servers/state.ts";

/**
 * The two servers that tests run against, prepared by `make servers`: our own, or those of PISANIX_TEST_MYSQL and PISANIX_TEST_MARIADB.
 * @throws Error that says what to run when one is missing, so that no test passes for want of a server.
 */
export function realServers(): Record<ServerName, ServerAddress> {
  return { mysql: realServer("mysql"), mariadb: realServer("mariadb") };
}

/** One of `realServers()`. */
export function realServer(name: ServerName): ServerAddress {
  const address = readState(name)?.address;
  const given = givenUrl(name);
  if (address !== undefined && (given === undefined || isSameServer(address, given))) return address;
  const variable = `PISANIX_TEST_${name.toUpperCase()}`;
  throw new Error(
    given === undefined
      ? `no ${name} server: run \`make servers\` first, or set ${variable}=mysql://user:password@host:port/db and run it then`
      : `the server of ${variable} is not prepared: run \`make servers\` with the variable set (it creates databases and accounts for the tests)`,
  );
}

/** The URL that the environment gives for `name`. */
export function givenUrl(name: ServerName): URL | undefined {
  const environment = readTestEnvironment();
  const text = name === "mysql" ? environment.mysqlUrl : environment.mariadbUrl;
  return text === undefined ? undefined : new URL(text);
}

function isSameServer(address: ServerAddress, url: URL): boolean {
  return address.host === url.hostname && address.port === Number(url.port || 3306);
}
