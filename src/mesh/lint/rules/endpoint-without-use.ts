/** PSX2008: an endpoint that nothing selects. */
import { anEndpoint, aStrategy, documents } from "../example.ts";
import { allOf } from "../lint-mesh.ts";
import { found, type Rule } from "../rule.ts";

export const endpointWithoutUse: Rule = {
  id: "PSX2008",
  name: "endpoint-without-use",
  level: "notice",
  title: "no TrafficStrategy selects the DatabaseEndpoint",
  explanation: `The endpoint serves nobody. Often a label was forgotten when the endpoint was added, and the replica that was meant to
help never gets a statement.`,
  remedy: "Give the endpoint the labels that a strategy asks for, or remove it.",
  example: {
    bad: documents(aStrategy(), anEndpoint(), anEndpoint({ name: "replica", labels: "{ application: shop }" })),
    good: documents(aStrategy(), anEndpoint(), anEndpoint({ name: "replica" })),
  },
  *check(mesh) {
    if (mesh.manifests.isPartial) return;
    const used = new Set(mesh.strategies.flatMap(({ endpoints }) => endpoints));
    for (const { service } of mesh.services) for (const endpoint of service.endpoints) used.add(endpoint);
    const namespaces = new Set(mesh.strategies.map(({ manifest }) => manifest.namespace));
    for (const endpoint of allOf(mesh, "DatabaseEndpoint")) {
      if (used.has(endpoint) || !namespaces.has(endpoint.namespace)) continue;
      const labels = Object.entries(endpoint.labels).map(([key, value]) => `${key}=${value}`);
      const message = `no TrafficStrategy of namespace ${endpoint.namespace} selects it: its labels are ${labels.join(", ") || "none"}`;
      yield* found(endpoint, ["metadata", "name"], message, "add the labels that a strategy's selector asks for");
    }
  },
};
