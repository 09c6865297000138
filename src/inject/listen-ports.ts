/** The ports of the VirtualDatabases that lie among the manifests. */
import { API_VERSION } from "../api/kinds.ts";
import { NAMESPACE_DEFAULT } from "../api/metadata.ts";
import { isMapping } from "../api/schema-walk.ts";
import { validate } from "../api/validate.ts";
import { virtualDatabaseSpec } from "../api/virtual-database.ts";
import { wholeFile } from "../lib/issue.ts";

/** Tells the ports of a VirtualDatabase; null when it is not among `values`, or wrong, which `pisanix render` tells. */
export function listenPortsIn(values: readonly unknown[]): (namespace: unknown, name: string) => number[] | null {
  const ports = new Map<string, number[]>();
  const add = (value: unknown) => {
    if (!isMapping(value)) return;
    const { apiVersion, kind, metadata, spec, items } = value;
    if (String(kind).endsWith("List") && Array.isArray(items)) items.forEach(add);
    if (kind !== "VirtualDatabase" || apiVersion !== API_VERSION || !isMapping(metadata)) return;
    const read = validate(virtualDatabaseSpec, spec, { source: wholeFile(""), path: [] });
    if (read.value === null || read.issues.length > 0) return;
    ports.set(keyOf(metadata["namespace"], metadata["name"]), portsOf(read.value));
  };
  values.forEach(add);
  return (namespace, name) => ports.get(keyOf(namespace, name)) ?? null;
}

function portsOf({ services }: { services: readonly { databaseMySQL: { port: number } }[] }): number[] {
  return services.map(({ databaseMySQL }) => databaseMySQL.port);
}

function keyOf(namespace: unknown, name: unknown): string {
  return `${namespace ?? NAMESPACE_DEFAULT}/${name}`;
}
