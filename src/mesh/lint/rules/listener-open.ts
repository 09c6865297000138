/** PSX5007: listeners that the whole cluster reaches. */
import { aDatabase } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const listenerOpen: Rule = {
  id: "PSX5007",
  name: "listener-open",
  level: "notice",
  title: "the listener takes connections from outside of the pod, unencrypted",
  explanation: `The proxy stands beside its application in one pod, so 127.0.0.1 is enough. On 0.0.0.0, the default, every pod that reaches
this one can try to log in, and who does not ask for TLS sends passwords and rows over the network in plain text.`,
  remedy: "Write host: 127.0.0.1, or, where others shall connect, tls: {mode: required}.",
  example: { bad: aDatabase().replace("host: 127.0.0.1", "host: 0.0.0.0"), good: aDatabase() },
  *check({ services }) {
    for (const { database, service, path } of services) {
      const { host } = service.spec.databaseMySQL;
      const isEncrypted = service.spec.tls?.mode === "required";
      if (isEncrypted || (host !== "0.0.0.0" && host !== "::")) continue;
      const message = `listens on ${host}, so other pods may connect, unencrypted if they like`;
      yield* found(
        database.manifest,
        [...path, "databaseMySQL", "host"],
        message,
        "write host: 127.0.0.1, or tls: {mode: required}",
      );
    }
  },
};
