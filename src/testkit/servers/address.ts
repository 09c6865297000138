/** Where a real server is and who may log in. */
import type { ServerName } from "./kind.ts";

/** An account for tests: may do everything, from any host. */
export interface TestAccount {
  /** The server's name of the authentication plugin. */
  plugin: string;
  user: string;
  password: string;
}

/** A real server. It has the databases `test`, `socksdb` (the catalogue of the socks shop) and `sbtest`. */
export interface ServerAddress {
  name: ServerName;
  /** What SELECT VERSION() answers. */
  version: string;
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** One for each authentication plugin that the server has; the first is the server's default. */
  accounts: TestAccount[];
}
