/**
 * Configurations from the controller, for as long as the proxy runs: a stream of them where the controller has one, else a request
 * that is answered when something changes, else a look now and then, as at an original controller, which knows nothing better.
 * Whatever goes wrong, what is served goes on; what was served last is served when the controller cannot be asked at the start.
 */
import { backoffMs } from "../lib/backoff.ts";
import type { Random } from "../lib/random.ts";
import { type Applied, configFailed } from "../telemetry/config-status.ts";
import type { ControllerSettings } from "./controller-address.ts";
import { type Answer, ask, newControllerClient, type Question, readText, SourceError } from "./controller-client.ts";
import {
  acknowledge,
  confirm,
  inTurn,
  knownVersion,
  type News,
  type Newsroom,
  newNewsroom,
  serveLastGood,
  take,
} from "./controller-news.ts";
import { readStream } from "./controller-stream.ts";
import type { ConfigSource, SourceEdges } from "./source.ts";

/** How long a start waits for the controller before it serves what is on disk. */
const START_MS = 3_000;
/** Waits between failures. */
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
/** Whoever ends a stream in order has ended those of many proxies: they do not come back together. */
const SPREAD_MS = 1_000;
/** How long a request may be held until something changes, and how much later its answer may come. */
const WAIT_SECONDS = 55;
const WAIT_MARGIN_MS = 15_000;
/** An answer that comes sooner was not waited for. */
const HURRY_MS = 1_000;
/** Looks now and then, and up to a third later. */
const POLL_MS = 30_000;
/** When a better way is tried again. */
const PROBE_MS = 600_000;
/** Failures of one way in a row after which the next one is tried. */
const PATIENCE = 2;

export interface ControllerSourceOptions extends SourceEdges {
  readonly settings: ControllerSettings;
  /** Where the last good configuration is kept; null for nowhere. */
  readonly stateFolder: string | null;
  readonly random: Random;
}

/** How the controller is asked, best first. */
type Way = "stream" | "wait" | "poll";

interface State {
  readonly room: Newsroom;
  readonly random: Random;
  readonly stopping: AbortController;
  way: Way;
  /** The way that the log knows of; null while there is none. */
  told: Way | null;
  /** When a better way is tried again, monotonic. */
  probeMs: number;
  /** In a row: failures of this way, answers that were not waited for. */
  failures: number;
  hurries: number;
  wake: () => void;
}

/** Asks the controller until it is stopped. @throws Error for an address that is none. */
export function startControllerSource(options: ControllerSourceOptions): ConfigSource {
  const { settings, stateFolder, random, clock } = options;
  const stopping = new AbortController();
  const client = newControllerClient(settings, clock);
  const key = `${settings.deployedNamespace}/${settings.deployedName}`;
  const room = newNewsroom(options, { client, key, stateFolder, signal: stopping.signal });
  const state: State = {
    ...{ room, random, stopping, way: "stream", told: null, probeMs: 0 },
    ...{ failures: 0, hurries: 0, wake: () => {} },
  };
  const cancelStart = clock.after(START_MS, () => {
    if (room.status.generation > 0) return;
    if (room.status.trouble === null) configFailed(room.status, "timeout", `${client.url}: no answer yet`);
    void inTurn(room, () => serveLastGood(room));
  });
  void run(state);
  return {
    reload: () => inTurn(room, () => lookNow(state)),
    stop() {
      stopping.abort();
      cancelStart();
      room.cancelRetry();
      state.wake();
      client.session.close();
    },
  };
}

async function run(state: State): Promise<void> {
  const { room, stopping } = state;
  while (!stopping.signal.aborted) {
    let waitMs: number;
    try {
      waitMs = await WAYS[state.way](state);
      // It was away, and what it could not do then says nothing about who is there now.
      if (state.failures > 0) state.way = "stream";
      state.failures = 0;
    } catch (error) {
      if (stopping.signal.aborted) return;
      waitMs = await failed(state, error);
    }
    if (state.way !== "stream" && room.clock.monotonicMs() >= state.probeMs) state.way = "stream";
    await pause(state, waitMs);
  }
}

/** Says what is wrong, and how long to wait. */
async function failed(state: State, error: unknown): Promise<number> {
  const { room, random } = state;
  const known = error instanceof SourceError ? error : new SourceError("protocol", String(error));
  state.failures++;
  state.told = null;
  const waitMs = Math.max(known.retryAfterMs, backoffMs(state.failures, RETRY_MS_MIN, RETRY_MS_MAX, random));
  if (known.failure === "timeout" && state.failures >= PATIENCE) {
    if (state.way === "stream") changeWay(state, "wait");
    else if (state.way === "wait") changeWay(state, "poll");
  }
  await inTurn(room, async () => {
    configFailed(room.status, known.failure, known.message);
    await serveLastGood(room);
  });
  return waitMs;
}

/** Each way once: a stream to its end, or one request. Returns how long to wait before the next. */
const WAYS: Readonly<Record<Way, (state: State) => Promise<number>>> = { stream, wait, poll };

async function stream(state: State): Promise<number> {
  const { room, random } = state;
  const answer = await question(state, { suffix: "?watch=1", known: knownVersion(room) });
  if (!answer.contentType.includes("ndjson")) {
    // Who knows no streams gives the configuration as it is.
    await whole(state, answer, answer.version === null ? "poll" : "wait");
    return state.way === "wait" ? 0 : pollMs(state);
  }
  try {
    await readStream(room, answer, () => {
      // This controller may not be the one that was told.
      room.isAckDue = true;
      sayWay(state);
    });
  } finally {
    answer.stop();
  }
  return random() * SPREAD_MS;
}

async function wait(state: State): Promise<number> {
  const { room } = state;
  const startedMs = room.clock.monotonicMs();
  const known = knownVersion(room);
  const timeoutMs = WAIT_SECONDS * 1000 + WAIT_MARGIN_MS;
  const answer = await question(state, { suffix: `?wait=${WAIT_SECONDS}s`, known, timeoutMs });
  const isNews = await whole(state, answer, "wait");
  const isHurry = !isNews && room.clock.monotonicMs() - startedMs < HURRY_MS;
  state.hurries = isHurry ? state.hurries + 1 : 0;
  if (state.hurries >= PATIENCE) changeWay(state, "poll");
  return isHurry ? pollMs(state) : 0;
}

async function poll(state: State): Promise<number> {
  await whole(state, await question(state, { suffix: "", known: knownVersion(state.room) }), "poll");
  return pollMs(state);
}

/**
 * Takes an answer that is a configuration, or says that there is no other; then `way` is the way to ask. True when it was
 * another than before.
 */
async function whole(state: State, answer: Answer, way: Way): Promise<boolean> {
  const { room } = state;
  // Which of several controllers has answered nobody knows.
  room.isAckDue = true;
  const news = await newsOf(room, answer);
  if (state.way !== way) changeWay(state, way);
  sayWay(state);
  return inTurn(room, async () => {
    const isNews = news !== null && news.version !== room.outcome?.version;
    if (isNews) await take(room, news);
    else confirm(room);
    return isNews;
  });
}

/** null for "not modified". */
async function newsOf({ client }: Newsroom, answer: Answer): Promise<News | null> {
  if (answer.status === 304) {
    answer.stop();
    return null;
  }
  const text = await readText(client, answer);
  const value = parse(text);
  if (typeof value !== "object" || value === null) {
    throw new SourceError("protocol", `${client.url}: the answer is no configuration in JSON`);
  }
  if (answer.version !== null) return { version: answer.version, isNamed: true, value };
  return { version: new Bun.CryptoHasher("sha256").update(text).digest("hex"), isNamed: false, value };
}

/** Somebody wants to know now: also what was refused before is tried again. */
async function lookNow(state: State): Promise<Applied> {
  const { room } = state;
  try {
    const news = await newsOf(room, await question(state, { suffix: "" }));
    if (news !== null) return await take(room, news);
    return { kind: "unchanged", generation: room.status.generation };
  } catch (error) {
    const known = error instanceof SourceError ? error : new SourceError("protocol", String(error));
    configFailed(room.status, known.failure, known.message);
    return { kind: "refused", message: known.message };
  } finally {
    acknowledge(room);
  }
}

function question({ room }: State, asked: Question): Promise<Answer> {
  return ask(room.client, asked, room.signal);
}

function changeWay(state: State, way: Way): void {
  state.way = way;
  state.failures = 0;
  state.hurries = 0;
  state.probeMs = state.room.clock.monotonicMs() + PROBE_MS;
}

/** Once for each way, and again after a failure. */
function sayWay(state: State): void {
  const { room, way } = state;
  if (state.told === way) return;
  state.told = way;
  room.log.info("the controller is asked", { controller: room.client.url, virtualDatabase: room.key, by: WORDS[way] });
}

const WORDS: Readonly<Record<Way, string>> = {
  stream: "stream",
  wait: "long poll",
  poll: `a look every ${POLL_MS / 1000} s`,
};

function pollMs({ random }: State): number {
  return POLL_MS * (1 + random() / 3);
}

function pause(state: State, ms: number): Promise<void> {
  const { room, stopping } = state;
  if (ms <= 0 || stopping.signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    state.wake = () => {
      cancel();
      resolve();
    };
    const cancel = room.clock.after(ms, state.wake);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON.
    return null;
  }
}
