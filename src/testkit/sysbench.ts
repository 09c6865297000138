/** `make sysbench`: the OLTP scripts through the proxy on both servers, and proof that the rows are those of a direct run. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { accountOf, type ClientLogin, placePlain } from "./manifests.ts";
import { startProxy } from "./proxy-process.ts";
import { withScratch } from "./scratch.ts";
import type { ServerAddress } from "./servers/address.ts";
import { type DebianRoot, unpackDebian } from "./servers/debian.ts";
import { freePort } from "./servers/port.ts";
import { realServers } from "./servers.ts";
import { runSysbench, type SysbenchRun } from "./sysbench-run.ts";
import { runProgram, say, sayTable } from "./terminal.ts";

const SCRIPTS = ["oltp_point_select", "oltp_read_only", "oltp_read_write"] as const;
const MODES = ["disable", "auto"] as const;
const THREADS = [1, 16, 64] as const;
const SECONDS = 3;
const POOL_SIZE = 128;

const BASE: SysbenchRun = {
  script: "oltp_read_write",
  command: "run",
  tables: 4,
  tableRows: 5_000,
  preparedStatements: "disable",
  threads: 1,
  seconds: 0,
  events: 0,
  seed: 20_221,
};

const TABLES = Array.from({ length: BASE.tables }, (_, index) => `sbtest${index + 1}`);

await runProgram(async () => {
  const debian = await unpackDebian("bookworm");
  let failures = 0;
  for (const server of Object.values(realServers())) {
    failures += await withScratch((directory) => checkServer(debian, server, directory));
  }
  say(failures === 0 ? "\nno error, and every checksum is that of a direct run" : `\n${failures} failed`);
  return failures === 0 ? 0 : 1;
});

async function checkServer(debian: DebianRoot, server: ServerAddress, scratch: string): Promise<number> {
  await mkdir(join(scratch, "manifests"));
  const manifests = await placePlain(join(scratch, "manifests"), await freePort(), server, "sbtest", {
    poolSize: POOL_SIZE,
  });
  const direct = { ...accountOf(server), host: server.host, port: server.port, database: "sbtest" };
  const proxy = await startProxy(manifests);
  try {
    say(`\n${server.name} ${server.version}`);
    const failures = await runMatrix(debian, direct, proxy.login);
    return failures + (await compareRows(debian, direct, proxy.login));
  } finally {
    await proxy.stop();
  }
}

/** Every script, statement mode and number of threads through the proxy. */
async function runMatrix(debian: DebianRoot, direct: ClientLogin, proxied: ClientLogin): Promise<number> {
  await refill(debian, direct);
  const rows: string[][] = [];
  let failures = 0;
  for (const script of SCRIPTS) {
    for (const preparedStatements of MODES) {
      for (const threads of THREADS) {
        const name = [script, preparedStatements === "auto" ? "prepared" : "text", String(threads)];
        try {
          const run = { ...BASE, script, preparedStatements, threads, seconds: SECONDS };
          const result = await runSysbench(debian, proxied, run);
          if (result.queries === 0 || result.reconnects > 0) failures++;
          const perSecond = Math.round(result.queries / result.seconds);
          rows.push([
            ...name,
            String(perSecond),
            result.p95Ms.toFixed(2),
            String(result.retried),
            String(result.reconnects),
          ]);
        } catch (error) {
          failures++;
          rows.push([...name, "FAILED"]);
          say(String(error));
        }
      }
    }
  }
  sayTable(["script", "statements", "threads", "queries/s", "p95 ms", "deadlocks", "reconnects"], rows);
  return failures + (await sameChecksums("after these runs", await checksums(direct), await checksums(proxied)));
}

/** The same statements from the same seed on the same rows, once direct and once through the proxy in each mode, must leave the same rows. */
async function compareRows(debian: DebianRoot, direct: ClientLogin, proxied: ClientLogin): Promise<number> {
  const run = { ...BASE, events: 500 };
  // The seed does not reach sysbench's `prepare`, so the rows to start from are kept in tables of our own.
  await onEachTable(direct, (table) => [
    `DROP TABLE IF EXISTS kept_${table}`,
    `CREATE TABLE kept_${table} LIKE ${table}`,
    `INSERT INTO kept_${table} SELECT * FROM ${table}`,
  ]);
  const restore = (table: string) => [`TRUNCATE ${table}`, `INSERT INTO ${table} SELECT * FROM kept_${table}`];
  const before = await checksums(direct);
  await runSysbench(debian, direct, run);
  const expected = await checksums(direct);
  if (expected.join() === before.join())
    throw new Error("the direct run changed no row: the comparison would prove nothing");
  let failures = 0;
  for (const preparedStatements of MODES) {
    await onEachTable(direct, restore);
    await runSysbench(debian, proxied, { ...run, preparedStatements });
    const what = `${run.events} transactions of oltp_read_write, ${preparedStatements === "auto" ? "prepared" : "text"}`;
    failures += await sameChecksums(what, expected, await checksums(direct));
  }
  return failures;
}

async function refill(debian: DebianRoot, direct: ClientLogin): Promise<void> {
  await runSysbench(debian, direct, { ...BASE, command: "cleanup" });
  await runSysbench(debian, direct, { ...BASE, command: "prepare" });
}

async function sameChecksums(what: string, direct: readonly string[], proxied: readonly string[]): Promise<number> {
  const isSame = direct.join() === proxied.join();
  say(
    `checksums ${what}: ${isSame ? "equal" : "DIFFERENT"} (${direct.join(" ")}${isSame ? "" : ` / ${proxied.join(" ")}`})`,
  );
  return isSame ? 0 : 1;
}

/** CHECKSUM TABLE of each sysbench table. */
async function checksums(login: ClientLogin): Promise<string[]> {
  const connection = await createConnection({ ...login });
  const [rows] = await connection.query<RowDataPacket[]>(`CHECKSUM TABLE ${TABLES.join(", ")}`);
  await connection.end();
  return rows.map((row) => String(row["Checksum"]));
}

async function onEachTable(login: ClientLogin, statements: (table: string) => string[]): Promise<void> {
  const connection = await createConnection({ ...login });
  for (const statement of TABLES.flatMap(statements)) await connection.query(statement);
  await connection.end();
}
