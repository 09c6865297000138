/**
 * Refuses manifests that could never be rendered, when they are applied and not only in their status. What they refer to may come
 * later, so that is no reason; nor is a mistake that was there before and is not touched now.
 */
import { isKind } from "../api/kinds.ts";
import { isMapping } from "../api/schema-walk.ts";
import type { Issue } from "../lib/issue.ts";
import { plaintextPasswords } from "../mesh/live/evaluate.ts";
import { readLiveObject } from "../mesh/live/live-object.ts";
import type { ReviewAnswer } from "./admission-review.ts";

const API_VERSION = "admission.k8s.io/v1";
/** The API server cuts longer ones. */
const WARNING_CHARACTERS_MAX = 256;

/** Answers a review of one of our kinds; everything else is allowed. Null for what is no review. */
export function validateReview(review: unknown): ReviewAnswer | null {
  if (!isMapping(review) || review["kind"] !== "AdmissionReview" || review["apiVersion"] !== API_VERSION) return null;
  const request = review["request"];
  if (!isMapping(request) || typeof request["uid"] !== "string") return null;
  const response = { uid: request["uid"], ...verdictOn(request) };
  return { apiVersion: API_VERSION, kind: "AdmissionReview", response } as ReviewAnswer;
}

interface Verdict {
  allowed: boolean;
  status?: { code: number; reason: string; message: string };
  warnings?: string[];
}

function verdictOn({ kind, namespace, object, oldObject }: Record<string, unknown>): Verdict {
  const word = isMapping(kind) ? String(kind["kind"]) : "";
  if (!isMapping(object) || !isKind(word)) return { allowed: true };
  const metadata = isMapping(object["metadata"]) ? object["metadata"] : {};
  // What is being deleted has to be let go, whatever is wrong with it.
  if (metadata["deletionTimestamp"] !== undefined) return { allowed: true };
  const name = String(metadata["name"] ?? "");
  const read = readLiveObject(word, String(namespace ?? metadata["namespace"] ?? ""), name, object);
  const errors = read.issues.filter(({ severity }) => severity === "error");
  const isTouched = !isMapping(oldObject) || !Bun.deepEquals(oldObject["spec"], object["spec"]);
  if (errors.length > 0 && isTouched) {
    const message = `${read.key} is invalid: ${errors.map(textOf).join("; ")}`;
    return { allowed: false, status: { code: 422, reason: "Invalid", message } };
  }
  const warnings = [
    ...read.issues.map(textOf),
    ...plaintextPasswords(read).map(
      (path) => `${path}: is readable by whoever may read this object; use passwordSecretRef`,
    ),
  ];
  if (warnings.length === 0) return { allowed: true };
  return { allowed: true, warnings: warnings.map((text) => text.slice(0, WARNING_CHARACTERS_MAX)) };
}

function textOf({ path, message, remedy }: Issue): string {
  return `${path}: ${message}; ${remedy}`;
}
