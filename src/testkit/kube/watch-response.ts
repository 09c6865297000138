/** The response of a watch: a line of JSON for every event. */
import { Failure } from "./failure.ts";
import type { Asked } from "./kinds.ts";
import { beginWatch, type Watch } from "./read.ts";
import type { Store } from "./store.ts";

/** What a watch needs of the server. */
export interface WatchServer {
  readonly options: { offersWatchList?: boolean; expiresByStatus?: boolean };
  readonly store: Store;
  readonly watches: Map<Watch, OpenWatch>;
}

/** How an open watch is ended: in order, or with its connection cut. */
export interface OpenWatch {
  end(): void;
  cut(): void;
}

const encoder = new TextEncoder();

/** Answers with events until the client leaves, `timeoutSeconds` are over, or the server ends it. @throws Failure */
export function watchResponse(
  { options, store, watches }: WatchServer,
  asked: Asked,
  query: URLSearchParams,
  accept: string,
): Response {
  if (query.get("sendInitialEvents") !== null && options.offersWatchList === false) {
    const message =
      "ListOptions.meta.k8s.io is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
    throw new Failure(422, "Invalid", message);
  }
  let watch: Watch | null = null;
  const lines: Uint8Array[] = [];
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const send: Watch["send"] = (event) => {
    const line = encoder.encode(`${JSON.stringify(event)}\n`);
    if (controller === null) lines.push(line);
    else controller.enqueue(line);
  };
  let failure: Failure | null = null;
  try {
    watch = beginWatch(store, asked, query, accept, send);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 410 || options.expiresByStatus === true) throw error;
    failure = error;
  }
  const seconds = Number(query.get("timeoutSeconds") ?? 0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const forget = () => {
    clearTimeout(timer);
    if (watch !== null) watches.delete(watch);
  };
  const stream = new ReadableStream<Uint8Array>({
    start(made) {
      controller = made;
      for (const line of lines.splice(0)) made.enqueue(line);
      if (watch === null) {
        send({ type: "ERROR", object: failure?.status });
        made.close();
        return;
      }
      const finish = (how: () => void) => () => {
        forget();
        how();
      };
      const end = finish(() => made.close());
      watches.set(watch, { end, cut: finish(() => made.error(undefined)) });
      if (seconds > 0) timer = setTimeout(end, seconds * 1000);
      timer?.unref();
    },
    cancel: forget,
  });
  return new Response(stream, { headers: { "Content-Type": "application/json" } });
}
