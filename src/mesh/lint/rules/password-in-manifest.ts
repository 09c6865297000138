/** PSX5001: passwords in plain text. */
import { reveal } from "../../../lib/secret.ts";
import { anEndpoint } from "../example.ts";
import { loginsOf } from "../logins.ts";
import { found, type Rule } from "../rule.ts";

export const passwordInManifest: Rule = {
  id: "PSX5001",
  name: "password-in-manifest",
  level: "warning",
  title: "a password stands in the manifest in plain text",
  explanation: `Whoever may read the resource, the repository or its history has the password, and changing it is a change of the manifest.
The original knows no other way; pisanix reads it from a Secret of the same namespace.`,
  remedy: "Put the password into a Secret and refer to it with passwordSecretRef: {name: SECRET, key: password}.",
  example: {
    bad: anEndpoint({ password: "password: correct-horse-battery" }),
    good: anEndpoint({ password: "passwordSecretRef: { name: shop-db, key: password }" }),
  },
  *check(mesh) {
    for (const { manifest, path, login } of loginsOf(mesh)) {
      if (login.passwordSecretRef !== undefined || login.password === undefined) continue;
      if (reveal(login.password) === "") continue;
      const remedy = "keep it in a Secret, and write passwordSecretRef: {name: SECRET} instead";
      yield* found(manifest, [...path, "password"], "the password stands here in plain text", remedy);
    }
  },
};
