/** The inside of a worker: an engine in its own event loop, which answers what the main thread asks. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { type Bells, listenToBell } from "../lib/bell.ts";
import { systemClock } from "../lib/clock.ts";
import { loadLibc } from "../lib/libc.ts";
import type { WorkerShare } from "../lib/worker-share.ts";
import { type LocalEngine, localEngine } from "../proxy/engine.ts";
import type { Crew } from "../proxy/generation.ts";
import type { KillOutcome } from "../proxy/kill-order.ts";
import { childLogger, type LeveledLogger, newLogger } from "../telemetry/log.ts";
import { collectMetrics, newProxyMetrics, type ProxyMetrics, type SeriesStore } from "../telemetry/metrics.ts";
import { watchLag } from "../telemetry/process-metrics.ts";
import type { ConfigMessage, FromWorker, Question, ToWorker, WorkerStart } from "./messages.ts";
import { unpackConfig } from "./pack-config.ts";
import { adoptPassed, type Spread, setServedVersion, spreadTransport } from "./spread.ts";

/** The other end of the worker: the main thread. */
export interface MainThread {
  onmessage: ((event: { data: ToWorker }) => void) | null;
  postMessage(message: FromWorker): void;
}

/** What a worker has. */
interface State {
  readonly main: MainThread;
  readonly engine: LocalEngine;
  readonly log: LeveledLogger;
  readonly metrics: ProxyMetrics;
  readonly crew: WorkerCrew;
  readonly spread: Spread;
}

/** The crew of this worker; `cells` are those of the configuration in hand. */
interface WorkerCrew extends Crew {
  readonly bells: Bells;
  cells: ConfigMessage["cells"];
  readonly kills: Map<number, (outcome: KillOutcome) => void>;
}

/** Answers what comes from the main thread, for good. Without `isSpread` connections stay with the worker that the kernel gives them. */
export function runWorker(main: MainThread, isSpread = true): void {
  let state: State | null = null;
  main.onmessage = ({ data }) => {
    if (data.kind === "start") state = start(main, data, isSpread);
    else if (data.kind === "killed") killed(state, data.ask, data.outcome);
    else if (state !== null) void answer(state, data.ask, data.question);
  };
  main.postMessage({ kind: "ready" });
}

function start(main: MainThread, message: WorkerStart, isSpread: boolean): State {
  const { worker, workers, bells, options, logLevel } = message;
  const log = newLogger({ level: logLevel, format: options.logFormat, noColor: options.noColor });
  const metrics = newProxyMetrics(undefined, sharedStore(main));
  const crew = newCrew(main, { cells: new Int32Array(bells), worker }, workers);
  const lines = childLogger(log, { worker });
  const spread: Spread = { cells: new Int32Array(message.spread), bells: crew.bells, servers: new Map(), libc: null };
  if (isSpread) {
    void loadLibc().then((libc) => {
      spread.libc = libc;
    });
  }
  const engine = localEngine(options, { log: lines, metrics }, spreadTransport(spread), crew);
  listenToBell(crew.bells, () => {
    adoptPassed(spread);
    engine.heedBells();
  });
  watchLag(metrics, systemClock);
  return { main, engine, log, metrics, crew, spread };
}

/** Series in memory that the main thread reads, and still has when this worker is gone. */
function sharedStore(main: MainThread): SeriesStore {
  return {
    newValues(scope, labels, size) {
      const values = new Float64Array(new SharedArrayBuffer(size * Float64Array.BYTES_PER_ELEMENT));
      main.postMessage({ kind: "series", scope, labels, values });
      return values;
    },
    forget: (scope, labels) => main.postMessage({ kind: "forget", scope, labels }),
  };
}

function newCrew(main: MainThread, bells: Bells, workers: number): WorkerCrew {
  const kills = new Map<number, (outcome: KillOutcome) => void>();
  let asked = 0;
  const { worker } = bells;
  const crew: WorkerCrew = {
    ...{ worker, workers, bells, kills },
    cells: [],
    shareOf: (index): WorkerShare => ({ worker, workers, bells, cells: crew.cells[index] ?? new Map() }),
    killElsewhere(order, done) {
      asked++;
      kills.set(asked, done);
      main.postMessage({ kind: "kill", ask: asked, order });
    },
  };
  return crew;
}

function killed(state: State | null, ask: number, outcome: KillOutcome): void {
  const done = state?.crew.kills.get(ask);
  state?.crew.kills.delete(ask);
  done?.(outcome);
}

async function answer(state: State, ask: number, question: Question): Promise<void> {
  const { main } = state;
  try {
    main.postMessage({ kind: "answer", ask, value: await answerTo(state, question) });
  } catch (error) {
    main.postMessage({ kind: "failed", ask, message: error instanceof Error ? error.message : String(error) });
  }
}

async function answerTo({ engine, log, metrics, crew, spread }: State, question: Question): Promise<unknown> {
  switch (question.kind) {
    case "config": {
      const config: ProxyConfig = unpackConfig(question.packed);
      crew.cells = question.cells;
      setServedVersion(spread, 0);
      await engine.apply(config);
      setServedVersion(spread, question.version);
      log.setLevel(config.admin.log_level);
      return null;
    }
    case "sessions-with-id":
      return engine.sessionsWithId(question.id);
    case "kill":
      return engine.kill(question.order);
    case "stop":
      setServedVersion(spread, 0);
      return engine.stop(question.graceMs);
    case "collect":
      return collectMetrics(metrics);
    case "ping":
      return null;
    default:
      return engine[question.kind]();
  }
}
