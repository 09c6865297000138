/** PSX2006: two services with one name. */
import { aDatabase } from "../example.ts";
import { found, type Rule } from "../rule.ts";

const withSecond = (name: string) => `${aDatabase()}    - name: ${name}
      databaseMySQL: { host: 127.0.0.1, port: 3307, user: app, passwordSecretRef: { name: shop }, db: shop }
      trafficStrategy: shop
`;

export const serviceNamedTwice: Rule = {
  id: "PSX2006",
  name: "service-named-twice",
  level: "warning",
  title: "two services of a VirtualDatabase have the same name",
  explanation: `The name is the label \`domain\` of the service's metrics and stands in its logs: the two cannot be told apart. The
CustomResourceDefinition of pisanix refuses it, as services are a map by name there.`,
  remedy: "Rename one of the two.",
  example: { bad: withSecond("shop"), good: withSecond("reports") },
  *check({ mesh }) {
    for (const { manifest } of mesh.databases) {
      const names = manifest.spec.services.map((service) => service.name);
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue;
        const message = `a service before this one is called "${name}", too`;
        yield* found(manifest, ["spec", "services", index, "name"], message, "rename one of the two");
      }
    }
  },
};
