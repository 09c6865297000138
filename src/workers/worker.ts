/** The inside of a worker: an engine in its own event loop, which answers what the main thread asks. */
import type { ProxyConfig } from "../api/proxy-config.ts";
import { type Bells, listenToBell } from "../lib/bell.ts";
import { systemClock } from "../lib/clock.ts";
import type { WorkerShare } from "../lib/worker-share.ts";
import { socketTransport, type Transport } from "../net/transport.ts";
import { type LocalEngine, localEngine } from "../proxy/engine.ts";
import type { Crew } from "../proxy/generation.ts";
import type { KillOutcome } from "../proxy/kill-order.ts";
import { childLogger, type LeveledLogger, newLogger } from "../telemetry/log.ts";
import { collectMetrics, newProxyMetrics, type ProxyMetrics, type SeriesStore } from "../telemetry/metrics.ts";
import { watchLag } from "../telemetry/process-metrics.ts";
import type { ConfigMessage, FromWorker, Question, ToWorker, WorkerStart } from "./messages.ts";
import { unpackConfig } from "./pack-config.ts";

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
}

/** The crew of this worker; `cells` are those of the configuration in hand. */
interface WorkerCrew extends Crew {
  readonly bells: Bells;
  cells: ConfigMessage["cells"];
  readonly kills: Map<number, (outcome: KillOutcome) => void>;
}

/** Answers what comes from the main thread, for good. */
export function runWorker(main: MainThread): void {
  let state: State | null = null;
  main.onmessage = ({ data }) => {
    if (data.kind === "start") state = start(main, data);
    else if (data.kind === "killed") killed(state, data.ask, data.outcome);
    else if (state !== null) void answer(state, data.ask, data.question);
  };
  main.postMessage({ kind: "ready" });
}

function start(main: MainThread, { worker, workers, bells, options, logLevel }: WorkerStart): State {
  const log = newLogger({ level: logLevel, format: options.logFormat, noColor: options.noColor });
  const metrics = newProxyMetrics(undefined, sharedStore(main));
  const crew = newCrew(main, { cells: new Int32Array(bells), worker }, workers);
  const lines = childLogger(log, { worker });
  const engine = localEngine(options, { log: lines, metrics }, workerTransport(worker), crew);
  listenToBell(crew.bells, () => engine.heedBells());
  watchLag(metrics, systemClock);
  return { main, engine, log, metrics, crew };
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

/** Ports are shared; a unix socket can only be one worker's. */
function workerTransport(worker: number): Transport {
  return {
    ...socketTransport,
    listen: (address, handler, accept) => socketTransport.listen(address, handler, accept, true),
    listenUnix: worker === 0 ? socketTransport.listenUnix : () => ({ port: 0, stop() {} }),
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

async function answerTo({ engine, log, metrics, crew }: State, question: Question): Promise<unknown> {
  switch (question.kind) {
    case "config": {
      const config: ProxyConfig = unpackConfig(question.packed);
      crew.cells = question.cells;
      await engine.apply(config);
      log.setLevel(config.admin.log_level);
      return null;
    }
    case "sessions-with-id":
      return engine.sessionsWithId(question.id);
    case "kill":
      return engine.kill(question.order);
    case "stop":
      return engine.stop(question.graceMs);
    case "collect":
      return collectMetrics(metrics);
    case "ping":
      return null;
    default:
      return engine[question.kind]();
  }
}
