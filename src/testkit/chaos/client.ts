/** A client of the chaos run: logs in, talks, breaks off in the middle now and then, and comes back until the run is over. */
import { type Random, seededRandom } from "../../lib/random.ts";
import { COM_QUERY, COM_QUIT } from "../../mysql/commands.ts";
import { openFakeClient, sendCommand } from "../fake-client.ts";
import { type FakeClient, readAnswer } from "../fake-client-answer.ts";
import { between, isLucky, pick } from "../simulation/chance.ts";
import { type Conversation, type Score, SessionEnd, withDeadline } from "./conversation.ts";
import { pickExchange } from "./exchanges.ts";
import type { Ledger } from "./ledger.ts";
import { NUMBERS } from "./server.ts";

export interface ChaosClients {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly score: Score;
  readonly ledger: Ledger;
  readonly thinkMsMax: number;
  /** They finish what they do and come no more. */
  isOver: boolean;
}

const VANISH_SHARE = 0.03;
/** A client that could not log in waits up to this long. */
const COME_BACK_MS_MAX = 500;
/** And one whose statement was refused so long. */
const REFUSED_MS_MAX = 4_000;

/** One client with chance of its own. Resolves when the run is over and it has left. */
export async function liveClient(all: ChaosClients, number: number, seed: number): Promise<void> {
  const random = seededRandom(seed * 1_000 + number);
  let nonces = 0;
  const nextNonce = () => `c${number}n${++nonces}`;
  await Bun.sleep(random() * 1_000);
  while (!all.isOver) {
    const client = await logIn(all);
    if (client === null) {
      await Bun.sleep(random() * COME_BACK_MS_MAX);
      continue;
    }
    all.score.logins++;
    const { score, ledger } = all;
    const talk: Conversation = {
      ...{ client, random, score, ledger, nextNonce },
      mine: null,
      timeZone: "SYSTEM",
      preparedId: 0,
      isRefused: false,
    };
    try {
      await converse(all, talk);
    } catch (error) {
      if (!(error instanceof SessionEnd)) throw error;
      score.lost++;
    } finally {
      client.stream.socket.destroy();
    }
  }
}

async function logIn({ port, user, password, score }: ChaosClients): Promise<FakeClient | null> {
  try {
    return await withDeadline({ score }, openFakeClient({ port, user, password, schema: "chaos" }), "a log-in");
  } catch (error) {
    if (error instanceof SessionEnd) return null;
    throw error;
  }
}

async function converse(all: ChaosClients, talk: Conversation): Promise<void> {
  const { random, client } = talk;
  for (let left = between(random, 1, 40); left > 0 && !all.isOver; left--) {
    if (isLucky(random, VANISH_SHARE)) return vanish(talk, random);
    await pickExchange(talk)(talk);
    await Bun.sleep(random() * (talk.isRefused ? REFUSED_MS_MAX : all.thinkMsMax));
    talk.isRefused = false;
  }
  sendCommand(client, COM_QUIT);
  client.stream.socket.end();
}

/** In the middle of a statement, of a result, or of a transaction. */
async function vanish(talk: Conversation, random: Random): Promise<void> {
  const { client, score, nextNonce, ledger } = talk;
  const nonce = nextNonce();
  score.vanished++;
  const where = pick(random, ["statement", "result", "transaction"] as const);
  if (where === "statement") {
    sendCommand(client, COM_QUERY, `SELECT '${nonce}', SLEEP(1)`);
    await Bun.sleep(random() * 30);
  } else if (where === "result") {
    sendCommand(client, COM_QUERY, `SELECT '${nonce}', n, pad FROM numbers WHERE n < ${NUMBERS}`);
    client.stream.socket.once("data", () => leave(client, random));
    await Bun.sleep(random() * 100);
  } else {
    ledger.fates.set(nonce, "absent");
    for (const text of ["BEGIN", `INSERT INTO kept (nonce) VALUES ('${nonce}')`]) {
      sendCommand(client, COM_QUERY, text);
      const [first] = await withDeadline(talk, readAnswer(client, COM_QUERY), text);
      // Outside of the transaction the row would stay.
      if (first?.payload[0] !== 0) break;
    }
  }
  leave(client, random);
}

function leave({ stream: { socket } }: FakeClient, random: Random): void {
  if (socket.destroyed) return;
  if (isLucky(random, 0.5)) socket.resetAndDestroy();
  else socket.destroy();
}
