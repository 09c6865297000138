/** What an object's `status` says: conditions by the conventions of Kubernetes, with reasons to look for and messages that say what to do. */
import type { Kind } from "../api/kinds.ts";
import type { Issue } from "../lib/issue.ts";
import { type Evaluation, plaintextPasswords } from "./live/evaluate.ts";

/** metav1.Condition. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  observedGeneration: number;
  /** RFC 3339; when `status` became what it is. */
  lastTransitionTime: string;
  reason: string;
  message: string;
}

/** A condition whose time is not known yet. */
export type Finding = Omit<Condition, "lastTransitionTime">;

/** How far a configuration has come. */
export type Programmed =
  | { kind: "programmed" }
  /** Some proxies have not said yet that they serve it. */
  | { kind: "pending" }
  | { kind: "no-proxies" }
  | { kind: "rejected"; error: string }
  /** No VirtualDatabase uses it. */
  | { kind: "unused" };

/** The kinds whose status says whether proxies serve what they say. */
export const PROGRAMMED_KINDS: readonly Kind[] = ["VirtualDatabase", "TrafficStrategy"];

/** The API server takes no longer messages. */
const MESSAGE_CHARACTERS_MAX = 32_768;
/** Complaints in one message. */
const COMPLAINTS_MAX = 8;

/** Rules that are about what an object refers to, and not about itself. */
const REFERENCE_RULES: Readonly<Record<string, string>> = {
  "unresolved-reference": "RefNotFound",
  "selector-selects-nothing": "RefNotFound",
  "no-weight": "RefNotFound",
  "nobody-takes-writes": "RefNotFound",
  "secret-key-missing": "InvalidSecret",
};

/** The conditions of an object, in the order in which they build on each other. */
export function conditionsOf(evaluation: Evaluation, generation: number, programmed: Programmed): Finding[] {
  const make = (type: string, status: Finding["status"], reason: string, message: string): Finding => {
    return { type, status, observedGeneration: generation, reason, message: shortened(message) };
  };
  const errors = evaluation.issues.filter(({ severity }) => severity === "error");
  const isReference = (issue: Issue) => Object.hasOwn(REFERENCE_RULES, issue.rule ?? "");
  const found = [
    accepted(
      make,
      errors.filter((issue) => !isReference(issue)),
    ),
    resolved(make, errors.filter(isReference), evaluation),
  ];
  if (PROGRAMMED_KINDS.includes(evaluation.object.kind)) {
    const isSound = found.every(({ status }) => status === "True");
    found.push(isSound ? serving(make, programmed) : unsound(make, evaluation.object.kind));
  }
  const warning = warningOf(make, evaluation);
  return warning === null ? found : [...found, warning];
}

type Make = (type: string, status: Finding["status"], reason: string, message: string) => Finding;

function accepted(make: Make, errors: readonly Issue[]): Finding {
  if (errors.length === 0) return make("Accepted", "True", "Accepted", "the spec is valid");
  const isConflict = errors.every(({ rule }) => rule === "listener-taken");
  return make("Accepted", "False", isConflict ? "Conflict" : "Invalid", complaints(errors));
}

function resolved(make: Make, errors: readonly Issue[], { forbidden, blockers, isWaiting }: Evaluation): Finding {
  const [first] = errors;
  if (first !== undefined) {
    return make("ResolvedRefs", "False", REFERENCE_RULES[first.rule ?? ""] ?? "RefNotFound", complaints(errors));
  }
  if (forbidden.length > 0) {
    const names = forbidden.map(({ name, reason }) => `Secret ${name} may not be read: ${reason}`);
    return make("ResolvedRefs", "False", "RefNotPermitted", names.join("; "));
  }
  if (blockers.length > 0) {
    const texts = blockers.slice(0, COMPLAINTS_MAX).map(({ key, issue }) => `${key}: ${complaint(issue)}`);
    return make("ResolvedRefs", "False", "InvalidRef", texts.join("; "));
  }
  if (isWaiting)
    return make("ResolvedRefs", "Unknown", "Pending", "a Secret that is referred to has not been read yet");
  return make("ResolvedRefs", "True", "ResolvedRefs", "everything that is referred to is there");
}

function unsound(make: Make, kind: Kind): Finding {
  const message =
    kind === "VirtualDatabase"
      ? "proxies keep the configuration that they have until Accepted and ResolvedRefs are True"
      : "proxies keep the rules that they have until Accepted and ResolvedRefs are True";
  return make("Programmed", "False", "Invalid", message);
}

function serving(make: Make, programmed: Programmed): Finding {
  switch (programmed.kind) {
    case "programmed":
      return make("Programmed", "True", "Programmed", "every proxy that is connected serves this");
    case "pending":
      return make("Programmed", "False", "Pending", "not every proxy that is connected serves this yet");
    case "no-proxies":
      return make("Programmed", "False", "NoProxies", "no proxy is connected; the first that is gets this");
    case "rejected":
      return make("Programmed", "False", "ProxyRejected", `a proxy keeps what it has: ${programmed.error}`);
    case "unused":
      return make("Programmed", "False", "NotUsed", "no VirtualDatabase refers to it");
  }
}

/** A condition that is only there when there is something to warn of. */
function warningOf(make: Make, { object, issues }: Evaluation): Finding | null {
  const warnings = issues.filter(({ severity }) => severity === "warning").map(complaint);
  const plaintext = plaintextPasswords(object);
  const texts = [
    ...plaintext.map((path) => `${path}: is readable by whoever may read this object; use passwordSecretRef`),
    ...warnings,
  ];
  if (texts.length === 0) return null;
  const reason = plaintext.length > 0 ? "PlaintextPassword" : "FieldWithoutEffect";
  return make("Warnings", "True", reason, texts.slice(0, COMPLAINTS_MAX).join("; "));
}

/** Takes the times of `before` over where a status has not changed. */
export function timedConditions(findings: readonly Finding[], before: readonly Condition[], now: string): Condition[] {
  return findings.map((finding) => {
    const earlier = before.find(({ type }) => type === finding.type);
    const lastTransitionTime = earlier?.status === finding.status ? earlier.lastTransitionTime : now;
    return { ...finding, lastTransitionTime };
  });
}

/** What changed for people: conditions whose status or reason is another than before. */
export function transitionsBetween(before: readonly Condition[], now: readonly Condition[]): Condition[] {
  return now.filter(({ type, status, reason }) => {
    const earlier = before.find((condition) => condition.type === type);
    return earlier?.status !== status || earlier.reason !== reason;
  });
}

function complaints(issues: readonly Issue[]): string {
  const texts = issues.slice(0, COMPLAINTS_MAX).map(complaint);
  if (issues.length > COMPLAINTS_MAX) texts.push(`and ${issues.length - COMPLAINTS_MAX} more`);
  return texts.join("; ");
}

function complaint({ path, message, remedy }: Issue): string {
  return `${path === "" ? "" : `${path}: `}${message}; ${remedy}`;
}

function shortened(message: string): string {
  return message.length <= MESSAGE_CHARACTERS_MAX ? message : `${message.slice(0, MESSAGE_CHARACTERS_MAX - 3)}...`;
}
