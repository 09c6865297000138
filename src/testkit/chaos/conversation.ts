/** One session of a client as far as it knows it, and asking with a deadline. */
import { systemClock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { COM_QUERY } from "../../mysql/commands.ts";
import { newCursor, readLenencBytes, textOfBytes } from "../../mysql/cursor.ts";
import { readErr } from "../../mysql/err.ts";
import { sendCommand } from "../fake-client.ts";
import { type FakeClient, readAnswer } from "../fake-client-answer.ts";
import type { RawPacket } from "../packet-stream.ts";
import type { Ledger } from "./ledger.ts";

/** Longer than any wait that the run's configuration and its faults add up to. */
export const DEADLINE_MS = 30_000;

/** The session is over: its connection has ended, or nothing can be said on it any more. */
export class SessionEnd extends Error {}

/** When the server was away. */
export interface Outages {
  /** Monotonic; null while it is away. */
  upSinceMs: number | null;
  /** From the server's first answer to the first that came through the proxy, for each time it was away. */
  readonly recoveriesMs: number[];
  isRecovered: boolean;
}

/** What is counted, and what must not be. */
export interface Score {
  right: number;
  /** Answers that say why there is none, by their number. */
  readonly refusals: Map<number, number>;
  /** Sessions that ended without their client's will. */
  lost: number;
  /** Refusals while the server could be reached, and for long enough that the proxy has to know. */
  refusedInPeace: number;
  readonly outages: Outages;
  vanished: number;
  logins: number;
  readonly wrong: string[];
  readonly hangs: string[];
}

export interface Conversation {
  /** The last statement was refused: who goes on at once only makes it worse. */
  isRefused: boolean;
  readonly client: FakeClient;
  readonly random: Random;
  readonly score: Score;
  readonly ledger: Ledger;
  nextNonce(): string;
  /** What it has set; undefined when it cannot know. */
  mine: string | null | undefined;
  timeZone: string | undefined;
  /** Id of a prepared statement; 0 before there is one. */
  preparedId: number;
}

/** A whole answer, or the ERR that came in its place. */
export type Reply = { kind: "answer"; packets: RawPacket[] } | { kind: "refusal"; code: number; message: string };

/** Errors of the proxy's own, and of servers that die or are about to. What has run nobody knows behind those of `UNSURE`. */
const REFUSALS = new Set([1203, 1429, 1105, 1158, 1159, 1160, 1161, 1053, 1040, 1317, 1205, 1213, 1184, 2013, 3169]);
/** The proxy has not sent the statement. */
const NOT_RUN = new Set([1203, 1429]);

/** A proxy looks for a server that is down at least this often. */
const RECOVERY_MS = 12_000;

/** True when a statement that was refused with `code` has not run. */
export function hasNotRun(code: number): boolean {
  return NOT_RUN.has(code);
}

/** Asks `text` and waits for the answer. @throws SessionEnd when the connection ends instead. */
export async function ask(
  talk: Conversation,
  text: string | Uint8Array,
  isErrorWanted = false,
  command = COM_QUERY,
): Promise<Reply> {
  sendCommand(talk.client, command, text);
  const packets = await withDeadline(talk, readAnswer(talk.client, command), String(text));
  const last = packets.at(-1) as RawPacket;
  if (last.payload[0] !== 0xff) return { kind: "answer", packets };
  const { code, message } = readErr(newCursor(last.payload));
  if (isErrorWanted && !REFUSALS.has(code)) return { kind: "answer", packets };
  if (!REFUSALS.has(code)) talk.score.wrong.push(`${text} was answered with ERR ${code} ${message}`);
  talk.isRefused = true;
  const { upSinceMs } = talk.score.outages;
  if (upSinceMs !== null && systemClock.monotonicMs() - upSinceMs > RECOVERY_MS) talk.score.refusedInPeace++;
  talk.score.refusals.set(code, (talk.score.refusals.get(code) ?? 0) + 1);
  return { kind: "refusal", code, message };
}

/** Waits, but not for ever. @throws SessionEnd */
export async function withDeadline<T>(
  { client, score }: Pick<Conversation, "score"> & { client?: FakeClient },
  awaited: Promise<T>,
  what: string,
): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      score.hangs.push(`${what} has had no answer for ${DEADLINE_MS} ms`);
      client?.stream.socket.destroy();
      reject(new SessionEnd("a hang"));
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([awaited, late]);
  } catch (error) {
    if (error instanceof SessionEnd) throw error;
    throw new SessionEnd("the connection ended", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The rows of a text result as strings; NULL is null. */
export function rowsOf(packets: readonly RawPacket[]): Array<Array<string | null>> {
  const columns = packets[0]?.payload[0] ?? 0;
  return packets.slice(1 + columns, -1).map(({ payload }) => {
    const cursor = newCursor(payload);
    return Array.from({ length: columns }, () => {
      if (cursor.bytes[cursor.at] !== 0xfb) return textOfBytes(readLenencBytes(cursor));
      cursor.at++;
      return null;
    });
  });
}

/** Notes a right answer, or what is wrong with it. */
export function judge({ score }: Conversation, text: string, got: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (left === right) countRight(score);
  else score.wrong.push(`${text} was answered with ${left?.slice(0, 300)}, and it should be ${right?.slice(0, 300)}`);
}

/** An answer was right. */
export function countRight(score: Score): void {
  const { outages } = score;
  score.right++;
  if (outages.isRecovered || outages.upSinceMs === null) return;
  outages.isRecovered = true;
  outages.recoveriesMs.push(systemClock.monotonicMs() - outages.upSinceMs);
}
