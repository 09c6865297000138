/** The certificate that is served, from wherever the operator wants it to come. */
import type { KubeClient } from "../kube/client.ts";
import type { KeyPair } from "../lib/x509.ts";
import type { Logger } from "../telemetry/log.ts";
import { openCertificateFiles } from "./certificate-files.ts";
import { startSelfCertificates } from "./certificates.ts";
import type { CertificateSource } from "./options.ts";

export interface KeeperOptions {
  source: CertificateSource;
  client: KubeClient;
  namespace: string;
  hosts: readonly string[];
  webhookConfigurations: readonly string[];
  isLeader(): boolean;
  log: Logger;
  onPair(pair: KeyPair): void;
  /** `trusted()` says another than before. */
  onTrusted(): void;
}

export interface CertificateKeeper {
  /** The authorities that clients of ours should trust, as PEM text; "" when that is not known. */
  trusted(): string;
  /** We may have become the leader. */
  look(): void;
  stop(): Promise<void>;
}

/** Starts to keep it. @throws Error for files that cannot be served. */
export async function keepCertificate(options: KeeperOptions): Promise<CertificateKeeper> {
  const { source, log, onPair, onTrusted } = options;
  if (source.kind === "self") return startSelfCertificates({ ...options, secretName: source.secretName });
  const { folder } = source;
  let authority = await readAuthority(folder);
  const files = await openCertificateFiles({
    ...{ folder, clock: options.client.clock },
    async onChange(pair) {
      onPair(pair);
      const now = await readAuthority(folder);
      if (now === authority) return;
      authority = now;
      onTrusted();
    },
    onComplaint: (reason) => log.warn("the new certificate is not served", { folder, reason }),
  });
  onPair(files.current());
  return {
    trusted: () => authority,
    look: () => {},
    async stop() {
      files.stop();
    },
  };
}

/** cert-manager puts its authority beside the certificate; others need not. */
function readAuthority(folder: string): Promise<string> {
  return Bun.file(`${folder}/ca.crt`)
    .text()
    .catch(() => "");
}
