/** PSX7004: services on the admin server's port. */
import { ADMIN_DEFAULT } from "../../../api/proxy-config.ts";
import { aDatabase } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const adminPortTaken: Rule = {
  id: "PSX7004",
  name: "admin-port-taken",
  level: "error",
  title: "a service listens on the port of the admin server",
  explanation: `The proxy's admin server, with health and metrics, listens on port ${ADMIN_DEFAULT.port} of every address.`,
  remedy: "Give the service another port.",
  example: { bad: aDatabase().replace("port: 3306", `port: ${ADMIN_DEFAULT.port}`), good: aDatabase() },
  *check({ services }) {
    for (const { database, service, path } of services) {
      if (service.spec.databaseMySQL.port !== ADMIN_DEFAULT.port) continue;
      const message = `port ${ADMIN_DEFAULT.port} is that of the proxy's admin server`;
      yield* found(database.manifest, [...path, "databaseMySQL", "port"], message, "give the service another port");
    }
  },
};
