/** A copy of a collection in memory, and a call for every change of it. */
import type { KubeObject } from "./objects.ts";
import { type ReflectorOptions, startReflector } from "./reflector.ts";
import { keyOf } from "./resource.ts";

/** `now` is null for an object that is gone, `before` for one that is new. */
export interface Change<T> {
  key: string;
  now: T | null;
  before: T | null;
}

export interface Informer<T> {
  /** By `namespace/name`. */
  readonly objects: ReadonlyMap<string, T>;
  /** Resolves when all objects are there for the first time. */
  readonly synced: Promise<void>;
  isSynced(): boolean;
  /** Ends the watch. May be called more than once. */
  stop(): Promise<void>;
}

export interface InformerOptions<T extends KubeObject> extends Omit<ReflectorOptions<T>, "sink"> {
  /** Called in the order of events, each object at its first appearance, too. It must not throw. */
  onChange(change: Change<T>): void;
}

/** Starts to copy. An object that a new list shows unchanged is no change. */
export function startInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const objects = new Map<string, T>();
  const { promise: synced, resolve } = Promise.withResolvers<void>();
  let isSynced = false;

  const put = (object: T): void => {
    const key = keyOf(object);
    const before = objects.get(key) ?? null;
    if (before !== null && isSame(before, object)) return;
    objects.set(key, object);
    options.onChange({ key, now: object, before });
  };
  const remove = (key: string): void => {
    const before = objects.get(key);
    if (before === undefined) return;
    objects.delete(key);
    options.onChange({ key, now: null, before });
  };

  const reflector = startReflector({
    ...options,
    sink: {
      replace(listed) {
        const keys = new Set(listed.map(keyOf));
        for (const key of [...objects.keys()]) if (!keys.has(key)) remove(key);
        for (const object of listed) put(object);
        isSynced = true;
        resolve();
      },
      change(type, object) {
        if (type === "DELETED") remove(keyOf(object));
        else put(object);
      },
    },
  });
  return { objects, synced, isSynced: () => isSynced, stop: reflector.stop };
}

/** A resource version may come again after a restore, but not with the same uid and another content. */
function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}
