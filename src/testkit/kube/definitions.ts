/** Objects that decide which other objects there may be: CustomResourceDefinitions and namespaces. */
import { type KindTable, keyOfKind, kindsOfCrd } from "./kinds.ts";
import { type FakeObject, objectsOf, removeObject, type Store } from "./store.ts";

interface Definitions {
  readonly store: Store;
  readonly kinds: KindTable;
  now(): string;
}

/** Makes the kinds of a definition known. A real server takes a moment for this, and says so in these conditions. */
export function defineKinds({ kinds, now }: Definitions, crd: FakeObject): void {
  const conditions = ["NamesAccepted", "Established"].map((type) => {
    return { type, status: "True", reason: type, message: "", lastTransitionTime: now() };
  });
  crd["status"] = { ...(crd["status"] as object | undefined), conditions };
  for (const kind of kindsOfCrd(crd)) kinds.set(keyOfKind(kind), kind);
}

/** Forgets the kinds of a definition, and their objects. */
export function removeKinds({ kinds, store: objects }: Definitions, crd: FakeObject): void {
  for (const kind of kindsOfCrd(crd)) {
    for (const object of [...objectsOf(objects, kind).values()]) removeObject(objects, kind, object);
    kinds.delete(keyOfKind(kind));
  }
}

/** Removes everything in a namespace. */
export function removeNamespace({ kinds, store: objects }: Definitions, name: string): void {
  for (const kind of kinds.values()) {
    for (const object of [...objectsOf(objects, kind).values()]) {
      if (object.metadata.namespace === name) removeObject(objects, kind, object);
    }
  }
}
