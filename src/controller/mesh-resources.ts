/** The mesh's kinds as resources of the API server. */
import { GROUP, KINDS, type Kind, VERSION } from "../api/kinds.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Resource } from "../kube/resource.ts";
import type { Condition } from "../mesh/status.ts";

/** What the controller keeps of an object beside its manifest. */
export interface MeshObject extends KubeObject {
  spec?: unknown;
  status?: MeshStatus;
}

/** `status` as we write it. */
export interface MeshStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  endpoints?: string[];
}

/** Every kind that has a schema. */
export const MESH_KINDS = Object.keys(KINDS) as Kind[];

/** The resource of a kind. */
export function resourceOf(kind: Kind): Resource<MeshObject> {
  return { group: GROUP, version: VERSION, plural: KINDS[kind].plural, kind, isNamespaced: true };
}
