/**
 * The text of manifests with sidecars, and without. Only characters that have to change do, so that taking the sidecars
 * out again gives the very same text. What comes out is read again and compared before anybody gets it.
 */
import { isMapping } from "../api/schema-walk.ts";
import { assert } from "../lib/assert.ts";
import type { Issue } from "../lib/issue.ts";
import { jsonPointer, withValueAt } from "../lib/path.ts";
import { applyEdits } from "../lib/text-edit.ts";
import { hasValues, readYamlToEdit, type YamlDocument } from "../lib/yaml.ts";
import { type Former, type Rewriting, rewrite } from "../lib/yaml-edit.ts";
import { type Sidecar, withoutSidecar, withSidecar } from "./injection.ts";
import { type Workload, workloadsIn } from "./workload-kinds.ts";

/** A file's text and the name that issues call it by. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** A document, and the workloads in it. */
export interface WorkloadDocument {
  readonly document: YamlDocument;
  readonly workloads: readonly Workload[];
}

/** A file, read. */
export interface WorkloadFile extends TextFile {
  readonly documents: readonly WorkloadDocument[];
  /** Where the text is no YAML; with errors among them nothing else may be done with the file. */
  readonly issues: readonly Issue[];
}

/** Finds the workloads of a file. */
export function readWorkloads({ file, text }: TextFile): WorkloadFile {
  const { documents, issues } = readYamlToEdit(text, file, (value) => workloadsIn(value).length > 0);
  const found = documents.map((document) => ({ document, workloads: workloadsIn(document.value) }));
  return { file, text, documents: found, issues };
}

/** The text with these sidecars in workloads that have none. */
export function addSidecars(file: WorkloadFile, sidecars: ReadonlyMap<Workload, Sidecar>): string {
  const isConcerned = ({ workloads }: WorkloadDocument) => workloads.some((workload) => sidecars.has(workload));
  const wanted = file.documents.map((read) => {
    if (!isConcerned(read)) return { value: read.document.value, edits: [] };
    // The status says what was written over, which is known only after a first try.
    const bare = withSidecars(read, sidecars, {});
    const first = rewriteTo(file, read, bare);
    if (Object.keys(first.former).length === 0) return { value: bare, edits: first.edits };
    const value = withSidecars(read, sidecars, first.former);
    return { value, edits: rewriteTo(file, read, value).edits };
  });
  const edits = wanted.flatMap((document) => document.edits);
  if (edits.length === 0) return file.text;
  const text = applyEdits(file.text, edits);
  const values = wanted.map(({ value }) => value);
  assert(hasValues(text, values, Bun.deepEquals), `${file.file} with sidecars reads as it should`);
  return text;
}

/** The text without the sidecars of these workloads: exactly as it was before they were added. */
export function removeSidecars(file: WorkloadFile, isChosen: (workload: Workload) => boolean): string {
  const wanted = file.documents.map((read) => {
    let value = read.document.value;
    let former: Former = {};
    for (const workload of read.workloads) {
      if (workload.template === null || !isChosen(workload)) continue;
      const { pod, found } = withoutSidecar(workload.template);
      if (found === null) continue;
      value = withValueAt(value, workload.templatePath, pod);
      former = { ...former, ...found.status?.former };
    }
    return { read, value, former };
  });
  const changed = wanted.filter(({ read, value }) => value !== read.document.value);
  if (changed.length === 0) return file.text;
  const values = wanted.map(({ value }) => value);
  const textWith = (isExact: boolean) => {
    const edits = changed.flatMap(({ read, value, former }) => {
      return rewriteTo(file, read, value, isExact ? former : {}).edits;
    });
    const text = applyEdits(file.text, edits);
    return hasValues(text, values, isAlike) ? text : null;
  };
  // Where the file was changed by hand since, what was written over may no longer fit: then only the sidecars go.
  const text = textWith(true) ?? textWith(false);
  assert(text !== null, `${file.file} without sidecars reads as it should`);
  return text;
}

function rewriteTo(
  { text }: WorkloadFile,
  { document }: WorkloadDocument,
  wanted: unknown,
  restore?: Former,
): Rewriting {
  assert(document.layout !== null, "only documents with workloads change");
  return rewrite({ text, value: document.value, layout: document.layout }, wanted, restore);
}

/** The document's value with sidecars. Each status keeps what was written over in its workload, the first one the rest. */
function withSidecars(read: WorkloadDocument, sidecars: ReadonlyMap<Workload, Sidecar>, former: Former): unknown {
  const left = new Map(Object.entries(former));
  const takeBelow = (prefix: string) => {
    const taken = [...left].filter(([pointer]) => pointer === prefix || pointer.startsWith(`${prefix}/`));
    for (const [pointer] of taken) left.delete(pointer);
    return taken;
  };
  const concerned = read.workloads.filter((workload) => sidecars.has(workload));
  const own = concerned.map((workload) => takeBelow(jsonPointer(workload.path)));
  own[0]?.push(...left);
  let { value } = read.document;
  for (const [index, workload] of concerned.entries()) {
    const sidecar = sidecars.get(workload);
    if (sidecar === undefined || workload.template === null) continue;
    const template = withSidecar(workload.template, sidecar, Object.fromEntries(own[index] ?? []));
    value = withValueAt(value, workload.templatePath, template);
  }
  return value;
}

/** Equal, where an empty map or list, or a map of such, is as good as none. */
function isAlike(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isAlike(item, b[index]));
  }
  if (!isMapping(a) || !isMapping(b)) return Object.is(a, b) || (isNothing(a) && isNothing(b));
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isAlike(a[key], b[key]));
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === null || (isMapping(value) && Object.values(value).every(isNothing));
}
