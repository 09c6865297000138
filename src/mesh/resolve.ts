/** Follows the references between manifests: each VirtualDatabase with the strategies and endpoints of its services. */
import { formatAddress, isSameSocket } from "../api/address.ts";
import { WEIGHT_ANNOTATION } from "../api/database-endpoint.ts";
import { formatSelector, selects } from "../api/selector.ts";
import type { ServiceSpec } from "../api/virtual-database.ts";
import { type Issue, issueAt, type Path } from "../lib/issue.ts";
import { didYouMean } from "../lib/suggest.ts";
import { type Catalog, follow, newCatalog, objectsOf } from "./catalog.ts";
import type { ManifestOf, Manifests } from "./manifest.ts";
import { type NodeGroup, newNodeGroups, resolveShards } from "./resolve-shards.ts";

export type Endpoint = ManifestOf<"DatabaseEndpoint">;

export interface ResolvedService {
  spec: ServiceSpec;
  strategy: ManifestOf<"TrafficStrategy"> | null;
  dataShard: ManifestOf<"DataShard"> | null;
  /** In name order. */
  endpoints: Endpoint[];
  groups: NodeGroup[];
}

export interface ResolvedDatabase {
  namespace: string;
  name: string;
  services: ResolvedService[];
}

export interface Mesh {
  /** In order of namespace and name. */
  databases: ResolvedDatabase[];
}

export interface MeshRead {
  mesh: Mesh;
  issues: Issue[];
}

/** Resolves every VirtualDatabase. Reports all references that lead nowhere, and selectors that select nothing. */
export function resolveMesh(manifests: Pick<Manifests, "manifests" | "broken">): MeshRead {
  const catalog = newCatalog(manifests);
  const issues: Issue[] = [];
  for (const strategy of objectsOf(catalog, "TrafficStrategy")) reportSelection(catalog, strategy, issues);
  for (const shard of objectsOf(catalog, "DataShard")) resolveShards(catalog, shard, issues);
  const databases = objectsOf(catalog, "VirtualDatabase").map((database) => resolveDatabase(catalog, database, issues));
  return { mesh: { databases }, issues };
}

function resolveDatabase(catalog: Catalog, database: ManifestOf<"VirtualDatabase">, issues: Issue[]): ResolvedDatabase {
  const { namespace, name, source, path } = database;
  const services: ResolvedService[] = [];
  for (const [index, spec] of database.spec.services.entries()) {
    const at = [...path, "spec", "services", index];
    services.push(resolveService(catalog, database, spec, at, issues));
    reportTakenAddress(database, index, at, issues);
  }
  if (database.annotations["database-mesh.io/metrics-port"] !== undefined) {
    const message = "has had no effect since v0.1.1: the admin server listens on port 5591";
    const at = [...path, "metadata", "annotations", "database-mesh.io/metrics-port"];
    issues.push(issueAt(source, at, message, "remove it; scrape port 5591", { severity: "warning" }));
  }
  return { namespace, name, services };
}

function resolveService(
  catalog: Catalog,
  database: ManifestOf<"VirtualDatabase">,
  spec: ServiceSpec,
  path: Path,
  issues: Issue[],
): ResolvedService {
  const { namespace, source } = database;
  const reference = <K extends string>(kind: K, field: string, name: string) => {
    return { kind, namespace, name, source, path: [...path, field] };
  };
  const { trafficStrategy, dataShard: shardName, qosClaim } = spec;
  const strategy =
    trafficStrategy === undefined
      ? null
      : follow(catalog, reference("TrafficStrategy", "trafficStrategy", trafficStrategy), issues);
  const dataShard =
    shardName === undefined ? null : follow(catalog, reference("DataShard", "dataShard", shardName), issues);
  if (qosClaim !== undefined) follow(catalog, reference("QoSClaim", "qosClaim", qosClaim), issues);
  if (trafficStrategy === undefined && shardName === undefined) {
    const names = objectsOf(catalog, "TrafficStrategy", namespace).map((object) => object.name);
    const remedy = `add trafficStrategy: ${names.length === 1 ? names[0] : "NAME"}; its selector says which DatabaseEndpoints serve`;
    issues.push(
      issueAt(
        source,
        path,
        "no endpoint can be selected: the service has neither trafficStrategy nor dataShard",
        remedy,
      ),
    );
  }
  const selected = strategy === null ? [] : selectedBy(catalog, strategy);
  if (dataShard === null) return { spec, strategy, dataShard, endpoints: selected, groups: [] };
  // What the shard's own references lack was reported once, for the shard; here only its endpoints count.
  const sharded = resolveShards(catalog, dataShard, []);
  const members = strategy === null ? objectsOf(catalog, "DatabaseEndpoint", namespace) : selected;
  const groups = newNodeGroups(dataShard, members, issues);
  const grouped = groups.length === 0 ? [] : members;
  const names = new Set([...selected, ...sharded, ...grouped].map((endpoint) => endpoint.name));
  const endpoints = objectsOf(catalog, "DatabaseEndpoint", namespace).filter((endpoint) => names.has(endpoint.name));
  return { spec, strategy, dataShard, endpoints, groups };
}

function selectedBy(catalog: Catalog, strategy: ManifestOf<"TrafficStrategy">): Endpoint[] {
  const candidates = objectsOf(catalog, "DatabaseEndpoint", strategy.namespace);
  return candidates.filter((endpoint) => selects(strategy.spec.selector, endpoint.labels));
}

function reportSelection(catalog: Catalog, strategy: ManifestOf<"TrafficStrategy">, issues: Issue[]): void {
  const { namespace, source, path } = strategy;
  const isBroken = catalog.broken.some(
    (object) => object.kind === "DatabaseEndpoint" && object.namespace === namespace,
  );
  const selected = selectedBy(catalog, strategy);
  if (selected.length > 0 && selected.every((endpoint) => endpoint.annotations[WEIGHT_ANNOTATION] === 0)) {
    const remedy = `give one of ${selected.map((endpoint) => endpoint.name).join(", ")} a ${WEIGHT_ANNOTATION} of at least "1"`;
    issues.push(issueAt(source, [...path, "spec", "selector"], "every selected DatabaseEndpoint has weight 0", remedy));
  }
  if (isBroken || selected.length > 0) return;
  const labels = objectsOf(catalog, "DatabaseEndpoint", namespace).flatMap(({ labels: own }) =>
    Object.entries(own).map(([key, value]) => `${key}=${value}`),
  );
  const wanted = formatSelector(strategy.spec.selector);
  const message = `selects none of the DatabaseEndpoints of namespace ${namespace}${wanted === "" ? "" : `: ${wanted}`}`;
  const remedy = didYouMean(
    wanted,
    [...new Set(labels)],
    `add a DatabaseEndpoint with these labels in namespace ${namespace}`,
  );
  issues.push(issueAt(source, [...path, "spec", "selector"], message, remedy));
}

function reportTakenAddress(database: ManifestOf<"VirtualDatabase">, index: number, path: Path, issues: Issue[]): void {
  const { services } = database.spec;
  const own = services[index]?.databaseMySQL;
  const other = services
    .slice(0, index)
    .find(({ databaseMySQL }) => own !== undefined && isSameSocket(databaseMySQL, own));
  if (own === undefined || other === undefined) return;
  const message = `${formatAddress(own)} is taken by service "${other.name}", which listens on ${formatAddress(other.databaseMySQL)}`;
  const at = [...path, "databaseMySQL", "port"];
  issues.push(issueAt(database.source, at, message, "give each service its own port"));
}
