/**
 * What an ORM does with a connection that it borrows from its pool: HikariCP asks whether it lives and takes back what the
 * last borrower has set; then a transaction runs prepared statements.
 */
import type { Connection, RowDataPacket } from "mysql2/promise";
import type { ClientLogin } from "../manifests.ts";

/** Rows of the table, each for one client at a time, so that none waits for another's lock. */
export const ROWS = 1_000;

/** Makes the table anew. */
export async function makeTable(connection: Connection): Promise<void> {
  await connection.query("DROP TABLE IF EXISTS test.orm_visits");
  await connection.query(
    "CREATE TABLE test.orm_visits (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, visits INT NOT NULL) ENGINE=InnoDB",
  );
  const rows = Array.from({ length: ROWS }, (_, id) => `(${id}, 'visitor ${id}', 0)`);
  await connection.query(`INSERT INTO test.orm_visits VALUES ${rows.join()}`);
}

/** How the clients of a run log in. */
export function loginOf({ host, port, user, password }: ClientLogin) {
  return { host, port, user, password, database: "test" };
}

/** One unit of work on row `id`, in which the database is busy for `workMs`. @throws Error when an answer is not this row's. */
export async function workOnce(connection: Connection, id: number, workMs: number): Promise<void> {
  await connection.ping();
  await connection.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  await connection.query("SET autocommit=0");
  const before = await visitsOf(connection, id);
  await connection.execute("UPDATE orm_visits SET visits = visits + 1 WHERE id = ?", [id]);
  if (workMs > 0) await connection.execute("SELECT SLEEP(?)", [workMs / 1_000]);
  const after = await visitsOf(connection, id);
  if (after !== before + 1) throw new Error(`row ${id} had ${before} visits and has ${after} after one more`);
  await connection.commit();
  await connection.query("SET autocommit=1");
}

async function visitsOf(connection: Connection, id: number): Promise<number> {
  const [rows] = await connection.execute<RowDataPacket[]>("SELECT name, visits FROM orm_visits WHERE id = ?", [id]);
  if (rows[0]?.["name"] !== `visitor ${id}`) throw new Error(`row ${id} was asked for and ${rows[0]?.["name"]} came`);
  return Number(rows[0]["visits"]);
}
