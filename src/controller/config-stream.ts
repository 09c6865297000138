/** The answer that lasts: a line of JSON for the configuration as it is, and one for each change of it. */
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { type ConfigStore, configOf, type StoredConfig, subscribe } from "./config-store.ts";

/** How often a line says that we are still there; a proxy that hears none for three times as long connects anew. */
export const ALIVE_MS = 20_000;
/** A stream ends after this, and up to as long again, so that a caller's right to it is looked at again. */
const STREAM_MS = 1_800_000;

/**
 * What a line says:
 * `{"type":"config","version":V,"config":{...}}` this is the configuration now;
 * `{"type":"gone"}` there is none (any more);
 * `{"type":"alive"}` nothing has changed.
 */
export interface StreamOptions {
  store: ConfigStore;
  key: string;
  /** The version that the proxy has; it is not sent again. */
  known: string | null;
  clock: Clock;
  random: Random;
  /** Ends the stream, in order. */
  signal: AbortSignal;
  onEnd(): void;
}

const encoder = new TextEncoder();
const ALIVE = encoder.encode('{"type":"alive"}\n');
const GONE = encoder.encode('{"type":"gone"}\n');
/** The same bytes for everybody who waits for a configuration. */
const lines = new WeakMap<StoredConfig, Uint8Array<ArrayBuffer>>();

/** Where a stream is. */
interface State {
  readonly options: StreamOptions;
  /** Null before it has begun and after its end. */
  controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null;
  /** The version that was written last, or that the proxy had. */
  sent: string | null;
  isFirst: boolean;
  /** The reader has taken what was written before. */
  isWanted: boolean;
  /** A sign of life is due. */
  isDue: boolean;
  readonly cancels: Set<() => void>;
}

/** A stream of lines. Whoever reads slowly gets the newest configuration and none of those in between: never more than one waits. */
export function configStream(options: StreamOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { store, key, clock, random, signal } = options;
  const state: State = {
    ...{ options, controller: null, sent: options.known, isFirst: true, isWanted: false, isDue: false },
    cancels: new Set(),
  };
  const close = () => {
    const { controller } = state;
    end(state);
    controller?.close();
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        state.controller = controller;
        state.cancels.add(subscribe(store, key, () => write(state)));
        state.cancels.add(clock.after(STREAM_MS * (1 + random()), close));
        state.cancels.add(() => signal.removeEventListener("abort", close));
        signal.addEventListener("abort", close);
        beat(state);
        if (signal.aborted) close();
      },
      pull() {
        state.isWanted = true;
        write(state);
      },
      cancel: () => end(state),
    },
    { highWaterMark: 1 },
  );
}

/** Writes the next line, when there is one and somebody to read it. */
function write(state: State): void {
  if (!state.isWanted || state.controller === null) return;
  const line = nextLine(state);
  if (line === null) return;
  state.isWanted = false;
  state.controller.enqueue(line);
}

function nextLine(state: State): Uint8Array<ArrayBuffer> | null {
  const { store, key } = state.options;
  const config = configOf(store, key);
  const isHeld = config === null && store.held.has(key);
  const version = isHeld ? state.sent : (config?.version ?? null);
  const isNews = version !== state.sent || (state.isFirst && version === null && !isHeld);
  // The head of the answer goes out with the first line, so there is always one at once.
  if (!isNews && !state.isDue && !state.isFirst) return null;
  [state.sent, state.isFirst, state.isDue] = [version, false, false];
  if (!isNews) return ALIVE;
  return config === null ? GONE : lineOf(config);
}

function beat(state: State): void {
  const cancel = state.options.clock.after(ALIVE_MS, () => {
    state.cancels.delete(cancel);
    state.isDue = true;
    write(state);
    beat(state);
  });
  state.cancels.add(cancel);
}

function end(state: State): void {
  if (state.controller === null) return;
  for (const cancel of state.cancels) cancel();
  state.cancels.clear();
  state.controller = null;
  state.options.onEnd();
}

function lineOf(config: StoredConfig): Uint8Array<ArrayBuffer> {
  const known = lines.get(config);
  if (known !== undefined) return known;
  const line = encoder.encode(`{"type":"config","version":"${config.version}","config":${config.body}}\n`);
  lines.set(config, line);
  return line;
}
