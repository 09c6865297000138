/** Lists in pages, and watches. */
import { isMapping } from "./cause.ts";
import { badRequest, expired, Failure } from "./failure.ts";
import { type Asked, type Kind, keyOfKind } from "./kinds.ts";
import { readSelectors } from "./selector.ts";
import { type Change, type FakeObject, objectsOf, type Store } from "./store.ts";

/** One page. Pages after the first are of the moment of the first; its version is in the continue token. */
export function listPage(store: Store, { kind, namespace }: Asked, query: URLSearchParams) {
  const selects = readSelectors(query);
  const token = readContinue(query.get("continue"));
  if (token !== null && token.version < store.compacted) {
    throw expired("The provided continue parameter is too old to display a consistent list result.");
  }
  const all = matching(token === null ? current(store, kind) : asOf(store, kind, token.version), namespace, selects);
  const rest = token === null ? all : all.filter((object) => keyOf(object) > token.after);
  const limit = Number(query.get("limit") ?? 0) || rest.length;
  const items = rest.slice(0, limit);
  const version = token?.version ?? store.version;
  const last = items.at(-1);
  const hasMore = rest.length > items.length && last !== undefined;
  return {
    kind: `${kind.kind}List`,
    apiVersion: kind.group === "" ? kind.version : `${kind.group}/${kind.version}`,
    metadata: {
      resourceVersion: String(version),
      ...(hasMore
        ? {
            continue: btoa(JSON.stringify({ version, after: keyOf(last) })),
            remainingItemCount: rest.length - items.length,
          }
        : {}),
    },
    // Items of built-in kinds do not say what they are.
    items: kind.schema === null ? items.map(({ apiVersion: _, kind: __, ...item }) => item) : items,
  };
}

/** The options of one watch. */
export interface Watch {
  readonly kindKey: string;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly selects: (object: FakeObject) => boolean;
  readonly wantsBookmarks: boolean;
  readonly isMetadataOnly: boolean;
  send(event: { type: string; object: unknown }): void;
}

/** Reads the options of a watch and sends what it begins with. @throws Failure when the history does not reach back so far. */
export function beginWatch(
  store: Store,
  { kind, namespace }: Asked,
  query: URLSearchParams,
  accept: string,
  send: Watch["send"],
): Watch {
  const watch: Watch = {
    kindKey: keyOfKind({ ...kind, version: "*" }),
    kind,
    namespace,
    selects: readSelectors(query),
    wantsBookmarks: /^(1|true)$/.test(query.get("allowWatchBookmarks") ?? ""),
    isMetadataOnly: accept.includes("as=PartialObjectMetadata;"),
    send,
  };
  const written = query.get("resourceVersion") ?? "";
  if (query.get("sendInitialEvents") === "true") {
    sendAll(store, watch);
    const annotations = { "k8s.io/initial-events-end": "true" };
    send(bookmarkOf(store, watch, { annotations }));
    return watch;
  }
  if (written === "" || written === "0") {
    sendAll(store, watch);
    return watch;
  }
  const version = Number(written);
  if (!Number.isInteger(version)) throw badRequest(`invalid resource version "${written}"`);
  if (version > store.version) throw tooLarge(version, store.version);
  if (version < store.compacted) throw expired(`too old resource version: ${version} (${store.compacted})`);
  for (const change of store.history) if (change.version > version) sendChange(watch, change);
  return watch;
}

/** Sends a change to a watch that it concerns: an object that ceases to be selected is deleted for it. */
export function sendChange(watch: Watch, { kindKey, now, before, version }: Change): void {
  if (kindKey !== watch.kindKey) return;
  const concerns = (object: FakeObject | null) => {
    return (
      object !== null &&
      (watch.namespace === undefined || object.metadata.namespace === watch.namespace) &&
      watch.selects(object)
    );
  };
  const isNow = concerns(now);
  const wasBefore = concerns(before);
  if (isNow && now !== null) watch.send({ type: wasBefore ? "MODIFIED" : "ADDED", object: shown(watch, now) });
  else if (wasBefore && before !== null) {
    const metadata = { ...before.metadata, resourceVersion: String(version) };
    watch.send({ type: "DELETED", object: shown(watch, { ...before, metadata }) });
  }
}

/** Tells a watch that it has seen everything up to now. */
export function bookmarkOf(store: Store, { kind }: Watch, more: Record<string, unknown> = {}) {
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  const metadata = { resourceVersion: String(store.version), creationTimestamp: null, ...more };
  return { type: "BOOKMARK", object: { kind: kind.kind, apiVersion, metadata } };
}

/** Metadata alone, where the request accepts nothing else. */
export function partialMetadata(object: FakeObject) {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

function sendAll(store: Store, watch: Watch): void {
  for (const object of matching(current(store, watch.kind), watch.namespace, watch.selects)) {
    watch.send({ type: "ADDED", object: shown(watch, object) });
  }
}

function shown(watch: Watch, object: FakeObject): unknown {
  if (watch.isMetadataOnly) return partialMetadata(object);
  return object;
}

function tooLarge(version: number, newest: number): Failure {
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  const details = { retryAfterSeconds: 1, causes };
  return new Failure(504, "Timeout", `Too large resource version: ${version}, current: ${newest}`, details);
}

function current(store: Store, kind: Kind): FakeObject[] {
  return [...objectsOf(store, kind).values()];
}

/** The objects as they were at `version`: the changes since then are undone. */
function asOf(store: Store, kind: Kind, version: number): FakeObject[] {
  const objects = new Map(objectsOf(store, kind));
  const kindKey = keyOfKind({ ...kind, version: "*" });
  for (const change of store.history.toReversed()) {
    if (change.version <= version) break;
    if (change.kindKey !== kindKey) continue;
    const subject = change.now ?? change.before;
    if (subject === null) continue;
    const key = keyOf(subject);
    if (change.before === null) objects.delete(key);
    else objects.set(key, change.before);
  }
  return [...objects.values()];
}

function matching(
  objects: FakeObject[],
  namespace: string | undefined,
  selects: (object: FakeObject) => boolean,
): FakeObject[] {
  return objects
    .filter((object) => (namespace === undefined || object.metadata.namespace === namespace) && selects(object))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ metadata: { namespace, name } }: FakeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function readContinue(token: string | null): { version: number; after: string } | null {
  if (token === null || token === "") return null;
  try {
    const read: unknown = JSON.parse(atob(token));
    if (isMapping(read)) return { version: Number(read["version"]), after: String(read["after"]) };
  } catch {
    // Not one of ours: refused below.
  }
  throw badRequest(`invalid continue token: continue key is not valid: ${token}`);
}
