/** Clients of many kinds: who connects for a few statements and leaves, in order or not, and who stays. */
import { type Connection, createConnection } from "mysql2/promise";
import type { ClientLogin } from "../manifests.ts";

/** Between two visits, and between two rounds of who stays. */
const PAUSE_MS = 25;
const STATEMENTS_A_VISIT = 3;
/** Who stays leaves after so many rounds. */
const ROUNDS_A_STAY = 2_000;
/** More different statements than any cache of the proxy has places for. */
const TEXTS = 20_000;
/** Every so many visits end without a word in the middle of a statement. */
const LOST_EVERY = 50;

export interface Churn {
  connections: number;
  statements: number;
  isOver: boolean;
}

/** Nobody has come yet. */
export function newChurn(): Churn {
  return { connections: 0, statements: 0, isOver: false };
}

/** Connects, asks, leaves, again and again. */
export async function visit(churn: Churn, login: ClientLogin): Promise<void> {
  while (!churn.isOver) {
    const connection = await open(churn, login);
    for (let asked = 0; asked < STATEMENTS_A_VISIT; asked++) await ask(churn, connection);
    if (churn.connections % LOST_EVERY === 0) {
      // The error is what it is about.
      connection.query("SELECT SLEEP(1)").catch(() => {});
      await Bun.sleep(PAUSE_MS);
      connection.destroy();
    } else {
      await connection.end();
    }
    await Bun.sleep(PAUSE_MS);
  }
}

/** Stays for long: transactions, session variables, statements that are prepared, executed and closed. */
export async function stay(churn: Churn, login: ClientLogin): Promise<void> {
  while (!churn.isOver) {
    const connection = await open(churn, login);
    for (let round = 0; round < ROUNDS_A_STAY && !churn.isOver; round++) {
      await ask(churn, connection);
      await connection.beginTransaction();
      await askPrepared(churn, connection, round);
      await connection.query(`SET SESSION sort_buffer_size = ${262_144 + (round % 64) * 1_024}`);
      await connection.commit();
      churn.statements += 3;
      await Bun.sleep(PAUSE_MS);
    }
    await connection.end();
  }
}

async function open(churn: Churn, login: ClientLogin): Promise<Connection> {
  churn.connections++;
  return await createConnection(login);
}

/** One statement in four is of the others' kind but for its numbers; the others differ in their names. */
async function ask(churn: Churn, connection: Connection): Promise<void> {
  const number = churn.statements++;
  const name = number % 4 === 0 ? "a" : `a${(number * 7) % TEXTS}`;
  await connection.query(`SELECT ${number} AS ${name}`);
}

async function askPrepared(churn: Churn, connection: Connection, round: number): Promise<void> {
  churn.statements += 2;
  const text = `SELECT ? AS b${round % TEXTS}`;
  await connection.execute(text, [round]);
  connection.unprepare(text);
  await connection.execute("SELECT ? AS b", [round]);
}
