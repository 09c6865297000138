/**
 * AdmissionReview, as the transport sees it: who asked, and an answer that the API server can use whatever happened. What is
 * decided is the routes' business.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
 */
import type { REVIEW_OUTCOMES } from "../telemetry/controller-metrics-table.ts";

const API_VERSION = "admission.k8s.io/v1";

/** The API server cuts longer warnings, and drops what is more in all. */
const WARNING_CHARACTERS_MAX = 256;

/** What came of a review. */
export type ReviewOutcome = (typeof REVIEW_OUTCOMES)[number];

/** Decides on a review that was read. Returns the answering review, or null for one that is none. */
export type Review = (review: unknown) => ReviewAnswer | null;

/** An AdmissionReview with an answer. */
export interface ReviewAnswer {
  readonly response: { readonly uid: string; readonly allowed: boolean; readonly patch?: string };
}

/** What a route does with an object that it fails on: `refuse` where letting it pass unchanged would do harm. */
export type OnFailure = "allow" | "refuse";

export interface Reviewed {
  outcome: ReviewOutcome;
  /** The answer's body; null when nothing can be answered, for there is no uid. */
  body: string | null;
  /** What was thrown. */
  error: Error | null;
}

/** Reads `text`, asks `review`, and gives an answer with the same uid even when that throws. */
export function answerReview(text: string, review: Review, onFailure: OnFailure): Reviewed {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return { outcome: "unreadable", body: null, error: error instanceof Error ? error : new Error(String(error)) };
  }
  const uid = uidOf(read);
  try {
    const answer = review(read);
    if (answer === null || uid === null) return { outcome: "unreadable", body: null, error: null };
    return { outcome: outcomeOf(answer), body: JSON.stringify(answer), error: null };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { outcome: "failed", body: uid === null ? null : failureBody(uid, error, onFailure), error };
  }
}

function outcomeOf({ response }: ReviewAnswer): ReviewOutcome {
  if (!response.allowed) return "refused";
  return response.patch === undefined ? "allowed" : "changed";
}

function failureBody(uid: string, error: Error, onFailure: OnFailure): string {
  const message = `pisanix failed on this object, see the controller's log: ${error.message}`;
  const response =
    onFailure === "allow"
      ? { uid, allowed: true, warnings: [message.slice(0, WARNING_CHARACTERS_MAX)] }
      : { uid, allowed: false, status: { code: 500, reason: "InternalError", message } };
  return JSON.stringify({ apiVersion: API_VERSION, kind: "AdmissionReview", response });
}

function uidOf(review: unknown): string | null {
  const request = fieldOf(review, "request");
  const uid = fieldOf(request, "uid");
  return typeof uid === "string" && uid !== "" ? uid : null;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
