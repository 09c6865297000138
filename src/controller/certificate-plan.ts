/**
 * What is next to do about our own certificates, as a pure function of what is stored and what the webhooks trust. The API server
 * trusts what stands in `caBundle`, so a new authority has to stand there beside the old one before anything that it signed is
 * served, and the old one until nothing that it signed is served any more.
 */

import type { KeyPair } from "../lib/x509.ts";
import { readCertificate } from "../lib/x509.ts";

const DAY_MS = 86_400_000;

/** The authority's certificate, and what it signs. */
export const AUTHORITY_VALID_MS = 3_650 * DAY_MS;
export const LEAF_VALID_MS = 90 * DAY_MS;

/**
 * From the new authority in `caBundle` to what it signed being served. API servers read their configuration by watches, at once; the
 * kubelet brings a ConfigMap that a proxy has mounted up to date within a minute and a half.
 */
export const TRUST_BEFORE_SERVING_MS = 120_000;
/** From a new certificate being stored to the old authority leaving `caBundle`: every replica has taken it up by then. */
const TRUST_AFTER_SERVING_MS = 600_000;

/** An authority and what it signed for us. */
export interface Issued {
  authority: KeyPair;
  leaf: KeyPair;
}

/** What the Secret holds. */
export interface StoredCertificates {
  /** What is served now. */
  current: Issued;
  /** What will be served once it is trusted. */
  next: Issued | null;
  /** The certificate of the authority before; null when it is no longer needed. */
  previousAuthority: string | null;
  /** Milliseconds since 1970: when `next` was stored; when `current` became what it is. */
  preparedMs: number;
  servedMs: number;
}

export type CertificateStep =
  /** Nothing is stored, or what is stored is of no use: make everything. */
  | { kind: "create"; reason: string }
  /** Sign a new leaf by the same authority; nobody has to trust anything new. */
  | { kind: "renew-leaf" }
  /** Store a new authority beside the old one. */
  | { kind: "prepare-authority" }
  /** Make the webhooks trust exactly this. */
  | { kind: "trust"; caBundle: string }
  /** Serve what was prepared. */
  | { kind: "promote" }
  /** Forget the authority before. */
  | { kind: "retire" }
  /** Nothing to do before then. */
  | { kind: "wait"; untilMs: number };

/** Whether two thirds of a certificate's life are over. */
export function renewAtMs(cert: string): number {
  const { notBeforeMs, notAfterMs } = readCertificate(cert);
  return notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3;
}

/**
 * The next step. `bundles` are the `caBundle`s of our webhooks as PEM text, "" where none is set yet. `hosts` are the names that
 * the webhooks are called by.
 */
export function planCertificates(
  stored: StoredCertificates | null,
  bundles: readonly string[],
  hosts: readonly string[],
  nowMs: number,
): CertificateStep {
  if (stored === null) return { kind: "create", reason: "none is stored" };
  const { current, next, previousAuthority, preparedMs, servedMs } = stored;
  if (readCertificate(current.authority.cert).notAfterMs <= nowMs) {
    return { kind: "create", reason: "the authority has expired" };
  }
  const trusted = trustOf(stored);
  if (bundles.some((bundle) => bundle !== trusted)) return { kind: "trust", caBundle: trusted };
  if (next !== null) {
    const promoteMs = preparedMs + TRUST_BEFORE_SERVING_MS;
    return promoteMs <= nowMs ? { kind: "promote" } : { kind: "wait", untilMs: promoteMs };
  }
  const retireMs = previousAuthority === null ? Number.POSITIVE_INFINITY : servedMs + TRUST_AFTER_SERVING_MS;
  if (retireMs <= nowMs) return { kind: "retire" };
  const authorityMs = renewAtMs(current.authority.cert);
  if (authorityMs <= nowMs && previousAuthority === null) return { kind: "prepare-authority" };
  const leafMs = renewAtMs(current.leaf.cert);
  if (leafMs <= nowMs || !coversHosts(current.leaf.cert, hosts)) return { kind: "renew-leaf" };
  return { kind: "wait", untilMs: Math.min(retireMs, authorityMs, leafMs) };
}

/** Every authority that has signed, or will sign, what is served: the old one first. */
export function trustOf({ current, next, previousAuthority }: StoredCertificates): string {
  const certs = [previousAuthority, current.authority.cert, next?.authority.cert];
  return certs.filter((cert) => cert !== null && cert !== undefined).join("");
}

/** A chart may have been installed under another name since. */
function coversHosts(cert: string, hosts: readonly string[]): boolean {
  const covered = readCertificate(cert).hosts;
  return hosts.every((host) => covered.includes(`DNS:${host}`) || covered.includes(`IP Address:${host}`));
}
