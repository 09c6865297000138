/** Asks a real server what it makes of statements: the other opinion on what src/sql says of them. */
import { type Connection, createConnection } from "mysql2/promise";
import type { ServerAddress } from "./servers/address.ts";

/** How a statement ended: 0 for well. */
export interface Verdict {
  code: number;
  message: string;
}

/** A connection whose texts are read as the server's own sql_mode says: mysql2 would set IGNORE_SPACE besides. */
export function openJudge(server: ServerAddress, account?: { user: string; password: string }): Promise<Connection> {
  const { host, port } = server;
  const { user, password } = account ?? server;
  return createConnection({ host, port, user, password, charset: "utf8mb4", flags: ["-IGNORE_SPACE"] });
}

/** Runs the statement. */
export function run(connection: Connection, sql: string): Promise<Verdict> {
  return verdictOf(connection.query(sql));
}

/** Prepares the statement, which runs nothing. */
export function prepare(connection: Connection, sql: string): Promise<Verdict> {
  return verdictOf(connection.prepare(sql).then((statement) => statement.close()));
}

async function verdictOf(answer: Promise<unknown>): Promise<Verdict> {
  try {
    await answer;
    return { code: 0, message: "" };
  } catch (error) {
    const { errno, message } = error as { errno?: number; message: string };
    return { code: errno ?? -1, message };
  }
}
