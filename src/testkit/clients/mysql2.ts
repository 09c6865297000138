/** mysql2, the npm driver, under Bun. */
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { ClientLogin } from "../manifests.ts";
import {
  type Answers,
  type Client,
  COUNT,
  ERROR,
  INSERT,
  LARGE,
  PREPARED,
  PREPARED_VALUES,
  shortened,
  TEXT,
} from "./check.ts";

export const MYSQL2: Client = { name: "mysql2", run };

async function run(login: ClientLogin): Promise<Answers> {
  const connection = await createConnection({ ...login, charset: "utf8mb4" });
  try {
    const text = await value(connection, TEXT);
    const [rows] = await connection.execute<RowDataPacket[]>(PREPARED, [...PREPARED_VALUES]);
    await connection.beginTransaction();
    await connection.query(INSERT);
    const inside = await value(connection, COUNT);
    await connection.rollback();
    const rolledBack = await value(connection, COUNT);
    await connection.beginTransaction();
    await connection.query(INSERT);
    await connection.commit();
    return {
      text,
      prepared: firstValue(rows),
      inside,
      "rolled back": rolledBack,
      committed: await value(connection, COUNT),
      large: shortened(await value(connection, LARGE)),
      error: await failure(connection, ERROR),
      after: await value(connection, TEXT),
    };
  } finally {
    connection.destroy();
  }
}

async function value(connection: Connection, statement: string): Promise<string> {
  const [rows] = await connection.query<RowDataPacket[]>(statement);
  return firstValue(rows);
}

function firstValue(rows: readonly RowDataPacket[]): string {
  return String(Object.values(rows[0] ?? {})[0]);
}

async function failure(connection: Connection, statement: string): Promise<string> {
  try {
    await connection.query(statement);
    return "no error";
  } catch (error) {
    const { errno, sqlState } = error as { errno?: number; sqlState?: string };
    if (errno === undefined) throw error;
    return `${errno} ${sqlState}`;
  }
}
