/**
 * Writes an object's status, where it has to be another than it is: a write that changes nothing costs the API server a write and
 * everybody who watches an event. Also where an older CustomResourceDefinition drops fields of ours it is not written for ever.
 */
import { isRefused } from "../kube/api-error.ts";
import type { KubeClient } from "../kube/client.ts";
import { applyStatus } from "../kube/crud.ts";
import type { Resource } from "../kube/resource.ts";
import type { Condition } from "../mesh/status.ts";
import type { MeshObject, MeshStatus } from "./mesh-resources.ts";

/** Whose fields these are on the API server. */
export const FIELD_MANAGER = "pisanix-controller";

interface Written {
  uid: string;
  /** Of the object that we had seen when we wrote, and of what the write made. */
  seenVersion: string;
  madeVersion: string;
  status: string;
  conditions: readonly Condition[];
}

export interface StatusWriter {
  readonly client: KubeClient;
  readonly written: Map<string, Written>;
}

/** A writer that has written nothing yet. */
export function newStatusWriter(client: KubeClient): StatusWriter {
  return { client, written: new Map() };
}

/** The conditions of an object as they are: our own last write where the object that we see is older than that. */
export function conditionsNow(writer: StatusWriter, key: string, object: MeshObject): readonly Condition[] {
  const last = lastWrite(writer, key, object);
  const seen = object.metadata.resourceVersion ?? "";
  return last !== null && last.seenVersion === seen ? last.conditions : (object.status?.conditions ?? []);
}

/** Writes `status` unless it is so already. Returns whether it was written. @throws when the API server does not take it. */
export async function writeStatus(
  writer: StatusWriter,
  key: string,
  resource: Resource<MeshObject>,
  object: MeshObject,
  status: Required<Pick<MeshStatus, "conditions">> & MeshStatus,
): Promise<boolean> {
  const { uid = "", resourceVersion: seenVersion = "", namespace, name } = object.metadata;
  const text = JSON.stringify(status);
  const last = lastWrite(writer, key, object);
  const isOurs = last !== null && (last.seenVersion === seenVersion || last.madeVersion === seenVersion);
  if (isOurs ? last.status === text : isSaid(object.status, status)) return false;
  try {
    const made = await applyStatus(writer.client, resource, { namespace, name }, status, FIELD_MANAGER);
    const madeVersion = made.metadata.resourceVersion ?? "";
    writer.written.set(key, { uid, seenVersion, madeVersion, status: text, conditions: status.conditions });
    return true;
  } catch (error) {
    // It is gone; the watch will tell.
    if (isRefused(error, 404)) return false;
    throw error;
  }
}

/** Forgets an object that is gone. */
export function forgetStatus(writer: StatusWriter, key: string): void {
  writer.written.delete(key);
}

function lastWrite({ written }: StatusWriter, key: string, { metadata }: MeshObject): Written | null {
  const last = written.get(key);
  return last?.uid === metadata.uid ? (last ?? null) : null;
}

/** Whether all that we would write stands there; what others wrote beside it is theirs. Our own condition that is too many is not. */
function isSaid(there: MeshStatus | undefined, wanted: MeshStatus): boolean {
  if (there === undefined) return false;
  const ours = new Set([...(wanted.conditions ?? []).map(({ type }) => type), "Warnings"]);
  const conditions = (there.conditions ?? []).filter(({ type }) => ours.has(type));
  const sorted = (list: readonly Condition[]) => list.toSorted((a, b) => (a.type < b.type ? -1 : 1));
  return (
    there.observedGeneration === wanted.observedGeneration &&
    Bun.deepEquals(there.endpoints ?? [], wanted.endpoints ?? []) &&
    Bun.deepEquals(sorted(conditions), sorted(wanted.conditions ?? []))
  );
}
