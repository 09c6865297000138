/** What etcd is to a real server: objects by version, and a history that watches are served from. Survives the server. */
import type { Kind } from "./kinds.ts";
import { keyOfKind } from "./kinds.ts";

export interface FakeObject {
  apiVersion: string;
  kind: string;
  metadata: FakeMeta;
  [field: string]: unknown;
}

/** What the server itself keeps of every object. */
export interface FakeMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: unknown[];
  [field: string]: unknown;
}

/** One change, with the object before it, since a selector may begin or cease to match. */
export interface Change {
  version: number;
  kindKey: string;
  now: FakeObject | null;
  before: FakeObject | null;
}

export interface Store {
  version: number;
  readonly objects: Map<string, Map<string, FakeObject>>;
  /** Oldest first. */
  history: Change[];
  /** Changes up to this version are forgotten. */
  compacted: number;
  readonly historyMax: number;
  readonly listeners: Set<(change: Change) => void>;
}

/** An empty store that remembers so many changes. */
export function newStore(historyMax = 20_000): Store {
  return { version: 1, objects: new Map(), history: [], compacted: 0, historyMax, listeners: new Set() };
}

/** The objects of a kind, by `namespace/name`. All versions of a kind share them. */
export function objectsOf(store: Store, kind: Kind): Map<string, FakeObject> {
  const key = keyOfKind({ ...kind, version: "*" });
  let objects = store.objects.get(key);
  if (objects === undefined) {
    objects = new Map();
    store.objects.set(key, objects);
  }
  return objects;
}

/** Finds an object. */
export function findObject(store: Store, kind: Kind, namespace: string | undefined, name: string): FakeObject | null {
  return objectsOf(store, kind).get(objectKey(namespace, name)) ?? null;
}

/** Puts an object under a new version, which is written into it, and tells the watches. */
export function putObject(store: Store, kind: Kind, object: FakeObject): FakeObject {
  const objects = objectsOf(store, kind);
  const key = objectKey(object.metadata.namespace, object.metadata.name);
  const before = objects.get(key) ?? null;
  object.metadata.resourceVersion = String(++store.version);
  objects.set(key, object);
  record(store, { version: store.version, kindKey: keyOfKind({ ...kind, version: "*" }), now: object, before });
  return object;
}

/** Takes an object out. The object of the change bears the version of the deletion. */
export function removeObject(store: Store, kind: Kind, object: FakeObject): FakeObject {
  objectsOf(store, kind).delete(objectKey(object.metadata.namespace, object.metadata.name));
  const version = ++store.version;
  const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  record(store, { version, kindKey: keyOfKind({ ...kind, version: "*" }), now: null, before: last });
  return last;
}

/** Forgets the history: whoever wants to resume a watch has to list again. */
export function compact(store: Store): void {
  store.compacted = store.version;
  store.history = [];
}

function record(store: Store, change: Change): void {
  store.history.push(change);
  if (store.history.length > store.historyMax * 1.1) {
    const forgotten = store.history.splice(0, store.history.length - store.historyMax);
    store.compacted = forgotten.at(-1)?.version ?? store.compacted;
  }
  for (const listener of store.listeners) listener(change);
}

function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
