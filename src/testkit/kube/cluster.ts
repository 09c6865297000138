/**
 * A fake Kubernetes API server: what the controller and its client need of a real one, over HTTP or HTTPS, in this process.
 * The same contract tests run against it and against a real server; a difference is a bug of this fake. What it does not have:
 * CEL, Pod validation, RBAC, garbage collection, conversion between versions.
 */
import type { AdmissionContext } from "./admission.ts";
import { Failure, notFound } from "./failure.ts";
import { type Fault, nextFault } from "./faults.ts";
import {
  type Asked,
  CRDS,
  type KindTable,
  keyOfKind,
  kindsOfCrd,
  MUTATING,
  NAMESPACES,
  newKindTable,
  readPath,
  TOKEN_REVIEWS,
  VALIDATING,
} from "./kinds.ts";
import { bookmarkOf, listPage, partialMetadata, sendChange, type Watch } from "./read.ts";
import { compact, findObject, newStore, objectsOf, putObject, type Store } from "./store.ts";
import { type Identity, reviewToken } from "./token-review.ts";
import { type OpenWatch, watchResponse } from "./watch-response.ts";
import { create, patch, remove, replace, type WriteContext, type WriteOptions } from "./write.ts";

export interface ClusterOptions {
  /** 0 takes a free port. */
  port?: number;
  store?: Store;
  tls?: { cert: string; key: string; ca?: string; requestCert?: boolean };
  /** Requests need one of these in Authorization; none when absent. */
  bearers?: ReadonlySet<string>;
  /** False answers like a server without WatchList. */
  offersWatchList?: boolean;
  /** Whether a resource version that is too old is answered by a status, as old servers do, or by an event. */
  expiresByStatus?: boolean;
  bookmarkEveryMs?: number;
}

export interface RecordedRequest {
  method: string;
  /** With its query. */
  path: string;
  userAgent: string;
  contentType: string;
}

/** A webhook was called. */
export interface WebhookCall {
  webhook: string;
  durationMs: number;
  /** What went wrong; null when it answered. */
  failure: string | null;
}

export interface FakeCluster {
  readonly url: string;
  readonly port: number;
  readonly store: Store;
  readonly kinds: KindTable;
  /** Faults to come, in the order in which they are tried. */
  readonly faults: Fault[];
  /** Requests since the last look, oldest first. */
  readonly requests: RecordedRequest[];
  /** What TokenReviews know. */
  readonly tokens: Map<string, Identity>;
  /** `namespace/name` of a Service to what says which `host:port` a call of it goes to. */
  readonly services: Map<string, () => string>;
  /** Calls of webhooks since the last look, oldest first. */
  readonly calls: WebhookCall[];
  /** Watches open now. */
  watches(): number;
  /** Forgets the history: whoever resumes a watch from before has to list again. */
  compact(): void;
  /** Ends all watches: in order, or with their connections cut. */
  endWatches(how: "end" | "cut"): void;
  /** Sends a bookmark on every watch that wants them. */
  bookmark(): void;
  stop(): Promise<void>;
}

interface Server {
  readonly options: ClusterOptions;
  readonly store: Store;
  readonly kinds: KindTable;
  readonly write: WriteContext;
  readonly watches: Map<Watch, OpenWatch>;
  readonly cluster: Pick<FakeCluster, "faults" | "requests" | "tokens" | "services" | "calls">;
}

/** Requests that are remembered. */
const REQUESTS_MAX = 50_000;

/** Starts a server on loopback. A store of an earlier one is served on, its custom kinds included. */
export function startCluster(options: ClusterOptions = {}): FakeCluster {
  const store = options.store ?? newStore();
  const server = newServer(options, store);
  for (const name of ["default", "kube-system"]) addNamespace(store, name);
  for (const crd of objectsOf(store, CRDS).values()) {
    for (const kind of kindsOfCrd(crd)) server.kinds.set(keyOfKind(kind), kind);
  }
  const http = Bun.serve({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    development: false,
    reusePort: false,
    idleTimeout: 0,
    maxRequestBodySize: 3 * 1024 * 1024,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    fetch: (request) => answer(server, request),
    error: (error) => json(500, new Failure(500, "InternalError", String(error)).status),
  });
  const tell = (change: Parameters<typeof sendChange>[1]) => {
    for (const watch of server.watches.keys()) sendChange(watch, change);
  };
  store.listeners.add(tell);
  const bookmark = () => {
    for (const watch of server.watches.keys()) if (watch.wantsBookmarks) watch.send(bookmarkOf(store, watch));
  };
  const timer = setInterval(bookmark, options.bookmarkEveryMs ?? 60_000);
  timer.unref();
  const scheme = options.tls === undefined ? "http" : "https";
  return {
    ...server.cluster,
    url: `${scheme}://127.0.0.1:${http.port}`,
    port: http.port ?? 0,
    store,
    kinds: server.kinds,
    watches: () => server.watches.size,
    compact: () => compact(store),
    endWatches(how) {
      for (const watch of [...server.watches.values()]) watch[how]();
    },
    bookmark,
    async stop() {
      clearInterval(timer);
      store.listeners.delete(tell);
      await http.stop(true);
    },
  };
}

/** Adds a namespace, which a real server wants before anything can be in it. */
export function addNamespace(store: Store, name: string, labels: Record<string, string> = {}): void {
  if (findObject(store, NAMESPACES, undefined, name) !== null) return;
  const metadata = {
    name,
    uid: crypto.randomUUID(),
    resourceVersion: "",
    generation: 1,
    creationTimestamp: nowText(),
    labels: { "kubernetes.io/metadata.name": name, ...labels },
  };
  putObject(store, NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata });
}

function newServer(options: ClusterOptions, store: Store): Server {
  const kinds = newKindTable();
  const services = new Map<string, () => string>();
  const calls: WebhookCall[] = [];
  const admission: AdmissionContext = {
    mutating: () => [...objectsOf(store, MUTATING).values()],
    validating: () => [...objectsOf(store, VALIDATING).values()],
    namespaceLabels: (name) => findObject(store, NAMESPACES, undefined, name)?.metadata.labels ?? {},
    addressOf(namespace, name, port) {
      const address = services.get(`${namespace}/${name}`);
      if (address === undefined) throw new Error(`service "${name}" not found, port ${port}`);
      return address();
    },
    onCall: (webhook, durationMs, failure) => void calls.push({ webhook, durationMs, failure }),
  };
  return {
    options,
    store,
    kinds,
    write: { store, kinds, admission, now: nowText },
    watches: new Map(),
    cluster: { faults: [], requests: [], tokens: new Map(), services, calls },
  };
}

async function answer(server: Server, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const path = `${url.pathname}${url.search}`;
  const { requests, faults } = server.cluster;
  const header = (name: string) => request.headers.get(name) ?? "";
  requests.push({ method: request.method, path, userAgent: header("User-Agent"), contentType: header("Content-Type") });
  if (requests.length > REQUESTS_MAX) requests.splice(0, REQUESTS_MAX / 2);
  const effect = nextFault(faults, request.method, path);
  if (effect?.kind === "status") {
    const { status, retryAfterSeconds, body } = effect;
    const headers = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
    if (body !== undefined) return new Response(body, { status, headers });
    return json(status, new Failure(status, "", `scripted ${status}`).status, headers);
  }
  if (effect?.kind === "hang") return new Promise(() => {});
  if (effect?.kind === "cut") return cutResponse();
  if (effect?.kind === "late") await effect.until;
  try {
    return await serve(server, request, url);
  } catch (error) {
    if (error instanceof Failure) return json(error.code, error.status);
    throw error;
  }
}

async function serve(server: Server, request: Request, url: URL): Promise<Response> {
  const { bearers } = server.options;
  const bearer = request.headers.get("Authorization")?.replace(/^Bearer /, "");
  if (bearers !== undefined && !bearers.has(bearer ?? "")) throw new Failure(401, "Unauthorized", "Unauthorized");
  if (url.pathname === "/version") return json(200, { major: "1", minor: "36", gitVersion: "v1.36.0-fake" });
  if (url.pathname === "/apis") return json(200, groupsOf(server.kinds));
  if (/^\/(livez|readyz|healthz)$/.test(url.pathname)) return new Response("ok");
  const asked = readPath(server.kinds, url.pathname);
  if (asked === null) return new Response("404 page not found\n", { status: 404 });
  const accept = request.headers.get("Accept") ?? "";
  if (request.method !== "GET") return write(server, request, asked, url.searchParams);
  if (asked.name !== undefined) {
    const object = findObject(server.store, asked.kind, asked.namespace, asked.name);
    if (object === null) throw notFound(asked.kind, asked.name);
    return json(200, accept.includes("as=PartialObjectMetadata;") ? partialMetadata(object) : object);
  }
  if (/^(1|true)$/.test(url.searchParams.get("watch") ?? ""))
    return watchResponse(server, asked, url.searchParams, accept);
  const page = listPage(server.store, asked, url.searchParams);
  if (accept.includes("as=PartialObjectMetadata;")) {
    throw new Failure(406, "NotAcceptable", "you requested PartialObjectMetadata, but the requested object is a list");
  }
  if (!accept.includes("as=PartialObjectMetadataList;")) return json(200, page);
  const items = page.items.map((item) => partialMetadata(item as Parameters<typeof partialMetadata>[0]));
  return json(200, { ...page, kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", items });
}

async function write(server: Server, request: Request, asked: Asked, query: URLSearchParams): Promise<Response> {
  const text = await request.text();
  const body: unknown = text === "" ? null : JSON.parse(text);
  const userAgent = (request.headers.get("User-Agent") ?? "").split("/")[0] ?? "";
  const isApply = request.headers.get("Content-Type") === "application/apply-patch+yaml";
  const options: WriteOptions = {
    manager: query.get("fieldManager") ?? (isApply ? "" : userAgent),
    isForced: query.get("force") === "true",
    isDryRun: query.get("dryRun") === "All",
    fieldValidation: (query.get("fieldValidation") ?? "Warn") as WriteOptions["fieldValidation"],
    warnings: [],
  };
  const done = await change(server, request, asked, body, options);
  const headers = options.warnings.map((warning): [string, string] => ["Warning", `299 - ${JSON.stringify(warning)}`]);
  return json(request.method === "POST" ? 201 : 200, done, headers);
}

function change(
  server: Server,
  request: Request,
  asked: Asked,
  body: unknown,
  options: WriteOptions,
): Promise<unknown> {
  if (asked.kind === TOKEN_REVIEWS) return Promise.resolve(reviewToken(server.cluster.tokens, body));
  const contentType = (request.headers.get("Content-Type") ?? "").split(";")[0] ?? "";
  switch (request.method) {
    case "POST":
      return create(server.write, asked, body, options);
    case "PUT":
      return replace(server.write, asked, body, options);
    case "PATCH":
      return patch(server.write, asked, contentType, body, options);
    case "DELETE":
      return remove(server.write, asked, body, options);
    default:
      throw new Failure(405, "MethodNotAllowed", `${request.method} is not allowed here`);
  }
}

/** A response that breaks off before it begins. An error with a value would be printed by the runtime. */
function cutResponse(): Response {
  const stream = new ReadableStream({
    start(controller) {
      controller.error(undefined);
    },
  });
  return new Response(stream);
}

function groupsOf(kinds: KindTable) {
  const names = [...new Set([...kinds.values()].map(({ group }) => group))].filter((group) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: names.map((name) => ({ name })) };
}

function json(status: number, body: unknown, headers: Record<string, string> | [string, string][] = {}): Response {
  const response = Response.json(body, { status });
  for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers))
    response.headers.append(name, value);
  return response;
}

function nowText(): string {
  return `${new Date(Date.now()).toISOString().slice(0, 19)}Z`;
}
