/**
 * Events (events.k8s.io/v1): what happened to an object, for people who describe it. Written in the background, never waited for.
 * The same thing again within a while is no new event but a series of one, so that a controller in trouble does not flood anybody.
 */
import { isRefused } from "./api-error.ts";
import type { KubeClient } from "./client.ts";
import { createObject, mergeObject } from "./crud.ts";
import { microTime } from "./micro-time.ts";
import type { EventObject, ObjectReference } from "./objects.ts";
import { errorOf } from "./observe.ts";
import { apiVersionOf, EVENTS } from "./resource.ts";

/** What is told about an object. */
export interface Told {
  regarding: ObjectReference;
  type: "Normal" | "Warning";
  /** One word in CamelCase. */
  reason: string;
  /** What was done or tried, one word in CamelCase. */
  action: string;
  /** A sentence for people. */
  note: string;
}

export interface EventRecorder {
  tell(told: Told): void;
  /** Waits for what is still to be written, but not for what fails. */
  stop(): Promise<void>;
}

export interface RecorderOptions {
  client: KubeClient;
  /** Who speaks: a qualified name, such as `pisanix.io/controller`. */
  controller: string;
  /** Which of its processes. */
  instance: string;
}

/** An event of the same kind within this time belongs to the series. */
const SERIES_MS = 360_000;
/** A series' count is written this often at most. */
const SERIES_WRITE_MS = 10_000;
const SERIES_MAX = 1_000;
/** Events that wait to be written. More are dropped: they are for people, and people do not read as many. */
const WAITING_MAX = 500;
/** The server refuses more. */
const NOTE_BYTES_MAX = 1_024;
const INSTANCE_LENGTH_MAX = 128;
const NAME_LENGTH_MAX = 253;

interface Series {
  event: EventObject;
  count: number;
  lastMs: number;
  isWriting: boolean;
}

interface State extends RecorderOptions {
  /** In the order in which they last happened. */
  readonly series: Map<string, Series>;
  readonly jobs: Array<() => Promise<void>>;
  readonly timers: Set<() => void>;
  worker: Promise<void> | null;
  isStopped: boolean;
}

/** A recorder that writes as long as it is not stopped. */
export function newRecorder(options: RecorderOptions): EventRecorder {
  const instance = options.instance.slice(0, INSTANCE_LENGTH_MAX);
  const state: State = {
    ...options,
    instance,
    series: new Map(),
    jobs: [],
    timers: new Set(),
    worker: null,
    isStopped: false,
  };
  return {
    tell: (told) => tell(state, told),
    async stop() {
      state.isStopped = true;
      for (const cancel of state.timers) cancel();
      await state.worker;
    },
  };
}

function tell(state: State, told: Told): void {
  if (state.isStopped) return;
  const nowMs = state.client.clock.monotonicMs();
  const key = keyOfTold(told);
  const known = state.series.get(key);
  state.series.delete(key);
  if (known !== undefined && nowMs - known.lastMs < SERIES_MS) {
    known.count++;
    known.lastMs = nowMs;
    state.series.set(key, known);
    planSeries(state, known);
    return;
  }
  const event = eventOf(state, told);
  state.series.set(key, { event, count: 1, lastMs: nowMs, isWriting: false });
  const [oldest] = state.series.keys();
  if (state.series.size > SERIES_MAX && oldest !== undefined) state.series.delete(oldest);
  enqueue(state, async () => {
    await createObject(state.client, EVENTS, event);
  });
}

/** The count now, and after that at most every `SERIES_WRITE_MS`. */
function planSeries(state: State, series: Series): void {
  if (series.isWriting) return;
  series.isWriting = true;
  const written = series.count;
  enqueue(state, () => writeSeries(state, series));
  const cancel = state.client.clock.after(SERIES_WRITE_MS, () => {
    state.timers.delete(cancel);
    series.isWriting = false;
    if (series.count > written) planSeries(state, series);
  });
  state.timers.add(cancel);
}

async function writeSeries(state: State, series: Series): Promise<void> {
  const { client } = state;
  const { namespace, name } = series.event.metadata;
  const observed = { count: series.count, lastObservedTime: microTime(client.clock.wallMs()) };
  try {
    await mergeObject(client, EVENTS, { namespace, name }, { series: observed });
  } catch (error) {
    // Events live for an hour; the first of this series is over.
    if (!isRefused(error, 404)) throw error;
    await createObject(client, EVENTS, { ...series.event, series: observed });
  }
}

function enqueue(state: State, job: () => Promise<void>): void {
  if (state.jobs.length >= WAITING_MAX) {
    state.client.observe({ kind: "events-dropped", count: 1 });
    return;
  }
  state.jobs.push(job);
  state.worker ??= work(state);
}

/** One at a time: events are in no hurry, and their order is kept. */
async function work(state: State): Promise<void> {
  for (let job = state.jobs.shift(); job !== undefined; job = state.jobs.shift()) {
    try {
      await job();
    } catch (error) {
      state.client.observe({ kind: "event-failed", error: errorOf(error) });
      // Who stops must not wait for a server that is away.
      if (state.isStopped) state.jobs.length = 0;
    }
  }
  state.worker = null;
}

function keyOfTold({ regarding, type, reason, action, note }: Told): string {
  const { kind, namespace, name, uid } = regarding;
  return [kind, namespace, name, uid, type, reason, action, note].join("\0");
}

function eventOf(state: State, { regarding, type, reason, action, note }: Told): EventObject {
  const { client, controller, instance } = state;
  // An object without a namespace has its events in the default one.
  const namespace = regarding.namespace ?? "default";
  return {
    apiVersion: apiVersionOf(EVENTS),
    kind: EVENTS.kind,
    metadata: { namespace, name: nameOf(regarding.name, client.random()) },
    eventTime: microTime(client.clock.wallMs()),
    reportingController: controller,
    reportingInstance: instance,
    action,
    reason,
    regarding,
    note: shortened(note, NOTE_BYTES_MAX),
    type,
  };
}

/** `object.1a2b3c...`: a name may be too long for that, and cut at a point or hyphen it would be none. */
function nameOf(object: string, random: number): string {
  const suffix = Math.floor(random * 2 ** 52)
    .toString(16)
    .padStart(13, "0");
  const room = NAME_LENGTH_MAX - suffix.length - 1;
  return `${object.slice(0, room).replace(/[-.]+$/, "")}.${suffix}`;
}

/** Whole characters only. */
function shortened(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  let short = text.slice(0, bytesMax - 3);
  while (Buffer.byteLength(short) > bytesMax - 3) short = short.slice(0, -1);
  return `${short.replace(/[\uD800-\uDBFF]$/, "")}...`;
}
