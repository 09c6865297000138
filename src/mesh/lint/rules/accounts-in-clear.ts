/** PSX5009: what accounts of a database log in with, readable on the way. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { isSameHost } from "../hosts.ts";
import { found, type Rule } from "../rule.ts";

export const accountsInClear: Rule = {
  id: "PSX5009",
  name: "accounts-in-clear",
  level: "warning",
  title: "accounts of the database log in over connections that others can read",
  explanation: `With \`accounts: server\` clients log in with accounts of the database, and what they prove their passwords with crosses two
networks: to the proxy, and on to the database. Where either is not encrypted, whoever reads along gets what a password can be guessed from at
leisure, and whoever can answer in the database's name gets the password itself, since nobody verifies the key that it is encrypted with.`,
  remedy:
    "Add tls: {mode: verify-identity, ca: ...} to the DatabaseEndpoint; of the service, write host: 127.0.0.1 or tls: {mode: required}.",
  example: {
    bad: documents(aDatabase("accounts: server"), aStrategy(), anEndpoint({ tls: "{ mode: disabled }" })),
    good: documents(aDatabase("accounts: server"), aStrategy(), anEndpoint()),
  },
  *check({ services }) {
    for (const { database, service, path } of services) {
      const { host, accounts } = service.spec.databaseMySQL;
      if (accounts !== "server") continue;
      const at = [...path, "databaseMySQL", "accounts"];
      for (const endpoint of service.endpoints) {
        const { tls, host: of } = endpoint.spec.database.MySQL;
        if ((tls.mode !== "disabled" && tls.mode !== "preferred") || isSameHost(of)) continue;
        const message = `what accounts of the database log in with goes to ${endpoint.name} (${of}) unencrypted (tls.mode ${tls.mode})`;
        yield* found(database.manifest, at, message, "add tls: {mode: verify-identity} to the DatabaseEndpoint");
      }
      if (isSameHost(host) || service.spec.tls?.mode === "required") continue;
      const message = `what accounts of the database log in with may reach ${host} unencrypted, and so may whoever tries their passwords`;
      yield* found(database.manifest, at, message, "write host: 127.0.0.1, or tls: {mode: required}");
    }
  },
};
