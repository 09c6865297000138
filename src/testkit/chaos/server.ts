/** A real server of the chaos run's own, which may be killed without harm to anybody else. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import type { TestAccount } from "../servers/address.ts";
import { unpackDebian } from "../servers/debian.ts";
import { type ServerKind, temporaryDirectory } from "../servers/kind.ts";
import { freePort } from "../servers/port.ts";
import { isRunning, logTail, startDetached, stopProcess, waitUntil } from "../servers/process.ts";

const TIMEOUT_START_MS = 120_000;
const TIMEOUT_STOP_MS = 20_000;
const PASSWORD = "p-chaos";
/** Rows of the table `numbers`. */
export const NUMBERS = 2_000;

export interface ChaosServer {
  readonly port: number;
  readonly account: TestAccount;
  /** A connection of root's, which the proxy knows nothing of. */
  connect(): Promise<Connection>;
  /** SIGKILL, and back after `awayMs`. Resolves when it answers again. */
  kill(awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a data directory in `scratch`, starts the server on it and fills it with what the clients of the run ask for. */
export async function startChaosServer(kind: ServerKind, scratch: string): Promise<ChaosServer> {
  const debian = await unpackDebian(kind.suite);
  const directory = join(scratch, kind.name);
  await kind.initialise(debian, directory, PASSWORD);
  await mkdir(directory, { recursive: true });
  await mkdir(temporaryDirectory(directory), { recursive: true });
  const port = await freePort();
  const logFile = join(scratch, `${kind.name}.log`);
  // What was committed has to outlive the process; the machine stays up.
  const command = [...kind.command(debian, directory, port), "--innodb-flush-log-at-trx-commit=2", "--skip-log-bin"];
  const connect = () => createConnection({ host: "127.0.0.1", port, user: "root", password: PASSWORD });
  let pid = 0;
  const start = async () => {
    pid = await startDetached(command, directory, logFile);
    const isUp = await waitUntil(() => answers(connect), TIMEOUT_START_MS);
    if (!isUp) throw new Error(`${kind.title} does not answer; the end of its log:\n${await logTail(logFile)}`);
  };
  await start();
  const account = { plugin: "", user: "chaos", password: PASSWORD };
  await fill(await connect(), account);
  return {
    port,
    account,
    connect,
    async kill(awayMs) {
      process.kill(pid, "SIGKILL");
      await waitUntil(async () => !(await isRunning(pid, directory)), TIMEOUT_STOP_MS);
      await Bun.sleep(awayMs);
      await start();
    },
    stop: () => stopProcess(pid, directory, TIMEOUT_STOP_MS),
  };
}

async function answers(connect: () => Promise<Connection>): Promise<boolean> {
  try {
    await (await connect()).end();
    return true;
  } catch {
    return false; // not yet
  }
}

async function fill(root: Connection, { user, password }: TestAccount): Promise<void> {
  const statements = [
    `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`,
    `GRANT ALL ON *.* TO '${user}'@'%'`,
    "CREATE DATABASE chaos",
    "USE chaos",
    "CREATE TABLE numbers (n INT PRIMARY KEY, pad VARCHAR(200) NOT NULL) ENGINE=InnoDB",
    `INSERT INTO numbers SELECT a.n * 100 + b.n, REPEAT('x', 100 + b.n)
       FROM (${tens(NUMBERS / 100)}) a JOIN (${tens(100)}) b`,
    "CREATE TABLE kept (id BIGINT AUTO_INCREMENT PRIMARY KEY, nonce VARCHAR(40) NOT NULL, KEY (nonce)) ENGINE=InnoDB",
  ];
  for (const statement of statements) await root.query(statement);
  await root.end();
}

/** 0 to `count` - 1, as a query. */
function tens(count: number): string {
  return Array.from({ length: count }, (_, n) => `SELECT ${n} AS n`).join(" UNION ALL ");
}
