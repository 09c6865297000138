/** All drivers against one server: straight, and through the proxy with each size of pool, in the clear and over TLS. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Connection } from "mysql2/promise";
import { systemClock } from "../../lib/clock.ts";
import type { ServerAddress } from "../servers/address.ts";
import { say } from "../terminal.ts";
import { type Accounts, createAccounts, dropAccounts, openDirect, schemaOf } from "./accounts.ts";
import { openScene } from "./acts.ts";
import { differences, showDifference, showUnexpected, unexpected } from "./compare.ts";
import type { Run } from "./driver-list.ts";
import { type Files, writeFiles } from "./files.ts";
import { DRIVER_FAULTS, isAt, KNOWN_DIFFERENCES, type KnownDifference } from "./known.ts";
import { runProgram, type Told } from "./program.ts";
import type { Scenario } from "./scenario.ts";
import { directTarget, proxyTarget, type Target } from "./target.ts";

const POOL_SIZES = [1, 64] as const;
/** Drivers that play on one server at the same time, each in a schema of its own. */
const PLAYS_AT_ONCE = 3;

/** A driver, on one server, over one way through the proxy. */
export interface Cell {
  driver: string;
  server: string;
  poolSize: number;
  tls: boolean;
  /** Scenarios. */
  passed: number;
  total: number;
  /** Names of scenarios that the driver has no way to do. */
  unsupported: Set<string>;
  /** What differs, for people. */
  findings: string[];
  known: Map<KnownDifference, number>;
}

/** What a cell is called in the table. */
export function cellName({ server, poolSize, tls }: Cell): string {
  return `${server} ${poolSize}${tls ? " TLS" : ""}`;
}

/** A driver whose program is ready to run. */
export interface ReadyDriver {
  name: string;
  run: Run;
}

interface Stage {
  server: ServerAddress;
  scenarios: readonly Scenario[];
  accounts: Accounts;
  files: Files;
}

/** Plays `scenarios` with every driver. The accounts and the schema that it makes on `server` are gone afterwards. */
export async function compareServer(
  server: ServerAddress,
  drivers: readonly ReadyDriver[],
  scenarios: readonly Scenario[],
  scratch: string,
): Promise<Cell[]> {
  const direct = await openDirect(server);
  try {
    const accounts = await createAccounts(direct, server.name);
    const own = scenarios.filter((scenario) => scenario.servers?.includes(server.name) ?? true);
    const directory = join(scratch, server.name);
    await mkdir(directory, { recursive: true });
    const stage = { server, scenarios: own, accounts, files: await writeFiles(directory) };
    const cells: Cell[] = [];
    for (const tls of [false, true]) cells.push(...(await compareDrivers(stage, drivers, tls, directory)));
    return cells;
  } finally {
    await dropAccounts(direct, server.name);
    await direct.end();
  }
}

async function compareDrivers(
  stage: Stage,
  drivers: readonly ReadyDriver[],
  tls: boolean,
  scratch: string,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  const waiting = [...drivers];
  const playNext = async () => {
    for (let driver = waiting.shift(); driver !== undefined; driver = waiting.shift()) {
      const startedMs = systemClock.monotonicMs();
      cells.push(...(await compareDriver(stage, driver, tls, scratch)));
      const seconds = ((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1);
      say(`${driver.name} on ${stage.server.name}${tls ? " over TLS" : ""}: ${seconds} s`);
    }
  };
  // Much of a play is waiting: for locks, for timeouts, for a server that hangs up.
  await Promise.all(Array.from({ length: PLAYS_AT_ONCE }, playNext));
  return cells;
}

async function compareDriver(stage: Stage, driver: ReadyDriver, tls: boolean, scratch: string): Promise<Cell[]> {
  const cells: Cell[] = [];
  const expected = await play(stage, driver, directTarget(stage.server, stage.accounts), tls);
  for (const poolSize of POOL_SIZES) {
    const own = { ...stage, scenarios: stage.scenarios.filter(({ isHeavy }) => !isHeavy || tls === poolSize > 1) };
    const directory = join(scratch, [schemaOf(driver.name), poolSize, tls ? "tls" : "plain"].join("-"));
    await mkdir(directory);
    const target = await proxyTarget(own.server, own.accounts, { poolSize, tls, scratch: directory });
    try {
      const told = await play(own, driver, target, tls);
      cells.push(compareCell(own, { driver: driver.name, server: stage.server.name, poolSize, tls }, expected, told));
    } finally {
      await target.stop();
    }
  }
  return cells;
}

async function play(stage: Stage, driver: ReadyDriver, target: Target, tls: boolean): Promise<Map<string, Told>> {
  const { server, scenarios, files } = stage;
  const schema = schemaOf(driver.name);
  const direct = await openDirect(server);
  const other = await openDirect(server);
  try {
    await setUp(direct, schema, scenarios);
    await other.query(`USE ${schema}`);

    const { command, environment, job } = driver.run;
    const common = { server: server.name, tls, host: target.host, accounts: target.accounts, database: schema, files };
    const program = { command, job: { ...common, ...job }, ...(environment && { environment }) };
    return await runProgram(program, scenarios, openScene({ direct, other, schema }, target, tls));
  } finally {
    await direct.query(`DROP DATABASE IF EXISTS ${schema}`);
    direct.destroy();
    other.destroy();
  }
}

/** An empty schema, and in it what the scenarios begin with. */
async function setUp(direct: Connection, schema: string, scenarios: readonly Scenario[]): Promise<void> {
  await direct.query(
    `DROP DATABASE IF EXISTS ${schema}; CREATE DATABASE ${schema} CHARACTER SET utf8mb4; USE ${schema}; SET time_zone = '+00:00'`,
  );
  for (const { name, setup = [] } of scenarios) {
    await direct.query("SET sql_mode = DEFAULT");
    for (const statement of setup) {
      try {
        await direct.query(statement);
      } catch (error) {
        throw new Error(`the set-up of "${name}" failed at ${statement.slice(0, 200)}`, { cause: error });
      }
    }
  }
}

function compareCell(
  { scenarios }: Stage,
  where: Pick<Cell, "driver" | "server" | "poolSize" | "tls">,
  expected: ReadonlyMap<string, Told>,
  told: ReadonlyMap<string, Told>,
): Cell {
  const cell: Cell = { ...where, passed: 0, total: 0, unsupported: new Set(), findings: [], known: new Map() };
  const { driver, server, poolSize } = where;
  for (const scenario of scenarios) {
    const { name } = scenario;
    const [direct, proxied] = [expected.get(name), told.get(name)];
    if (direct === undefined || proxied === undefined) throw new Error(`"${name}" was not played`);
    if ("unsupported" in direct) cell.unsupported.add(name);
    else cell.total++;
    const isFaulty = DRIVER_FAULTS.some((fault) => isAt(fault, name, driver, server));
    const wrong = isFaulty ? [] : unexpected(scenario, direct).map(showUnexpected);
    const found = differences(scenario, driver, direct, proxied).map(showDifference);
    const known = KNOWN_DIFFERENCES.find(
      (one) => isAt(one, name, driver, server) && (one.poolSize ?? poolSize) === poolSize,
    );
    if (known !== undefined && found.length > 0) cell.known.set(known, (cell.known.get(known) ?? 0) + 1);
    const findings = [...wrong, ...(known === undefined ? found : [])];
    cell.findings.push(...findings.map((text) => `${driver}, ${text}`));
    if (findings.length === 0 && !("unsupported" in direct)) cell.passed++;
  }
  return cell;
}
