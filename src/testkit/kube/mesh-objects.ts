/** The mesh's kinds on an API server: their definitions, and small objects of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../../api/kinds.ts";
import { MESH_KINDS, type MeshObject, resourceOf } from "../../controller/mesh-resources.ts";
import { isRefused } from "../../kube/api-error.ts";
import type { KubeClient } from "../../kube/client.ts";
import { createObject, getObject } from "../../kube/crud.ts";
import { listObjects } from "../../kube/list.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { readYaml } from "../../lib/yaml.ts";
import { REPOSITORY } from "../paths.ts";
import { CRDS } from "./widget.ts";

/** Defines every kind as `deploy/crd` does, and waits until they can be used. */
export async function defineMesh(client: KubeClient): Promise<void> {
  for (const kind of MESH_KINDS) {
    const { group, plural } = resourceOf(kind);
    const file = join(REPOSITORY, "deploy", "crd", `${group}_${plural}.yaml`);
    const [document] = readYaml(readFileSync(file, "utf8"), file).documents;
    await createObject(client, CRDS, document?.value as KubeObject).catch((error: unknown) => {
      if (!isRefused(error, 409)) throw error;
    });
  }
  for (const kind of MESH_KINDS) while (!(await isServed(client, kind))) await Bun.sleep(20);
}

async function isServed(client: KubeClient, kind: Kind): Promise<boolean> {
  try {
    await listObjects(client, resourceOf(kind), {});
    return true;
  } catch (error) {
    // Defined, but not yet served.
    if (isRefused(error, 404)) return false;
    throw error;
  }
}

/** An object as a test writes it. */
export function meshObject(
  kind: Kind,
  namespace: string,
  name: string,
  spec: object,
  labels: Record<string, string> = {},
) {
  return {
    apiVersion: "core.database-mesh.io/v1alpha1",
    kind,
    metadata: { namespace, name, labels },
    spec,
  } as MeshObject;
}

/** A database with a strategy and an endpoint that belong together, all of that name. */
export function aTrio(namespace: string, name: string, login: object = { password: "hunter2" }): MeshObject[] {
  const service = { name, databaseMySQL: { user: "app", db: "shop", ...login }, trafficStrategy: name };
  const MySQL = { host: `${name}.db`, port: 3306, user: "proxy", db: "shop", ...login };
  return [
    meshObject("VirtualDatabase", namespace, name, { services: [service] }),
    meshObject("TrafficStrategy", namespace, name, { selector: { matchLabels: { app: name } } }),
    meshObject("DatabaseEndpoint", namespace, name, { database: { MySQL } }, { app: name }),
  ];
}

/** Creates `objects` in order. */
export async function createMesh(client: KubeClient, objects: readonly MeshObject[]): Promise<void> {
  for (const object of objects) await createObject(client, resourceOf(object.kind as Kind), object);
}

/** `Accepted=True Accepted` and so on, of an object as it is now. */
export async function conditionsAt(client: KubeClient, kind: Kind, namespace: string, name: string): Promise<string[]> {
  const { status } = await getObject(client, resourceOf(kind), { namespace, name });
  return (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`).sort();
}
