/** Why a request to the API server failed: it said so, or it could not be asked. */
import type { Status } from "./objects.ts";

/** The API server answered, and the answer is no. */
export class ApiError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** The server's word for it: `NotFound`, `Conflict`, `Expired`, ... "" when it gave none. */
  readonly reason: string;
  /** How long it asks us to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
  readonly body: Status | null;

  constructor(message: string, details: Pick<ApiError, "status" | "reason" | "retryAfterMs" | "body">) {
    super(message);
    this.name = "ApiError";
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
    this.body = details.body;
  }
}

/** The API server could not be asked, or did not finish its answer: no connection, a wrong certificate, silence. */
export class UnreachableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "UnreachableError";
  }
}

/** Whether the API server refused with this HTTP status. */
export function isRefused(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** Whether the resource version that was asked for is no longer (or not yet) known there: everything has to be listed again. */
export function isExpired(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.status === 410 || error.reason === "Expired" || error.reason === "Gone") return true;
  // A server that was restored from a backup counts from an older version than ours.
  const causes = error.body?.details?.causes ?? [];
  return causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}

/** The error that a failed response amounts to. `text` is its body. */
export function apiErrorOf(asked: string, status: number, retryAfter: string | null, text: string): ApiError {
  const body = statusOf(text);
  const said = body?.message ?? text.trim().slice(0, 200);
  const seconds = body?.details?.retryAfterSeconds ?? secondsOf(retryAfter);
  return new ApiError(`${asked}: HTTP ${status}${said === "" ? "" : `: ${said}`}`, {
    status,
    reason: body?.reason ?? "",
    retryAfterMs: seconds === null || seconds <= 0 ? null : seconds * 1000,
    body,
  });
}

/** The error that a Status object inside a stream amounts to. */
export function apiErrorOfStatus(asked: string, body: Status): ApiError {
  const seconds = body.details?.retryAfterSeconds;
  return new ApiError(`${asked}: ${body.message ?? body.reason ?? "the server ended the watch with an error"}`, {
    status: body.code ?? 500,
    reason: body.reason ?? "",
    retryAfterMs: seconds === undefined || seconds <= 0 ? null : seconds * 1000,
    body,
  });
}

/** Only the form in seconds: API servers send no other. */
function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null;
}

/** A proxy in between may answer with a page of its own. */
function statusOf(text: string): Status | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const isStatus = typeof parsed === "object" && parsed !== null && "kind" in parsed && parsed.kind === "Status";
    return isStatus ? (parsed as Status) : null;
  } catch {
    return null;
  }
}
