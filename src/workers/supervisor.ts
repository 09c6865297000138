/** Keeps workers running: starts them, gives them the configuration, starts another one when one ends. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { backoffMs } from "../lib/backoff.ts";
import { ring } from "../lib/bell.ts";
import type { Clock } from "../lib/clock.ts";
import { loadLibc } from "../lib/libc.ts";
import type { Random } from "../lib/random.ts";
import type { EngineOptions } from "../proxy/engine.ts";
import type { KillOrder, KillOutcome } from "../proxy/kill-order.ts";
import type { Logger } from "../telemetry/log.ts";
import {
  addWorkerSeries,
  buryWorkerSeries,
  forgetWorkerSeries,
  mergeSeries,
  type SeriesOfWorker,
} from "../telemetry/merge-series.ts";
import { onCollect, type ProxyMetrics, workersSeries } from "../telemetry/metrics.ts";
import { WORKERS } from "../telemetry/metrics-table.ts";
import { add, set } from "../telemetry/series.ts";
import { ask, type Member, newMember, post, startThread, WorkerGone } from "./member.ts";
import type { Told } from "./merge-reports.ts";
import type { ConfigMessage, FromWorker, Question, WorkerStart } from "./messages.ts";
import { clearWorker, type SharedBook } from "./shared-book.ts";
import { clearSpread, closePassed, newSpreadCells, type SpreadCells } from "./spread.ts";

/** Waits before a worker that has ended is started again. */
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 10_000;
/** One that has run for so long has not failed at its start. */
const SETTLED_MS = 60_000;
/** What the admin server asks. A worker at work answers between two packets. */
const TIMEOUT_ANSWER_MS = 3_000;
/** Rules may take a while to compile. */
const TIMEOUT_CONFIG_MS = 60_000;
/** How often workers are asked whether they still answer, and how long they may not: then they are ended. */
const PING_MS = 5_000;
const TIMEOUT_PING_MS = 30_000;

export interface SupervisorEdges {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: ProxyMetrics;
}

/** What all workers serve. */
export interface Served {
  readonly message: ConfigMessage;
  readonly book: SharedBook;
  readonly logLevel: ProxyConfig["admin"]["log_level"];
}

export interface Supervisor extends SupervisorEdges {
  readonly options: EngineOptions;
  /** The program of a worker's thread. */
  readonly entry: string;
  readonly members: readonly Member[];
  readonly bells: Int32Array<SharedArrayBuffer>;
  readonly spread: SpreadCells;
  /** What workers have counted that are no longer there. */
  readonly past: SeriesOfWorker;
  served: Served | null;
  isStopping: boolean;
  stopPings: () => void;
  stopCollect: () => void;
}

/** Starts `workers` workers, which serve nothing yet. */
export function newSupervisor(
  workers: number,
  entry: string,
  options: EngineOptions,
  edges: SupervisorEdges,
): Supervisor {
  const supervisor: Supervisor = {
    ...edges,
    ...{ options, entry },
    members: Array.from({ length: workers }, (_, number) => newMember(number, edges.clock)),
    bells: new Int32Array(new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT)),
    spread: newSpreadCells(workers),
    past: new Map(),
    served: null,
    isStopping: false,
    stopPings: () => {},
    stopCollect: () => {},
  };
  supervisor.stopCollect = onCollect(edges.metrics, () => collect(supervisor));
  pingLater(supervisor);
  return supervisor;
}

/** Starts a worker and gives it what is served. Resolves also when it ends before that. */
export async function startMember(supervisor: Supervisor, member: Member): Promise<void> {
  const { bells, spread, members, options, served } = supervisor;
  const start: WorkerStart = {
    kind: "start",
    worker: member.number,
    workers: members.length,
    bells: bells.buffer,
    spread: spread.buffer,
    options,
    logLevel: served?.logLevel ?? "INFO",
  };
  await startThread(member, supervisor.entry, start, {
    onMessage: (from, message) => heard(supervisor, from, message),
    onGone: (from, reason) => gone(supervisor, from, reason),
  });
  await catchUp(supervisor, member);
}

/** Gives a worker the newest configuration, if it has another one. */
export async function catchUp(supervisor: Supervisor, member: Member): Promise<void> {
  for (let { served } = supervisor; served !== null && member.isReady; { served } = supervisor) {
    if (member.version === served.message.version) return;
    try {
      await giveConfig(member, served.message);
    } catch (error) {
      if (error instanceof WorkerGone) return;
      const fields = { worker: member.number, error: String(error) };
      supervisor.log.error("a worker cannot serve what the others do: it is ended", fields);
      member.thread?.terminate();
      return;
    }
  }
}

/** Has the worker serve a configuration. Rejects when it cannot. */
export async function giveConfig(member: Member, message: ConfigMessage): Promise<void> {
  await ask<null>(member, message, TIMEOUT_CONFIG_MS);
  member.version = message.version;
}

/** Asks every worker that is there. Those that end or stay silent are left out, and the log says so. */
export async function askAll<Answer>({ members, log }: Supervisor, question: Question): Promise<Array<Told<Answer>>> {
  const present = members.filter(({ version }) => version > 0);
  const told = await Promise.all(
    present.map(async (member) => {
      try {
        return [{ worker: member.number, answer: await ask<Answer>(member, question, TIMEOUT_ANSWER_MS) }];
      } catch (error) {
        log.warn("a worker has not answered", { question: question.kind, error: String(error) });
        return [];
      }
    }),
  );
  return told.flat();
}

function heard(
  supervisor: Supervisor,
  member: Member,
  message: Exclude<FromWorker, { kind: "ready" | "answer" | "failed" }>,
): void {
  switch (message.kind) {
    case "series":
      return addWorkerSeries(member.series, message);
    case "forget":
      return forgetWorkerSeries(member.series, supervisor.past, message.scope, message.labels);
    case "kill":
      void killElsewhere(supervisor, member, message.order).then((outcome) =>
        post(member, { kind: "killed", ask: message.ask, outcome }),
      );
  }
}

/** Asks all but one; the one that knows what is meant decides. */
async function killElsewhere(supervisor: Supervisor, from: Member, order: KillOrder): Promise<KillOutcome> {
  const others = supervisor.members.filter((member) => member !== from && member.isReady);
  const outcomes = await Promise.all(
    others.map(async (member): Promise<KillOutcome> => {
      try {
        return await ask<KillOutcome>(member, { kind: "kill", order }, TIMEOUT_CONFIG_MS);
      } catch (error) {
        if (error instanceof WorkerGone) return { kind: "unknown" };
        return { kind: "failed", reason: `KILL could not be passed on: ${String(error)}` };
      }
    }),
  );
  const known = outcomes.filter(({ kind }) => kind !== "unknown");
  return known.find(({ kind }) => kind === "done") ?? known[0] ?? { kind: "unknown" };
}

/** A worker has ended, and its sessions with it. What it held is free, and another one takes its place. */
function gone(supervisor: Supervisor, member: Member, reason: string): void {
  const { served, past, members, bells, spread, clock, log } = supervisor;
  buryWorkerSeries(member.series, past);
  member.series = new Map();
  if (served !== null) clearWorker(served.book, member.number, members.length);
  clearSpread(spread, member.number);
  void loadLibc().then((libc) => closePassed(spread, member.number, libc));
  for (const { number } of members) if (number !== member.number) ring(bells, number);
  if (supervisor.isStopping) return;
  const isSettled = clock.monotonicMs() - member.startedMs >= SETTLED_MS;
  member.failures = isSettled ? 1 : member.failures + 1;
  const restartMs = Math.round(backoffMs(member.failures, RESTART_MS_MIN, RESTART_MS_MAX, supervisor.random));
  add(workersSeries(supervisor.metrics), WORKERS.slots.crashes, 1);
  log.error("a worker has ended: its sessions are lost, another one takes its place", {
    ...{ worker: member.number, restartMs, reason },
  });
  member.cancelRestart = clock.after(restartMs, () => void startMember(supervisor, member));
}

/** Ends workers that have stopped answering; what they hold would be lost for as long as they are there. */
function pingLater(supervisor: Supervisor): void {
  supervisor.stopPings = supervisor.clock.after(PING_MS, () => {
    for (const member of supervisor.members) {
      if (member.version > 0) void ping(supervisor, member);
    }
    pingLater(supervisor);
  });
}

async function ping({ log }: Supervisor, member: Member): Promise<void> {
  const { thread } = member;
  try {
    await ask<null>(member, { kind: "ping" }, TIMEOUT_PING_MS);
  } catch (error) {
    if (error instanceof WorkerGone || member.thread !== thread) return;
    log.error("a worker does not answer: it is ended", { worker: member.number, forMs: TIMEOUT_PING_MS });
    thread?.terminate();
  }
}

async function collect(supervisor: Supervisor): Promise<void> {
  const { metrics, members, past } = supervisor;
  await askAll(supervisor, { kind: "collect" });
  mergeSeries(
    metrics,
    members.map(({ series }) => series),
    past,
  );
  set(workersSeries(metrics), WORKERS.slots.workers, members.filter(({ version }) => version > 0).length);
}
