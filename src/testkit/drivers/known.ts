/** What is known of drivers and of the proxy, each with its reason. */
import type { ServerName } from "../servers/kind.ts";

interface Place {
  scenario: string;
  /** All when absent. */
  drivers?: readonly string[];
  server?: ServerName;
  why: string;
}

/** A difference that is meant. `make drivers` counts it as passed and says how often it was met. */
export interface KnownDifference extends Place {
  poolSize?: number;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    scenario: "statements of 16 MiB",
    drivers: ["mysql2"],
    server: "mariadb",
    why: "MariaDB hangs up on a statement that the driver has ended wrongly; the proxy says 1156 before it does",
  },
];

/** Errors by which a driver tells one and the same thing. Which it is depends on the moment, over a direct connection, too. */
interface Synonyms {
  drivers: readonly string[];
  errors: RegExp;
}

const SYNONYMS: readonly Synonyms[] = [
  // The server has closed the connection: seen before the next command is sent, while it is, or after.
  { drivers: ["mysql2"], errors: /"EPIPE"|"ECONNRESET"|"PROTOCOL_CONNECTION_LOST"|in closed state"/ },
  { drivers: ["mariadb"], errors: /"ER_SOCKET_UNEXPECTED_CLOSE"|"ER_CMD_CONNECTION_CLOSED"|"ECONNRESET"|"EPIPE"/ },
  { drivers: ["PyMySQL"], errors: /"Lost connection to MySQL server during query( \(\[Errno 104\][^"]*)?"/ },
  { drivers: ["Connector/J"], errors: /"\(conn\) (unexpected end of stream, read 0 bytes|Connection reset)/ },
  {
    drivers: ["mysqlclient", "DBD::mysql", "ruby-mysql2", "libmariadb"],
    errors: /TLS\/SSL error: (unexpected eof while reading|Connection reset by peer)/,
  },
];

/** True when both outcomes of `driver`, in JSON, say the same, be it in other words. */
export function meansSame(driver: string, left: string | undefined, right: string | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  return SYNONYMS.some(({ drivers, errors }) => drivers.includes(driver) && errors.test(left) && errors.test(right));
}

/** Where a driver does not do, over a direct connection, what the scenario says. The proxy must fail it in the same way. */
export const DRIVER_FAULTS: readonly Place[] = [
  {
    scenario: "log in, ed25519",
    drivers: ["mysql2", "mysqli"],
    why: "it has no client_ed25519",
  },
  {
    scenario: "statements of 16 MiB",
    drivers: ["mysql2"],
    server: "mariadb",
    why: "it ends a statement of 16 MiB - 1 without the empty packet, and MariaDB hangs up",
  },
  {
    scenario: "types of MySQL only",
    drivers: ["DBD::mysql"],
    why: "a vector in a prepared statement's row ends the program",
  },
  {
    scenario: "types of MySQL only",
    drivers: ["libmariadb"],
    why: "a vector in a prepared statement's row ends the program",
  },
  {
    scenario: "zero dates",
    drivers: ["ruby-mysql2"],
    why: "it has no value for 2024-00-00",
  },
  {
    scenario: "a local file, refused by the client",
    drivers: ["mysqli"],
    why: "php.ini alone says whether it may read files",
  },
  {
    scenario: "types of MySQL only",
    drivers: ["mysqli"],
    why: "it has no vector, and loses its place in the answer",
  },
  {
    scenario: "several statements where one is allowed",
    drivers: ["mysqli"],
    why: "multi_query() allows them by itself",
  },
  {
    scenario: "autocommit off",
    drivers: ["PDO"],
    why: "it rolls nothing back that it has not begun",
  },
  { scenario: "procedures", drivers: ["DBD::mysql"], why: "a prepared CALL with two results ends the program" },
];

/** True when `place` is about this scenario, driver and server. */
export function isAt(place: Place, scenario: string, driver: string, server: string): boolean {
  const isDriver = place.drivers?.includes(driver) ?? true;
  return place.scenario === scenario && isDriver && (place.server ?? server) === server;
}
