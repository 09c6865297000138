/** PSX7005: pods without a network of their own. */
import { INJECT_ANNOTATION } from "../../../api/sidecar.ts";
import { aDatabase, aDeployment, anEndpoint, aStrategy, documents } from "../example.ts";
import type { Rule } from "../rule.ts";

export const hostNetwork: Rule = {
  id: "PSX7005",
  name: "host-network",
  level: "warning",
  title: "a pod that wants a proxy uses the network of its node",
  explanation: `127.0.0.1 is then that of the node: the proxy's ports are open to everything on it, and a second pod on the same node cannot
start. Such pods are not injected.`,
  remedy: "Remove hostNetwork, or the label pisanix.io/inject.",
  example: {
    bad: documents(aDeployment("shop", "hostNetwork: true"), aDatabase(), aStrategy(), anEndpoint()),
    good: documents(aDeployment("shop"), aDatabase(), aStrategy(), anEndpoint()),
  },
  *check({ manifests }) {
    for (const { object, wantsProxy, isHostNetwork, path } of manifests.workloads) {
      if (!isHostNetwork || !wantsProxy) continue;
      const message = "the pod uses its node's network, so no proxy is put into it";
      yield {
        source: object.source,
        path: [...path, "hostNetwork"],
        message,
        remedy: `remove it, or the label ${INJECT_ANNOTATION}`,
      };
    }
  },
};
