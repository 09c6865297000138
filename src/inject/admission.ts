/**
 * Sidecars in the pods that an API server is about to create: an AdmissionReview in, an AdmissionReview out.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 * A pod is never turned away. One that gets no sidecar says why in a warning, which kubectl shows.
 */
import { NAMESPACE_DEFAULT } from "../api/metadata.ts";
import { isMapping } from "../api/schema-walk.ts";
import { formatIssue, wholeFile } from "../lib/issue.ts";
import { isCurrent, withoutSidecar, withSidecar } from "./injection.ts";
import { jsonPatch } from "./json-patch.ts";
import type { Mapping } from "./pod.ts";
import { type Surroundings, sidecarFor } from "./sidecar.ts";
import { workloadNameOf } from "./workload-name.ts";

const API_VERSION = "admission.k8s.io/v1";

/** The API server cuts longer ones. */
const WARNING_CHARACTERS_MAX = 256;

export interface AdmissionOptions extends Pick<Surroundings, "version" | "settings"> {
  /** Ports of a VirtualDatabase; null when it is not known. */
  listenPortsOf(namespace: string, virtualDatabase: string): readonly number[] | null;
}

/** What is sent back: the review with a response in the place of its request. */
export interface AdmissionAnswer {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "AdmissionReview";
  readonly response: AdmissionResponse;
}

/** Always allowed; without a patch nothing changes. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: true;
  readonly patchType?: "JSONPatch";
  /** The operations in JSON, in Base64. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
}

/** Answers a review; null when `review` is none that could be answered. Called again on what came of it, it changes nothing. */
export function reviewPod(review: unknown, options: AdmissionOptions): AdmissionAnswer | null {
  if (!isMapping(review) || review["kind"] !== "AdmissionReview" || review["apiVersion"] !== API_VERSION) return null;
  const { request } = review;
  if (!isMapping(request) || typeof request["uid"] !== "string") return null;
  const { uid, namespace, object } = request;
  const isOurs = isPodCreation(request) && isMapping(object);
  const found = isOurs ? changeOf(object, namespace, options) : NO_CHANGE;
  return { apiVersion: API_VERSION, kind: "AdmissionReview", response: { uid, allowed: true, ...found } };
}

type Change = Omit<AdmissionResponse, "uid" | "allowed">;

const NO_CHANGE: Change = {};

function isPodCreation({ operation, resource, subResource }: Mapping): boolean {
  if (operation !== "CREATE" || !isMapping(resource)) return false;
  return (resource["group"] ?? "") === "" && resource["resource"] === "pods" && (subResource ?? "") === "";
}

function changeOf(object: Mapping, requested: unknown, options: AdmissionOptions): Change {
  const { pod, found } = withoutSidecar(object);
  const metadata = isMapping(pod["metadata"]) ? pod["metadata"] : {};
  const namespace = String(requested ?? metadata["namespace"] ?? NAMESPACE_DEFAULT);
  const surroundings = {
    ...options,
    workload: workloadNameOf("Pod", metadata),
    listenPortsOf: (name: string) => options.listenPortsOf(namespace, name),
  };
  const decision = sidecarFor(pod, surroundings, { source: wholeFile("pisanix"), path: [] });
  const warnings = decision.issues.map((issue) => formatIssue(issue).replace(/\n */, ": "));
  if (decision.kind === "refused" && !decision.isOptOut) warnings.push(`pisanix: not injected: ${decision.reason}`);
  const told = warnings.length === 0 ? {} : { warnings: warnings.map((text) => text.slice(0, WARNING_CHARACTERS_MAX)) };
  if (decision.kind !== "wanted" || (found !== null && isCurrent(object, found, decision.sidecar))) return told;
  const operations = JSON.stringify(jsonPatch(object, withSidecar(pod, decision.sidecar)));
  return { patchType: "JSONPatch", patch: Buffer.from(operations).toString("base64"), ...told };
}
