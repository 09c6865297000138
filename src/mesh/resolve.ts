/** Follows the references between manifests: each VirtualDatabase with the strategies and endpoints of its services. */

import type { ServiceSpec } from "../api/virtual-database.ts";
import { formatAddress, isSameSocket } from "../lib/address.ts";
import { type Issue, issueAt, type Path } from "../lib/issue.ts";
import { type Catalog, follow, newCatalog, objectsOf } from "./catalog.ts";
import { isAsWritten, type ManifestOf, type Manifests } from "./manifest.ts";
import { type NodeGroup, newNodeGroups, resolveShards } from "./resolve-shards.ts";
import { reportSelection, selectedBy } from "./selection.ts";

export type Endpoint = ManifestOf<"DatabaseEndpoint">;
type Database = ManifestOf<"VirtualDatabase">;

export interface ResolvedService {
  spec: ServiceSpec;
  strategy: ManifestOf<"TrafficStrategy"> | null;
  dataShard: ManifestOf<"DataShard"> | null;
  /** In name order. */
  endpoints: Endpoint[];
  groups: NodeGroup[];
}

/** A VirtualDatabase with everything that its services refer to. */
export interface ResolvedDatabase {
  namespace: string;
  name: string;
  services: ResolvedService[];
}

export interface Mesh {
  /** In order of namespace and name. */
  databases: ResolvedDatabase[];
}

/** A mesh, and what in it leads nowhere. */
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

function resolveDatabase(catalog: Catalog, database: Database, issues: Issue[]): ResolvedDatabase {
  const { namespace, name, source, path } = database;
  const services: ResolvedService[] = [];
  for (const [index, spec] of database.spec.services.entries()) {
    const at = [...path, "spec", "services", index];
    services.push(resolveService(catalog, database, spec, at, issues));
    reportNoSelection(catalog, database, index, at, issues);
    reportTakenAddress(database, index, at, issues);
  }
  if (database.annotations["database-mesh.io/metrics-port"] !== undefined) {
    const message = "has had no effect since v0.1.1: the admin server listens on port 5591";
    const at = [...path, "metadata", "annotations", "database-mesh.io/metrics-port"];
    issues.push(issueAt(source, at, message, "remove it; scrape port 5591", { severity: "notice" }));
  }
  return { namespace, name, services };
}

function resolveService(
  catalog: Catalog,
  database: Database,
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

function reportNoSelection(catalog: Catalog, database: Database, index: number, path: Path, issues: Issue[]): void {
  const service = database.spec.services[index];
  const isSelecting = service?.trafficStrategy !== undefined || service?.dataShard !== undefined;
  const at = ["spec", "services", index];
  const isWritten = ["trafficStrategy", "dataShard"].every((field) => isAsWritten(database, [...at, field]));
  if (isSelecting || !isWritten) return;
  const [first = "NAME"] = objectsOf(catalog, "TrafficStrategy", database.namespace).map((object) => object.name);
  const message = "no endpoint can be selected: the service has neither trafficStrategy nor dataShard";
  const remedy = `add trafficStrategy: ${first}; a TrafficStrategy's selector says which DatabaseEndpoints serve`;
  issues.push(issueAt(database.source, path, message, remedy));
}

function reportTakenAddress(database: Database, index: number, path: Path, issues: Issue[]): void {
  const { services } = database.spec;
  const own = services[index]?.databaseMySQL;
  if (own === undefined || !isAddressWritten(database, index)) return;
  const other = services
    .slice(0, index)
    .find(({ databaseMySQL }, earlier) => isAddressWritten(database, earlier) && isSameSocket(databaseMySQL, own));
  if (other === undefined) return;
  const message = `${formatAddress(own)} is taken by service "${other.name}", which listens on ${formatAddress(other.databaseMySQL)}`;
  const at = [...path, "databaseMySQL", "port"];
  issues.push(issueAt(database.source, at, message, "give each service its own port"));
}

function isAddressWritten(database: Database, index: number): boolean {
  const at = ["spec", "services", index, "databaseMySQL"];
  return isAsWritten(database, [...at, "host"]) && isAsWritten(database, [...at, "port"]);
}
