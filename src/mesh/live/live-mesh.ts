/**
 * The manifests of a cluster as they change, and which objects a change is about: a TrafficStrategy concerns the VirtualDatabases
 * that name it and nothing else. References are indexed from both ends, label selectors by one of their labels, so that the cost of
 * a change does not grow with the mesh. Pure: it is told of changes, and says what has to be looked at again.
 */
import type { Kind } from "../../api/kinds.ts";
import { selects } from "../../api/selector.ts";
import { keyOfObject, type LiveObject, readLiveObject } from "./live-object.ts";
import { link, type Reverse, referrersOf, unlink } from "./many-to-many.ts";

export interface LiveMesh {
  /** By key. */
  readonly objects: Map<string, LiveObject>;
  /** Keys by `KIND NAMESPACE`. */
  readonly shelves: Reverse;
  /** Who names an object, by the object's key; `Secret NAMESPACE/NAME` is one, too. */
  readonly users: Reverse;
  /** VirtualDatabases that all endpoints of a namespace concern, by namespace. */
  readonly wideUsers: Reverse;
  /** TrafficStrategies by one label that they ask for, as `NAMESPACE key=value`; those that ask for none by `NAMESPACE`. */
  readonly strategiesByLabel: Reverse;
  /** DatabaseEndpoints by each of their labels. */
  readonly endpointsByLabel: Reverse;
}

/** A mesh without objects. */
export function newLiveMesh(): LiveMesh {
  return {
    objects: new Map(),
    shelves: new Map(),
    users: new Map(),
    wideUsers: new Map(),
    strategiesByLabel: new Map(),
    endpointsByLabel: new Map(),
  };
}

/** Takes in an object as it is now. Returns the keys of all objects that this is about, itself included. */
export function putLiveObject(mesh: LiveMesh, kind: Kind, namespace: string, name: string, value: object): Set<string> {
  const affected = new Set<string>();
  const before = mesh.objects.get(keyOfObject(kind, namespace, name));
  if (before !== undefined) {
    collectAffected(mesh, before, affected);
    unindex(mesh, before);
  }
  const object = readLiveObject(kind, namespace, name, value);
  index(mesh, object);
  // A set of its own: the walk stops at what it has seen, and before the change it saw other ways.
  const after = new Set<string>();
  collectAffected(mesh, object, after);
  for (const key of after) affected.add(key);
  return affected;
}

/** Takes an object out. Returns the keys of all objects that this is about, itself included. */
export function removeLiveObject(mesh: LiveMesh, kind: Kind, namespace: string, name: string): Set<string> {
  const affected = new Set<string>();
  const before = mesh.objects.get(keyOfObject(kind, namespace, name));
  if (before === undefined) return affected;
  collectAffected(mesh, before, affected);
  unindex(mesh, before);
  return affected;
}

/** The keys of all objects that a change of a Secret is about. */
export function affectedBySecret(mesh: LiveMesh, namespace: string, name: string): Set<string> {
  const affected = new Set<string>();
  for (const key of referrersOf(mesh.users, keyOfObject("Secret", namespace, name))) {
    const user = mesh.objects.get(key);
    if (user !== undefined) collectAffected(mesh, user, affected);
  }
  return affected;
}

/** The DatabaseEndpoints that a TrafficStrategy selects. */
export function endpointsSelected(mesh: LiveMesh, strategy: LiveObject): LiveObject[] {
  if (strategy.manifest?.kind !== "TrafficStrategy") return [];
  const { selector } = strategy.manifest.spec;
  return candidates(mesh, strategy.namespace, selector.matchLabels).filter((endpoint) =>
    selects(selector, endpoint.labels),
  );
}

/** Every object of a kind in a namespace. */
export function shelf(mesh: LiveMesh, kind: Kind, namespace: string): LiveObject[] {
  return objectsAt(mesh, referrersOf(mesh.shelves, `${kind} ${namespace}`));
}

/** The object that `name` names, or undefined. */
export function objectNamed(mesh: LiveMesh, kind: Kind, namespace: string, name: string): LiveObject | undefined {
  return mesh.objects.get(keyOfObject(kind, namespace, name));
}

/** The VirtualDatabases that use a TrafficStrategy. */
export function databasesOf(mesh: LiveMesh, strategyKey: string): LiveObject[] {
  return objectsAt(mesh, referrersOf(mesh.users, strategyKey));
}

function index(mesh: LiveMesh, object: LiveObject): void {
  mesh.objects.set(object.key, object);
  link(mesh.shelves, `${object.kind} ${object.namespace}`, object.key);
  for (const to of targetsOf(object)) link(mesh.users, to, object.key);
  if (object.references.usesAllEndpoints) link(mesh.wideUsers, object.namespace, object.key);
  if (object.kind === "DatabaseEndpoint")
    for (const label of labelKeys(object)) link(mesh.endpointsByLabel, label, object.key);
  if (object.kind === "TrafficStrategy") link(mesh.strategiesByLabel, selectorKey(object), object.key);
}

function unindex(mesh: LiveMesh, object: LiveObject): void {
  mesh.objects.delete(object.key);
  unlink(mesh.shelves, `${object.kind} ${object.namespace}`, object.key);
  for (const to of targetsOf(object)) unlink(mesh.users, to, object.key);
  unlink(mesh.wideUsers, object.namespace, object.key);
  if (object.kind === "DatabaseEndpoint")
    for (const label of labelKeys(object)) unlink(mesh.endpointsByLabel, label, object.key);
  if (object.kind === "TrafficStrategy") unlink(mesh.strategiesByLabel, selectorKey(object), object.key);
}

/** What `object` is part of now: itself, who names it, and who selects it. */
function collectAffected(mesh: LiveMesh, object: LiveObject, affected: Set<string>): void {
  if (affected.has(object.key)) return;
  affected.add(object.key);
  for (const key of referrersOf(mesh.users, object.key)) collectUser(mesh, key, affected);
  if (object.kind !== "DatabaseEndpoint") return;
  for (const key of referrersOf(mesh.wideUsers, object.namespace)) affected.add(key);
  const labels = [object.namespace, ...labelKeys(object)];
  for (const label of labels) {
    for (const key of referrersOf(mesh.strategiesByLabel, label)) {
      const strategy = mesh.objects.get(key)?.manifest;
      if (strategy?.kind !== "TrafficStrategy" || !selects(strategy.spec.selector, object.labels)) continue;
      collectUser(mesh, key, affected);
    }
  }
}

function collectUser(mesh: LiveMesh, key: string, affected: Set<string>): void {
  const user = mesh.objects.get(key);
  if (user !== undefined) collectAffected(mesh, user, affected);
}

/** Keys of what `object` names. */
function targetsOf({ namespace, references }: LiveObject): string[] {
  const keys = (kind: string, names: readonly string[]) => names.map((name) => keyOfObject(kind, namespace, name));
  return [
    ...keys("TrafficStrategy", references.strategies),
    ...keys("DataShard", references.shards),
    ...keys("QoSClaim", references.claims),
    ...keys("DatabaseEndpoint", references.endpoints),
    ...keys("Secret", references.secrets),
  ];
}

function labelKeys({ namespace, labels }: LiveObject): string[] {
  return Object.entries(labels).map(([key, value]) => labelKey(namespace, key, value));
}

function labelKey(namespace: string, key: string, value: string): string {
  return `${namespace} ${key}=${value}`;
}

/** One label that whatever the strategy selects must have. */
function selectorKey({ namespace, manifest }: LiveObject): string {
  const labels = manifest?.kind === "TrafficStrategy" ? manifest.spec.selector.matchLabels : {};
  const [first] = Object.entries(labels).sort();
  return first === undefined ? namespace : labelKey(namespace, ...first);
}

/** Endpoints that have the rarest of the labels; all of the namespace where none is asked for. */
function candidates(mesh: LiveMesh, namespace: string, labels: Readonly<Record<string, string>>): LiveObject[] {
  let smallest: ReadonlySet<string> | undefined;
  for (const [key, value] of Object.entries(labels)) {
    const having = mesh.endpointsByLabel.get(labelKey(namespace, key, value));
    if (having === undefined) return [];
    if (smallest === undefined || having.size < smallest.size) smallest = having;
  }
  return smallest === undefined ? shelf(mesh, "DatabaseEndpoint", namespace) : objectsAt(mesh, smallest);
}

function objectsAt(mesh: LiveMesh, keys: Iterable<string>): LiveObject[] {
  return [...keys].map((key) => mesh.objects.get(key)).filter((object) => object !== undefined);
}
