/** What workers say, as one proxy says it. */
import type { SessionList, SessionReport } from "../proxy/session-report.ts";
import { SESSIONS_LISTED_MAX } from "../proxy/session-report.ts";
import type { EndpointReport, ListenerReport, Readiness } from "../proxy/status.ts";

/** One worker's answer. */
export interface Told<Answer> {
  readonly worker: number;
  readonly answer: Answer;
}

/** Ready when every worker that is there is: each gets its part of the connections. */
export function mergeReadiness(told: ReadonlyArray<Told<Readiness>>, workers: number): Readiness {
  if (told.length === 0) return { ready: false, reasons: ["no worker is running"] };
  const reasons = new Map<string, number[]>();
  for (const { worker, answer } of told) {
    for (const reason of answer.reasons) reasons.set(reason, [...(reasons.get(reason) ?? []), worker]);
  }
  const lines = [...reasons].map(([reason, of]) => {
    return of.length === workers ? reason : `${reason} (worker ${of.join(", ")})`;
  });
  return { ready: told.every(({ answer }) => answer.ready), reasons: lines };
}

/** Listeners with the sums of their sessions and connections. */
export function mergeListeners(told: ReadonlyArray<Told<ListenerReport[]>>): ListenerReport[] {
  const names = new Set(told.flatMap(({ answer }) => answer.map(({ name }) => name)));
  return [...names].map((name) => {
    const all = told.flatMap(({ answer }) => answer.filter((listener) => listener.name === name));
    const [first] = all;
    const endpoints = new Set(all.flatMap((listener) => listener.endpoints.map((endpoint) => endpoint.name)));
    return {
      name,
      address: first?.address ?? "",
      sessions: sumOf(all, ({ sessions }) => sessions),
      pinned: all.flatMap(({ pinned }) => pinned),
      endpoints: [...endpoints].map((endpoint) =>
        mergeEndpoint(all.flatMap((listener) => listener.endpoints.filter((each) => each.name === endpoint))),
      ),
    };
  });
}

function mergeEndpoint(all: readonly EndpointReport[]): EndpointReport {
  const first = all[0] as EndpointReport;
  const usable = all.filter((each) => each.usable);
  const pool = { ...first.pool };
  for (const name of ["busy", "resting", "connecting", "resetting", "parked", "idle"] as const) {
    pool[name] = sumOf(all, (each) => each.pool[name]);
  }
  return {
    ...first,
    usable: usable.length > 0,
    // Each worker finds out for itself.
    state: textOf(all.map(({ state }) => state)),
    reason: textOf(all.map(({ reason }) => reason).filter((reason) => reason !== "")),
    seconds: Math.min(...all.map(({ seconds }) => seconds)),
    share: sumOf(all, ({ share }) => share) / all.length,
    latencyMs: Math.round((sumOf(all, ({ latencyMs }) => latencyMs) / all.length) * 100) / 100,
    addresses: [...new Set(all.flatMap(({ addresses }) => addresses))],
    version: all.find(({ version }) => version !== null)?.version ?? null,
    pool,
    accounts: sumOf(all, ({ accounts }) => accounts),
    waiting: sumOf(all, ({ waiting }) => waiting),
  };
}

/** Sessions of all workers, each with its worker. */
export function mergeSessions(told: ReadonlyArray<Told<SessionList>>): SessionList {
  const all = told.flatMap(({ worker, answer }) => answer.sessions.map((session) => ({ ...session, worker })));
  const pinned = all.filter(isPinned).sort((left, right) => right.pinnedSeconds - left.pinnedSeconds);
  return {
    total: sumOf(told, ({ answer }) => answer.total),
    pinned: sumOf(told, ({ answer }) => answer.pinned),
    sessions: [...pinned, ...all.filter((session) => !isPinned(session))].slice(0, SESSIONS_LISTED_MAX),
  };
}

function isPinned({ pins }: SessionReport): boolean {
  return pins.length > 0;
}

function sumOf<Value>(all: readonly Value[], numberOf: (value: Value) => number): number {
  return all.reduce((sum, each) => sum + numberOf(each), 0);
}

function textOf(values: readonly string[]): string {
  return [...new Set(values)].join(", ");
}
