/**
 * Gives proxies their configurations: as the original does (GET), when it changes (`?wait=55s`), or in a stream of changes
 * (`?watch=1`), and hears what they make of it (POST .../ack). Over HTTPS a caller proves by its ServiceAccount's token that it is
 * of the namespace that it asks about. Plain HTTP is for the original's proxies, which have neither token nor TLS: it only reads,
 * and gives away no password that was kept in a Secret.
 */
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { KeyPair } from "../lib/x509.ts";
import type { Logger } from "../telemetry/log.ts";
import { type ConfigStore, configOf, subscribe } from "./config-store.ts";
import { configStream } from "./config-stream.ts";
import { type HttpsServer, type Reached, startHttpsServer } from "./https-server.ts";
import { REPORT_PATH, type Report, readReport } from "./peer-reports.ts";
import { type Ack, acknowledge, connected, type ProxyRegistry } from "./proxy-registry.ts";
import type { Caller, TokenAuthenticator } from "./token-auth.ts";

/** Acknowledgements are sent to us, and reports of other replicas with a line for each of their configurations. */
const BODY_BYTES_MAX = 8_388_608;
const WAIT_MAX_MS = 300_000;
/** How soon a caller should ask again when we do not know yet. */
const RETRY_SECONDS = 2;

/** What both servers share. */
export interface ConfigServerOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  store: ConfigStore;
  registry: ProxyRegistry;
  clock: Clock;
  random: Random;
  log: Logger;
}

export interface SecureConfigServerOptions extends ConfigServerOptions {
  certificate: KeyPair;
  authenticator: TokenAuthenticator;
  /** Who our other replicas are, and what to do with what they report. */
  peers: { namespace: string; serviceAccount: string; take(report: Report): void };
}

/** Listens with TLS until `stop`. @throws Error that names the address and what to do when it cannot listen there. */
export function startConfigServer(options: SecureConfigServerOptions): HttpsServer {
  const { host, port, certificate, clock, log } = options;
  const answer = async (request: Request, reached: Reached) => {
    const asked = readPath(request);
    const isReport = new URL(request.url).pathname === REPORT_PATH;
    if (asked === null && !isReport) return failure(404, "NotFound", "there is no such path here");
    let caller: Caller | null;
    try {
      caller = await options.authenticator.authenticate(request.headers.get("Authorization"));
    } catch (error) {
      log.warn("a proxy's token could not be reviewed", { error });
      return failure(503, "ServiceUnavailable", "the token cannot be reviewed now", RETRY_SECONDS);
    }
    if (caller === null) {
      return failure(401, "Unauthorized", "a ServiceAccount token for the audience pisanix-controller is needed");
    }
    if (asked === null) return takePeerReport(options, caller, request);
    if (caller.namespace !== asked.namespace) {
      const who = `ServiceAccount ${caller.namespace}/${caller.serviceAccount}`;
      return failure(403, "Forbidden", `${who} may ask about namespace ${caller.namespace} only`);
    }
    return answerCaller(options, asked, request, { ...reached, identity: caller.identity });
  };
  return startHttpsServer({
    name: "config",
    host,
    port,
    certificate,
    bodyBytesMax: BODY_BYTES_MAX,
    clock,
    log,
    answer,
  });
}

async function takePeerReport(
  { peers }: SecureConfigServerOptions,
  { namespace, serviceAccount }: Caller,
  request: Request,
): Promise<Response> {
  if (namespace !== peers.namespace || serviceAccount !== peers.serviceAccount) {
    return failure(403, "Forbidden", "reports come from other replicas of the controller only");
  }
  if (request.method !== "POST") return failure(405, "MethodNotAllowed", "a report is posted");
  const report = readReport(await request.text());
  if (report === null) return failure(400, "BadRequest", "this is no report");
  peers.take(report);
  return new Response(null, { status: 204 });
}

/** A server without TLS. */
export interface PlainConfigServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens without TLS and asks nobody who he is. @throws Error that names the address and what to do. */
export function startPlainConfigServer(options: ConfigServerOptions): PlainConfigServer {
  const { host, port } = options;
  try {
    const server = Bun.serve({
      ...{ hostname: host, port, reusePort: false, development: false, maxRequestBodySize: 1024 },
      fetch(request) {
        const asked = readPath(request);
        if (asked === null || asked.isAck) return failure(404, "NotFound", "there is no such path here");
        return plainAnswer(options.store, asked, request);
      },
    });
    return { port: server.port ?? 0, stop: () => server.stop(true) };
  } catch (cause) {
    const remedy = "free the port, or choose another with --plain-config-port";
    throw new Error(`plain config: cannot listen on ${host}:${port}: ${remedy}`, { cause });
  }
}

function plainAnswer(store: ConfigStore, asked: Asked, request: Request): Response {
  if (request.method !== "GET") return failure(405, "MethodNotAllowed", "only GET is answered without TLS");
  const config = configOf(store, asked.key);
  if (config?.usesSecrets === true) {
    const why = "it has passwords of Secrets, which are given over HTTPS only";
    return failure(403, "Forbidden", `the configuration of ${asked.key} is not given in clear: ${why}`);
  }
  return currentAnswer(store, asked, request);
}

/** What a path names. */
interface Asked {
  namespace: string;
  /** `namespace/name` */
  key: string;
  isAck: boolean;
}

const PATH = /^\/apis\/configs\.database-mesh\.io\/v1alpha1\/namespaces\/([^/]+)\/proxyconfigs\/([^/]+)(\/ack)?\/?$/;

function readPath(request: Request): Asked | null {
  const [, namespace, name, ack] = PATH.exec(new URL(request.url).pathname) ?? [];
  if (namespace === undefined || name === undefined) return null;
  return { namespace, key: `${namespace}/${name}`, isAck: ack !== undefined };
}

interface Context extends Reached {
  identity: string;
}

async function answerCaller(
  options: ConfigServerOptions,
  asked: Asked,
  request: Request,
  context: Context,
): Promise<Response> {
  if (asked.isAck) {
    if (request.method !== "POST") return failure(405, "MethodNotAllowed", "an acknowledgement is posted");
    return acknowledgement(options, asked, await request.text(), context);
  }
  if (request.method !== "GET") return failure(405, "MethodNotAllowed", "a configuration is read with GET");
  const query = new URL(request.url).searchParams;
  const watch = query.get("watch");
  if (watch === "1" || watch === "true") return streamAnswer(options, asked, request, context);
  const wait = query.get("wait");
  if (wait === null) return currentAnswer(options.store, asked, request);
  const waitMs = readDuration(wait);
  if (waitMs === null) return failure(400, "BadRequest", `wait=${wait}: write seconds, such as 55s, up to 300s`);
  return waitingAnswer(options, asked, request, context, waitMs);
}

/** The configuration as it is now. */
function currentAnswer(store: ConfigStore, { key }: Asked, request: Request): Response {
  const config = configOf(store, key);
  if (config === null) return missing(store, key);
  const headers = { ETag: `"${config.version}"`, "Cache-Control": "no-store" };
  if (knownVersions(request).some((version) => version === "*" || version === config.version)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(config.body, { headers: { ...headers, "Content-Type": "application/json" } });
}

/** The configuration as soon as it is another than the caller knows; after `waitMs` whatever it is. */
async function waitingAnswer(
  options: ConfigServerOptions,
  asked: Asked,
  request: Request,
  context: Context,
  waitMs: number,
): Promise<Response> {
  const { store, clock, registry } = options;
  const known = knownVersions(request);
  const config = configOf(store, asked.key);
  const isGone = config === null && known.length > 0 && !store.held.has(asked.key);
  const isNews = config === null ? isGone || !store.isComplete : !known.includes(config.version);
  if (isNews) return currentAnswer(store, asked, request);
  context.keepOpen(request);
  const release = connected(registry, asked.key, context.identity, clock.monotonicMs);
  await new Promise<void>((resolve) => {
    const end = () => {
      unsubscribe();
      cancel();
      for (const signal of [context.retired, request.signal]) signal.removeEventListener("abort", end);
      resolve();
    };
    const unsubscribe = subscribe(store, asked.key, end);
    const cancel = clock.after(waitMs, end);
    for (const signal of [context.retired, request.signal]) signal.addEventListener("abort", end);
    if (context.retired.aborted) end();
  });
  release();
  return currentAnswer(store, asked, request);
}

function streamAnswer(options: ConfigServerOptions, asked: Asked, request: Request, context: Context): Response {
  const { store, registry, clock, random } = options;
  if (configOf(store, asked.key) === null && !store.isComplete) return missing(store, asked.key);
  context.keepOpen(request);
  const onEnd = connected(registry, asked.key, context.identity, clock.monotonicMs);
  const [known = null] = knownVersions(request);
  const stream = configStream({ store, key: asked.key, known, clock, random, signal: context.retired, onEnd });
  const headers = { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" };
  return new Response(stream, { headers });
}

function acknowledgement(
  { registry, clock }: ConfigServerOptions,
  asked: Asked,
  text: string,
  context: Context,
): Response {
  const ack = readAck(text);
  if (ack === null) {
    return failure(400, "BadRequest", 'write {"version": ..., "status": "applied" or "rejected", "error": ...}');
  }
  acknowledge(registry, asked.key, context.identity, ack, clock.monotonicMs());
  return new Response(null, { status: 204 });
}

function readAck(text: string): Ack | null {
  try {
    const read = JSON.parse(text) as Partial<Record<keyof Ack, unknown>> | null;
    const { version, status, error = "" } = read ?? {};
    if (typeof version !== "string" || version === "" || version.length > 128 || typeof error !== "string") return null;
    return status === "applied" || status === "rejected" ? { version, status, error } : null;
  } catch {
    // Not JSON.
    return null;
  }
}

/** Versions in If-None-Match, as a proxy or a cache in between writes them. */
function knownVersions(request: Request): string[] {
  const header = request.headers.get("If-None-Match") ?? "";
  return header
    .split(",")
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, "")
        .replace(/^"(.*)"$/, "$1"),
    )
    .filter((version) => version !== "");
}

function readDuration(text: string): number | null {
  const seconds = /^(\d{1,3})s?$/.exec(text)?.[1];
  const ms = seconds === undefined ? Number.NaN : Number(seconds) * 1000;
  return ms >= 0 && ms <= WAIT_MAX_MS ? ms : null;
}

function missing({ isComplete, held }: ConfigStore, key: string): Response {
  const unavailable = (message: string) => failure(503, "ServiceUnavailable", message, RETRY_SECONDS);
  if (!isComplete) return unavailable("the controller is still reading the cluster");
  if (held.has(key)) return unavailable(`VirtualDatabase ${key} has no valid configuration: see its status`);
  const message = `proxyconfigs.configs.database-mesh.io "${key}" not found: there is no such VirtualDatabase`;
  return failure(404, "NotFound", message);
}

/** metav1.Status, as the original's proxies and kubectl know it. */
function failure(code: number, reason: string, message: string, retryAfterSeconds?: number): Response {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...details,
    code,
  };
  const headers = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  return Response.json(status, { status: code, headers: { "Cache-Control": "no-store", ...headers } });
}
