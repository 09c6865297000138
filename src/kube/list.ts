/** Lists in pages, so that neither side holds all of a large collection as one text. */
import { isExpired } from "./api-error.ts";
import { call, type KubeClient } from "./client.ts";
import type { KubeObject, ListPage } from "./objects.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";

/** Objects of a page. */
const PAGE_SIZE = 500;
/** A page may have megabytes, and the server reads it from its disk. */
const TIMEOUT_LIST_MS = 60_000;

/** Which objects of a resource. */
export interface Scope {
  /** All namespaces when absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Objects without spec, data and status. */
  isMetadataOnly?: boolean | undefined;
}

/** `Accept` for objects without spec, data and status; a server refuses the word of a list for a watch, and the other way round. */
export function metadataOnly(word: "PartialObjectMetadata" | "PartialObjectMetadataList"): string {
  return `application/json;as=${word};g=meta.k8s.io;v=v1`;
}

export interface Listed<T> {
  objects: T[];
  /** A watch from here on misses nothing. */
  resourceVersion: string;
}

/**
 * Every object of `scope`, as of one moment. `keep` is called for each as it comes, and may make it smaller.
 * @throws ApiError, UnreachableError
 */
export async function listObjects<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  scope: Scope,
  options: { keep?: (object: T) => T; signal?: AbortSignal | undefined; pageSize?: number } = {},
): Promise<Listed<T>> {
  const { keep = (object: T) => object, signal } = options;
  const { namespace, labelSelector, fieldSelector, isMetadataOnly } = scope;
  const accept = isMetadataOnly === true ? metadataOnly("PartialObjectMetadataList") : undefined;
  const path = pathOf(resource, { namespace });
  let limit: number | undefined = options.pageSize ?? PAGE_SIZE;
  let from: string | undefined;
  let objects: T[] = [];
  for (;;) {
    const query = { labelSelector, fieldSelector, limit: limit?.toString(), continue: from };
    let page: ListPage<T>;
    try {
      const request = { method: "GET", path, query, accept, timeoutMs: TIMEOUT_LIST_MS, signal } as const;
      page = (await call(client, request)) as ListPage<T>;
    } catch (error) {
      if (from === undefined || !isExpired(error)) throw error;
      // The moment that the first page was of has been compacted away. All in one page cannot fail so.
      [limit, from, objects] = [undefined, undefined, []];
      continue;
    }
    for (const object of page.items) {
      // Items of built-in kinds do not repeat what the list says.
      object.apiVersion ??= apiVersionOf(resource);
      object.kind ??= resource.kind;
      objects.push(keep(object));
    }
    from = page.metadata.continue || undefined;
    if (from === undefined) return { objects, resourceVersion: page.metadata.resourceVersion ?? "" };
  }
}
