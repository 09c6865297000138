/** What the demo shows of a running proxy: an answer and who gave it, a refusal and its reason, the metrics. */
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { ProxyProcess } from "./proxy-process.ts";
import { say } from "./terminal.ts";

/** What the circuit breaker of the example's TrafficStrategy refuses. */
const REFUSED = "delete from sock where price > 10";

/** Walks through it, printing; fails when what it wants to show does not happen. */
export async function tour(proxy: ProxyProcess): Promise<void> {
  const connection = await createConnection({ ...proxy.login });
  try {
    await showRows(connection, "SELECT sock_id, name, price, count FROM sock ORDER BY price LIMIT 3");
    say("\n-- which backend answered? ask twice: the load balancer takes turns");
    for (let turn = 0; turn < 2; turn++) await showRows(connection, "SELECT @@version AS backend, @@port AS port");
    await showRefusal(connection, REFUSED);
    say("\n-- and the session goes on");
    await showRows(connection, "SELECT COUNT(*) AS socks FROM sock");
  } finally {
    connection.destroy();
  }
  await showMetrics(`${proxy.adminUrl}/metrics`);
}

async function showRows(connection: Connection, statement: string): Promise<void> {
  say(`\nmysql> ${statement}`);
  const [rows] = await connection.query<RowDataPacket[]>(statement);
  for (const row of rows)
    say(
      `  ${Object.entries(row)
        .map(([name, value]) => `${name}=${value}`)
        .join("  ")}`,
    );
}

async function showRefusal(connection: Connection, statement: string): Promise<void> {
  say("\n-- a statement that the circuit breaker of the TrafficStrategy refuses");
  say(`mysql> ${statement}`);
  try {
    await connection.query(statement);
  } catch (error) {
    const { errno, sqlState, message } = error as { errno?: number; sqlState?: string; message: string };
    if (errno === undefined) throw error;
    say(`  ERROR ${errno} (${sqlState}): ${message}`);
    return;
  }
  throw new Error(`the circuit breaker let \`${statement}\` pass`);
}

async function showMetrics(url: string): Promise<void> {
  say(`\n$ curl ${url} | grep ^sql_`);
  const text = await (await fetch(url)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("sql_") && !line.includes("_bucket"));
  if (lines.length === 0) throw new Error(`${url} has no line that starts with sql_`);
  for (const line of lines) say(`  ${line}`);
}
