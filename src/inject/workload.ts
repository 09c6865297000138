/** Sidecars in the manifests of workloads: texts in, texts out, and for every workload what was done and why. */
import { isMapping } from "../api/schema-walk.ts";
import { ANNOTATION_PREFIX, type SidecarSettings } from "../api/sidecar.ts";
import { hasErrors, type Issue, issueAt, type Position, type Source } from "../lib/issue.ts";
import { isCurrent, type Sidecar, withoutSidecar } from "./injection.ts";
import { listenPortsIn } from "./listen-ports.ts";
import { type Refusal, refused } from "./refusal.ts";
import { sidecarFor } from "./sidecar.ts";
import type { Workload } from "./workload-kinds.ts";
import { workloadNameOf } from "./workload-name.ts";
import { addSidecars, readWorkloads, removeSidecars, type TextFile, type WorkloadFile } from "./workload-text.ts";

export interface InjectOptions {
  /** Of pisanix. */
  readonly version: string;
  readonly settings: SidecarSettings;
}

/** What was done with a workload, or why nothing. */
export type Outcome =
  | { readonly kind: "injected"; readonly sidecar: Sidecar }
  /** It had another one. `from` is the version that had injected it, null when nothing says which. */
  | { readonly kind: "updated"; readonly sidecar: Sidecar; readonly from: string | null }
  /** It has the sidecar that it should have. */
  | { readonly kind: "unchanged"; readonly sidecar: Sidecar }
  | (Refusal & { readonly isInjected: boolean })
  | { readonly kind: "removed" }
  /** There was nothing to remove. */
  | { readonly kind: "absent" };

export interface WorkloadReport {
  readonly position: Position;
  readonly kind: string;
  /** Null when the manifest names none. */
  readonly namespace: string | null;
  readonly name: string;
  readonly outcome: Outcome;
}

export interface Injected {
  /** As they were given, with other texts; without any change when `issues` has errors. */
  files: TextFile[];
  reports: WorkloadReport[];
  /** How many objects have no pods. */
  others: number;
  issues: Issue[];
}

/** Puts sidecars into all workloads, and brings those that are there up to date. */
export function injectFiles(files: readonly TextFile[], options: InjectOptions): Injected {
  const read = files.map(readWorkloads);
  const judge = newJudge(read, options);
  return inject(read, (file, injected) => {
    const outcomes = judgeAll(file, judge, injected);
    if (hasErrors(injected.issues)) return file.text;
    const outdated = new Set([...outcomes].filter(([, { kind }]) => kind === "updated").map(([workload]) => workload));
    if (outdated.size === 0) return addSidecars(file, sidecarsOf(outcomes));
    const bare = readWorkloads({ ...file, text: removeSidecars(file, (workload) => outdated.has(workload)) });
    return addSidecars(bare, sidecarsOf(judgeAll(bare, judge, newInjected())));
  });
}

/** Takes the sidecars out of all workloads: exactly what `injectFiles()` put in. */
export function uninjectFiles(files: readonly TextFile[]): Injected {
  return inject(files.map(readWorkloads), (file, injected) => {
    const outcomeOf = ({ template }: Workload): Outcome => {
      const isThere = template !== null && withoutSidecar(template).found !== null;
      return { kind: isThere ? "removed" : "absent" };
    };
    judgeAll(file, outcomeOf, injected);
    return hasErrors(injected.issues) ? file.text : removeSidecars(file, () => true);
  });
}

/** Null when the workload is wrong, which is in `issues` then. */
type Judge = (workload: Workload, source: Source, issues: Issue[]) => Outcome | null;

function newInjected(): Injected {
  return { files: [], reports: [], others: 0, issues: [] };
}

function inject(files: readonly WorkloadFile[], textOf: (file: WorkloadFile, injected: Injected) => string): Injected {
  const injected = newInjected();
  const changed: TextFile[] = [];
  for (const file of files) {
    injected.issues.push(...file.issues);
    injected.others += file.documents.reduce((count, { document }) => count + objectCount(document.value), 0);
    changed.push({ file: file.file, text: textOf(file, injected) });
  }
  injected.others -= injected.reports.length;
  injected.files = hasErrors(injected.issues) ? files.map(({ file, text }) => ({ file, text })) : changed;
  return injected;
}

/** Decides on every workload of a file, and reports it. */
function judgeAll(file: WorkloadFile, judge: Judge, { reports, issues }: Injected): Map<Workload, Outcome> {
  const outcomes = new Map<Workload, Outcome>();
  for (const { document, workloads } of file.documents) {
    for (const workload of workloads) {
      const outcome = judge(workload, document.source, issues);
      if (outcome === null) continue;
      outcomes.set(workload, outcome);
      reports.push(reportOf(workload, document.source, outcome));
    }
  }
  return outcomes;
}

function sidecarsOf(outcomes: ReadonlyMap<Workload, Outcome>): Map<Workload, Sidecar> {
  return new Map(
    [...outcomes].flatMap(([workload, outcome]) => {
      return outcome.kind === "injected" ? [[workload, outcome.sidecar] as const] : [];
    }),
  );
}

function newJudge(files: readonly WorkloadFile[], options: InjectOptions): Judge {
  const portsOf = listenPortsIn(files.flatMap((file) => file.documents.map(({ document }) => document.value)));
  return (workload, source, issues) => {
    const { apiVersion, kind, metadata, template, templatePath } = workload;
    if (!hasFineNames(workload, source, issues)) return null;
    warnOfAnnotations(workload, source, issues);
    if (apiVersion === null) return { ...refused("has no apiVersion", "add it"), isInjected: false };
    if (template === null) return { ...noTemplate(workload), isInjected: false };
    const { pod, found } = withoutSidecar(template);
    const surroundings = {
      ...options,
      workload: workloadNameOf(kind, metadata),
      listenPortsOf: (name: string) => portsOf(metadata["namespace"], name),
    };
    const decision = sidecarFor(pod, surroundings, { source, path: templatePath });
    issues.push(...decision.issues);
    if (decision.kind === "mistaken") return null;
    if (decision.kind === "refused") {
      const { reason, remedy, isOptOut } = decision;
      return { kind: "refused", reason, remedy, isOptOut, isInjected: found !== null };
    }
    const { sidecar } = decision;
    if (found === null) return { kind: "injected", sidecar };
    if (isCurrent(template, found, sidecar)) return { kind: "unchanged", sidecar };
    return { kind: "updated", sidecar, from: found.status?.version ?? null };
  };
}

function noTemplate({ kind, spec }: Workload): Refusal {
  const reference = spec["workloadRef"];
  if (kind === "Rollout" && isMapping(reference)) {
    const other = `${reference["kind"]} ${reference["name"]}`;
    return refused(`has no pod template: its pods are those of ${other}`, `inject ${other}`);
  }
  return refused("has no pod template", "add spec.template, unless this is only a patch of another manifest");
}

/** A name that is no text is a slip that YAML makes easy: `name: y`, `name: 1234`. */
function hasFineNames({ metadata, path }: Workload, source: Source, issues: Issue[]): boolean {
  const wrong = ["name", "generateName", "namespace"].filter((key) => {
    const value = metadata[key] ?? "";
    return typeof value !== "string";
  });
  for (const key of wrong) {
    issues.push(
      issueAt(source, [...path, "metadata", key], `must be text, but is ${metadata[key]}`, "put it in quotes"),
    );
  }
  return wrong.length === 0;
}

/** Pods do not see the annotations of their workload. */
function warnOfAnnotations({ kind, metadata, path, templatePath }: Workload, source: Source, issues: Issue[]): void {
  if (kind === "Pod") return;
  for (const key of ["annotations", "labels"]) {
    const found = isMapping(metadata[key]) ? Object.keys(metadata[key]) : [];
    for (const name of found) {
      if (!name.startsWith(ANNOTATION_PREFIX) || name === `${ANNOTATION_PREFIX}ignore`) continue;
      const where = [...templatePath.slice(path.length), "metadata", key].join(".");
      const options = { severity: "warning", part: "key" } as const;
      const at = [...path, "metadata", key, name];
      issues.push(issueAt(source, at, `has no effect on a ${kind}, only on its pods`, `move it to ${where}`, options));
    }
  }
}

function reportOf({ kind, metadata, path }: Workload, source: Source, outcome: Outcome): WorkloadReport {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  const name = text(metadata["name"]) ?? text(metadata["generateName"]) ?? "without a name";
  return { position: source.positionOf(path), kind, namespace: text(metadata["namespace"]), name, outcome };
}

/** The object in a document, or those of a List. */
function objectCount(value: unknown): number {
  if (!isMapping(value)) return 0;
  const { kind, items } = value;
  if (!String(kind).endsWith("List") || !Array.isArray(items)) return 1;
  return items.reduce((count: number, item) => count + objectCount(item), 0);
}
