/** Certificates for a run: sysbench's own, by the names under which it looks for them where it is started, and the proxies'. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { reveal } from "../../lib/secret.ts";
import { newAuthority, newLeaf } from "../../lib/x509.ts";

const VALID_MS = 24 * 3_600_000;

/** Paths of a proxy's certificate and key. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** Writes cacert.pem, client-cert.pem, client-key.pem and a server's pair into `directory`. @returns the server's. */
export async function writeCertificates(directory: string): Promise<CertificateFiles> {
  const nowMs = systemClock.wallMs();
  const authority = await newAuthority({ commonName: "bench" }, nowMs, VALID_MS);
  await writeFile(join(directory, "cacert.pem"), authority.cert);
  for (const purpose of ["client", "server"] as const) {
    const options = { subject: { commonName: purpose }, purpose, hosts: ["127.0.0.1"], nowMs, validMs: VALID_MS };
    const leaf = await newLeaf(authority, options);
    await writeFile(join(directory, `${purpose}-cert.pem`), leaf.cert);
    await writeFile(join(directory, `${purpose}-key.pem`), reveal(leaf.key), { mode: 0o600 });
  }
  return { cert: join(directory, "server-cert.pem"), key: join(directory, "server-key.pem") };
}
