/** PSX6005: more connections than a server takes. */
import type { Endpoint } from "../../resolve.ts";
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

/** max_connections of MySQL and MariaDB unless somebody set it. */
const CONNECTIONS_DEFAULT = 151;

export const poolsExceedServer: Rule = {
  id: "PSX6005",
  name: "pools-exceed-server",
  level: "notice",
  title: "one proxy may open more connections to an endpoint than a server takes by default",
  explanation: `max_connections of MySQL and MariaDB is ${CONNECTIONS_DEFAULT} unless it is set. poolSize counts for each service, each endpoint and
each proxy, and every pod of a workload has its own proxy; with accounts: server limits.accountConnectionsMax comes on top. The pools of all services of one VirtualDatabase are added up here.`,
  remedy: "Lower poolSize, or make sure that the server takes (pods x poolSize) connections.",
  example: {
    bad: documents(aDatabase("poolSize: 200"), aStrategy(), anEndpoint()),
    good: documents(aDatabase("poolSize: 16"), aStrategy(), anEndpoint()),
  },
  *check({ mesh }) {
    for (const { manifest, services } of mesh.databases) {
      const sums = new Map<Endpoint, number>();
      for (const [index, { spec, endpoints }] of services.entries()) {
        const { poolSize, accounts } = spec.databaseMySQL;
        const size = poolSize + (accounts === "server" ? spec.limits.account_connections_max : 0);
        const over = endpoints.find((endpoint) => {
          const before = sums.get(endpoint) ?? 0;
          sums.set(endpoint, before + size);
          return before <= CONNECTIONS_DEFAULT && before + size > CONNECTIONS_DEFAULT;
        });
        if (over === undefined) continue;
        const message = `each proxy may open ${sums.get(over)} connections to ${over.name}; a server takes ${CONNECTIONS_DEFAULT} by default, from all pods together`;
        const path = ["spec", "services", index, "databaseMySQL", "poolSize"];
        yield* found(manifest, path, message, "lower poolSize, or raise max_connections of the server");
      }
    }
  },
};
