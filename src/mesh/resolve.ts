/** Follows the references between manifests: each VirtualDatabase with the strategies and endpoints of its services. */

import type { ServiceSpec } from "../api/virtual-database.ts";
import { formatAddress, isSameSocket } from "../lib/address.ts";
import { type Issue, issueAt, type Path } from "../lib/issue.ts";
import { type Catalog, follow, newCatalog, objectsOf } from "./catalog.ts";
import type { SecretObject } from "./foreign.ts";
import { isAsWritten, type ManifestOf, type Manifests } from "./manifest.ts";
import { resolvePasswords } from "./password.ts";
import { type NodeGroup, newNodeGroups, resolveShards } from "./resolve-shards.ts";
import { reportSelection, selectedBy } from "./selection.ts";

export type Endpoint = ManifestOf<"DatabaseEndpoint">;
type Database = ManifestOf<"VirtualDatabase">;

export interface ResolvedService {
  spec: ServiceSpec;
  strategy: ManifestOf<"TrafficStrategy"> | null;
  dataShard: ManifestOf<"DataShard"> | null;
  /** In name order. */
  endpoints: readonly Endpoint[];
  groups: NodeGroup[];
}

/** A VirtualDatabase with everything that its services refer to. */
export interface ResolvedDatabase {
  namespace: string;
  name: string;
  services: ResolvedService[];
  manifest: Database;
}

export interface Mesh {
  /** In order of namespace and name. */
  databases: ResolvedDatabase[];
  catalog: Catalog;
  /** The endpoints that each TrafficStrategy selects, in name order. */
  selections: ReadonlyMap<ManifestOf<"TrafficStrategy">, readonly Endpoint[]>;
}

/** A mesh, and what in it leads nowhere. */
export interface MeshRead {
  mesh: Mesh;
  issues: Issue[];
}

/** What resolving goes by. */
interface Resolution {
  catalog: Catalog;
  selections: ReadonlyMap<ManifestOf<"TrafficStrategy">, readonly Endpoint[]>;
  issues: Issue[];
}

/** What resolveMesh() reads. Without `secrets` a reference to a Secret is replaced by a placeholder. */
export interface MeshInput extends Pick<Manifests, "manifests" | "broken"> {
  secrets?: readonly SecretObject[];
  isPartial?: boolean;
}

export interface ResolveOptions {
  /** Whether a Secret that is not in the input is missing, as in a cluster; false when absent. */
  secretsAreComplete?: boolean;
}

/** Resolves every VirtualDatabase. Reports all references that lead nowhere, and selectors that select nothing. */
export function resolveMesh(input: MeshInput, options: ResolveOptions = {}): MeshRead {
  const issues: Issue[] = [];
  const secrets = { objects: input.secrets ?? [], isComplete: options.secretsAreComplete ?? false };
  const manifests = resolvePasswords(input.manifests, secrets, issues);
  const catalog = newCatalog({ manifests, broken: input.broken, isPartial: input.isPartial ?? false });
  const selections = new Map<ManifestOf<"TrafficStrategy">, readonly Endpoint[]>();
  for (const strategy of objectsOf(catalog, "TrafficStrategy")) {
    const selected = selectedBy(catalog, strategy);
    selections.set(strategy, selected);
    reportSelection(catalog, strategy, selected, issues);
  }
  for (const shard of objectsOf(catalog, "DataShard")) resolveShards(catalog, shard, issues);
  const resolution = { catalog, selections, issues };
  const databases = objectsOf(catalog, "VirtualDatabase").map((database) => resolveDatabase(resolution, database));
  return { mesh: { databases, catalog, selections }, issues };
}

function resolveDatabase(resolution: Resolution, database: Database): ResolvedDatabase {
  const { catalog, issues } = resolution;
  const { namespace, name, source, path } = database;
  const services: ResolvedService[] = [];
  for (const [index, spec] of database.spec.services.entries()) {
    const at = [...path, "spec", "services", index];
    services.push(resolveService(resolution, database, spec, at));
    reportNoSelection(catalog, database, index, at, issues);
    reportTakenAddress(database, index, at, issues);
  }
  if (database.annotations["database-mesh.io/metrics-port"] !== undefined) {
    const message = "has had no effect since v0.1.1: the admin server listens on port 5591";
    const at = [...path, "metadata", "annotations", "database-mesh.io/metrics-port"];
    issues.push(
      issueAt(source, at, message, "remove it; scrape port 5591", { severity: "notice", rule: "metrics-port" }),
    );
  }
  return { namespace, name, services, manifest: database };
}

function resolveService(
  { catalog, selections, issues }: Resolution,
  database: Database,
  spec: ServiceSpec,
  path: Path,
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
  const selected = strategy === null ? [] : (selections.get(strategy) ?? []);
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
  issues.push(issueAt(database.source, path, message, remedy, { rule: "service-without-endpoints" }));
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
  issues.push(issueAt(database.source, at, message, "give each service its own port", { rule: "listener-taken" }));
}

function isAddressWritten(database: Database, index: number): boolean {
  const at = ["spec", "services", index, "databaseMySQL"];
  return isAsWritten(database, [...at, "host"]) && isAsWritten(database, [...at, "port"]);
}
