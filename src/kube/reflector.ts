/**
 * Keeps a copy of a collection true: lists it, watches it from there on, resumes a watch that ended where it was, and lists again
 * only when the server no longer knows that place. Where the server offers it, the list is the beginning of the watch (WatchList).
 */
import { backoffMs } from "../lib/backoff.ts";
import { ApiError, isExpired } from "./api-error.ts";
import { type KubeClient, sleep } from "./client.ts";
import { listObjects, type Scope } from "./list.ts";
import type { KubeObject } from "./objects.ts";
import { errorOf, type WatchEnd } from "./observe.ts";
import { apiVersionOf, type Resource } from "./resource.ts";
import { INITIAL_EVENTS_END, SilenceError, type WatchEvent, watchOnce } from "./watch.ts";

const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 10_000;
/** A watch that lasted this long did its work, however it ended. */
const HEALTHY_MS = 10_000;
/** The longest that the initial events of a watch may take before we take it that the server does not know them. */
const TIMEOUT_INITIAL_MS = 60_000;

/** Where a reflector puts what it learns. */
export interface Sink<T> {
  /** These are all there are. */
  replace(objects: readonly T[]): void;
  change(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void;
}

export interface ReflectorOptions<T extends KubeObject> extends Scope {
  client: KubeClient;
  resource: Resource<T>;
  sink: Sink<T>;
  /** False lists and never tries WatchList. */
  usesWatchList?: boolean;
}

export interface Reflector {
  /** Ends the watch. May be called more than once. */
  stop(): Promise<void>;
}

/** What the loop remembers from one round to the next. */
interface Place<T extends KubeObject> {
  readonly options: ReflectorOptions<T>;
  readonly signal: AbortSignal;
  /** Null: everything has to be listed. */
  resourceVersion: string | null;
  triesWatchList: boolean;
  failures: number;
  /** Whether the round in progress has heard anything. */
  hasHeard: boolean;
}

/** Starts to keep `sink` true. */
export function startReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const controller = new AbortController();
  const place: Place<T> = {
    options,
    signal: controller.signal,
    resourceVersion: null,
    triesWatchList: options.usesWatchList ?? true,
    failures: 0,
    hasHeard: false,
  };
  const ended = run(place);
  return {
    stop() {
      controller.abort();
      return ended;
    },
  };
}

async function run<T extends KubeObject>(place: Place<T>): Promise<void> {
  const { client, resource } = place.options;
  const { clock, observe } = client;
  while (!place.signal.aborted) {
    const startedMs = clock.monotonicMs();
    place.hasHeard = false;
    let error: Error | null = null;
    try {
      if (place.resourceVersion === null && !place.triesWatchList) await list(place);
      await follow(place);
    } catch (thrown) {
      error = errorOf(thrown);
    }
    if (place.signal.aborted) return;
    if (isNoWatchList(place, error)) {
      place.triesWatchList = false;
      continue;
    }
    const end = endOf(error);
    if (end === "expired") place.resourceVersion = null;
    const isHealthy = place.hasHeard || clock.monotonicMs() - startedMs >= HEALTHY_MS;
    // A server that ends each watch at once, or answers 410 to every list, must not be asked without pause.
    if (isHealthy) place.failures = 0;
    if (!isHealthy || (end === "failed" && !isRefusal(error))) place.failures++;
    const waitMs = waitOf(place, error);
    observe({ kind: "watch-ended", plural: resource.plural, end, waitMs, error });
    await sleep(clock, waitMs, place.signal);
  }
}

async function list<T extends KubeObject>(place: Place<T>): Promise<void> {
  const { client, resource, sink } = place.options;
  const startedMs = client.clock.monotonicMs();
  const options = { signal: place.signal, keep: trim<T> };
  const { objects, resourceVersion } = await listObjects(client, resource, place.options, options);
  if (place.signal.aborted) return;
  place.resourceVersion = resourceVersion;
  sink.replace(objects);
  listed(place, objects.length, startedMs);
}

/** Watches until the server ends it. */
async function follow<T extends KubeObject>(place: Place<T>): Promise<void> {
  const { client, resource, namespace, labelSelector, fieldSelector, isMetadataOnly } = place.options;
  const startedMs = client.clock.monotonicMs();
  const sendsInitial = place.resourceVersion === null;
  let initial: T[] | null = sendsInitial ? [] : null;
  const chunks = watchOnce(client, resource, {
    ...{ namespace, labelSelector, fieldSelector, isMetadataOnly },
    resourceVersion: place.resourceVersion ?? undefined,
    sendsInitial,
    signal: place.signal,
  });
  for await (const events of chunks) {
    if (place.signal.aborted) return;
    for (const event of events) {
      initial = initial === null ? changed(place, event) : collected(place, event, initial, startedMs);
    }
    if (initial !== null && client.clock.monotonicMs() - startedMs > TIMEOUT_INITIAL_MS) break;
  }
  // Ended before the objects were complete: such a server is listed from now on.
  if (initial !== null && !place.signal.aborted) place.triesWatchList = false;
}

/** Takes an event into the list of initial ones. Null once it is complete and handed over. */
function collected<T extends KubeObject>(
  place: Place<T>,
  event: WatchEvent<T>,
  initial: T[],
  startedMs: number,
): T[] | null {
  if (event.type !== "BOOKMARK") {
    initial.push(trim(complete(place, event.object)));
    return initial;
  }
  if (event.object.metadata.annotations?.[INITIAL_EVENTS_END] !== "true") return initial;
  place.resourceVersion = event.object.metadata.resourceVersion ?? null;
  place.hasHeard = true;
  place.options.sink.replace(initial);
  listed(place, initial.length, startedMs);
  return null;
}

function changed<T extends KubeObject>(place: Place<T>, event: WatchEvent<T>): null {
  place.resourceVersion = event.object.metadata.resourceVersion ?? place.resourceVersion;
  place.hasHeard = true;
  if (event.type !== "BOOKMARK") place.options.sink.change(event.type, trim(complete(place, event.object)));
  return null;
}

function listed<T extends KubeObject>(place: Place<T>, objects: number, startedMs: number): void {
  const { client, resource } = place.options;
  const durationMs = client.clock.monotonicMs() - startedMs;
  client.observe({ kind: "listed", plural: resource.plural, objects, durationMs });
}

function complete<T extends KubeObject>({ options: { resource } }: Place<T>, object: T): T {
  object.apiVersion ??= apiVersionOf(resource);
  object.kind ??= resource.kind;
  return object;
}

/** Who wrote which field, and the whole object once more as kubectl last applied it: half of an object's bytes, of no use to us. */
function trim<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  const { annotations } = object.metadata;
  if (annotations !== undefined) delete annotations["kubectl.kubernetes.io/last-applied-configuration"];
  return object;
}

/** A server without WatchList calls its parameters invalid, or does not look at them and stays silent. */
function isNoWatchList<T extends KubeObject>(place: Place<T>, error: Error | null): boolean {
  if (!place.triesWatchList || place.resourceVersion !== null) return false;
  if (error instanceof SilenceError) return true;
  return error instanceof ApiError && (error.status === 400 || error.status === 422);
}

function endOf(error: Error | null): WatchEnd {
  if (error === null) return "ended";
  if (error instanceof SilenceError) return "silent";
  return isExpired(error) ? "expired" : "failed";
}

function isRefusal(error: Error | null): boolean {
  return error instanceof ApiError && error.retryAfterMs !== null;
}

function waitOf<T extends KubeObject>(place: Place<T>, error: Error | null): number {
  const { random } = place.options.client;
  const own = place.failures === 0 ? 0 : backoffMs(place.failures, BACKOFF_MIN_MS, BACKOFF_MAX_MS, random);
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) * (1 + random() / 2) : 0;
  return Math.max(own, asked);
}
