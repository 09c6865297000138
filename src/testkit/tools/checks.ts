/** What is done with each tool, direct and through the proxy, and what must come of it. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { ClientLogin } from "../manifests.ts";
import { runCommand } from "../servers/command.ts";
import type { ServerName } from "../servers/kind.ts";
import { type Peak, peakDuring } from "./peak.ts";
import { makeSchema, ROWS } from "./schema.ts";
import { runTool, type Tools } from "./tool.ts";

export interface Workbench {
  readonly server: ServerName;
  readonly tools: Tools;
  readonly scratch: string;
  readonly direct: ClientLogin;
  readonly proxied: ClientLogin;
  readonly proxyPid: number;
}

export interface Check {
  readonly name: string;
  /** What was seen, for people. @throws Error when it is not what it must be. */
  readonly run: (bench: Workbench) => Promise<string>;
}

const SOURCE = "pisanix_tools";
const COPY = "pisanix_tools_copy";
const DUMP = ["--single-transaction", "--routines", "--triggers", "--skip-dump-date", "--max-allowed-packet=128M"];
/** Only MySQL's tool has it: the rows go back to where they come from. */
const DUMP_OWN: Readonly<Record<ServerName, readonly string[]>> = { mysql: ["--set-gtid-purged=OFF"], mariadb: [] };
const INFILE_BYTES = 100_000_000;
/** What a file or a dump may cost the proxy, however large it is. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(2)} MiB`;

function mustEqual(got: string, expected: string, what: string): void {
  if (got !== expected) throw new Error(`${what}: through the proxy\n${got}\nand direct\n${expected}`);
}

function mustStaySmall({ beforeBytes, peakBytes }: Peak): string {
  const grown = peakBytes - beforeBytes;
  if (grown > MEMORY_BYTES_MAX) throw new Error(`the proxy grew by ${mib(grown)}`);
  return `the proxy had ${mib(beforeBytes)}, and ${mib(peakBytes)} at most`;
}

async function ask(login: ClientLogin, statement: string): Promise<string[][]> {
  const connection = await createConnection({ ...login, supportBigNumbers: true, bigNumberStrings: true });
  const [rows] = await connection.query<RowDataPacket[]>(statement);
  await connection.end();
  return Array.isArray(rows) ? rows.map((row) => Object.values(row).map(String)) : [];
}

async function hashOfFile(path: string): Promise<string> {
  const [hash = ""] = (await runCommand(["sha256sum", path])).split(" ");
  return `${mib(Bun.file(path).size)}, SHA-256 ${hash.slice(0, 12)}`;
}

async function checksums(login: ClientLogin, database: string): Promise<string> {
  const tables = ["many", "kinds", "blobs"];
  const rows = await ask(login, `CHECKSUM TABLE ${tables.map((table) => `${database}.${table}`).join(", ")} EXTENDED`);
  return tables.map((table, i) => `${table} ${rows[i]?.[1]}`).join(", ");
}

/** The dump through the proxy is the same file, and what is made of it through the proxy the same rows. */
async function dumpAndReload(bench: Workbench): Promise<string> {
  const { server, tools, scratch, direct, proxied, proxyPid } = bench;
  await makeSchema(server, { ...direct, database: SOURCE });
  const [[count = ""] = []] = await ask(direct, `SELECT COUNT(*) FROM ${SOURCE}.many`);
  mustEqual(count, String(ROWS), "rows");
  const dump = (login: ClientLogin, name: string) =>
    runTool(tools, login, {
      tool: "mysqldump",
      args: [...DUMP, ...DUMP_OWN[server], SOURCE],
      output: join(scratch, name),
    });
  await dump(direct, "direct.sql");
  const dumping = await peakDuring(proxyPid, () => dump(proxied, "proxied.sql"));
  const hash = await hashOfFile(join(scratch, "proxied.sql"));
  mustEqual(hash, await hashOfFile(join(scratch, "direct.sql")), "the dump");
  await ask(direct, `DROP DATABASE IF EXISTS ${COPY}`);
  await ask(direct, `CREATE DATABASE ${COPY} CHARACTER SET utf8mb4`);
  await runTool(tools, proxied, {
    tool: "mysql",
    args: ["--max-allowed-packet=128M", COPY],
    input: join(scratch, "proxied.sql"),
  });
  const sums = await checksums(direct, COPY);
  mustEqual(sums, await checksums(direct, SOURCE), "checksums");
  return `${hash} either way; ${mustStaySmall(dumping)}; reloaded: ${sums}`;
}

async function loadLocalInfile(bench: Workbench): Promise<string> {
  const { tools, scratch, direct, proxied, proxyPid } = bench;
  const path = join(scratch, "infile.tsv");
  const rows = await writeInfile(path);
  const load = async (login: ClientLogin) => {
    await ask(direct, `DROP TABLE IF EXISTS ${COPY}.infile`);
    await ask(direct, `CREATE TABLE ${COPY}.infile (id INT NOT NULL PRIMARY KEY, content VARCHAR(200))`);
    const execute = `LOAD DATA LOCAL INFILE '${path}' INTO TABLE ${COPY}.infile`;
    await runTool(tools, login, { tool: "mysql", args: ["--local-infile=1", `--execute=${execute}`] });
    return (await ask(direct, `SELECT COUNT(*), SUM(id), SUM(CRC32(content)) FROM ${COPY}.infile`)).join();
  };
  let through = "";
  const peak = await peakDuring(proxyPid, async () => {
    through = await load(proxied);
  });
  mustEqual(through, await load(direct), "the rows");
  if (!through.startsWith(`${rows},`)) throw new Error(`${rows} rows were written, and ${through} loaded`);
  return `${mib(Bun.file(path).size)}, ${rows} rows; ${mustStaySmall(peak)}`;
}

async function writeInfile(path: string): Promise<number> {
  const file = await open(path, "w");
  let id = 0;
  for (let bytes = 0; bytes < INFILE_BYTES; ) {
    const lines = Array.from({ length: 5_000 }, () => `${++id}\t${`row ${id} `.repeat(10)}\n`).join("");
    await file.write(lines);
    bytes += lines.length;
  }
  await file.close();
  return id;
}

/** A closed binary log, read as by a replica. */
async function readBinlog({ tools, scratch, direct, proxied, proxyPid }: Workbench): Promise<string> {
  const logs = await ask(direct, "SHOW BINARY LOGS");
  const open = logs.at(-1)?.[0] as string;
  for (const statement of [
    `CREATE TABLE ${COPY}.logged AS SELECT id, name, noise FROM ${COPY}.many LIMIT 0`,
    `INSERT INTO ${COPY}.logged SELECT id, name, noise FROM ${COPY}.many LIMIT 200000`,
    `DROP TABLE ${COPY}.logged`,
    "FLUSH BINARY LOGS",
  ]) {
    await ask(direct, statement);
  }
  const read = async (login: ClientLogin, name: string) => {
    const args = ["--read-from-remote-server", open];
    await runTool(tools, login, { tool: "mysqlbinlog", args, output: join(scratch, name) });
    await runTool(tools, login, {
      tool: "mysqlbinlog",
      args: ["--read-from-remote-server", "--raw", `--result-file=${join(scratch, `${name}.`)}`, open],
    });
    return `${await hashOfFile(join(scratch, name))} as text; ${await hashOfFile(join(scratch, `${name}.${open}`))} raw`;
  };
  const expected = await read(direct, "direct.binlog");
  let through = "";
  const peak = await peakDuring(proxyPid, async () => {
    through = await read(proxied, "proxied.binlog");
  });
  mustEqual(through, expected, "the binary log");
  return `${open}: ${through}; ${mustStaySmall(peak)}`;
}

async function slap({ tools, proxied, direct }: Workbench): Promise<string> {
  const printed = await runTool(tools, proxied, {
    tool: "mysqlslap",
    args: [
      ...["--concurrency=20", "--iterations=2", "--number-of-queries=2000", "--create-schema=pisanix_slap"],
      ...["--auto-generate-sql", "--auto-generate-sql-load-type=mixed", "--auto-generate-sql-add-autoincrement"],
    ],
  });
  await ask(direct, "DROP DATABASE IF EXISTS pisanix_slap");
  const [average = "no word of how long it took"] = /Average number of seconds.*/.exec(printed) ?? [];
  return average;
}

async function checkTables({ tools, direct, proxied }: Workbench): Promise<string> {
  const answers: string[] = [];
  for (const operation of ["--check", "--analyze"]) {
    const run = (login: ClientLogin) =>
      runTool(tools, login, { tool: "mysqlcheck", args: [operation, "--databases", COPY] });
    const through = await run(proxied);
    mustEqual(through, await run(direct), operation);
    answers.push(`${operation.slice(2)} ${through.trim().split("\n").length} lines`);
  }
  return answers.join(", ");
}

export const CHECKS: readonly Check[] = [
  { name: "mysqldump and reload", run: dumpAndReload },
  { name: "LOAD DATA LOCAL INFILE", run: loadLocalInfile },
  { name: "mysqlbinlog", run: readBinlog },
  { name: "mysqlslap", run: slap },
  { name: "mysqlcheck", run: checkTables },
];

/** Drops what the checks have made. */
export async function tidyUp(direct: ClientLogin): Promise<void> {
  for (const database of [SOURCE, COPY]) await ask(direct, `DROP DATABASE IF EXISTS ${database}`);
}
