/**
 * One watch: a response without end, an event a line. It ends when the server ends it, which it does every few minutes.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */

import { newLineReader, readLines } from "../lib/json-lines.ts";
import { apiErrorOfStatus, UnreachableError } from "./api-error.ts";
import { type KubeClient, openStream } from "./client.ts";
import { metadataOnly, type Scope } from "./list.ts";
import type { KubeObject, Status } from "./objects.ts";
import { pathOf, type Resource } from "./resource.ts";

/** The server ends a watch after this time, and up to as long again, so that not all watches begin anew together. */
const WATCH_SECONDS = 240;
/**
 * A connection may die without a word, and then nothing would ever come. A real server sends a bookmark every minute; after this
 * long without a byte the watch begins again where it was, which costs one request.
 */
const SILENCE_MS = 150_000;
/** etcd takes objects of 1.5 MB; JSON with managedFields is larger. */
const LINE_CHARACTERS_MAX = 16_777_216;

export type WatchEvent<T> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T }
  | { type: "BOOKMARK"; object: Pick<T & KubeObject, "metadata"> };

/** Thrown when nothing came for `SILENCE_MS`. */
export class SilenceError extends UnreachableError {}

export interface WatchOptions extends Scope {
  /** Events after this version; undefined with `sendsInitial`. */
  resourceVersion: string | undefined;
  /** First every object as ADDED, then a bookmark with the annotation INITIAL_EVENTS_END (WatchList). */
  sendsInitial: boolean;
  signal: AbortSignal;
}

/** The annotation of the bookmark that follows the last of the initial events. */
export const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/**
 * The events of one watch, in chunks as they arrive. Returns when the server ends the watch.
 * @throws ApiError that the server answered or sent in the stream (410: list again), SilenceError, UnreachableError.
 */
export async function* watchOnce<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>[], void> {
  const { namespace, labelSelector, fieldSelector, resourceVersion, sendsInitial, signal } = options;
  const path = pathOf(resource, { namespace });
  const asked = `watch ${path}`;
  const query = {
    watch: "1",
    allowWatchBookmarks: "true",
    timeoutSeconds: String(Math.round(WATCH_SECONDS * (1 + client.random()))),
    resourceVersion,
    labelSelector,
    fieldSelector,
    ...(sendsInitial ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" } : {}),
  };
  const accept = options.isMetadataOnly === true ? metadataOnly("PartialObjectMetadata") : undefined;
  const stream = await openStream(client, { method: "GET", path, query, accept, signal });
  const reader = newLineReader(LINE_CHARACTERS_MAX);
  let isSilent = false;
  const listen = () =>
    client.clock.after(SILENCE_MS, () => {
      isSilent = true;
      stream.stop();
    });
  let cancel = listen();
  try {
    for (;;) {
      const { done, value } = await stream.read();
      if (isSilent) throw new SilenceError(`${asked}: nothing came for ${SILENCE_MS / 1000} s`);
      if (done || value === undefined) return;
      cancel();
      cancel = listen();
      const events = readLines(reader, value).map((line) => eventOf<T>(asked, line));
      if (events.length > 0) yield events;
    }
  } catch (error) {
    if (isSilent) throw new SilenceError(`${asked}: nothing came for ${SILENCE_MS / 1000} s`);
    throw error instanceof Error && "code" in error ? new UnreachableError(`${asked}: ${error.message}`, error) : error;
  } finally {
    cancel();
    stream.stop();
  }
}

function eventOf<T>(asked: string, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: "ERROR"; object: Status };
  if (event.type === "ERROR") throw apiErrorOfStatus(asked, event.object);
  return event;
}
