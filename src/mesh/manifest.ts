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
import { type Issue, issueAt, type Path, type Source } from "../lib/issue.ts";
import { didYouMean, nearest } from "../lib/suggest.ts";
import { readYaml } from "../lib/yaml.ts";

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
  issues: Issue[];
}

/** Reads every manifest of our kinds in `files`; objects of other API groups are passed over. Reports all mistakes. */
export function readManifests(files: readonly SourceFile[]): Manifests {
  const read: Manifests = { manifests: [], broken: [], issues: [] };
  for (const { file, text } of files) {
    const { documents, issues } = readYaml(text, file);
    read.issues.push(...issues);
    for (const { value, source } of documents) readObject(value, source, [], read);
  }
  reportTwice(read);
  return read;
}

function readObject(value: unknown, source: Source, path: Path, read: Manifests): void {
  if (!isMapping(value)) {
    read.issues.push(
      issueAt(source, path, "is no manifest: it is not a mapping", "a manifest has apiVersion, kind, metadata, spec"),
    );
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
}

/** Why an object is none of ours although it should be, or null: it is ours, or other people's. */
function unrecognised(apiVersion: unknown, kind: unknown, source: Source, path: Path): Issue | null {
  for (const [name, field] of Object.entries({ apiVersion, kind })) {
    if (field === undefined || field === null)
      return issueAt(
        source,
        path,
        `${name} is missing`,
        `add ${name}, such as ${name === "kind" ? "VirtualDatabase" : API_VERSION}`,
      );
    if (typeof field !== "string") return issueAt(source, [...path, name], `${name} must be text`, "put it in quotes");
  }
  const [group = "", version] = String(apiVersion).split("/");
  if (group === GROUP && version !== VERSION) {
    return issueAt(
      source,
      [...path, "apiVersion"],
      `unknown version ${JSON.stringify(apiVersion)}`,
      `write apiVersion: ${API_VERSION}`,
    );
  }
  if (group === GROUP && !KIND_NAMES.includes(String(kind))) {
    return issueAt(source, [...path, "kind"], `unknown kind "${kind}"`, didYouMean(String(kind), KIND_NAMES, ""));
  }
  if (group !== GROUP && KIND_NAMES.includes(String(kind)) && nearest(group, [GROUP]) !== null) {
    return issueAt(source, [...path, "apiVersion"], `unknown API group "${group}"`, `did you mean "${API_VERSION}"?`);
  }
  if (group !== GROUP || isKind(String(kind))) return null;
  const message = `${kind} is known, but no proxy has a use for it: it is passed over`;
  return issueAt(source, path, message, "nothing has to be done", { severity: "notice" });
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
    read.issues.push(issueAt(source, [...path, key], "unknown field", didYouMean(key, ENVELOPE, ""), { part: "key" }));
  }
  for (const key of ["metadata", "spec"]) {
    if (isMapping(value[key])) continue;
    const message = value[key] === undefined ? `${key} is missing` : `${key} must be a mapping`;
    read.issues.push(issueAt(source, at(key).path, message, `a ${kind} has apiVersion, kind, metadata, spec`));
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
    issues.push(issueAt(source, [...path, "metadata", "name"], message, "rename or remove one of the two"));
  }
}
