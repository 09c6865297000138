/** What a listener shows to clients that want TLS: a certificate of files, which are read again when they change, or of its own. */
import type { ListenerConfig, ListenerTlsConfig } from "../api/proxy-config.ts";
import { isSameValue } from "../lib/same-value.ts";
import { newSecret, reveal } from "../lib/secret.ts";
import { newAuthority, newLeaf } from "../lib/x509.ts";
import { readPem, stampOf } from "../net/pem.ts";
import { complaintOfCertificate, type TlsServerOptions } from "../net/tls-options.ts";
import type { Logger } from "../telemetry/log.ts";
import { type LogLimit, logLimited } from "../telemetry/log-limit.ts";

/** What a listener without a word about TLS has. */
const TLS_DEFAULT: ListenerTlsConfig = { mode: "optional", cert: "", key: newSecret("") };
/** Nobody can renew what nobody has made. */
const SELF_MADE_VALID_MS = 10 * 365 * 86_400_000;

export interface Certificate {
  readonly config: ListenerTlsConfig;
  /** The last that could be used; null while one is being made. */
  options: TlsServerOptions | null;
  /** What the files were like when they were last looked at. */
  stamp: string;
  /** Resolves when there are options. */
  readonly ready: Promise<void>;
}

/** The certificate of a listener; null when it offers no TLS. @throws Error that says what is wrong with its files. */
export function openCertificate({ name, tls = TLS_DEFAULT }: ListenerConfig, nowMs: number): Certificate | null {
  if (tls.mode === "disabled") return null;
  try {
    if (tls.cert === "") return selfMade(tls, nowMs);
    return { config: tls, options: readOptions(tls), stamp: stampOf(filesOf(tls)), ready: Promise.resolve() };
  } catch (error) {
    throw new Error(`listener ${name}: tls: ${messageOf(error)}`);
  }
}

/** Whether `certificate` is what `listener` wants, so that it need not be read or made again. */
export function isSameCertificate(certificate: Certificate | null | undefined, listener: ListenerConfig): boolean {
  const { tls = TLS_DEFAULT } = listener;
  return certificate !== null && certificate !== undefined && isSameValue(certificate.config, tls);
}

/** Good for encryption; who wants to know whom it talks to needs one that somebody has signed. */
function selfMade(config: ListenerTlsConfig, nowMs: number): Certificate {
  const made = makePair(nowMs);
  const certificate: Certificate = {
    config,
    options: null,
    stamp: "",
    ready: made.then((pair) => {
      certificate.options = withAuthorities(config, pair);
    }),
  };
  if (config.ca !== undefined) readPem(config.ca); // what cannot be read is told now
  return certificate;
}

async function makePair(nowMs: number): Promise<{ cert: string; key: string }> {
  const authority = await newAuthority({ commonName: "pisanix" }, nowMs, SELF_MADE_VALID_MS);
  const subject = { commonName: "pisanix proxy" };
  const hosts = ["localhost", "127.0.0.1", "::1"];
  const leaf = await newLeaf(authority, { subject, purpose: "server", hosts, nowMs, validMs: SELF_MADE_VALID_MS });
  return { cert: leaf.cert + authority.cert, key: reveal(leaf.key) };
}

/**
 * What the next handshake uses; null while it is being made. Files that cannot be used now leave the last good certificate
 * in its place.
 */
export function currentOptions(
  certificate: Certificate,
  edges: { readonly config: ListenerConfig; readonly log: Logger; readonly logLimit: LogLimit },
): TlsServerOptions | null {
  if (certificate.config.cert !== "") renew(certificate, edges);
  return certificate.options;
}

function renew(
  certificate: Certificate,
  edges: { readonly config: ListenerConfig; readonly log: Logger; readonly logLimit: LogLimit },
): void {
  const { config } = certificate;
  try {
    const stamp = stampOf(filesOf(config));
    if (stamp === certificate.stamp) return;
    certificate.options = readOptions(config);
    certificate.stamp = stamp;
    edges.log.info("certificate changed", { domain: edges.config.name });
  } catch (error) {
    const fields = { domain: edges.config.name, reason: messageOf(error) };
    logLimited(edges.logLimit, edges.log, "warn", "certificate", "the new certificate is not used", fields);
  }
}

/** @throws Error for a file that cannot be read, text that is no certificate, a key of another one. */
function readOptions(config: ListenerTlsConfig): TlsServerOptions {
  const options = withAuthorities(config, { cert: readPem(config.cert), key: readPem(reveal(config.key)) });
  const complaint = complaintOfCertificate(options);
  if (complaint === null) return options;
  throw new Error(`cert, key${config.ca === undefined ? "" : " and ca"} make no server: ${complaint}`);
}

function withAuthorities({ ca, verify }: ListenerTlsConfig, pair: { cert: string; key: string }): TlsServerOptions {
  const options: TlsServerOptions = { ...pair, mustShowCertificate: verify !== "optional" };
  if (ca !== undefined) options.ca = readPem(ca);
  return options;
}

function filesOf({ cert, key, ca = "" }: ListenerTlsConfig): string[] {
  return [cert, reveal(key), ca];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
