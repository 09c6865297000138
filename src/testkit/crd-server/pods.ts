/** Pods of which the webhook and the policy have to make the same. */
import type { Mapping } from "../../inject/pod.ts";

const base = (metadata: object, spec: object = {}): Mapping => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { namespace: "shop", ...metadata } },
  spec: { containers: [{ name: "app", image: "a" }], ...spec },
});
const owner = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: "x/v1", kind, name, uid: "1", controller: true }],
});
const ann = (written: object) => {
  const annotations = Object.fromEntries(Object.entries(written).map(([name, value]) => [`pisanix.io/${name}`, value]));
  return base({ name: "web", annotations });
};
/** What names a pod, what keeps the sidecar out of it, what it says itself, and what else is in it. */
export const PODS: readonly Mapping[] = [
  base({ name: "a" }),
  base({ generateName: "a-b-" }),
  base({ name: "w-1", ...owner("ReplicaSet", "web-6668ddbf55"), labels: { "pod-template-hash": "6668ddbf55" } }),
  base({ name: "w-1", ...owner("ReplicaSet", "web-6668ddbf55") }),
  base({ name: "w", ...owner("ReplicaSet", "web"), labels: { "pod-template-hash": "zz" } }),
  base({ name: "w", ...owner("StatefulSet", "db-12345678") }),
  base({ name: "w", ...owner("Job", "job-28000000") }),
  base({ name: "w", ...owner("Job", "job-20240131") }),
  base({ name: "w", ...owner("Job", "job-1612345678") }),
  base({ name: "w", ...owner("Job", "-28000000") }),
  base({ name: "w", ...owner("Job", "j") }),
  base({ name: "w", ...owner("Node", "n") }),
  base({ name: "w" }, { hostNetwork: true }),
  base({ name: "w" }, { os: { name: "windows" } }),
  base({ name: "w" }, { nodeSelector: { "kubernetes.io/os": "windows" } }),
  base({ name: "w" }, { nodeSelector: { a: "b" } }),
  ann({ inject: "disabled" }),
  ann({ inject: "false" }),
  ann({ inject: "enabled" }),
  ann({ "virtual-database": "other" }),
  ann({ "proxy-image": "x/y:1" }),
  ann({ "log-level": "debug" }),
  ann({ "log-format": "json" }),
  ann({ "image-pull-policy": "Always" }),
  ann({ "admin-port": "6000" }),
  ann({ "listen-ports": "3307, 3308" }),
  ann({ "shutdown-grace-period": "10" }),
  ann({ "shutdown-grace-period": "1m30s" }),
  ann({ "shutdown-grace-period": "20s" }),
  ann({ "config-failure-mode": "open" }),
  ann({ "proxy-cpu-limit": "2", "proxy-memory-limit": "none" }),
  ann({ "proxy-cpu-limit": "none", "proxy-memory-limit": "none" }),
  ann({ "proxy-cpu-limit": "1", "proxy-cpu-request": "500m", "proxy-memory-request": "128Mi" }),
  base({ name: "w" }, { terminationGracePeriodSeconds: 3 }),
  base({ name: "w" }, { terminationGracePeriodSeconds: 300 }),
  base({ name: "w" }, { terminationGracePeriodSeconds: 0 }),
  base({ name: "w" }, { containers: [{ name: "a", image: "a", ports: [{ containerPort: 3306 }] }] }),
  base({ name: "w" }, { containers: [{ name: "a", image: "a", ports: [{ containerPort: 3306, protocol: "UDP" }] }] }),
  base({ name: "w" }, { containers: [{ name: "a", image: "a", ports: [{ containerPort: 5591, protocol: "TCP" }] }] }),
  base(
    { name: "w" },
    {
      containers: [{ name: "a", image: "a" }],
      initContainers: [{ name: "i", image: "a", ports: [{ containerPort: 3306 }] }],
    },
  ),
  base({ name: "w" }, { initContainers: [{ name: "i", image: "a" }], volumes: [{ name: "v", emptyDir: {} }] }),
  base({ name: "w" }, { volumes: [{ name: "pisa-token", emptyDir: {} }] }),
  base(
    { name: "w" },
    {
      containers: [
        { name: "istio-proxy", image: "a" },
        { name: "app", image: "b" },
      ],
    },
  ),
  base({ name: "w" }, { containers: [{ name: "istio-proxy", image: "a" }] }),
  base({ name: "w", annotations: { "kubectl.kubernetes.io/default-container": "app" } }),
  base({ name: "w", annotations: { a: "b" } }),
  base({ name: "w", labels: { "pisanix.io/inject": "enabled" } }),
  base(
    { name: "w" },
    {
      containers: [
        { name: "a", image: "a", ports: [{ containerPort: 80 }] },
        { name: "b", image: "a", ports: [{ containerPort: 81 }, { containerPort: 3306 }] },
      ],
    },
  ),
];
