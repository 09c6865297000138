/**
 * The admin HTTP server of one proxy: health, version, configuration, metrics, status. It only reads, and has the proxy read its configuration.
 * There is no authentication, as in the original: everything it says is meant for who can reach the port, and secrets are never in it
 * (design D10). Bind it to a loopback address (`admin.host`) where the network is not trusted.
 */
import type { Logger } from "./log.ts";
import { metricsContentType, type ProxyMetrics, renderMetrics } from "./metrics.ts";

export interface VersionInfo {
  version: string;
  commit: string;
  bun: string;
}

/** An answer, or one that others have to be asked for. */
type MaybeLater<T> = T | Promise<T>;

/** What the admin server asks the proxy. Called per request, so keep them cheap. */
export interface AdminSources {
  /** The process works at all; false makes Kubernetes restart it. */
  isLive(): boolean;
  /** May clients be sent here? The reasons say what is missing when not. */
  readiness(): MaybeLater<{ ready: boolean; reasons: string[] }>;
  version(): VersionInfo;
  /** The configuration that serves now; printed as JSON, which redacts its secrets. */
  config(): unknown;
  /** Sessions, pools, endpoints, pins; printed as JSON. */
  status(): MaybeLater<unknown>;
  /** Asks the source of the configuration again, and serves what it has. The text says what came of it. The controller has none. */
  reload?(): Promise<{ isDone: boolean; text: string }>;
  /** The controller has none. */
  sessions?: SessionSources;
}

export interface SessionSources {
  /** Every session, with why it keeps a connection; printed as JSON. */
  list(): MaybeLater<unknown>;
  /** All about the sessions of that id, with advice. */
  withId(id: number): MaybeLater<readonly unknown[]>;
}

export interface AdminOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  metrics: ProxyMetrics;
  log: Logger;
  sources: AdminSources;
  /** What chooses host and port, for messages; default: those of a proxy. */
  settings?: { host: string; port: string };
}

const PROXY_SETTINGS = {
  host: "admin.host or PISA_PROXY_ADMIN_LISTEN_HOST",
  port: "admin.port or PISA_PROXY_ADMIN_LISTEN_PORT",
};

export interface AdminServer {
  /** The port it listens on. */
  readonly port: number;
  /** Closes the port; what is being answered is answered. */
  leave(): void;
  /** Closes the port and every connection. May be called more than once. */
  stop(): Promise<void>;
}

/** One answer of the admin server. */
interface Route {
  /** Below one that ends in `/` anything is answered. */
  readonly path: string;
  readonly help: string;
  /** Default: what only reads. */
  readonly method?: "POST";
  /** Without it there is no such route. */
  readonly needs?: keyof AdminSources;
  answer(options: AdminOptions, request: Request): Response | Promise<Response>;
}

const ROUTES: readonly Route[] = [
  {
    path: "/",
    help: "this list",
    answer: ({ sources }) => textResponse(200, routeList(sources)),
  },
  {
    path: "/healthz",
    help: "200 while the process works",
    answer: ({ sources }) => liveness(sources),
  },
  {
    path: "/livez",
    help: "the same as /healthz",
    answer: ({ sources }) => liveness(sources),
  },
  {
    path: "/readyz",
    help: "200 when it may be sent work, else 503 with the reasons",
    answer: ({ sources }) => readiness(sources),
  },
  {
    path: "/version",
    help: "the version; everything about the build with Accept: application/json",
    answer: ({ sources }, request) => version(sources, request),
  },
  {
    path: "/config",
    help: "what is served now, as JSON without secrets",
    answer: ({ sources }) => jsonResponse(sources.config()),
  },
  {
    path: "/status",
    help: "what goes on now, as JSON",
    answer: async ({ sources }) => jsonResponse(await sources.status()),
  },
  {
    path: "/metrics",
    help: "metrics in the text format of Prometheus",
    answer: async ({ metrics }) => response(200, metricsContentType, await renderMetrics(metrics)),
  },
  {
    path: "/sessions",
    help: "every session: who, what, and why it keeps a connection, as JSON",
    needs: "sessions",
    answer: async ({ sources }) => jsonResponse(await sources.sessions?.list()),
  },
  {
    path: "/sessions/",
    help: "sessions by an id, with what to change so that they share connections",
    needs: "sessions",
    answer: ({ sources }, request) => sessionsWithId(sources, request),
  },
  {
    path: "/-/reload",
    help: "with POST: reads the configuration again and serves it; 422 with the reasons when it cannot be served",
    method: "POST",
    needs: "reload",
    answer: async ({ sources }) => {
      const { isDone = false, text = "" } = (await sources.reload?.()) ?? {};
      return textResponse(isDone ? 200 : 422, `${text}\n`);
    },
  },
];

/**
 * Listens and answers until `stop`.
 * @throws Error that names the address and what to do when it cannot listen there.
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const server = listen(options);
  const { port } = server;
  if (port === undefined) throw new Error(`admin: no port for ${options.host}`);
  let stopped: Promise<void> | null = null;
  return {
    port,
    leave: () => void server.stop(false),
    stop: () => {
      stopped ??= server.stop(true);
      return stopped;
    },
  };
}

function listen(options: AdminOptions): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      development: false,
      // Without this line `development: false` shares the port with any other process of the user, silently (Bun 1.4.5).
      reusePort: false,
      idleTimeout: 10,
      maxRequestBodySize: 1024,
      fetch: (request) => answer(options, request),
      error: (error) => {
        options.log.error("admin request failed", { error });
        return textResponse(500, "internal error, see the log of this proxy\n");
      },
    });
  } catch (error) {
    const address = `${options.host}:${options.port}`;
    throw new Error(`admin: cannot listen on ${address}: ${listenRemedy(error, options.settings ?? PROXY_SETTINGS)}`, {
      cause: error,
    });
  }
}

function listenRemedy(error: unknown, { host, port }: { host: string; port: string }): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `the port is in use: stop what holds it or choose another with ${port}`;
  if (code === "EACCES") return `not permitted: choose a port above 1023 with ${port}`;
  return `choose an address of this machine with ${host}, such as 0.0.0.0 or 127.0.0.1`;
}

async function answer(options: AdminOptions, request: Request): Promise<Response> {
  const path = pathOf(request.url);
  const route = routesOf(options.sources).find((known) => known.path === path || isBelow(path, known.path));
  if (route === undefined) return textResponse(404, `no such route: ${path}\n\n${routeList(options.sources)}`);
  const isAllowed = route.method === undefined ? /^(GET|HEAD)$/.test(request.method) : request.method === route.method;
  if (!isAllowed) {
    const allowed = route.method === undefined ? ["GET", "HEAD"] : [route.method];
    const refusal = textResponse(405, `${path} answers ${allowed.join(" and ")} only\n`);
    refusal.headers.set("Allow", allowed.join(", "));
    return refusal;
  }
  const full = await route.answer(options, request);
  if (request.method !== "HEAD") return full;
  return new Response(null, { status: full.status, headers: full.headers });
}

/** Not `new URL()`: a health check in HTTP/1.0 sends no Host, and Bun's `request.url` is then the bare path, which is no URL. */
function pathOf(url: string): string {
  const scheme = url.indexOf("://");
  const path = scheme < 0 ? url : url.slice(url.indexOf("/", scheme + 3));
  return path.split(/[?#]/, 1)[0] ?? "";
}

function isBelow(path: string, folder: string): boolean {
  return folder.length > 1 && folder.endsWith("/") && path.startsWith(folder);
}

async function sessionsWithId(sources: AdminSources, request: Request): Promise<Response> {
  const id = pathOf(request.url).slice("/sessions/".length);
  const found = /^\d{1,10}$/.test(id) ? ((await sources.sessions?.withId(Number(id))) ?? []) : [];
  return found.length === 0
    ? textResponse(404, `no session ${id} is open: /sessions lists them\n`)
    : jsonResponse(found);
}

function liveness(sources: AdminSources): Response {
  return sources.isLive() ? textResponse(200, "ok\n") : textResponse(503, "not live\n");
}

async function readiness(sources: AdminSources): Promise<Response> {
  const { ready, reasons } = await sources.readiness();
  return ready ? textResponse(200, "ok\n") : textResponse(503, `not ready\n${reasons.map((r) => `- ${r}\n`).join("")}`);
}

/** The original answers plain text, and so do we unless JSON is asked for. */
function version(sources: AdminSources, request: Request): Response {
  const info = sources.version();
  const wantsJson = request.headers.get("Accept")?.includes("application/json") === true;
  return wantsJson ? jsonResponse(info) : textResponse(200, `${info.version}\n`);
}

function routesOf(sources: AdminSources): Route[] {
  return ROUTES.filter(({ needs }) => needs === undefined || sources[needs] !== undefined);
}

function routeList(sources: AdminSources): string {
  return routesOf(sources)
    .map((route) => `${route.path.padEnd(12)} ${route.help}\n`)
    .join("");
}

function jsonResponse(value: unknown): Response {
  return response(200, "application/json", `${JSON.stringify(value, null, 2)}\n`);
}

function textResponse(status: number, text: string): Response {
  return response(status, "text/plain; charset=utf-8", text);
}

function response(status: number, contentType: string, body: string): Response {
  const headers = {
    "Content-Type": contentType,
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  };
  return new Response(body, { status, headers });
}
