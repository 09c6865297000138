/** PSX5008: private keys in plain text. */
import { reveal } from "../../../lib/secret.ts";
import { aDatabase } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const keyInManifest: Rule = {
  id: "PSX5008",
  name: "key-in-manifest",
  level: "warning",
  title: "a private key stands in the manifest",
  explanation: `Whoever may read the resource, the repository or its history can answer in the listener's name. A path instead of PEM text is
read by the proxy, and read again when the file changes, so a mounted Secret rotates by itself.`,
  remedy: "Mount a Secret of type kubernetes.io/tls and write the path of its tls.key.",
  example: {
    bad: aDatabase("", 'tls: { mode: required, cert: /etc/shop/tls.crt, key: "-----BEGIN PRIVATE KEY-----\\n..." }'),
    good: aDatabase("", "tls: { mode: required, cert: /etc/shop/tls.crt, key: /etc/shop/tls.key }"),
  },
  *check({ services }) {
    for (const { database, service, path } of services) {
      const key = service.spec.tls?.key;
      if (key === undefined || !reveal(key).includes("PRIVATE KEY-----")) continue;
      const remedy = "write the path of a mounted file, such as /etc/pisanix/tls/tls.key";
      yield* found(database.manifest, [...path, "tls", "key"], "the private key stands here in plain text", remedy);
    }
  },
};
