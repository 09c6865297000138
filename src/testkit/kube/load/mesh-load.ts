/** A mesh of many workloads on the fake API server, and what its proxies should be given. */
import type { Kind } from "../../../api/kinds.ts";
import { resourceOf } from "../../../controller/mesh-resources.ts";
import { addNamespace, type FakeCluster } from "../cluster.ts";
import { type Kind as FakeKind, keyOfKind } from "../kinds.ts";
import { aTrio } from "../mesh-objects.ts";
import { fillDefaults } from "../schema.ts";
import { type FakeObject, findObject, putObject } from "../store.ts";

/** Namespaces that the workloads are spread over. */
const NAMESPACES = 20;

/** `namespace/name` of a workload. */
export function workloadKey(index: number): { namespace: string; name: string } {
  return { namespace: `team-${index % NAMESPACES}`, name: `app-${index}` };
}

/** Puts `count` workloads, three objects each, where an API server keeps them: without a request each. */
export function fillMesh(cluster: FakeCluster, count: number): void {
  for (let index = 0; index < count; index++) {
    const { namespace, name } = workloadKey(index);
    addNamespace(cluster.store, namespace);
    for (const object of aTrio(namespace, name)) put(cluster, object.kind as Kind, object as unknown as FakeObject);
  }
}

/** Changes the TrafficStrategy of a workload, so that its proxy gets a rule of that name. */
export function changeStrategy(cluster: FakeCluster, index: number, rule: string): void {
  const { namespace, name } = workloadKey(index);
  const kind = kindOf(cluster, "TrafficStrategy");
  const existing = findObject(cluster.store, kind, namespace, name);
  if (existing === null) throw new Error(`no TrafficStrategy ${namespace}/${name}`);
  const spec = { selector: { matchLabels: { app: name } }, circuitBreaks: [{ name: rule, regex: ["^drop "] }] };
  const metadata = { ...existing.metadata, generation: existing.metadata.generation + 1 };
  store(cluster, kind, { ...existing, metadata, spec });
}

function put(cluster: FakeCluster, kind: Kind, object: FakeObject): void {
  const server = {
    uid: crypto.randomUUID(),
    generation: 1,
    creationTimestamp: "2026-01-01T00:00:00Z",
    resourceVersion: "",
  };
  store(cluster, kindOf(cluster, kind), { ...object, metadata: { ...object.metadata, ...server } });
}

/** With the defaults that the way through a request would have filled in. */
function store(cluster: FakeCluster, kind: FakeKind, object: FakeObject): void {
  if (kind.schema !== null) fillDefaults(kind.schema, object);
  putObject(cluster.store, kind, object);
}

function kindOf(cluster: FakeCluster, kind: Kind) {
  const found = cluster.kinds.get(keyOfKind(resourceOf(kind)));
  if (found === undefined) throw new Error(`${kind} is not defined`);
  return found;
}
