/** PSX7003: ports that the application has already. */
import { ADMIN_DEFAULT } from "../../../api/proxy-config.ts";
import { aDatabase, aDeployment, anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

const deployment = (port: number) =>
  aDeployment(
    "shop",
    `
    ports: [ { containerPort: ${port} } ]`,
  );

/** What the sidecar is called, in the original's versions, too. */
const SIDECARS = ["pisa-proxy", "pisanix-proxy"];

export const portTakenByContainer: Rule = {
  id: "PSX7003",
  name: "port-taken-by-container",
  level: "error",
  title: "a container of the pod already has the port",
  explanation: `All containers of a pod share its addresses. Whichever starts second cannot listen: the proxy, or the application. The proxy
takes the port of each service, and ${ADMIN_DEFAULT.port} for its admin server.`,
  remedy: "Give the service another port, and the application's DSN, too; or move the container's port.",
  example: {
    bad: documents(deployment(3306), aDatabase(), aStrategy(), anEndpoint()),
    good: documents(deployment(8080), aDatabase(), aStrategy(), anEndpoint()),
  },
  *check({ manifests, mesh }) {
    const byName = new Map(mesh.databases.map((database) => [`${database.namespace}/${database.name}`, database]));
    for (const { object, wantsProxy, adminPort, containers, virtualDatabase } of manifests.workloads) {
      const database = byName.get(`${object.namespace}/${virtualDatabase}`);
      if (database === undefined || !wantsProxy) continue;
      const taken = new Map<number, string>([[adminPort, "the proxy's admin server"]]);
      for (const { spec } of database.services)
        taken.set(spec.databaseMySQL.port, `service "${spec.name}" of VirtualDatabase ${database.name}`);
      for (const { name, ports } of containers) {
        for (const { port, path } of SIDECARS.includes(name) ? [] : ports) {
          const owner = taken.get(port);
          if (owner === undefined) continue;
          const message = `port ${port} is also that of ${owner}, in the same pod`;
          yield { source: object.source, path, message, remedy: "give one of the two another port" };
        }
      }
    }
  },
};
