/** PSX5004: proxies that are root at the database. */
import { anEndpoint } from "../example.ts";
import { loginsOf } from "../logins.ts";
import { found, type Rule } from "../rule.ts";

export const rootLogin: Rule = {
  id: "PSX5004",
  name: "root-login",
  level: "notice",
  title: "the proxy or its probes log in to the database as root",
  explanation: `Every application behind the proxy then has every right on the database, and no GRANT stands behind the rules. root also
ignores max_connections and read_only, so it writes to replicas that refuse everybody else.`,
  remedy: "Make an account with the rights that the application needs. Probes need REPLICATION CLIENT.",
  example: { bad: anEndpoint({ user: "root" }), good: anEndpoint({ user: "shop" }) },
  *check(mesh) {
    for (const { manifest, path, login, who } of loginsOf(mesh)) {
      if (who === "application" || login.user !== "root") continue;
      const message = `the ${who === "proxy" ? "proxy logs" : "probes log"} in as root: no right of the database limits it`;
      yield* found(manifest, [...path, "user"], message, "use an account with the rights that are needed");
    }
  },
};
