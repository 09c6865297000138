/** PSX7001: workloads whose proxy gets no configuration. */
import { nearest } from "../../../lib/suggest.ts";
import { VIRTUAL_DATABASE_ANNOTATION } from "../../foreign.ts";
import { aDatabase, aDeployment, anEndpoint, aStrategy, documents } from "../example.ts";
import { allOf } from "../lint-mesh.ts";
import type { Rule } from "../rule.ts";

export const workloadWithoutDatabase: Rule = {
  id: "PSX7001",
  name: "workload-without-database",
  level: "warning",
  title: "a workload wants a proxy, but there is no VirtualDatabase of its name",
  explanation: `The proxy in a pod asks for the VirtualDatabase that is called like the pod's workload, in the same namespace. When there is
none it has nothing to serve, and the application cannot connect. The original's proxy crashed over it.`,
  remedy:
    "Give the VirtualDatabase the name of the workload, or name it in the pod's annotation pisanix.io/virtual-database.",
  example: {
    bad: documents(aDeployment("shop-web"), aDatabase(), aStrategy(), anEndpoint()),
    good: documents(aDeployment("shop"), aDatabase(), aStrategy(), anEndpoint()),
  },
  *check(mesh) {
    if (mesh.manifests.isPartial) return;
    const databases = allOf(mesh, "VirtualDatabase");
    if (databases.length === 0) return;
    for (const { object, wantsProxy, isNamed, virtualDatabase } of mesh.manifests.workloads) {
      if (!wantsProxy || object.name === "") continue;
      const names = databases.filter(({ namespace }) => namespace === object.namespace).map(({ name }) => name);
      if (names.includes(virtualDatabase)) continue;
      const meant =
        nearest(virtualDatabase, names) ?? names.find((name) => virtualDatabase.startsWith(name)) ?? names[0];
      const path = [...object.path, "metadata", "name"];
      const like = isNamed ? ", as the pod's annotation says" : ` like this ${object.kind}`;
      const message = `no VirtualDatabase of namespace ${object.namespace} is called "${virtualDatabase}"${like}`;
      const remedy =
        meant === undefined
          ? "add one of that name"
          : `rename one of them, or annotate the pod with ${VIRTUAL_DATABASE_ANNOTATION}: ${meant}`;
      yield { source: object.source, path, message, remedy };
    }
  },
};
