/**
 * What one object of a cluster amounts to now: the configuration of a VirtualDatabase's proxy, and what is wrong with the object or
 * with what it depends on. The work is that of `render`, on no more manifests than the object depends on.
 */
import type { Kind } from "../../api/kinds.ts";
import type { ProxyConfig } from "../../api/proxy-config.ts";
import type { Issue } from "../../lib/issue.ts";
import { newSecret } from "../../lib/secret.ts";
import type { SecretObject } from "../foreign.ts";
import type { Manifest } from "../manifest.ts";
import { type ResolvedDatabase, resolveMesh } from "../resolve.ts";
import { translate } from "../translate.ts";
import { endpointsSelected, type LiveMesh, objectNamed, shelf } from "./live-mesh.ts";
import { type LiveObject, loginsIn } from "./live-object.ts";

/** What is known of a Secret. */
export type SecretState =
  | { kind: "known"; secret: SecretObject }
  | { kind: "missing" }
  /** We may not read it. */
  | { kind: "forbidden"; reason: string }
  /** Not yet read, or the API server could not say. */
  | { kind: "unknown" };

export type SecretOf = (namespace: string, name: string) => SecretState;

export interface Evaluation {
  readonly object: LiveObject;
  /** Errors, warnings and notices about the object itself. */
  readonly issues: readonly Issue[];
  /** Objects that it depends on and that have errors, with the first of them. */
  readonly blockers: readonly { readonly key: string; readonly issue: Issue }[];
  /** Secrets that may not be read, and those that nothing is known of yet. */
  readonly forbidden: readonly { readonly name: string; readonly reason: string }[];
  readonly isWaiting: boolean;
  /** The configuration of a VirtualDatabase's proxy; null for other kinds, and while anything is wrong. */
  readonly config: ProxyConfig | null;
  readonly usesSecrets: boolean;
  /** Names of the DatabaseEndpoints that a VirtualDatabase is served by, or a TrafficStrategy selects. */
  readonly endpoints: readonly string[];
}

/** Objects that hints may choose from, of each kind: who mistyped a name in a small namespace is told the right one. */
const HINTS_MAX = 100;

/** Evaluates the object of that key; null when there is none. */
export function evaluate(mesh: LiveMesh, key: string, secretOf: SecretOf): Evaluation | null {
  const object = mesh.objects.get(key);
  if (object === undefined) return null;
  const involved = involvedIn(mesh, object);
  const secrets = secretsOf(involved, secretOf);
  let read = resolveMesh(inputOf(involved, secrets.given), { secretsAreComplete: true });
  if (read.issues.some(({ severity }) => severity === "error")) {
    const hinted = [...involved, ...hintsFor(mesh, object, involved)];
    read = resolveMesh(inputOf(hinted, secrets.given), { secretsAreComplete: true });
  }
  const issues = [...involved.flatMap((each) => each.issues), ...read.issues];
  const own = issues.filter(({ position }) => position.file === key);
  const keys = new Set(involved.map((each) => each.key));
  const blockers = blockersOf(issues.filter(({ position }) => position.file !== key && keys.has(position.file)));
  const isReadable = secrets.forbidden.length === 0 && !secrets.isWaiting;
  const isSound = isReadable && blockers.length === 0 && !own.some(({ severity }) => severity === "error");
  const database = read.mesh.databases.find(({ manifest }) => manifest.source.file === key);
  return {
    object,
    issues: unique(own),
    blockers,
    forbidden: secrets.forbidden,
    isWaiting: secrets.isWaiting,
    config: database === undefined || !isSound ? null : translate(database),
    usesSecrets: involved.some(({ references }) => references.secrets.length > 0),
    endpoints: endpointNames(mesh, object, database),
  };
}

/** The object and everything that it depends on. */
function involvedIn(mesh: LiveMesh, object: LiveObject): LiveObject[] {
  const involved = new Map([[object.key, object]]);
  const add = (each: LiveObject | undefined) => {
    if (each !== undefined) involved.set(each.key, each);
  };
  const named = (kind: Kind, names: readonly string[]) => {
    return names.map((name) => objectNamed(mesh, kind, object.namespace, name)).filter((each) => each !== undefined);
  };
  const { references, namespace } = object;
  const strategies = object.kind === "TrafficStrategy" ? [object] : named("TrafficStrategy", references.strategies);
  const shards = object.kind === "DataShard" ? [object] : named("DataShard", references.shards);
  for (const strategy of strategies) {
    add(strategy);
    endpointsSelected(mesh, strategy).forEach(add);
  }
  for (const shard of shards) {
    add(shard);
    named("DatabaseEndpoint", shard.references.endpoints).forEach(add);
  }
  named("QoSClaim", references.claims).forEach(add);
  if (references.usesAllEndpoints) shelf(mesh, "DatabaseEndpoint", namespace).forEach(add);
  return [...involved.values()];
}

function hintsFor(mesh: LiveMesh, object: LiveObject, involved: readonly LiveObject[]): LiveObject[] {
  const known = new Set(involved.map(({ key }) => key));
  const kinds = ["TrafficStrategy", "DataShard", "QoSClaim", "DatabaseEndpoint"] as const;
  return kinds.flatMap((kind) => {
    return shelf(mesh, kind, object.namespace)
      .filter(({ key }) => !known.has(key))
      .slice(0, HINTS_MAX);
  });
}

function inputOf(objects: readonly LiveObject[], secrets: readonly SecretObject[]) {
  const manifests: Manifest[] = [];
  const broken = [];
  for (const { kind, namespace, name, manifest } of objects) {
    if (manifest === null) broken.push({ kind, namespace, name });
    else manifests.push(manifest);
  }
  return { manifests, broken, secrets };
}

/** What is known of the Secrets that are referred to. One that cannot be read has a stand-in: nothing is said of its values. */
function secretsOf(involved: readonly LiveObject[], secretOf: SecretOf) {
  const given: SecretObject[] = [];
  const forbidden: { name: string; reason: string }[] = [];
  let isWaiting = false;
  const namespace = involved[0]?.namespace ?? "";
  for (const name of new Set(involved.flatMap(({ references }) => references.secrets))) {
    const state = secretOf(namespace, name);
    if (state.kind === "missing") continue;
    given.push(state.kind === "known" ? state.secret : standIn(involved, namespace, name));
    if (state.kind === "forbidden") forbidden.push({ name, reason: state.reason });
    if (state.kind === "unknown") isWaiting = true;
  }
  return { given, forbidden, isWaiting };
}

/** A Secret with every key that is asked of it. */
function standIn(involved: readonly LiveObject[], namespace: string, name: string): SecretObject {
  const logins = involved.flatMap(({ manifest }) => (manifest === null ? [] : loginsIn(manifest)));
  const refs = logins.map(({ login }) => login.passwordSecretRef).filter((ref) => ref?.name === name);
  return { namespace, name, data: new Map(refs.map((ref) => [ref?.key ?? "", newSecret("")])) };
}

/** The first error of each object. */
function blockersOf(issues: readonly Issue[]) {
  const blockers = new Map<string, Issue>();
  for (const issue of issues) {
    if (issue.severity === "error" && !blockers.has(issue.position.file)) blockers.set(issue.position.file, issue);
  }
  return [...blockers].map(([key, issue]) => ({ key, issue }));
}

function endpointNames(mesh: LiveMesh, object: LiveObject, database: ResolvedDatabase | undefined): string[] {
  const serving = database?.services.flatMap(({ endpoints }) => endpoints) ?? endpointsSelected(mesh, object);
  return [...new Set(serving.map(({ name }) => name))].sort();
}

function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ path, message }) => {
    const text = `${path}\0${message}`;
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** Where the manifest of an object writes a password down. */
export function plaintextPasswords({ manifest }: LiveObject): string[] {
  if (manifest === null) return [];
  const places = loginsIn(manifest).filter(
    ({ login }) => login.password !== undefined && login.passwordSecretRef === undefined,
  );
  return places.map(({ path }) => [...path, "password"].join("."));
}
