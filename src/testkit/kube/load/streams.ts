/** Proxies as the controller sees them: streams of configurations, each of a pod of its own. */
import { type HttpLines, openHttpLines } from "../../http-lines.ts";
import type { FakeCluster } from "../cluster.ts";
import { HOME } from "../controller-rig.ts";
import { workloadKey } from "./mesh-load.ts";

export interface ProxyStream {
  readonly index: number;
  readonly lines: HttpLines;
  /** The rule of the last configuration; "" before the first that has one. */
  rule(): string;
}

/** Opens a stream for the workload of that number. `onLine` is called whenever something came. */
export function openProxyStream(
  cluster: FakeCluster,
  index: number,
  options: { port: number; ca: string; onLine: () => void },
): ProxyStream {
  const { namespace, name } = workloadKey(index);
  const token = `pod-${index}`;
  cluster.tokens.set(token, {
    username: `system:serviceaccount:${namespace}:app`,
    audiences: ["pisanix-controller"],
    extra: { "authentication.kubernetes.io/pod-uid": [token] },
  });
  const lines = openHttpLines({
    ...{ port: options.port, ca: options.ca, servername: `pisanix-controller.${HOME}.svc` },
    path: `/apis/configs.database-mesh.io/v1alpha1/namespaces/${namespace}/proxyconfigs/${name}?watch=1`,
    headers: { Authorization: `Bearer ${token}` },
    onData: options.onLine,
  });
  const rule = () => {
    const last = lines.lines.findLast((line) => line.startsWith('{"type":"config"'));
    return /"name":"(rule-\d+)"/.exec(last ?? "")?.[1] ?? "";
  };
  return { index, lines, rule };
}
