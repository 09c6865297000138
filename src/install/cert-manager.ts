/** The certificate where cert-manager makes it: https://cert-manager.io/docs/reference/api-docs/ */
import { CONTROLLER, metadataOf, TLS_SECRET } from "./names.ts";
import type { InstallSettings } from "./settings.ts";
import type { Fields } from "./template.ts";

const CERT_MANAGER = "cert-manager.io/v1";
const AUTHORITY = "pisanix-ca";

/** An authority of the mesh's own, and what it signs for the controller. */
export function certificateObjects(settings: InstallSettings): Fields[] {
  const object = (kind: string, name: string, spec: Fields) => ({
    ...{ apiVersion: CERT_MANAGER, kind },
    ...{ metadata: metadataOf(settings, name), spec },
  });
  const privateKey = { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" };
  const service = `${CONTROLLER}.${settings.namespace}`;
  return [
    object("Issuer", "pisanix-self-signed", { selfSigned: {} }),
    object("Certificate", AUTHORITY, {
      isCA: true,
      commonName: AUTHORITY,
      secretName: AUTHORITY,
      duration: "87600h",
      privateKey,
      issuerRef: { kind: "Issuer", name: "pisanix-self-signed" },
    }),
    object("Issuer", AUTHORITY, { ca: { secretName: AUTHORITY } }),
    object("Certificate", TLS_SECRET, {
      secretName: TLS_SECRET,
      dnsNames: [`${service}.svc`, `${service}.svc.cluster.local`, service, CONTROLLER],
      duration: "2160h",
      privateKey,
      usages: ["digital signature", "server auth"],
      issuerRef: { kind: "Issuer", name: AUTHORITY },
    }),
  ];
}
