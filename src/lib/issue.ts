/** A mistake in something that a user wrote: where it is, what is wrong, and what to do about it. */

/** A place in a text, counted from 1. Line 0 is the file as a whole. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

export type PathItem = string | number;

/** The way from the root of a document to a value in it. */
export type Path = readonly PathItem[];

/** Where the values of one document were written. */
export interface Source {
  readonly file: string;
  /** Where the document was made, when it says so: what Helm writes as `# Source:`. */
  readonly origin?: string;
  /** Whether something is written at `path`. */
  isWritten(path: Path): boolean;
  /** The place of the value (or of its key) at `path`; of the nearest value around it when nothing is written there. */
  positionOf(path: Path, part?: "key" | "value"): Position;
}

/** A value as it was read, and where it and everything in it was written. */
export interface SourceValue {
  readonly value: unknown;
  readonly source: Source;
}

/** Errors stop the work; warnings are findings, too, but leave no doubt about the result; notices are neither. */
export type Severity = "error" | "warning" | "notice";

export interface Issue {
  severity: Severity;
  /** The name of the rule that was broken, under which the linter explains it: "unknown-field". */
  rule?: string;
  position: Position;
  /** As people write it: `spec.services[0].name`; "" for a document as a whole. */
  path: string;
  message: string;
  remedy: string;
}

/** An issue about the value (or the key) at `path` of `source`. */
export function issueAt(
  source: Source,
  path: Path,
  message: string,
  remedy: string,
  options: { severity?: Severity; part?: "key" | "value"; rule?: string } = {},
): Issue {
  const position = source.positionOf(path, options.part);
  const issue: Issue = { severity: options.severity ?? "error", position, path: formatPath(path), message, remedy };
  if (options.rule !== undefined) issue.rule = options.rule;
  return issue;
}

/** An issue about a file as a whole: it is missing, empty, of an unknown form. */
export function issueOfFile(file: string, message: string, remedy: string, rule = "no-manifests"): Issue {
  return { severity: "error", rule, position: { file, line: 0, column: 0 }, path: "", message, remedy };
}

/** The source of values that were not written in a text, or whose places in it nobody knows. */
export function wholeFile(file: string): Source {
  return { file, positionOf: () => ({ file, line: 0, column: 0 }), isWritten: () => false };
}

/** `file:line:column path: message`, and the remedy on a line of its own. */
export function formatIssue(issue: Issue): string {
  const { file, line, column } = issue.position;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const path = issue.path === "" ? "" : ` ${issue.path}`;
  const severity = issue.severity === "error" ? "" : `${issue.severity}: `;
  return `${place}${path}: ${severity}${issue.message}\n    ${issue.remedy}`;
}

/** `spec.services[0].name`; keys that are no plain words stand in brackets. */
export function formatPath(path: Path): string {
  let text = "";
  for (const item of path) {
    if (typeof item === "number") text += `[${item}]`;
    else if (/^[\w-]+$/.test(item)) text += text === "" ? item : `.${item}`;
    else text += `[${JSON.stringify(item)}]`;
  }
  return text;
}

/** In the order of the files given, then from top to bottom; the same complaint about the same place only once. */
export function sortIssues(issues: readonly Issue[], files: readonly string[]): Issue[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const orderOf = (issue: Issue) => order.get(issue.position.file) ?? files.length;
  const sorted = issues.toSorted(
    (a, b) => orderOf(a) - orderOf(b) || a.position.line - b.position.line || a.position.column - b.position.column,
  );
  return sorted.filter((issue, index) => {
    for (let before = index - 1; before >= 0 && isSamePlace(sorted[before], issue); before--) {
      if (isSameComplaint(sorted[before], issue)) return false;
    }
    return true;
  });
}

function isSamePlace(a: Issue | undefined, b: Issue): boolean {
  return (
    a?.position.file === b.position.file &&
    a.position.line === b.position.line &&
    a.position.column === b.position.column
  );
}

function isSameComplaint(a: Issue | undefined, b: Issue): boolean {
  return a?.message === b.message && a.path === b.path && a.severity === b.severity && a.remedy === b.remedy;
}

/** Whether the work has to stop. */
export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.severity === "error");
}
