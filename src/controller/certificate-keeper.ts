/** The certificate that is served, from wherever the operator wants it to come. */
import { openCertificateFiles } from "./certificate-files.ts";
import { type SelfCertificatesOptions, startSelfCertificates } from "./certificates.ts";
import type { CertificateSource } from "./options.ts";

export interface KeeperOptions extends Omit<SelfCertificatesOptions, "secretName"> {
  source: CertificateSource;
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
