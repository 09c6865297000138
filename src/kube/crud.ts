/** Reading and writing single objects. */
import { type Call, call, type KubeClient } from "./client.ts";
import type { KubeObject } from "./objects.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";

/** One step of a JSON patch (RFC 6902). */
export type PatchStep =
  | { op: "add" | "replace" | "test"; path: string; value: unknown }
  | { op: "remove"; path: string };

export interface Named {
  namespace?: string | undefined;
  name: string;
}

/** How much time a call has, for who cannot wait as long as others. */
export type Haste = Pick<Call, "timeoutMs" | "retries">;

type Partials<T> = { [K in keyof T]?: unknown };

/** Reads an object. @throws ApiError 404 when it is not there. */
export async function getObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  named: Named,
  haste: Haste = {},
) {
  return (await call(client, { method: "GET", path: pathOf(resource, named), ...haste })) as T;
}

/** Creates an object. @throws ApiError 409 (AlreadyExists) when its name is taken. */
export async function createObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  haste: Haste = {},
) {
  const path = pathOf(resource, { namespace: object.metadata.namespace });
  return (await call(client, { method: "POST", path, body: object, ...haste })) as T;
}

/** Replaces an object that was read before. @throws ApiError 409 (Conflict) when somebody changed it since. */
export async function replaceObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  haste: Haste = {},
) {
  const { namespace, name } = object.metadata;
  return (await call(client, {
    method: "PUT",
    path: pathOf(resource, { namespace, name }),
    body: object,
    ...haste,
  })) as T;
}

/** Deletes an object. @throws ApiError 404 when it is not there. */
export async function deleteObject(client: KubeClient, resource: Resource, named: Named): Promise<void> {
  await call(client, { method: "DELETE", path: pathOf(resource, named) });
}

/** Changes an object by steps, all or none. @throws ApiError 422 when a `test` does not hold. */
export async function patchObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  named: Named,
  steps: readonly PatchStep[],
) {
  return (await patch(client, pathOf(resource, named), "application/json-patch+json", steps)) as T;
}

/** Lays `part` over an object; null removes a field (RFC 7386). */
export async function mergeObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  named: Named,
  part: Partials<T>,
) {
  return (await patch(client, pathOf(resource, named), "application/merge-patch+json", part)) as T;
}

/**
 * States what we want of an object's status (server-side apply): fields that we stated before and no longer state go, those of
 * others stay, and where others claim the same field we win. @throws ApiError 404 when the object is gone.
 */
export async function applyStatus<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  named: Named,
  status: unknown,
  fieldManager: string,
) {
  const path = pathOf(resource, { ...named, subresource: "status" });
  return (await apply(client, path, bodyOf(resource, named, { status }), fieldManager)) as T;
}

/** The same for an object as a whole, which is created when it is not there. */
export async function applyObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  named: Named,
  wanted: Omit<Partials<T>, "metadata" | "apiVersion" | "kind">,
  fieldManager: string,
) {
  return (await apply(client, pathOf(resource, named), bodyOf(resource, named, wanted), fieldManager)) as T;
}

function bodyOf(resource: Resource, { namespace, name }: Named, wanted: object) {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...wanted };
}

function apply(client: KubeClient, path: string, body: unknown, fieldManager: string): Promise<unknown> {
  const query = { fieldManager, force: "true" };
  return call(client, { method: "PATCH", path, query, body, contentType: "application/apply-patch+yaml" });
}

function patch(client: KubeClient, path: string, contentType: string, body: unknown): Promise<unknown> {
  return call(client, { method: "PATCH", path, body, contentType });
}
