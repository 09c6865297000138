/**
 * Requests to an API server: JSON in, JSON out. The server's wish to wait (429, Retry-After) is heeded, a token that it no longer
 * takes is renewed once, and no more requests than `REQUESTS_MAX` are under way at once: this runtime has 256 for all of a
 * process, and beyond them a request waits without end.
 */
import { backoffMs } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { ApiError, apiErrorOf, UnreachableError } from "./api-error.ts";
import type { Credentials } from "./credentials.ts";
import type { Observe } from "./observe.ts";
import { newPermits, type Permits, withPermit } from "./permits.ts";

/** Requests under way at once, streams excepted. */
const REQUESTS_MAX = 32;
/** How long an answer may take, from the first byte sent to the last byte received. */
export const TIMEOUT_REQUEST_MS = 30_000;
/** How often a request is sent when the server asks to wait. */
const ATTEMPTS_MAX = 6;
/** The longest wait that we let a server ask for. */
const RETRY_AFTER_MAX_MS = 60_000;

export interface KubeClient {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  readonly observe: Observe;
  readonly permits: Permits;
}

export interface ClientOptions {
  credentials: Credentials;
  clock: Clock;
  random: Random;
  /** Who we are in the server's audit log, and in managedFields. */
  userAgent: string;
  observe: Observe;
}

/** One request. */
export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  /** Undefined values are left out. */
  query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string;
  accept?: string | undefined;
  timeoutMs?: number | undefined;
  /** False: what the server asks to wait for is the caller's to decide. */
  retries?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** A client of the API server that `credentials` name. It holds connections only while requests are under way, and a few idle ones. */
export function newClient(options: ClientOptions): KubeClient {
  return { ...options, permits: newPermits(REQUESTS_MAX) };
}

/**
 * Sends a request and reads the answer's JSON.
 * @throws ApiError when the server refuses; UnreachableError when there is no answer.
 */
export async function call(client: KubeClient, request: Call): Promise<unknown> {
  let isRenewed = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await withPermit(client.permits, () => send(client, request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 && !isRenewed) {
        isRenewed = true;
        client.credentials.forget();
        continue;
      }
      const waitMs = attempt < ATTEMPTS_MAX && request.retries !== false ? waitBefore(client, error, attempt) : null;
      if (waitMs === null) throw error;
      client.observe({ kind: "retry", asked: askedOf(request), status: error.status, waitMs });
      await sleep(client.clock, waitMs, request.signal);
    }
  }
}

/** How long the server asks us to wait before the same request may work, or null: it will not. */
function waitBefore({ random }: KubeClient, { status, retryAfterMs }: ApiError, attempt: number): number | null {
  if (retryAfterMs === null) return status === 429 ? backoffMs(attempt, 1000, 10_000, random) : null;
  if (status !== 429 && status < 500) return null;
  // Up to half as long again, so that all whom the server turned away do not come back together.
  return Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) * (1 + random() / 2);
}

async function send(client: KubeClient, request: Call): Promise<unknown> {
  const { clock } = client;
  const asked = askedOf(request);
  const { access, init } = await prepare(client, request);
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  let isLate = false;
  const timeoutMs = request.timeoutMs ?? TIMEOUT_REQUEST_MS;
  const cancel = clock.after(timeoutMs, () => {
    isLate = true;
    controller.abort();
  });
  const forward = () => controller.abort();
  request.signal?.addEventListener("abort", forward);
  try {
    const response = await access.session.fetch(urlOf(client, request), { ...init, signal: controller.signal });
    const text = await response.text();
    client.observe({
      kind: "request",
      method: request.method,
      status: response.status,
      durationMs: clock.monotonicMs() - startedMs,
    });
    if (!response.ok) throw apiErrorOf(asked, response.status, response.headers.get("Retry-After"), text);
    return text === "" ? null : JSON.parse(text);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw unreachable(asked, isLate ? new Error(`no answer within ${timeoutMs} ms`) : error);
  } finally {
    cancel();
    request.signal?.removeEventListener("abort", forward);
  }
}

/** A stream of bytes from the server. `stop` ends it, and must be called also after its end. */
export interface ByteStream {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  stop(): void;
}

/**
 * Opens a response that has no end of its own. It takes none of the permits, as it may last for hours.
 * @throws ApiError when the server refuses; UnreachableError when there is no answer.
 */
export async function openStream(client: KubeClient, request: Call): Promise<ByteStream> {
  const asked = askedOf(request);
  const controller = new AbortController();
  let isLate = false;
  const cancel = client.clock.after(TIMEOUT_REQUEST_MS, () => {
    isLate = true;
    controller.abort();
  });
  const forward = () => controller.abort();
  request.signal?.addEventListener("abort", forward);
  try {
    const { access, init } = await prepare(client, request);
    const response = await access.session.fetch(urlOf(client, request), { ...init, signal: controller.signal });
    if (!response.ok || response.body === null) {
      const text = await response.text();
      if (response.status === 401) client.credentials.forget();
      throw apiErrorOf(asked, response.status, response.headers.get("Retry-After"), text);
    }
    const reader = response.body.getReader();
    return {
      read: () => reader.read(),
      stop() {
        request.signal?.removeEventListener("abort", forward);
        // In this order: the body of a fetch that is only aborted stays in memory (Bun 1.3.14).
        reader.cancel().catch(() => {});
        controller.abort();
      },
    };
  } catch (error) {
    request.signal?.removeEventListener("abort", forward);
    if (error instanceof ApiError) throw error;
    throw unreachable(asked, isLate ? new Error(`no answer within ${TIMEOUT_REQUEST_MS} ms`) : error);
  } finally {
    cancel();
  }
}

async function prepare(client: KubeClient, request: Call) {
  let access: Awaited<ReturnType<typeof client.credentials.access>>;
  try {
    access = await client.credentials.access();
  } catch (error) {
    throw unreachable(askedOf(request), error);
  }
  const headers: Record<string, string> = {
    ...access.headers,
    Accept: request.accept ?? "application/json",
    "User-Agent": client.userAgent,
  };
  if (request.body !== undefined) headers["Content-Type"] = request.contentType ?? "application/json";
  const init: BunFetchRequestInit = {
    method: request.method,
    headers,
    // The default ends whatever is idle for five minutes; our own clock decides.
    timeout: false,
    // A token must not follow to where a redirect leads.
    redirect: "error",
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  };
  return { access, init };
}

function urlOf({ credentials }: KubeClient, { path, query }: Call): string {
  const entries = Object.entries(query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = entries.length === 0 ? "" : `?${new URLSearchParams(entries)}`;
  return `${credentials.server}${path}${search}`;
}

function askedOf({ method, path }: Call): string {
  return `${method} ${path}`;
}

function unreachable(asked: string, cause: unknown): UnreachableError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const said = cause instanceof Error ? cause.message : String(cause);
  return new UnreachableError(`${asked}: ${said.startsWith(code) ? said : `${code}: ${said}`}`, cause);
}

/** Waits, or until `signal` says that nobody wants the result any more. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener("abort", end);
  });
}
