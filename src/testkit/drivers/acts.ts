/** What others do while a driver's program waits for them, by the name in a scenario's step. */
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { waitUntil } from "../servers/process.ts";
import type { Target } from "./target.ts";

const LIMIT_MS = 10_000;

/** What an act has at hand. It lasts as long as a program runs. */
export interface Scene {
  /** Straight to the server, as one who may do everything. */
  direct: Connection;
  /** Opens another client on the way that is tested. */
  openTested(): Promise<Connection>;
  /** A second session with a transaction of its own, straight to the server. */
  other: Connection;
  /** Where the driver's tables are; both connections are in it. */
  schema: string;
  /** What goes on after the program has its word; awaited when its scenario is over. */
  later: Promise<void>[];
}

/** The scene of a program on `target`. */
export function openScene(
  connections: Pick<Scene, "direct" | "other" | "schema">,
  target: Target,
  tls: boolean,
): Scene {
  const main = target.accounts["main"];
  if (main === undefined) throw new Error(`${target.name} has no account "main"`);
  const ssl = tls ? { ssl: { rejectUnauthorized: false } } : {};
  return { ...connections, later: [], openTested: () => createConnection({ host: target.host, ...main, ...ssl }) };
}

type Act = (scene: Scene, id: number) => Promise<void>;

export const ACTS: Readonly<Record<string, Act>> = {
  "forget passwords": async ({ direct }) => {
    await direct.query("FLUSH PRIVILEGES");
  },
  "see d_left empty": async ({ other }) => {
    // The rollback of a session that has ended is the server's work, and takes its time.
    if (!(await waitUntil(async () => (await uncommittedRows(other)) === 0, LIMIT_MS)))
      throw new Error("the transaction is still open");
  },
  "hold d_lock": ({ other }) => run(other, "START TRANSACTION; UPDATE d_lock SET v = 9 WHERE id = 1"),
  "give d_lock up": ({ other }) => run(other, "ROLLBACK"),
  // Heavier than the driver's transaction, so that the driver's is the one that is rolled back.
  "hold d_dead": ({ other }) => run(other, "START TRANSACTION; UPDATE d_dead SET v = 9 WHERE id > 1"),
  "want d_dead's first row": async (scene) => {
    const { other } = scene;
    actLater(scene, run(other, "UPDATE d_dead SET v = /* drivers want */ 9 WHERE id = 1"));
    await seen(scene, "drivers want");
  },
  "give d_dead up": async ({ other, later }) => {
    await Promise.all(later.splice(0));
    await run(other, "ROLLBACK");
  },
  "wait for the endless statement": (scene) => seen(scene, "drivers endless"),
  "kill the query that sleeps": killWhen("drivers sleep", "QUERY"),
  "kill the query that counts": killWhen("drivers count", "QUERY"),
  "kill the connection that sleeps": killWhen("drivers sleep", "CONNECTION"),
  "kill the connection": (scene, id) => kill(scene, "CONNECTION", id),
  "wait until the server has hung up": () => Bun.sleep(2500),
};

/** Kills `id`, the number that the driver was told, once the server runs a statement with the words `mark`. */
function killWhen(mark: string, what: "QUERY" | "CONNECTION"): Act {
  return async (scene, id) => {
    actLater(
      scene,
      seen(scene, mark).then(() => kill(scene, what, id)),
    );
  };
}

/** Lets `act` go on; that it failed is seen when it is awaited. */
function actLater({ later }: Scene, act: Promise<void>): void {
  act.catch(() => {});
  later.push(act);
}

async function kill({ openTested }: Scene, what: "QUERY" | "CONNECTION", id: number): Promise<void> {
  const connection = await openTested();
  try {
    await connection.query(`KILL ${what} ${id}`);
  } finally {
    await connection.end();
  }
}

/** Waits until the server runs a statement with the words `mark`. */
async function seen({ direct, schema }: Scene, mark: string): Promise<void> {
  const isThere = async () => {
    const [rows] = await direct.query<RowDataPacket[]>("SHOW FULL PROCESSLIST");
    return rows.some((row) => row["db"] === schema && String(row["Info"]).includes(mark));
  };
  if (!(await waitUntil(isThere, LIMIT_MS))) throw new Error(`no statement with "${mark}" came to the server`);
}

/** Rows of d_left, those of transactions that are not over included. */
async function uncommittedRows(other: Connection): Promise<number> {
  await other.query("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED");
  const [rows] = await other.query<RowDataPacket[]>("SELECT COUNT(*) AS count FROM d_left");
  return Number(rows[0]?.["count"]);
}

async function run(connection: Connection, sql: string): Promise<void> {
  await connection.query(sql);
}
