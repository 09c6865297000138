/** One worker as the main thread sees it: its thread, the questions that it has not answered, what it has counted. */
import type { Clock } from "../lib/clock.ts";
import type { SeriesOfWorker } from "../telemetry/merge-series.ts";
import type { FromWorker, Question, ToWorker, WorkerStart } from "./messages.ts";

const REASON_LENGTH_MAX = 300;

/** Settled by the answer, by the end of the worker, or by the clock. */
interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface Member {
  readonly number: number;
  readonly clock: Clock;
  /** null while it is not there. */
  thread: Worker | null;
  /** It hears what it is told. */
  isReady: boolean;
  readonly waiting: Map<number, Waiting>;
  nextAsk: number;
  series: SeriesOfWorker;
  /** The version of the configuration that it serves; 0 for none. */
  version: number;
  startedMs: number;
  /** Ends in a row that came soon after the start. */
  failures: number;
  cancelRestart: () => void;
}

/** Thrown by ask() when the worker has ended; what it was asked to do may be done or not. */
export class WorkerGone extends Error {}

/** What the main thread wants to hear of a worker besides answers. */
export interface MemberEvents {
  onMessage(member: Member, message: Exclude<FromWorker, { kind: "ready" | "answer" | "failed" }>): void;
  /** It has ended, for whatever reason. */
  onGone(member: Member, reason: string): void;
}

/** A worker that is not there yet. */
export function newMember(number: number, clock: Clock): Member {
  return {
    ...{ number, clock },
    thread: null,
    isReady: false,
    waiting: new Map(),
    nextAsk: 1,
    series: new Map(),
    version: 0,
    startedMs: 0,
    failures: 0,
    cancelRestart: () => {},
  };
}

/** Starts the thread; resolves when it has `start`, or has ended before. `entry` is the program that calls runWorker() there. */
export function startThread(member: Member, entry: string, start: WorkerStart, events: MemberEvents): Promise<void> {
  const thread = new Worker(entry, { name: `worker ${member.number}` });
  let reason = "it ended by itself";
  member.thread = thread;
  member.startedMs = member.clock.monotonicMs();
  member.version = 0;
  return new Promise((resolve) => {
    thread.onmessage = ({ data }: { data: FromWorker }) => {
      if (member.thread !== thread) return;
      switch (data.kind) {
        case "ready":
          member.isReady = true;
          post(member, start);
          return resolve();
        case "answer":
          return take(member, data.ask)?.resolve(data.value);
        case "failed":
          return take(member, data.ask)?.reject(new Error(data.message));
        default:
          return events.onMessage(member, data);
      }
    };
    thread.addEventListener("error", (event) => {
      event.preventDefault();
      reason = reasonOf(event.message);
    });
    thread.addEventListener("close", () => {
      if (member.thread !== thread) return;
      member.thread = null;
      member.isReady = false;
      member.version = 0;
      for (const [ask] of member.waiting)
        take(member, ask)?.reject(new WorkerGone(`worker ${member.number} has ended`));
      events.onGone(member, reason);
      resolve();
    });
  });
}

/** The runtime's message has the source around the place, which in the executable is one endless line. */
function reasonOf(message: string): string {
  const lines = message.split("\n");
  const [error = lines[0] ?? ""] = lines.filter((line) => /^\s*(\w*Error|error|\w*Exception):/.test(line));
  const [place = ""] = lines.filter((line) => /^\s+at /.test(line));
  return `${error.trim()} ${place.trim()}`.slice(0, REASON_LENGTH_MAX);
}

function take(member: Member, ask: number): Waiting | undefined {
  const waiting = member.waiting.get(ask);
  member.waiting.delete(ask);
  return waiting;
}

/** Tells the worker something. */
export function post(member: Member, message: ToWorker): void {
  member.thread?.postMessage(message);
}

/**
 * Asks the worker. The answer has the type that answerTo() of worker.ts gives for the question. Rejects with WorkerGone when
 * it ends, and with another error when it says no, or nothing within `timeoutMs`.
 */
export function ask<Answer>(member: Member, question: Question, timeoutMs: number): Promise<Answer> {
  const number = member.nextAsk++;
  return new Promise((resolve, reject) => {
    if (!member.isReady) return reject(new WorkerGone(`worker ${member.number} is not there`));
    const cancel = member.clock.after(timeoutMs, () => {
      take(member, number)?.reject(new Error(`worker ${member.number} has not answered within ${timeoutMs} ms`));
    });
    member.waiting.set(number, {
      resolve(value) {
        cancel();
        resolve(value as Answer);
      },
      reject(error) {
        cancel();
        reject(error);
      },
    });
    post(member, { kind: "ask", ask: number, question });
  });
}
