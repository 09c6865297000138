/** What is made of a configuration that the controller gives: checked, served, acknowledged, kept on disk. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { parseProxyConfig } from "../api/read-proxy-config.ts";
import { wholeFile } from "../lib/issue.ts";
import { type Applied, configFailed, configFromDisk, configServed } from "../telemetry/config-status.ts";
import type { ConfigFailure } from "../telemetry/metrics-table.ts";
import { ask, type ControllerClient } from "./controller-client.ts";
import { readLastGood, writeLastGood } from "./last-good.ts";
import { logWarnings, mistakesOf, type SourceEdges } from "./source.ts";

/** When what could not be served is tried again, though nothing new has come: a port may be free by then. */
const RETRY_MS = 30_000;

/** A configuration as it came. */
export interface News {
  /** What the controller calls it, or a hash of it where it has no word for it. */
  readonly version: string;
  /** The controller's own word, which it wants to hear again. */
  readonly isNamed: boolean;
  readonly value: unknown;
}

/** What became of the last configuration that came. */
interface Outcome {
  readonly version: string;
  readonly isNamed: boolean;
  /** null when it is served. */
  readonly refusal: { readonly failure: ConfigFailure; readonly message: string } | null;
}

export interface Newsroom extends SourceEdges {
  readonly client: ControllerClient;
  /** `namespace/name` */
  readonly key: string;
  /** Where the last good configuration is kept; null for nowhere. */
  readonly stateFolder: string | null;
  /** Aborted when the source stops. */
  readonly signal: AbortSignal;
  outcome: Outcome | null;
  /** The controller has not heard of the outcome, or may have forgotten it. */
  isAckDue: boolean;
  isAckUnderWay: boolean;
  cancelRetry: () => void;
  /** Why what is on disk cannot be served; "" while nothing is wrong with it. */
  lastGoodTrouble: string;
  /** What is done now, so that one thing is done after the other. */
  tail: Promise<unknown>;
}

/** Nothing has come yet. */
export function newNewsroom(
  edges: SourceEdges,
  fields: Pick<Newsroom, "client" | "key" | "stateFolder" | "signal">,
): Newsroom {
  const { clock, log, status, apply } = edges;
  return {
    ...{ clock, log, status, apply, ...fields },
    ...{
      outcome: null,
      isAckDue: false,
      isAckUnderWay: false,
      cancelRetry: () => {},
      lastGoodTrouble: "",
      tail: Promise.resolve(),
    },
  };
}

/** The version that need not be sent again; null where nothing has come, or had no name. */
export function knownVersion({ outcome }: Newsroom): string | null {
  return outcome?.isNamed === true ? outcome.version : null;
}

/** Runs `work` when all that was begun before is done. */
export function inTurn<T>(room: Newsroom, work: () => Promise<T>): Promise<T> {
  const turn = room.tail.then(work);
  room.tail = turn.catch(() => {});
  return turn;
}

/** Serves what has come, unless it cannot be served: then what was served before goes on. */
export async function take(room: Newsroom, news: News): Promise<Applied> {
  room.cancelRetry();
  const { config, issues } = parseProxyConfig({ value: news.value, source: wholeFile(room.key) });
  if (room.outcome?.version !== news.version) logWarnings(room.log, issues);
  if (config === null) return refuse(room, news, "invalid", mistakesOf(issues));
  return serve(room, news, config);
}

async function serve(room: Newsroom, news: News, config: ProxyConfig): Promise<Applied> {
  const applied = await room.apply(config);
  if (applied.kind === "refused") {
    room.cancelRetry = room.clock.after(RETRY_MS, () => void inTurn(room, () => serveAgain(room, news, config)));
    return refuse(room, news, "rejected", applied.message);
  }
  const { version, isNamed } = news;
  const isNew = room.outcome?.version !== version || room.outcome.refusal !== null;
  conclude(room, { version, isNamed, refusal: null });
  configServed(room.status, applied.generation, version);
  if (isNew) await keep(room, news);
  return applied;
}

/** Unless something else has come meanwhile. */
async function serveAgain(room: Newsroom, news: News, config: ProxyConfig): Promise<void> {
  if (room.outcome?.version === news.version && !room.signal.aborted) await serve(room, news, config);
}

async function refuse(
  room: Newsroom,
  { version, isNamed }: News,
  failure: ConfigFailure,
  message: string,
): Promise<Applied> {
  conclude(room, { version, isNamed, refusal: { failure, message } });
  configFailed(room.status, failure, message);
  await serveLastGood(room);
  return { kind: "refused", message };
}

function conclude(room: Newsroom, outcome: Outcome): void {
  room.outcome = outcome;
  room.isAckDue = true;
  acknowledge(room);
}

/** Nothing is newer than what has come. */
export function confirm(room: Newsroom): void {
  const { outcome, status } = room;
  if (outcome !== null) {
    const { refusal, version } = outcome;
    if (refusal === null) configServed(status, status.generation, version);
    else if (status.trouble?.failure !== refusal.failure) configFailed(status, refusal.failure, refusal.message);
  }
  acknowledge(room);
}

/** Tells the controller what became of the configuration, if it does not know; when that fails, the next occasion is another try. */
export function acknowledge(room: Newsroom): void {
  const { outcome, client, signal, log } = room;
  if (outcome === null || !outcome.isNamed || !room.isAckDue || room.isAckUnderWay) return;
  const { version, refusal } = outcome;
  const body =
    refusal === null ? { version, status: "applied" } : { version, status: "rejected", error: refusal.message };
  room.isAckUnderWay = true;
  ask(client, { suffix: "/ack", body }, signal)
    .then((answer) => {
      answer.stop();
      // Something else may have come meanwhile.
      if (room.outcome === outcome) room.isAckDue = false;
    })
    .catch((error: unknown) => log.debug("the controller could not be told", { version, error }))
    .finally(() => {
      room.isAckUnderWay = false;
      if (room.outcome !== outcome) acknowledge(room);
    });
}

async function keep(
  { stateFolder, key, clock, log, status }: Newsroom,
  { version, isNamed, value }: News,
): Promise<void> {
  if (stateFolder === null) return;
  const savedAt = new Date(clock.wallMs()).toISOString();
  try {
    await writeLastGood(stateFolder, { key, version: isNamed ? version : null, savedAt, config: value });
  } catch (error) {
    log.warn("the configuration could not be kept for a start without the controller", { folder: stateFolder, error });
    return;
  }
  log.debug("configuration kept", { folder: stateFolder, version: status.version });
}

/** Serves what was kept on disk, when there is nothing better yet. */
export async function serveLastGood(room: Newsroom): Promise<void> {
  const { stateFolder, key, status, log } = room;
  if (stateFolder === null || status.generation > 0) return;
  try {
    const good = await readLastGood(stateFolder, key);
    if (good === null) return;
    const { config, issues } = parseProxyConfig({ value: good.config, source: wholeFile(key) });
    if (config === null) throw new Error(mistakesOf(issues));
    const applied = await room.apply(config);
    if (applied.kind === "refused") throw new Error(applied.message);
    const { savedAt, version } = good;
    // What the controller has given meanwhile, and what cannot be served, is still what it has to hear about.
    if (room.outcome === null && version !== null) room.outcome = { version, isNamed: true, refusal: null };
    room.isAckDue = true;
    configFromDisk(status, applied.generation, version);
    log.warn("the last good configuration is served", { savedAt, version, why: status.trouble?.message });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== room.lastGoodTrouble) log.error("the last good configuration cannot be served", { error: message });
    room.lastGoodTrouble = message;
  }
}
