/** What clients say, each with a nonce that has to come back in its own answer, and how they know that the answer is right. */
import { COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../../mysql/commands.ts";
import { newCursor, readLenencBytes, readLenencInt, skip, textOfBytes } from "../../mysql/cursor.ts";
import { readErr } from "../../mysql/err.ts";
import type { RawPacket } from "../packet-stream.ts";
import { between, isLucky, pick } from "../simulation/chance.ts";
import {
  ask,
  type Conversation,
  countRight,
  hasNotRun,
  judge,
  type Reply,
  rowsOf,
  SessionEnd,
} from "./conversation.ts";
import type { Fate } from "./ledger.ts";
import { NUMBERS } from "./server.ts";

export type Exchange = (talk: Conversation) => Promise<void>;

/** A nonce, and all that the session has set. */
async function askState(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const text = `SELECT '${nonce}', @mine, @@time_zone, DATABASE()`;
  const reply = await ask(talk, text);
  if (reply.kind === "refusal") return;
  const [row] = rowsOf(reply.packets);
  const { mine, timeZone } = talk;
  const wanted = [nonce, mine === undefined ? (row?.[1] ?? null) : mine, timeZone ?? row?.[2], "chaos"];
  judge(talk, text, row, wanted);
}

async function setVariable(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const { kind } = await ask(talk, `SET @mine = '${nonce}'`);
  talk.mine = kind === "answer" ? nonce : undefined;
}

async function setTimeZone(talk: Conversation): Promise<void> {
  const zone = `+0${between(talk.random, 1, 9)}:00`;
  const { kind } = await ask(talk, `SET time_zone = '${zone}'`);
  talk.timeZone = kind === "answer" ? zone : undefined;
}

/** Many rows, each with the nonce. */
async function askMany(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const count = isLucky(talk.random, 0.1) ? NUMBERS : between(talk.random, 1, 100);
  const text = `SELECT '${nonce}', n, pad FROM numbers WHERE n < ${count} ORDER BY n`;
  const reply = await ask(talk, text);
  if (reply.kind === "refusal") return;
  const rows = rowsOf(reply.packets);
  const good = rows.filter(([first, n, pad], i) => first === nonce && n === `${i}` && pad?.length === 100 + (i % 100));
  judge(talk, text, [rows.length, good.length], [count, count]);
}

async function askSleep(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const text = `SELECT '${nonce}', SLEEP(${(talk.random() * 0.05).toFixed(3)})`;
  const reply = await ask(talk, text);
  if (reply.kind === "answer") judge(talk, text, rowsOf(reply.packets), [[nonce, "0"]]);
}

/** An error with the nonce in it, and then its diagnostics. */
async function askMissing(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const text = `SELECT * FROM missing_${nonce}`;
  const reply = await ask(talk, text, true);
  if (reply.kind === "refusal") return;
  const { message } = readErr(newCursor((reply.packets.at(-1) as RawPacket).payload));
  judge(talk, text, message, `Table 'chaos.missing_${nonce}' doesn't exist`);
  const shown = await ask(talk, "SHOW ERRORS");
  if (shown.kind === "answer") judge(talk, "SHOW ERRORS", rowsOf(shown.packets)[0]?.[2], message);
}

/** Prepared once, executed often, with the nonce as its parameter. */
async function askPrepared(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const text = "SELECT ?, @mine";
  if (talk.preparedId === 0) {
    const reply = await ask(talk, text, false, COM_STMT_PREPARE);
    if (reply.kind === "refusal") return;
    const { payload } = reply.packets[0] as RawPacket;
    talk.preparedId = new DataView(payload.buffer, payload.byteOffset).getUint32(1, true);
  }
  const head = Buffer.alloc(11);
  head.writeUInt32LE(talk.preparedId);
  head.writeUInt32LE(1, 5);
  head[10] = 1; // types follow
  const body = Buffer.concat([head, Buffer.of(0xfd, 0, nonce.length), Buffer.from(nonce)]);
  const reply = await ask(talk, body, false, COM_STMT_EXECUTE);
  if (reply.kind === "refusal") return;
  const [first, mine] = binaryRow(reply.packets.at(-2) as RawPacket);
  judge(talk, `${text} [${nonce}]`, [first, mine], [nonce, talk.mine === undefined ? mine : talk.mine]);
}

/** Two strings of a binary row. */
function binaryRow({ payload }: RawPacket): Array<string | null> {
  const cursor = newCursor(payload);
  skip(cursor, 1);
  const nulls = cursor.bytes[cursor.at] as number;
  skip(cursor, 1);
  return [0, 1].map((i) => ((nulls & (1 << (i + 2))) !== 0 ? null : textOfBytes(readLenencBytes(cursor))));
}

function insertIdOf(packets: readonly RawPacket[]): string {
  const cursor = newCursor((packets[0] as RawPacket).payload);
  skip(cursor, 1);
  readLenencInt(cursor); // affected rows
  return String(readLenencInt(cursor));
}

function decide(talk: Conversation, nonce: string, fate: Fate): void {
  talk.ledger.fates.set(nonce, fate);
}

async function insert(talk: Conversation, nonce: string): Promise<Reply> {
  decide(talk, nonce, "unknown");
  const reply = await ask(talk, `INSERT INTO kept (nonce) VALUES ('${nonce}')`);
  if (reply.kind === "refusal" && hasNotRun(reply.code)) decide(talk, nonce, "absent");
  return reply;
}

/** A row that commits by itself, and its id. */
async function insertAlone(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  const reply = await insert(talk, nonce);
  if (reply.kind === "refusal") return;
  decide(talk, nonce, "there");
  const asked = talk.nextNonce();
  const text = `SELECT '${asked}', LAST_INSERT_ID()`;
  const next = await ask(talk, text);
  if (next.kind === "answer") judge(talk, text, rowsOf(next.packets), [[asked, insertIdOf(reply.packets)]]);
}

/** Rows that are there together or not at all. Whoever is refused something inside leaves, as a pool of connections would. */
async function transact(talk: Conversation): Promise<void> {
  const begun = await ask(talk, "BEGIN");
  if (begun.kind === "refusal") return;
  const nonces: string[] = [];
  for (let i = between(talk.random, 1, 3); i > 0; i--) {
    const nonce = talk.nextNonce();
    nonces.push(nonce);
    decide(talk, nonce, "absent");
    sure(await ask(talk, `INSERT INTO kept (nonce) VALUES ('${nonce}')`));
    if (isLucky(talk.random, 0.3)) await Bun.sleep(talk.random() * 20);
  }
  const text = `SELECT COUNT(*) FROM kept WHERE nonce IN (${nonces.map((nonce) => `'${nonce}'`).join()})`;
  judge(talk, text, rowsOf(sure(await ask(talk, text))), [[String(nonces.length)]]);
  const isKept = isLucky(talk.random, 0.7);
  if (isKept) for (const nonce of nonces) decide(talk, nonce, "unknown");
  sure(await ask(talk, isKept ? "COMMIT" : "ROLLBACK"));
  for (const nonce of nonces) decide(talk, nonce, isKept ? "there" : "absent");
  countRight(talk.score);
}

function sure(reply: Reply): RawPacket[] {
  if (reply.kind === "answer") return reply.packets;
  throw new SessionEnd(`refused inside a transaction: ${reply.message}`);
}

/** A table of the session's own, which keeps it on one connection. */
async function useTemporary(talk: Conversation): Promise<void> {
  const nonce = talk.nextNonce();
  if ((await ask(talk, `CREATE TEMPORARY TABLE own SELECT '${nonce}' AS nonce`)).kind === "refusal") return;
  judge(talk, "SELECT nonce FROM own", rowsOf(sure(await ask(talk, "SELECT nonce FROM own"))), [[nonce]]);
  sure(await ask(talk, "DROP TEMPORARY TABLE own"));
}

const EXCHANGES: ReadonlyArray<readonly [weight: number, exchange: Exchange]> = [
  [6, askState],
  [4, askMany],
  [3, setVariable],
  [2, setTimeZone],
  [2, askSleep],
  [3, askMissing],
  [5, askPrepared],
  [3, insertAlone],
  [3, transact],
  [1, useTemporary],
];

const BY_WEIGHT: readonly Exchange[] = EXCHANGES.flatMap(([weight, exchange]) =>
  Array.from({ length: weight }, () => exchange),
);

/** One of them, by chance. */
export function pickExchange({ random }: Conversation): Exchange {
  return pick(random, BY_WEIGHT);
}
