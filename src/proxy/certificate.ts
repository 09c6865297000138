/** What a listener shows to clients that want TLS: read at the start, and again when its files change. */
import type { ListenerConfig, ListenerTlsConfig } from "../api/proxy-config.ts";
import { reveal } from "../lib/secret.ts";
import { readPem, stampOf } from "../net/pem.ts";
import { complaintOfCertificate, type TlsServerOptions } from "../net/tls-options.ts";
import type { Logger } from "../telemetry/log.ts";
import { type LogLimit, logLimited } from "../telemetry/log-limit.ts";

export interface Certificate {
  readonly config: ListenerTlsConfig;
  /** The last that could be used. */
  options: TlsServerOptions;
  /** What the files were like when they were last looked at. */
  stamp: string;
}

/** The certificate of a listener; null when it has none. @throws Error that says what is wrong with it. */
export function openCertificate({ name, tls }: ListenerConfig): Certificate | null {
  if (tls === undefined || tls.mode === "disabled") return null;
  try {
    return { config: tls, options: readOptions(tls), stamp: stampOf(filesOf(tls)) };
  } catch (error) {
    throw new Error(`listener ${name}: tls: ${messageOf(error)}`);
  }
}

/** What the next handshake uses. Files that cannot be used now leave the last good certificate in its place. */
export function currentOptions(
  certificate: Certificate,
  edges: { readonly config: ListenerConfig; readonly log: Logger; readonly logLimit: LogLimit },
): TlsServerOptions {
  const { config } = certificate;
  try {
    const stamp = stampOf(filesOf(config));
    if (stamp === certificate.stamp) return certificate.options;
    certificate.options = readOptions(config);
    certificate.stamp = stamp;
    edges.log.info("certificate changed", { domain: edges.config.name });
  } catch (error) {
    const fields = { domain: edges.config.name, reason: messageOf(error) };
    logLimited(edges.logLimit, edges.log, "warn", "certificate", "the new certificate is not used", fields);
  }
  return certificate.options;
}

/** @throws Error for a file that cannot be read, text that is no certificate, a key of another one. */
function readOptions(config: ListenerTlsConfig): TlsServerOptions {
  const { cert, ca, verify } = config;
  const options: TlsServerOptions = {
    cert: readPem(cert),
    key: readPem(reveal(config.key)),
    mustShowCertificate: verify !== "optional",
  };
  if (ca !== undefined) options.ca = readPem(ca);
  const complaint = complaintOfCertificate(options);
  if (complaint === null) return options;
  throw new Error(`cert, key${ca === undefined ? "" : " and ca"} make no server: ${complaint}`);
}

function filesOf({ cert, key, ca = "" }: ListenerTlsConfig): string[] {
  return [cert, reveal(key), ca];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
