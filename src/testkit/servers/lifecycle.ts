/** Starting and stopping the two test servers. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { systemClock } from "../../lib/clock.ts";
import { SERVERS_DIRECTORY } from "../paths.ts";
import { givenUrl, realServers } from "../servers.ts";
import { say } from "../terminal.ts";
import type { ServerAddress } from "./address.ts";
import { type DebianRoot, unpackDebian } from "./debian.ts";
import { type ServerKind, type ServerName, temporaryDirectory } from "./kind.ts";
import { MARIADB } from "./mariadb.ts";
import { MYSQL } from "./mysql.ts";
import { freePort, isFree } from "./port.ts";
import { prepareServer } from "./prepare.ts";
import { isRunning, logTail, startDetached, stopProcess, waitUntil } from "./process.ts";
import { readState, removeState, writeState } from "./state.ts";

const SERVER_NAMES: readonly ServerName[] = ["mysql", "mariadb"];
const TIMEOUT_START_MS = 60_000;
const TIMEOUT_STOP_MS = 20_000;

export interface StartedServers {
  servers: Record<ServerName, ServerAddress>;
  /** The servers that this call started; those that ran already, or were given, are not among them. */
  started: ServerName[];
}

/** Has both servers running, prepared and answering, or throws and leaves none that was not there before. Safe to repeat. */
export async function startServers(): Promise<StartedServers> {
  await mkdir(SERVERS_DIRECTORY, { recursive: true });
  const password = await testPassword();
  const both = await Promise.allSettled([startServer(MYSQL, password), startServer(MARIADB, password)]);
  const running = both.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const started = running.filter(({ isNew }) => isNew).map(({ name }) => name);
  const failed = both.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) {
    const before = running.filter(({ isNew }) => !isNew).map(({ name }) => name);
    await stopServers(SERVER_NAMES.filter((name) => !before.includes(name)));
    throw failed.reason;
  }
  return { servers: realServers(), started };
}

/** Stops the servers of `names` that we started; given ones are left alone. */
export async function stopServers(names: readonly ServerName[]): Promise<void> {
  for (const kind of [MYSQL, MARIADB].filter(({ name }) => names.includes(name))) {
    const pid = readState(kind.name)?.pid;
    if (pid !== undefined) {
      await stopProcess(pid, dataDirectory(kind), TIMEOUT_STOP_MS);
      say(`${kind.title}: stopped`);
    }
    await removeState(kind.name);
  }
}

interface RunningServer {
  pid: number;
  address: ServerAddress;
}

async function startServer(kind: ServerKind, password: string): Promise<{ name: ServerName; isNew: boolean }> {
  const { name } = kind;
  const given = givenUrl(name);
  const running = await runningServer(kind);
  if (given !== undefined) {
    if (running !== undefined) await stopServers([name]);
    // Derived, not generated: two checkouts that are given the same server must not take each other's accounts away.
    const derived = `p${createHash("sha256").update(given.href).digest("hex").slice(0, 24)}`;
    await writeState(name, { address: await prepareServer(addressOf(kind, given), derived) });
    say(`${kind.title}: using the one of PISANIX_TEST_${name.toUpperCase()}, ${given.hostname}:${given.port || 3306}`);
    return { name, isNew: false };
  }
  const server = running ?? (await launch(kind, password));
  await waitForAnswer(kind, server);
  const address = await prepareServer(server.address, password);
  await writeState(name, { pid: server.pid, address });
  say(`${kind.title} ${address.version}: ${running ? "running" : "started"} on 127.0.0.1:${address.port}`);
  return { name, isNew: running === undefined };
}

/** The server of an earlier start, when it is alive. */
async function runningServer(kind: ServerKind): Promise<RunningServer | undefined> {
  const state = readState(kind.name);
  if (state?.pid === undefined || !(await isRunning(state.pid, dataDirectory(kind)))) return undefined;
  return { pid: state.pid, address: state.address };
}

async function launch(kind: ServerKind, password: string): Promise<RunningServer> {
  const debian = await unpackDebian(kind.suite);
  await initialiseOnce(kind, debian, password);
  const portBefore = readState(kind.name)?.address.port;
  const port = portBefore !== undefined && (await isFree(portBefore)) ? portBefore : await freePort();
  await rm(logFile(kind), { force: true });
  await mkdir(temporaryDirectory(dataDirectory(kind)), { recursive: true });
  const pid = await startDetached(kind.command(debian, dataDirectory(kind), port), dataDirectory(kind), logFile(kind));
  const address = newAddress(kind, "127.0.0.1", port, "root", password);
  await writeState(kind.name, { pid, address });
  return { pid, address };
}

async function initialiseOnce(kind: ServerKind, debian: DebianRoot, password: string): Promise<void> {
  const directory = dataDirectory(kind);
  if (existsSync(directory)) return;
  const fresh = `${directory}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(join(SERVERS_DIRECTORY, kind.name), { recursive: true });
  say(`${kind.title}: making a data directory`);
  await kind.initialise(debian, fresh, password);
  await rename(fresh, directory);
}

async function waitForAnswer(kind: ServerKind, { pid, address }: RunningServer): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  let isAlive = true;
  let refused: unknown;
  const isReady = await waitUntil(async () => {
    isAlive = await isRunning(pid, dataDirectory(kind));
    if (!isAlive) return true;
    try {
      const connection = await createConnection({ ...loginOf(address), connectTimeout: 2_000 });
      await connection.end();
      return true;
    } catch (error) {
      refused = error;
      return false;
    }
  }, TIMEOUT_START_MS);
  if (isReady && isAlive) return;
  const seconds = Math.round((systemClock.monotonicMs() - startedMs) / 1000);
  const what = isAlive ? `does not answer after ${seconds} s` : "ended while it started";
  throw new Error(`${kind.title} ${what}; the end of its log:\n${await logTail(logFile(kind))}`, { cause: refused });
}

function loginOf({ host, port, user, password }: ServerAddress) {
  return { host, port, user, password };
}

function addressOf(kind: ServerKind, url: URL): ServerAddress {
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return newAddress(kind, url.hostname, Number(url.port || 3306), user, password);
}

function newAddress(kind: ServerKind, host: string, port: number, user: string, password: string): ServerAddress {
  return { name: kind.name, version: "", host, port, user, password, database: "test", accounts: [] };
}

function dataDirectory(kind: ServerKind): string {
  return join(SERVERS_DIRECTORY, kind.name, "data");
}

function logFile(kind: ServerKind): string {
  return join(SERVERS_DIRECTORY, kind.name, "log");
}

/** One generated password for root and all test accounts, kept beside the data directories. It opens with a letter, so that YAML takes it for text. */
async function testPassword(): Promise<string> {
  const file = join(SERVERS_DIRECTORY, "password");
  const known = await readFile(file, "utf8").catch(() => "");
  if (known !== "") return known;
  const password = `p${randomBytes(12).toString("hex")}`;
  await writeFile(file, password, { mode: 0o600 });
  return password;
}
