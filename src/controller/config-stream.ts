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

/** A stream of lines. Whoever reads slowly gets the newest configuration and none of those in between: never more than one waits. */
export function configStream(options: StreamOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { store, key, clock, random, signal } = options;
  let sent: string | null = options.known;
  let isFirst = true;
  let isWanted = false;
  let isDue = false;
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  const cancels: Array<() => void> = [];

  const next = (): Uint8Array<ArrayBuffer> | null => {
    const config = configOf(store, key);
    const isHeld = config === null && store.held.has(key);
    const version = isHeld ? sent : (config?.version ?? null);
    if (version !== sent || (isFirst && version === null && !isHeld)) {
      [sent, isFirst, isDue] = [version, false, false];
      return config === null ? GONE : lineOf(config);
    }
    // The head of the answer goes out with the first line, so there is always one at once.
    if (!isDue && !isFirst) return null;
    [isFirst, isDue] = [false, false];
    return ALIVE;
  };
  const write = () => {
    if (!isWanted || controller === null) return;
    const line = next();
    if (line === null) return;
    isWanted = false;
    controller.enqueue(line);
  };
  const end = () => {
    if (controller === null) return;
    for (const cancel of cancels.splice(0)) cancel();
    controller = null;
    options.onEnd();
  };
  const close = () => {
    const open = controller;
    end();
    open?.close();
  };
  const beat = () => {
    const cancel = clock.after(ALIVE_MS, () => {
      cancels.splice(cancels.indexOf(cancel), 1);
      isDue = true;
      write();
      beat();
    });
    cancels.push(cancel);
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(made) {
        controller = made;
        cancels.push(subscribe(store, key, write), clock.after(STREAM_MS * (1 + random()), close));
        signal.addEventListener("abort", close);
        cancels.push(() => signal.removeEventListener("abort", close));
        beat();
        if (signal.aborted) close();
      },
      pull() {
        isWanted = true;
        write();
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}

function lineOf(config: StoredConfig): Uint8Array<ArrayBuffer> {
  const known = lines.get(config);
  if (known !== undefined) return known;
  const line = encoder.encode(`{"type":"config","version":"${config.version}","config":${config.body}}\n`);
  lines.set(config, line);
  return line;
}
