/** Requests to the controller. What it wants of its callers, and what we want of it, is in files that change while we run. */
import { readFile } from "node:fs/promises";
import type { Clock } from "../lib/clock.ts";
import type { ConfigFailure } from "../telemetry/metrics-table.ts";
import { type ControllerSettings, configPath, controllerUrl } from "./controller-address.ts";

/** From the first byte sent to the head of the answer, and for a body that has an end. */
export const TIMEOUT_REQUEST_MS = 15_000;
/** A configuration of a thousand nodes has half a megabyte. */
const BODY_BYTES_MAX = 16_777_216;
/** Of what the controller says about a refusal. */
const MESSAGE_CHARACTERS_MAX = 300;
/** The longest wait that we let a controller ask for. */
const RETRY_AFTER_MAX_MS = 60_000;

/** Why a configuration could not be had. The message says what to do where that is ours to say, and is the same for the same cause. */
export class SourceError extends Error {
  readonly failure: ConfigFailure;
  /** The controller wishes to be left alone for so long. */
  readonly retryAfterMs: number;

  constructor(failure: ConfigFailure, message: string, retryAfterMs = 0) {
    super(message);
    this.name = "SourceError";
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ControllerClient {
  readonly settings: ControllerSettings;
  /** `https://host:port` */
  readonly url: string;
  readonly clock: Clock;
  /** Of the authority in `pem`; made anew when that is another. */
  session: Bun.FetchSession;
  pem: string | null;
}

/** One request about our configuration. */
export interface Question {
  /** Behind the path of the configuration: `?watch=1`, `/ack`. */
  suffix: string;
  /** The version that we have. */
  known?: string | null;
  /** Posted as JSON. */
  body?: unknown;
  timeoutMs?: number;
}

/** An answer whose body is still to come. `stop` must be called when nobody wants it any more, also after its end. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** The version in its ETag; null without. */
  readonly version: string | null;
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  stop(): void;
}

/** A client of the controller that `settings` name. @throws Error for an address that is none. */
export function newControllerClient(settings: ControllerSettings, clock: Clock): ControllerClient {
  return { settings, url: controllerUrl(settings), clock, session: new Bun.FetchSession(), pem: null };
}

/** Asks, and returns what has status 200, 204 or 304. `signal` ends the request and its answer. @throws SourceError */
export async function ask(client: ControllerClient, question: Question, signal: AbortSignal): Promise<Answer> {
  const { timeoutMs = TIMEOUT_REQUEST_MS } = question;
  const init = await prepare(client, question);
  const controller = new AbortController();
  let isLate = false;
  const cancel = client.clock.after(timeoutMs, () => {
    isLate = true;
    controller.abort();
  });
  const forward = () => controller.abort();
  signal.addEventListener("abort", forward);
  if (signal.aborted) forward();
  const url = `${client.url}${configPath(client.settings)}${question.suffix}`;
  let response: Response;
  try {
    response = await client.session.fetch(url, { ...init, signal: controller.signal });
  } catch (error) {
    signal.removeEventListener("abort", forward);
    throw isLate ? late(client, timeoutMs) : unreachable(client, error);
  } finally {
    cancel();
  }
  const reader = response.body?.getReader() ?? null;
  const answer: Answer = {
    status: response.status,
    contentType: response.headers.get("Content-Type") ?? "",
    version: versionOf(response.headers.get("ETag")),
    async read() {
      try {
        return (await reader?.read()) ?? { done: true };
      } catch (error) {
        throw unreachable(client, error);
      }
    },
    stop() {
      signal.removeEventListener("abort", forward);
      // In this order: the body of a fetch that is only aborted stays in memory (Bun 1.3.14).
      reader?.cancel().catch(() => {});
      controller.abort();
    },
  };
  if ([200, 204, 304].includes(response.status)) return answer;
  throw refusedBy(client, answer, await readText(client, answer).catch(() => ""), response.headers.get("Retry-After"));
}

/** The whole body as text. @throws SourceError */
export async function readText(client: ControllerClient, answer: Answer): Promise<string> {
  let isLate = false;
  const cancel = client.clock.after(TIMEOUT_REQUEST_MS, () => {
    isLate = true;
    answer.stop();
  });
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  try {
    for (;;) {
      const { done, value } = await answer.read();
      if (isLate) throw late(client, TIMEOUT_REQUEST_MS);
      if (done || value === undefined) return text + decoder.decode();
      bytes += value.length;
      if (bytes > BODY_BYTES_MAX)
        throw new SourceError("protocol", `${client.url}: an answer of more than ${BODY_BYTES_MAX} bytes`);
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    throw isLate ? late(client, TIMEOUT_REQUEST_MS) : error;
  } finally {
    cancel();
    answer.stop();
  }
}

/** The token is read each time, as the kubelet renews it; nothing is shown to who might not be the controller. */
async function prepare(client: ControllerClient, { known, body }: Question): Promise<BunFetchRequestInit> {
  const { tokenFile, caFile } = client.settings;
  const headers: Record<string, string> = { Accept: "application/json, application/x-ndjson" };
  if (known !== undefined && known !== null) headers["If-None-Match"] = `"${known}"`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (client.url.startsWith("https:")) {
    if (caFile !== undefined) useAuthority(client, await readCredential(caFile, "the controller's authority"), caFile);
    if (tokenFile !== undefined) headers["Authorization"] = `Bearer ${await readToken(tokenFile)}`;
  }
  return {
    method: body === undefined ? "GET" : "POST",
    headers,
    // The default ends whatever is idle for five minutes; our own clock decides.
    timeout: false,
    // A token must not follow to where a redirect leads.
    redirect: "error",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

async function readToken(file: string): Promise<string> {
  const token = await readCredential(file, "the token");
  // What is no header would be printed by who refuses it.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new SourceError("credentials", `the token: ${file} holds none`);
  return token;
}

async function readCredential(file: string, what: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new SourceError("credentials", `${what} cannot be read from ${file} (${code})`);
  }
  if (text === "") throw new SourceError("credentials", `${what} is missing: ${file} is empty`);
  return text;
}

function useAuthority(client: ControllerClient, pem: string, file: string): void {
  if (client.pem === pem) return;
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new SourceError("credentials", `the controller's authority: ${file} holds no certificate`);
  }
  client.session.close();
  client.session = new Bun.FetchSession({ tls: { ca: pem } });
  client.pem = pem;
}

function versionOf(etag: string | null): string | null {
  return /^(?:W\/)?"(.+)"$/.exec(etag ?? "")?.[1] ?? null;
}

function late({ url }: ControllerClient, timeoutMs: number): SourceError {
  return new SourceError("timeout", `${url}: no answer within ${timeoutMs / 1000} s`);
}

const TLS_CODE = /CERT|TLS|SSL|VERIFY|SELF_SIGNED|EPROTO/;
const WHAT_BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed",
  ENOTFOUND: "no such host",
  UnexpectedRedirect: "it leads elsewhere, which is not followed",
};

function unreachable({ url, settings }: ControllerClient, error: unknown): SourceError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (TLS_CODE.test(code)) {
    const remedy = `is it the controller, and ${settings.caFile ?? "the system's authorities"} its authority?`;
    return new SourceError("tls", `${url}: its certificate is not accepted (${code}): ${remedy}`);
  }
  const said = error instanceof Error ? error.message : String(error);
  return new SourceError("unreachable", `${url}: ${WHAT_BY_CODE[code] ?? said}`);
}

function refusedBy(client: ControllerClient, answer: Answer, text: string, retryAfter: string | null): SourceError {
  const { url, settings } = client;
  const { status } = answer;
  const { message, code } = saidIn(text);
  const said = message === "" ? `status ${status}` : `status ${status}: ${message.slice(0, MESSAGE_CHARACTERS_MAX)}`;
  const seconds = Number(retryAfter ?? 0);
  const retryAfterMs = Math.min(RETRY_AFTER_MAX_MS, Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0);
  switch (status) {
    case 401: {
      const shown =
        settings.tokenFile === undefined ? "no token is shown" : `the token in ${settings.tokenFile} is not accepted`;
      return new SourceError("unauthorized", `${url}: ${shown} (${said})`);
    }
    case 403:
      return new SourceError("forbidden", `${url}: ${said}`);
    case 404:
      return new SourceError("not_found", `${url}: ${said}`);
    default:
      // The original says so of a VirtualDatabase that is not there.
      return new SourceError(code === 404 ? "not_found" : "refused", `${url}: ${said}`, retryAfterMs);
  }
}

/** What a Status says, ours or the one in the original's answer. */
function saidIn(text: string): { message: string; code: number } {
  try {
    const read = JSON.parse(text) as { ErrStatus?: unknown } | null;
    const { message, code } = (read?.ErrStatus ?? read ?? {}) as { message?: unknown; code?: unknown };
    return { message: typeof message === "string" ? message : "", code: typeof code === "number" ? code : 0 };
  } catch {
    // Not JSON.
    return { message: "", code: 0 };
  }
}
