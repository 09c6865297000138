/** PSX1011: a file or folder without manifests. */
import { aStrategy } from "../example.ts";
import type { Rule } from "../rule.ts";

export const noManifests: Rule = {
  id: "PSX1011",
  name: "no-manifests",
  level: "error",
  title: "a file or folder cannot be read, or holds no manifest of ours",
  explanation: `A check that looks at nothing finds nothing. A path that is mistyped in a pipeline must not look like success.`,
  remedy:
    "Name files or folders that hold VirtualDatabases, TrafficStrategies, DatabaseEndpoints; add -R for folders of folders.",
  example: { bad: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n", good: aStrategy() },
  *check({ manifests }) {
    const first = manifests.objects[0];
    const isOurs = (apiVersion: string) => apiVersion.includes("database-mesh.io");
    // What could not even be read has a finding of its own.
    if (first === undefined || manifests.issues.length > 0) return;
    if (manifests.manifests.length > 0 || manifests.objects.some((object) => isOurs(object.apiVersion))) return;
    if (manifests.workloads.length > 0) return;
    const message = "no object of the API group core.database-mesh.io was found";
    const remedy = "name the files that hold VirtualDatabase, TrafficStrategy and DatabaseEndpoint";
    yield { source: first.source, path: first.path, message, remedy };
  },
};
