/** PSX7002: VirtualDatabases that no pod asks for. */
import { aDatabase, aDeployment, anEndpoint, aStrategy, documents } from "../example.ts";
import { found, type Rule } from "../rule.ts";

export const databaseWithoutWorkload: Rule = {
  id: "PSX7002",
  name: "database-without-workload",
  level: "notice",
  title: "no workload of the namespace uses the VirtualDatabase",
  explanation: `Looked at only where the input has workloads of the namespace that want a proxy: then one of them should be called like the
VirtualDatabase, or name it in its annotation.`,
  remedy: "Rename one of the two, or annotate the pod with pisanix.io/virtual-database.",
  example: {
    bad: documents(aDeployment("cart"), aDatabase(), aStrategy(), anEndpoint()),
    good: documents(aDeployment("shop"), aDatabase(), aStrategy(), anEndpoint()),
  },
  *check({ manifests, mesh }) {
    if (manifests.isPartial) return;
    const wanting = manifests.workloads.filter((workload) => workload.wantsProxy);
    const used = new Set(wanting.map(({ object, virtualDatabase }) => `${object.namespace}/${virtualDatabase}`));
    const namespaces = new Set(wanting.map(({ object }) => object.namespace));
    for (const { manifest, namespace, name } of mesh.databases) {
      if (!namespaces.has(namespace) || used.has(`${namespace}/${name}`)) continue;
      const message = `no workload of namespace ${namespace} that wants a proxy is called "${name}"`;
      yield* found(manifest, ["metadata", "name"], message, "rename one of them, or annotate the pod");
    }
  },
};
