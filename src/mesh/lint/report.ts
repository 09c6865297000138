/** What every form of report is made from. A report comes in parts, so that one of many findings never has to be in memory twice. */
import type { Severity } from "../../lib/issue.ts";
import type { MeshObject } from "../object.ts";
import type { Finding } from "./lint.ts";

export interface Report {
  readonly findings: readonly Finding[];
  /** The text of every file, for snippets. */
  readonly texts: ReadonlyMap<string, string>;
  /** Every object that was looked at, in the order read. */
  readonly objects: readonly MeshObject[];
  /** Of pisanix. */
  readonly version: string;
}

/** How many findings there are. */
export interface Counts {
  readonly error: number;
  readonly warning: number;
  readonly notice: number;
  readonly ignored: number;
}

export const LEVELS: readonly Severity[] = ["error", "warning", "notice"];

/** How many findings there are of each level that are not ignored. */
export function countsOf(findings: readonly Finding[]): Counts {
  const counts = { error: 0, warning: 0, notice: 0, ignored: 0 };
  for (const { level, ignored } of findings) counts[ignored === null ? level : "ignored"] += 1;
  return counts;
}

/** `data` as JSON, in which the empty list called `key` is filled with `items`, one a line. */
export function* jsonParts(data: unknown, key: string, items: Iterable<unknown>): Iterable<string> {
  const text = JSON.stringify(data, null, 2);
  // Quotes within texts are escaped, so this is found only where it is a key.
  const empty = `"${key}": []`;
  const at = text.indexOf(empty);
  const line = text.lastIndexOf("\n", at) + 1;
  const indent = " ".repeat(at - line);
  yield text.slice(0, at + empty.length - 1);
  let isFirst = true;
  for (const item of items) {
    yield `${isFirst ? "" : ","}\n${indent}  ${JSON.stringify(item)}`;
    isFirst = false;
  }
  yield `${isFirst ? "" : `\n${indent}`}${text.slice(at + empty.length - 1)}\n`;
}

/** The report as one text. */
export function wholeReport(parts: Iterable<string>): string {
  return [...parts].join("");
}
