/** An engine of several workers: one configuration, one admin server, and as many event loops as there are workers. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { isSameValue } from "../lib/same-value.ts";
import { describeChange } from "../proxy/config-change.ts";
import type { Engine, EngineEdges, EngineOptions } from "../proxy/engine.ts";
import type { SessionList } from "../proxy/session-report.ts";
import type { ListenerReport, Readiness } from "../proxy/status.ts";
import { ask, type Member, WorkerGone } from "./member.ts";
import { mergeListeners, mergeReadiness, mergeSessions } from "./merge-reports.ts";
import type { ConfigMessage } from "./messages.ts";
import { packConfig } from "./pack-config.ts";
import { claimPorts, keepPorts, type PortClaims, releasePorts, withPorts } from "./port-claims.ts";
import { nextBook } from "./shared-book.ts";
import { askAll, catchUp, giveConfig, newSupervisor, type Served, type Supervisor, startMember } from "./supervisor.ts";

/** A worker that has not ended so long after its last session is ended. */
const STOP_MARGIN_MS = 2_000;

interface State {
  readonly supervisor: Supervisor;
  readonly started: Promise<unknown>;
  claims: PortClaims;
  /** As it was written. */
  config: ProxyConfig | null;
}

/** Starts `workers` workers, each with an event loop of its own. `entry` is the program of their threads. */
export function workersEngine(workers: number, entry: string, options: EngineOptions, edges: EngineEdges): Engine {
  const { log, metrics } = edges;
  const supervisor = newSupervisor(workers, entry, forWorkers(options), {
    ...{ clock: systemClock, random: systemRandom, log, metrics },
  });
  const started = Promise.all(supervisor.members.map((member) => startMember(supervisor, member)));
  const state: State = { supervisor, started, claims: [], config: null };
  return {
    apply: (config) => apply(state, config),
    config: () => state.config,
    readiness: async () => mergeReadiness(await askAll<Readiness>(supervisor, { kind: "readiness" }), workers),
    listeners: async () => mergeListeners(await askAll<ListenerReport[]>(supervisor, { kind: "listeners" })),
    sessions: async () => mergeSessions(await askAll<SessionList>(supervisor, { kind: "sessions" })),
    async sessionsWithId(id) {
      const told = await askAll<object[]>(supervisor, { kind: "sessions-with-id", id });
      return told.flatMap(({ worker, answer }) => answer.map((session) => ({ ...session, worker })));
    },
    stop: (graceMs) => stop(state, graceMs),
  };
}

/** What a thread can be sent of the options. */
function forWorkers({ version, noColor, logFormat, attributes }: EngineOptions): EngineOptions {
  return { version, noColor, logFormat, attributes };
}

/** One worker tries it before the others hear of it; when another one cannot, all go back. */
async function apply(state: State, config: ProxyConfig): Promise<{ isChanged: boolean; generation: number }> {
  const { supervisor } = state;
  if (supervisor.isStopping) throw new Error("the proxy is stopping");
  await state.started;
  const before = supervisor.served;
  const version = (before?.message.version ?? 0) + 1;
  if (before !== null && isSameValue(state.config, config)) return { isChanged: false, generation: version - 1 };
  const claims = claimPorts(state.claims, state.config, config);
  const resolved = withPorts(config, claims);
  const book = nextBook(before?.book ?? null, resolved, supervisor.members.length);
  const message: ConfigMessage = { kind: "config", version, packed: packConfig(resolved), cells: book.cells };
  try {
    await giveAll(supervisor, message);
  } catch (error) {
    releasePorts(claims, state.claims);
    throw error;
  }
  supervisor.served = { message, book, logLevel: config.admin.log_level };
  state.claims = keepPorts(claims, state.claims);
  state.config = config;
  logChange(supervisor, before, resolved);
  // Who was being started meanwhile may have been given the old one.
  for (const member of supervisor.members) void catchUp(supervisor, member);
  return { isChanged: true, generation: version };
}

async function giveAll(supervisor: Supervisor, message: ConfigMessage): Promise<void> {
  const present = supervisor.members.filter(({ isReady }) => isReady);
  let isServed = false;
  while (!isServed && present.length > 0) {
    const first = present.shift();
    if (first !== undefined) isServed = await give(first, message);
  }
  if (!isServed) throw new Error("no worker is running: the log says why");
  const results = await Promise.allSettled(present.map((member) => give(member, message)));
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return;
  const { served, members } = supervisor;
  await Promise.all(
    members.filter(({ version }) => version === message.version).map((member) => goBack(member, served)),
  );
  throw failure.reason;
}

/** False when the worker has ended. Rejects when it cannot serve the configuration. */
async function give(member: Member, message: ConfigMessage): Promise<boolean> {
  try {
    await giveConfig(member, message);
    return true;
  } catch (error) {
    if (error instanceof WorkerGone) return false;
    throw error;
  }
}

async function goBack(member: Member, served: Served | null): Promise<void> {
  try {
    if (served !== null) await giveConfig(member, served.message);
    else member.thread?.terminate();
  } catch {
    // One that can do neither begins anew.
    member.thread?.terminate();
  }
}

/** Said once for all workers. */
function logChange({ log, members }: Supervisor, before: Served | null, config: ProxyConfig): void {
  const known = new Set(before?.book.config.proxy.config.map(({ listen_addr }) => listen_addr));
  for (const { name, listen_addr } of config.proxy.config) {
    if (!known.has(listen_addr)) log.info("listening", { domain: name, address: listen_addr, workers: members.length });
  }
  if (before === null) return;
  const generation = before.message.version + 1;
  log.info("configuration changed", { generation, ...describeChange(before.book.config, config) });
}

async function stop({ supervisor, claims }: State, graceMs: number): Promise<void> {
  supervisor.isStopping = true;
  supervisor.stopPings();
  await Promise.all(
    supervisor.members.map(async (member) => {
      member.cancelRestart();
      try {
        await ask<void>(member, { kind: "stop", graceMs }, graceMs + STOP_MARGIN_MS);
      } catch (error) {
        if (!(error instanceof WorkerGone)) supervisor.log.warn("a worker is ended", { error: String(error) });
      }
    }),
  );
  supervisor.stopCollect();
  for (const { thread } of supervisor.members) thread?.terminate();
  releasePorts(claims, []);
}
