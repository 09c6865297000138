/** PSX2010: endpoints that begin in another schema than the service. */
import { aDatabase, anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const schemaDiffers: Rule = {
  id: "PSX2010",
  name: "schema-differs",
  level: "warning",
  title: "a service and its endpoints name different schemas",
  explanation: `\`db\` of the VirtualDatabase, \`db\` of its DatabaseEndpoints and the schema in the application's DSN are meant to be
the same. A selector that reaches too far is the usual reason when they are not: statements of one application go to the database
of another.`,
  remedy: "Make them equal, or narrow the selector.",
  example: {
    bad: documents(aDatabase(), aStrategy(), anEndpoint(), anEndpoint({ name: "billing", db: "billing" })),
    good: documents(aDatabase(), aStrategy(), anEndpoint(), anEndpoint({ name: "replica" })),
  },
  *check({ services }) {
    const told = new Set<string>();
    for (const { database, service } of services) {
      const wanted = service.spec.databaseMySQL.db;
      if (wanted === "" || service.dataShard !== null) continue;
      for (const endpoint of service.endpoints) {
        const { db } = endpoint.spec.database.MySQL;
        const key = `${database.namespace}/${endpoint.name}`;
        if (db === "" || db === wanted || told.has(key)) continue;
        told.add(key);
        const message = `schema "${db}", but service "${service.spec.name}" of VirtualDatabase ${database.name}, which it serves, has "${wanted}"`;
        yield* found(endpoint, ["spec", "database", "MySQL", "db"], message, "make them equal, or narrow the selector");
      }
    }
  },
};
