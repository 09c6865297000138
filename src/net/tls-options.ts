/** Certificates and keys, and what is made of them, per side. */
import { createSecureContext } from "node:tls";

export interface TlsClientOptions {
  serverName: string;
  /** PEM text of the authorities to trust; the machine's own when absent. */
  ca?: string;
  /** False accepts any certificate: encryption without knowing who answers. */
  mustVerifyCertificate: boolean;
  mustVerifyName: boolean;
  /** PEM text of the certificate that we show, and its key; none when absent. */
  own?: { cert: string; key: string };
}

/** A server's certificate chain and key as PEM text. */
export interface TlsServerOptions {
  cert: string;
  key: string;
  /** PEM text of authorities, one of which has signed what a client shows. Nothing is asked when absent. */
  ca?: string;
  /** With `ca`: whether a client that shows no certificate is turned away. */
  mustShowCertificate: boolean;
}

/** What a client has shown to a server, as far as the engine tells. */
export interface ShownCertificate {
  /** The engine's names of what it has read; empty when nothing was shown. */
  certificate: object | null | undefined;
  isAuthorized: boolean;
  reason: string;
}

/** Why a client is turned away after its handshake, or null. */
export function complaintOfClient(options: TlsServerOptions, shown: ShownCertificate): string | null {
  if (options.ca === undefined || shown.isAuthorized) return null;
  const isShown = Object.keys(shown.certificate ?? {}).length > 0;
  if (isShown) return `the client's certificate: ${shown.reason}`;
  return options.mustShowCertificate ? "the client's certificate: none was shown" : null;
}

/** Why a TLS server cannot be made of `options`, or null: text that is no certificate, or a key of another one. */
export function complaintOfCertificate(options: TlsServerOptions): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
