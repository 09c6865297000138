/**
 * Makes certificates: an authority of our own, and what it signs. ECDSA on P-256 with SHA-256.
 * https://www.rfc-editor.org/rfc/rfc5280
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { newSecret, reveal, type Secret } from "../lib/secret.ts";
import {
  bitString,
  booleanTrue,
  concat,
  type Der,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
const EXT_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Clocks differ: what was made now is good everywhere. */
const BACKDATED_MS = 5 * 60_000;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** A certificate and its key as PEM text. */
export interface KeyPair {
  readonly cert: string;
  readonly key: Secret;
}

/** Who a certificate is for. */
export interface Subject {
  commonName: string;
  organization?: string;
}

export interface LeafOptions {
  subject: Subject;
  purpose: "server" | "client";
  /** Names and addresses that a server is reached by. */
  hosts: readonly string[];
  nowMs: number;
  validMs: number;
}

interface Issuer {
  subject: Subject;
  key: CryptoKey;
  keyIdentifier: Uint8Array;
}

/** An authority that signs itself, and may sign leaves but no further authorities. */
export async function newAuthority(subject: Subject, nowMs: number, validMs: number): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const publicKey = await spkiOf(pair.publicKey);
  const keyIdentifier = await identifierOf(publicKey);
  const extensions = [
    extension(BASIC_CONSTRAINTS, true, sequence(booleanTrue(), integer(Uint8Array.of(0)))),
    // keyCertSign and cRLSign, bits 5 and 6.
    extension(KEY_USAGE, true, bitString(Uint8Array.of(0x06), 1)),
    extension(SUBJECT_KEY_IDENTIFIER, false, octetString(keyIdentifier)),
  ];
  const issuer = { subject, key: pair.privateKey, keyIdentifier };
  return { cert: await sign(issuer, { subject, publicKey, extensions, nowMs, validMs }), key: await keyOf(pair) };
}

/** A certificate that `authority` signs. */
export async function newLeaf(authority: KeyPair, options: LeafOptions): Promise<KeyPair> {
  const { subject, purpose, hosts, nowMs, validMs } = options;
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const publicKey = await spkiOf(pair.publicKey);
  const issuer = await issuerOf(authority);
  const extensions = [
    // Neither authority nor path length: all at their defaults, so the sequence is empty.
    extension(BASIC_CONSTRAINTS, true, sequence()),
    // digitalSignature, bit 0.
    extension(KEY_USAGE, true, bitString(Uint8Array.of(0x80), 7)),
    extension(EXT_KEY_USAGE, false, sequence(objectIdentifier(purpose === "server" ? SERVER_AUTH : CLIENT_AUTH))),
    extension(SUBJECT_KEY_IDENTIFIER, false, octetString(await identifierOf(publicKey))),
    extension(AUTHORITY_KEY_IDENTIFIER, false, sequence(implicit(0, issuer.keyIdentifier))),
  ];
  if (hosts.length > 0) extensions.push(extension(SUBJECT_ALT_NAME, false, sequence(...hosts.map(generalName))));
  return { cert: await sign(issuer, { subject, publicKey, extensions, nowMs, validMs }), key: await keyOf(pair) };
}

/** What we look at in a certificate. Times are milliseconds since 1970. */
export interface CertificateFacts {
  notBeforeMs: number;
  notAfterMs: number;
  /** `DNS:name` and `IP Address:...`. */
  hosts: readonly string[];
}

/** Reads the first certificate of PEM text. @throws Error for text that is none. */
export function readCertificate(cert: string): CertificateFacts {
  const { validFrom, validTo, subjectAltName } = new X509Certificate(cert);
  const hosts = (subjectAltName ?? "").split(", ").filter((host) => host !== "");
  return { notBeforeMs: Date.parse(validFrom), notAfterMs: Date.parse(validTo), hosts };
}

/** Why certificate and key cannot be served together, or null. */
export function complaintOfPair({ cert, key }: KeyPair): string | null {
  try {
    const isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(reveal(key)));
    return isPair ? null : "the key is not that of the certificate";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether `authority` signed `cert`. */
export function isSignedBy(cert: string, authority: string): boolean {
  const [signed, signer] = [new X509Certificate(cert), new X509Certificate(authority)];
  return signed.checkIssued(signer) && signed.verify(signer.publicKey);
}

interface ToBeSigned {
  subject: Subject;
  publicKey: Der;
  extensions: readonly Der[];
  nowMs: number;
  validMs: number;
}

async function sign(issuer: Issuer, { subject, publicKey, extensions, nowMs, validMs }: ToBeSigned): Promise<string> {
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const serial = crypto.getRandomValues(new Uint8Array(16));
  // Positive, and never zero.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const unsigned = sequence(
    explicit(0, integer(Uint8Array.of(2))), // version 3
    integer(serial),
    algorithm,
    nameOf(issuer.subject),
    sequence(time(nowMs - BACKDATED_MS), time(nowMs + validMs)),
    nameOf(subject),
    publicKey,
    explicit(3, sequence(...extensions)),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(SIGNING, issuer.key, unsigned));
  // WebCrypto gives r and s side by side, a certificate wants a sequence of the two.
  const half = signature.length / 2;
  const rs = sequence(integer(signature.subarray(0, half)), integer(signature.subarray(half)));
  return pem("CERTIFICATE", sequence(unsigned, algorithm, bitString(rs)));
}

async function issuerOf(authority: KeyPair): Promise<Issuer> {
  const key = await crypto.subtle.importKey("pkcs8", bytesOfPem(reveal(authority.key)), ALGORITHM, false, ["sign"]);
  const certificate = new X509Certificate(authority.cert);
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  const subject = Object.fromEntries(certificate.subject.split("\n").map((line) => line.split(/=(.*)/s)));
  const { CN: commonName = "", O: organization } = subject as { CN?: string; O?: string };
  return {
    subject: organization === undefined ? { commonName } : { commonName, organization },
    key,
    keyIdentifier: await identifierOf(concat(spki)),
  };
}

async function spkiOf(key: CryptoKey): Promise<Der> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", key));
}

async function keyOf(pair: CryptoKeyPair): Promise<Secret> {
  return newSecret(pem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey))));
}

/** RFC 7093, method 4: of a hash of the key. It has to be unique, and nothing more. */
async function identifierOf(spki: Der): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", spki)).subarray(0, 20);
}

function nameOf({ commonName, organization }: Subject): Der {
  const part = (type: string, text: string) => set(sequence(objectIdentifier(type), utf8String(text)));
  const parts = [part(COMMON_NAME, commonName)];
  if (organization !== undefined) parts.unshift(part(ORGANIZATION, organization));
  return sequence(...parts);
}

function extension(identifier: string, isCritical: boolean, value: Der): Der {
  const parts = [objectIdentifier(identifier), octetString(value)];
  if (isCritical) parts.splice(1, 0, booleanTrue());
  return sequence(...parts);
}

/** An address by its bytes, everything else as a DNS name. */
function generalName(host: string): Der {
  const address = addressBytes(host);
  return address === null ? implicit(2, new TextEncoder().encode(host)) : implicit(7, address);
}

function addressBytes(host: string): Uint8Array | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return Uint8Array.from(host.split(".").map(Number));
  if (!host.includes(":")) return null;
  const [head = "", tail] = host.split("::");
  const groups = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const words = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

function bytesOfPem(text: string): Der {
  const base64 = text.replace(/-----[^-]+-----/g, "");
  return new Uint8Array(Buffer.from(base64, "base64"));
}
