/** Text of files in, manifests of our kinds out: every document is recognised, checked against its kind's schema, and placed. */
import {
  type AnnotationsOf,
  API_VERSION,
  GROUP,
  isKind,
  KIND_NAMES,
  KINDS,
  type Kind,
  type SpecOf,
  VERSION,
} from "../api/kinds.ts";
import { metadataSchema } from "../api/metadata.ts";
import { isMapping } from "../api/schema-walk.ts";
import { isWithin } from "../api/stand-in.ts";
import { validate } from "../api/validate.ts";
import { type Issue, issueAt, type Path, type Source, type SourceValue } from "../lib/issue.ts";
import { didYouMean, nearest } from "../lib/suggest.ts";
import { readYamlDocuments } from "../lib/yaml.ts";
import { readSecret, readWorkload, type SecretObject, type Workload } from "./foreign.ts";
import { type MeshObject, newObject } from "./object.ts";

/** A file's text and the name that issues call it by. */
export interface SourceFile {
  file: string;
  text: string;
}

/** One object of a kind. Where `issues` had errors, wrong values are stand-ins: to be looked at, not used. */
export interface ManifestOf<K extends Kind> {
  kind: K;
  namespace: string;
  name: string;
  labels: Record<string, string>;
  annotations: AnnotationsOf<K>;
  spec: SpecOf<K>;
  source: Source;
  /** Where the object stands in its document: [] or, in a List, ["items", n]. */
  path: Path;
  /** Where stand-ins are; nothing may be concluded from what stands there. */
  standIns: readonly Path[];
}

export type Manifest = { [K in Kind]: ManifestOf<K> }[Kind];

/** An object that is there, but so wrong that nothing can be said about it: who refers to it is not told that it is missing. */
export interface BrokenManifest {
  kind: Kind;
  namespace: string;
  name: string;
}

/** What was found in all files together. */
export interface Manifests {
  manifests: Manifest[];
  broken: BrokenManifest[];
  /** Some document could not be read at all: what seems to be missing may be in it. */
  isPartial: boolean;
  /** Every object there is, other people's too, in the order read. */
  objects: MeshObject[];
  secrets: SecretObject[];
  workloads: Workload[];
  issues: Issue[];
}

/**
 * Reads every manifest of our kinds in `files`; of objects of other API groups only Secrets and workloads are looked at.
 * Reports all mistakes. `onDocument` is called after each document.
 */
export function readManifests(files: readonly SourceFile[], onDocument: () => void = () => {}): Manifests {
  const read = nothingRead();
  for (const { file, text } of files) {
    readYamlDocuments(text, file, read.issues, ({ value, source }) => {
      readObject(value, source, [], read);
      onDocument();
    });
  }
  read.isPartial = read.issues.some((issue) => issue.rule === "yaml-syntax");
  reportTwice(read);
  return read;
}

/** The same for objects that are values already, as an API server gives them. */
export function readManifestValues(values: readonly SourceValue[]): Manifests {
  const read = nothingRead();
  for (const { value, source } of values) readObject(value, source, [], read);
  reportTwice(read);
  return read;
}

function nothingRead(): Manifests {
  return { manifests: [], broken: [], isPartial: false, objects: [], secrets: [], workloads: [], issues: [] };
}

function readObject(value: unknown, source: Source, path: Path, read: Manifests): void {
  const object = newObject(value, source, path);
  read.objects.push(object);
  if (!isMapping(value)) {
    const remedy = "a manifest has apiVersion, kind, metadata, spec";
    const message = "is no manifest: it is not a mapping";
    read.issues.push(issueAt(source, path, message, remedy, { rule: "not-a-manifest" }));
    return;
  }
  const { apiVersion, kind } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(value["items"])) {
    for (const [index, item] of value["items"].entries()) readObject(item, source, [...path, "items", index], read);
    return;
  }
  const issue = unrecognised(apiVersion, kind, source, path);
  if (issue !== null) read.issues.push(issue);
  else if (typeof kind === "string" && apiVersion === API_VERSION && isKind(kind))
    readKind(kind, value, source, path, read);
  else readForeign(object, value, read);
}

function readForeign(object: MeshObject, value: Record<string, unknown>, read: Manifests): void {
  const secret = readSecret(object, value);
  if (secret !== null) read.secrets.push(secret);
  const workload = readWorkload(object, value);
  if (workload !== null) read.workloads.push(workload);
}

/** Why an object is none of ours although it should be, or null: it is ours, or other people's. */
function unrecognised(apiVersion: unknown, kind: unknown, source: Source, path: Path): Issue | null {
  for (const [name, field] of Object.entries({ apiVersion, kind })) {
    const rule = "not-a-manifest";
    if (field === undefined || field === null) {
      const remedy = `add ${name}, such as ${name === "kind" ? "VirtualDatabase" : API_VERSION}`;
      return issueAt(source, path, `${name} is missing`, remedy, { rule });
    }
    if (typeof field !== "string")
      return issueAt(source, [...path, name], `${name} must be text`, "put it in quotes", { rule });
  }
  const [group = "", version] = String(apiVersion).split("/");
  const unknown = (field: string, message: string, remedy: string) => {
    return issueAt(source, [...path, field], message, remedy, { rule: "unknown-kind" });
  };
  if (group === GROUP && version !== VERSION) {
    const message = `unknown version ${JSON.stringify(apiVersion)}`;
    return unknown("apiVersion", message, `write apiVersion: ${API_VERSION}`);
  }
  if (group === GROUP && !KIND_NAMES.includes(String(kind)))
    return unknown("kind", `unknown kind "${kind}"`, didYouMean(String(kind), KIND_NAMES, ""));
  if (group !== GROUP && KIND_NAMES.includes(String(kind)) && nearest(group, [GROUP]) !== null)
    return unknown("apiVersion", `unknown API group "${group}"`, `did you mean "${API_VERSION}"?`);
  if (group !== GROUP || isKind(String(kind))) return null;
  const message = `${kind} is known, but no proxy has a use for it: it is passed over`;
  return issueAt(source, path, message, "nothing has to be done", { severity: "notice", rule: "kind-without-use" });
}

const ENVELOPE = ["apiVersion", "kind", "metadata", "spec", "status"];

function readKind<K extends Kind>(
  kind: K,
  value: Record<string, unknown>,
  source: Source,
  path: Path,
  read: Manifests,
): void {
  const at = (key: string) => ({ source, path: [...path, key] });
  for (const key of Object.keys(value)) {
    if (ENVELOPE.includes(key)) continue;
    read.issues.push(
      issueAt(source, [...path, key], "unknown field", didYouMean(key, ENVELOPE, ""), {
        part: "key",
        rule: "unknown-field",
      }),
    );
  }
  for (const key of ["metadata", "spec"]) {
    if (isMapping(value[key])) continue;
    const message = value[key] === undefined ? `${key} is missing` : `${key} must be a mapping`;
    const rule = value[key] === undefined ? "missing-field" : "wrong-type";
    read.issues.push(
      issueAt(source, at(key).path, message, `a ${kind} has apiVersion, kind, metadata, spec`, { rule }),
    );
  }
  if (!isMapping(value["metadata"])) return;
  const metadata = validate(metadataSchema, value["metadata"], at("metadata"));
  read.issues.push(...metadata.issues);
  if (metadata.value === null) return;
  const { name, namespace, labels } = metadata.value;
  const annotationsPlace = { source, path: [...path, "metadata", "annotations"] };
  const annotations = validate(KINDS[kind].annotations, metadata.value.annotations, annotationsPlace);
  const spec = validate(KINDS[kind].spec, value["spec"] ?? {}, at("spec"));
  read.issues.push(...annotations.issues, ...(isMapping(value["spec"]) ? spec.issues : []));
  if (annotations.value === null || spec.value === null) {
    read.broken.push({ kind, namespace, name });
    return;
  }
  const standIns = [...metadata.standIns, ...annotations.standIns, ...spec.standIns];
  // The table pairs each kind with its schemas; the type checker cannot follow the pair through a type parameter.
  const manifest = {
    kind,
    namespace,
    name,
    labels,
    annotations: annotations.value,
    spec: spec.value,
    source,
    path,
    standIns,
  };
  read.manifests.push(manifest as unknown as Manifest);
}

/** Whether the value at `path` (below the manifest) is as written: neither it, nor around it, nor in it is a stand-in. */
export function isAsWritten(manifest: Pick<Manifest, "path" | "standIns">, path: Path): boolean {
  const full = [...manifest.path, ...path];
  return !isWithin(full, manifest.standIns) && !manifest.standIns.some((standIn) => isWithin(standIn, [full]));
}

function reportTwice({ manifests, issues }: Manifests): void {
  const first = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { kind, namespace, name, source, path } = manifest;
    const key = `${kind} ${namespace}/${name}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, manifest);
      continue;
    }
    const { file, line } = earlier.source.positionOf([...earlier.path, "metadata", "name"]);
    const message = `${key} is already defined at ${file}:${line}`;
    issues.push(
      issueAt(source, [...path, "metadata", "name"], message, "rename or remove one of the two", {
        rule: "defined-twice",
      }),
    );
  }
}
