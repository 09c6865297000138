/** PSX5003: log-ins without a password. */
import { reveal } from "../../../lib/secret.ts";
import { aDatabase } from "../example.ts";
import { loginsOf } from "../logins.ts";
import { found, type Rule } from "../rule.ts";

export const passwordEmpty: Rule = {
  id: "PSX5003",
  name: "password-empty",
  level: "warning",
  title: "a log-in needs no password",
  explanation: `Who reaches the port is in. For a service whose listener is on every address of the pod that is every pod of the cluster
without a NetworkPolicy.`,
  remedy: "Set a password, from a Secret, and give it to the application, too.",
  example: { bad: aDatabase().replace(/^ +passwordSecretRef: .*\n/m, ""), good: aDatabase() },
  *check(mesh) {
    for (const { manifest, path, login, who } of loginsOf(mesh)) {
      if (login.passwordSecretRef !== undefined) continue;
      if (login.password !== undefined && reveal(login.password) !== "") continue;
      const at = login.password === undefined ? path : [...path, "password"];
      const message = `the ${who} log${who === "probes" ? "" : "s"} in without a password`;
      yield* found(
        manifest,
        at,
        message,
        "add passwordSecretRef: {name: SECRET}",
        login.password === undefined ? "key" : undefined,
      );
    }
  },
};
