/**
 * The one door to the yaml package: documents with the place of every value in, text out. YAML is YAML 1.1 as kubectl
 * reads it (design D13): `0644` is 420 and `yes` is true, but `22:22` and `2001-01-01` stay text. JSON is read as YAML,
 * so that its values have places too.
 */
import {
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  stringify,
  type Tags,
  type YAMLMap,
} from "yaml";
import {
  hasErrors,
  type Issue,
  issueAt,
  type Path,
  type PathItem,
  type Position,
  type Source,
  type SourceValue,
} from "./issue.ts";
import { objectStarts } from "./json-stream.ts";
import { keyTextOf, type Layout, layoutOf, offsetIn } from "./yaml-layout.ts";

export interface YamlRead {
  /** In the order written; documents that hold nothing are left out. */
  documents: SourceValue[];
  issues: Issue[];
}

/** Reads every document of `text`. A document with a syntax error is reported and left out. */
export function readYaml(text: string, file: string): YamlRead {
  const read: YamlRead = { documents: [], issues: [] };
  readAll(text, file, false, read.issues, (_, value) => read.documents.push(value));
  return read;
}

/** A document whose text can be edited. */
export interface YamlDocument extends SourceValue {
  /** Where everything in it stands in the file; null when nobody asked for it. */
  readonly layout: Layout | null;
}

/** As `readYaml()`, for those who change the text of documents whose value `isWanted`. */
export function readYamlToEdit(
  text: string,
  file: string,
  isWanted: (value: unknown) => boolean,
): { documents: YamlDocument[]; issues: Issue[] } {
  const documents: YamlDocument[] = [];
  const issues: Issue[] = [];
  readAll(text, file, true, issues, (document, { value }, lines) => {
    // A layout takes much less memory than what the package has read.
    const layout = isWanted(value) ? layoutOf(document) : null;
    const start = document.contents?.range[0] ?? 0;
    const positionOf = (path: Path, part: "key" | "value" = "value") =>
      positionAt(layout === null ? start : offsetIn(layout, path, part), file, lines);
    documents.push({ value, source: { file, positionOf }, layout });
  });
  return { documents, issues };
}

/** Whether `text` has these values and no mistakes. Takes one document at a time, so that a long text takes little memory. */
export function hasValues(
  text: string,
  values: readonly unknown[],
  isSame: (a: unknown, b: unknown) => boolean,
): boolean {
  const issues: Issue[] = [];
  let count = 0;
  let isAsWanted = true;
  readAll(text, "", false, issues, (_, { value }) => {
    isAsWanted &&= count < values.length && isSame(value, values[count]);
    count++;
  });
  return isAsWanted && count === values.length && !hasErrors(issues);
}

/** Writes one document. Text that any YAML reader would take for something else is quoted. */
export function writeYaml(value: unknown): string {
  return stringify(value, WRITING);
}

/** Writes a text without line ends on one line. */
export function writeYamlText(text: string): string {
  return stringify(text, WRITING).trimEnd();
}

const WRITING = { version: "1.1", compat: "core", lineWidth: 0, aliasDuplicateObjects: false } as const;

type Take = (document: Document.Parsed, read: SourceValue, lines: LineCounter) => void;

/** Reads document after document; none is kept longer than `take` keeps it. */
function readAll(text: string, file: string, keepSourceTokens: boolean, issues: Issue[], take: Take): void {
  const options = { version: "1.1", uniqueKeys: false, customTags, keepSourceTokens, logLevel: "error" } as const;
  const starts = objectStarts(text);
  const lines = new LineCounter();
  for (const [index, start] of (starts.length > 1 ? starts : [0]).entries()) {
    const parser = new Parser(lines.addNewLine);
    // The first part begins with the file, so that the first line is counted.
    parser.offset = index === 0 ? 0 : start;
    const part = starts.length > 1 ? text.slice(parser.offset, starts[index + 1]) : text;
    for (const document of new Composer({ ...options, lineCounter: lines }).compose(parser.parse(part))) {
      const read = readDocument(document, file, lines, issues);
      if (read !== null) take(document, read, lines);
    }
  }
}

/** kubectl's reader knows neither base-60 numbers nor dates. */
function customTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === "string" || (tag.format !== "TIME" && tag.tag !== "tag:yaml.org,2002:timestamp"),
  );
}

function readDocument(
  document: Document.Parsed,
  file: string,
  lines: LineCounter,
  issues: Issue[],
): SourceValue | null {
  const source = sourceOf(document, file, lines);
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    const message = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? error.code;
    const position = { file, line, column: col };
    issues.push({
      severity: "error",
      position,
      path: "",
      message,
      remedy: "mend the syntax here; the document cannot be read",
    });
  }
  if (document.errors.length > 0 || document.contents === null) return null;
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases that expand without end (`maxAliasCount`), or that name no anchor.
    const message = error instanceof Error ? error.message : String(error);
    issues.push(issueAt(source, [], message, "write the values out instead of using aliases"));
    return null;
  }
  if (value === null) return null;
  const visited: Visited = { document, source, lines, issues, around: [], isEndless: false };
  visit(document.contents, [], visited);
  return visited.isEndless ? null : { value, source };
}

interface Visited {
  readonly document: Document.Parsed;
  readonly source: Source;
  readonly lines: LineCounter;
  readonly issues: Issue[];
  /** From the root to the node that is visited. */
  readonly around: unknown[];
  isEndless: boolean;
}

/** Finds what can be read, but is wrong: keys that are written twice, and anchors inside what they name. */
function visit(node: unknown, path: PathItem[], visited: Visited): void {
  const { document, source, lines, issues, around } = visited;
  if (isAlias(node) && around.includes(node.resolve(document))) {
    visited.isEndless = true;
    issues.push(
      issueAt(source, path, `*${node.source} stands for a value that it is in itself`, "write the value out"),
    );
  }
  if (!isSeq(node) && !isMap(node)) return;
  around.push(node);
  if (isSeq(node)) for (const [index, item] of node.items.entries()) visit(item, [...path, index], visited);
  const first = new Map<string, Pair>();
  for (const pair of isMap(node) ? node.items : []) {
    const key = keyTextOf(pair);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, pair);
    else if (key !== "<<") issues.push(duplicateKey(key, earlier, pair, [...path, key], source, lines));
    visit(pair.value, [...path, key], visited);
  }
  around.pop();
}

/** A warning, not an error: kubectl's reader takes the later value too, and manifests written so are in use. */
function duplicateKey(key: string, earlier: Pair, later: Pair, path: Path, source: Source, lines: LineCounter): Issue {
  const lineOf = (pair: Pair) => lines.linePos(startOf(pair.key as Node) ?? 0);
  const { line, col } = lineOf(later);
  const message = `duplicate key "${key}", first written at line ${lineOf(earlier).line}`;
  const issue = issueAt(source, path, message, "delete one of the two; until then the later one counts", {
    severity: "warning",
  });
  return { ...issue, position: { file: source.file, line, column: col } };
}

function sourceOf(document: Document.Parsed, file: string, lines: LineCounter): Source {
  return {
    file,
    positionOf(path, part = "value") {
      let offset = startOf(document.contents) ?? startOf(document) ?? 0;
      let node: unknown = document.contents;
      for (const [depth, item] of path.entries()) {
        const child = childOf(isAlias(node) ? node.resolve(document) : node, item);
        if (child === null) break;
        node = child.value;
        const isWanted = depth === path.length - 1 && part === "key";
        offset = (isWanted ? startOf(child.key) : startOf(child.value)) ?? startOf(child.key) ?? offset;
      }
      return positionAt(offset, file, lines);
    },
  };
}

function positionAt(offset: number, file: string, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}

/** The last pair with that key, as the later value counts; or the item at that index. */
function childOf(node: unknown, item: PathItem): { key: unknown; value: unknown } | null {
  if (isSeq(node)) {
    const value = typeof item === "number" ? node.items[item] : undefined;
    return value === undefined ? null : { key: value, value };
  }
  if (!isMap(node)) return null;
  const pair = (node as YAMLMap).items.findLast((candidate) => keyTextOf(candidate) === String(item));
  if (pair === undefined) return null;
  // `key:` with nothing behind it has no value of its own to point at.
  const isEmpty = isScalar(pair.value) && pair.value.value === null && pair.value.source === "";
  return { key: pair.key, value: isEmpty ? pair.key : pair.value };
}

function startOf(node: unknown): number | null {
  if (isPair(node)) return startOf(node.key);
  const range = isScalar(node) || isCollection(node) || isAlias(node) ? node.range : null;
  return range?.[0] ?? null;
}
