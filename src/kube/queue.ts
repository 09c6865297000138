/**
 * Work by key: however often a key is added it waits once, it is never worked on twice at the same time, and after a failure it
 * comes again, later each time. A key that is added while it is worked on comes again.
 */
import { backoffMs } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { errorOf } from "./observe.ts";

export interface QueueOptions {
  clock: Clock;
  random: Random;
  /** Keys that are worked on at once. */
  workers: number;
  /** Does the work for a key. Throwing makes it come again after a while, a number after so many milliseconds, null not at all. */
  work(key: string): Promise<number | null>;
  /** Told of every round. */
  onDone?(key: string, durationMs: number, error: Error | null): void;
  retryMinMs?: number;
  retryMaxMs?: number;
}

export interface Queue {
  add(key: string): void;
  /** Adds `key` after a while; only the earliest of several counts. */
  addAfter(key: string, delayMs: number): void;
  /** Keys that wait now, those that wait for their time excepted. */
  depth(): number;
  /** Keys that failed and wait for their time. */
  retrying(): number;
  /** Resolves when no key waits and none is worked on; keys that wait for their time do not count. */
  idle(): Promise<void>;
  /** Takes no more keys, and waits for those that are worked on. */
  stop(): Promise<void>;
}

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 120_000;
/** How long work may keep the event loop before others have their turn. */
const SLICE_MS = 20;

interface State {
  readonly options: QueueOptions;
  readonly waiting: Set<string>;
  readonly working: Set<string>;
  /** Keys that were added while they were worked on. */
  readonly again: Set<string>;
  readonly failures: Map<string, number>;
  readonly delayed: Map<string, { dueMs: number; cancel: () => void }>;
  idlers: Array<() => void>;
  isScheduled: boolean;
  isStopped: boolean;
}

/** A queue that begins to work as soon as a key is added. */
export function newQueue(options: QueueOptions): Queue {
  const state: State = {
    options,
    waiting: new Set(),
    working: new Set(),
    again: new Set(),
    failures: new Map(),
    delayed: new Map(),
    idlers: [],
    isScheduled: false,
    isStopped: false,
  };
  return {
    add: (key) => add(state, key),
    addAfter: (key, delayMs) => addAfter(state, key, delayMs),
    depth: () => state.waiting.size,
    retrying: () => state.failures.size,
    idle: () => idle(state),
    async stop() {
      state.isStopped = true;
      state.waiting.clear();
      state.again.clear();
      for (const { cancel } of state.delayed.values()) cancel();
      state.delayed.clear();
      await idle(state);
    },
  };
}

function add(state: State, key: string): void {
  if (state.isStopped) return;
  forgetDelay(state, key);
  if (state.working.has(key)) state.again.add(key);
  else state.waiting.add(key);
  schedule(state);
}

function addAfter(state: State, key: string, delayMs: number): void {
  if (state.isStopped) return;
  const dueMs = state.options.clock.monotonicMs() + delayMs;
  const known = state.delayed.get(key);
  if (known !== undefined && known.dueMs <= dueMs) return;
  known?.cancel();
  const cancel = state.options.clock.after(delayMs, () => {
    state.delayed.delete(key);
    add(state, key);
  });
  state.delayed.set(key, { dueMs, cancel });
}

function forgetDelay(state: State, key: string): void {
  state.delayed.get(key)?.cancel();
  state.delayed.delete(key);
}

/** Not at once: whoever adds a key is in the middle of something, and may add it again. */
function schedule(state: State): void {
  if (state.isScheduled) return;
  state.isScheduled = true;
  setImmediate(() => {
    state.isScheduled = false;
    start(state);
  });
}

function start(state: State): void {
  const { clock, workers } = state.options;
  const startedMs = clock.monotonicMs();
  for (const key of state.waiting) {
    if (state.working.size >= workers) return;
    if (clock.monotonicMs() - startedMs > SLICE_MS) return schedule(state);
    state.waiting.delete(key);
    state.working.add(key);
    work(state, key).catch(() => {});
  }
}

async function work(state: State, key: string): Promise<void> {
  const { options, failures } = state;
  const startedMs = options.clock.monotonicMs();
  let error: Error | null = null;
  let againMs: number | null;
  try {
    againMs = await options.work(key);
    failures.delete(key);
  } catch (thrown) {
    error = errorOf(thrown);
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    againMs = backoffMs(count, options.retryMinMs ?? RETRY_MIN_MS, options.retryMaxMs ?? RETRY_MAX_MS, options.random);
  }
  options.onDone?.(key, options.clock.monotonicMs() - startedMs, error);
  state.working.delete(key);
  if (state.again.delete(key) && !state.isStopped) state.waiting.add(key);
  else if (againMs !== null) addAfter(state, key, againMs);
  if (state.waiting.size > 0) schedule(state);
  else if (state.working.size === 0) for (const resolve of state.idlers.splice(0)) resolve();
}

function idle(state: State): Promise<void> {
  if (state.waiting.size === 0 && state.working.size === 0) return Promise.resolve();
  return new Promise((resolve) => state.idlers.push(resolve));
}
