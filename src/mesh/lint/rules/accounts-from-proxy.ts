/** PSX5010: accounts of a database that are for certain hosts only, and a proxy in between. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const accountsFromProxy: Rule = {
  id: "PSX5010",
  name: "accounts-from-proxy",
  level: "notice",
  title: "to the database all clients with accounts of its own come from the proxy's host",
  explanation: `With \`accounts: server\` the host part of an account (\`root@localhost\`, \`app@10.0.0.%\`) is compared with the address of the proxy, not
with the client's: whoever reaches the listener may try every account that is allowed from there. \`proxyProtocol\` of the endpoint tells the
database whom the proxy speaks for; MariaDB (proxy_protocol_networks) and Percona Server understand it, MySQL does not.`,
  remedy:
    "Add proxyProtocol: v2 to the DatabaseEndpoint where the server takes it; else look at which accounts the proxy's host may use.",
  example: {
    bad: documents(aDatabase("accounts: server"), aStrategy(), anEndpoint()),
    good: documents(
      aDatabase("accounts: server"),
      aStrategy(),
      anEndpoint({ tls: "{ mode: verify-identity }\n      proxyProtocol: v2" }),
    ),
  },
  *check({ services }) {
    for (const { database, service, path } of services) {
      if (service.spec.databaseMySQL.accounts !== "server") continue;
      const unknowing = service.endpoints.filter(({ spec }) => spec.database.MySQL.proxyProtocol === undefined);
      if (unknowing.length === 0) continue;
      const names = unknowing.map(({ name }) => name).join(", ");
      const message = `${names} takes clients with accounts of its own for the proxy's host, wherever they are`;
      const remedy = "add proxyProtocol: v2 to the DatabaseEndpoint, or look at what accounts that host may use";
      yield* found(database.manifest, [...path, "databaseMySQL", "accounts"], message, remedy);
    }
  },
};
