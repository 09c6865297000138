/** Certificates and keys, and what is made of them, per side. */
import { createSecureContext } from "node:tls";

export interface TlsClientOptions {
  serverName: string;
  /** PEM text of the authorities to trust; the machine's own when absent. */
  ca?: string;
  /** False accepts any certificate: encryption without knowing who answers. */
  mustVerifyCertificate: boolean;
  mustVerifyName: boolean;
}

/** A server's certificate chain and key as PEM text. */
export interface TlsServerOptions {
  cert: string;
  key: string;
  /** PEM text of authorities: a client must show a certificate that one of them has signed. Nothing is asked when absent. */
  ca?: string;
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
