/** Our own certificates as a Secret holds them, and the steps from one state of it to the next. */
import type { SecretObject } from "../kube/objects.ts";
import { newSecret, reveal } from "../lib/secret.ts";
import { complaintOfPair, isSignedBy, type KeyPair, newAuthority, newLeaf } from "../lib/x509.ts";
import {
  AUTHORITY_VALID_MS,
  type Issued,
  LEAF_VALID_MS,
  type StoredCertificates,
  trustOf,
} from "./certificate-plan.ts";

/** What a leaf is for. */
export interface Served {
  /** Names that it is reached by, the first of which is its common name. */
  hosts: readonly string[];
}

/** Everything new. */
export async function createCertificates({ hosts }: Served, nowMs: number): Promise<StoredCertificates> {
  const current = await issue(hosts, nowMs);
  return { current, next: null, previousAuthority: null, preparedMs: 0, servedMs: nowMs };
}

/** A new leaf by the same authority. */
export async function renewLeaf(stored: StoredCertificates, { hosts }: Served, nowMs: number) {
  const { authority } = stored.current;
  return { ...stored, current: { authority, leaf: await leafOf(authority, hosts, nowMs) } };
}

/** A new authority and what it signs, to be served later. */
export async function prepareAuthority(stored: StoredCertificates, { hosts }: Served, nowMs: number) {
  return { ...stored, next: await issue(hosts, nowMs), preparedMs: nowMs };
}

/** What was prepared is what is served; the authority before is still trusted. */
export function promoteNext(stored: StoredCertificates, nowMs: number): StoredCertificates {
  const { current, next } = stored;
  if (next === null) return stored;
  return { ...stored, current: next, next: null, previousAuthority: current.authority.cert, servedMs: nowMs };
}

/** The authority before is no longer trusted. */
export function retirePrevious(stored: StoredCertificates): StoredCertificates {
  return { ...stored, previousAuthority: null };
}

/** `type` of the Secret: others can mount it as any certificate. */
export const SECRET_TYPE = "kubernetes.io/tls";

/** The Secret's values. */
export function secretDataOf(stored: StoredCertificates): Record<string, string> {
  const { current, next, previousAuthority, preparedMs, servedMs } = stored;
  const data: Record<string, string> = {
    "ca.crt": trustOf(stored),
    ...pairData("tls", current.leaf),
    ...pairData("authority", current.authority),
    "state.json": JSON.stringify({ preparedMs, servedMs }),
  };
  if (next !== null) Object.assign(data, pairData("next-tls", next.leaf), pairData("next-authority", next.authority));
  if (previousAuthority !== null) data["previous-authority.crt"] = previousAuthority;
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
}

/** What a Secret holds, or why it is of no use to us. */
export type SecretRead = { kind: "read"; stored: StoredCertificates } | { kind: "unusable"; reason: string };

/** Reads a Secret that secretDataOf() wrote; one that somebody else wrote is not taken for granted. */
export function readCertificateSecret({ data = {} }: Pick<SecretObject, "data">): SecretRead {
  const text = (key: string) => {
    const value = data[key];
    return value === undefined ? null : Buffer.from(value, "base64").toString("utf8");
  };
  const pair = (name: string): KeyPair | null => {
    const [cert, key] = [text(`${name}.crt`), text(`${name}.key`)];
    return cert === null || key === null ? null : { cert, key: newSecret(key) };
  };
  const issued = (prefix: string): Issued | null => {
    const [authority, leaf] = [pair(`${prefix}authority`), pair(`${prefix}tls`)];
    return authority === null || leaf === null ? null : { authority, leaf };
  };
  const current = issued("");
  if (current === null)
    return { kind: "unusable", reason: "it lacks tls.crt, tls.key, authority.crt or authority.key" };
  const next = issued("next-");
  for (const each of next === null ? [current] : [current, next]) {
    const complaint = complaintOfIssued(each);
    if (complaint !== null) return { kind: "unusable", reason: complaint };
  }
  const { preparedMs, servedMs } = readState(text("state.json"));
  const previousAuthority = text("previous-authority.crt");
  return { kind: "read", stored: { current, next, previousAuthority, preparedMs, servedMs } };
}

function complaintOfIssued({ authority, leaf }: Issued): string | null {
  const complaint = complaintOfPair(authority) ?? complaintOfPair(leaf);
  if (complaint !== null) return complaint;
  return isSignedBy(leaf.cert, authority.cert) ? null : "its certificate is not signed by its authority";
}

/** Without times everything that waits for one is due. */
function readState(text: string | null): { preparedMs: number; servedMs: number } {
  try {
    const read = JSON.parse(text ?? "{}") as { preparedMs?: unknown; servedMs?: unknown };
    const numberOf = (value: unknown) => (typeof value === "number" ? value : 0);
    return { preparedMs: numberOf(read.preparedMs), servedMs: numberOf(read.servedMs) };
  } catch {
    // Somebody changed it by hand.
    return { preparedMs: 0, servedMs: 0 };
  }
}

async function issue(hosts: readonly string[], nowMs: number): Promise<Issued> {
  // Each authority has a name of its own, so that nobody takes one for the other.
  const commonName = `pisanix ${new Date(nowMs).toISOString()}`;
  const authority = await newAuthority({ commonName }, nowMs, AUTHORITY_VALID_MS);
  return { authority, leaf: await leafOf(authority, hosts, nowMs) };
}

function leafOf(authority: KeyPair, hosts: readonly string[], nowMs: number): Promise<KeyPair> {
  const subject = { commonName: (hosts[0] ?? "pisanix").slice(0, 64) };
  return newLeaf(authority, { subject, purpose: "server", hosts, nowMs, validMs: LEAF_VALID_MS });
}

function pairData(name: string, { cert, key }: KeyPair): Record<string, string> {
  return { [`${name}.crt`]: cert, [`${name}.key`]: reveal(key) };
}
