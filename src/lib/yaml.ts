/**
 * The one door to the yaml package: documents with the place of every value in, text out. YAML is YAML 1.1 as kubectl
 * reads it (design D13): `0644` is 420 and `yes` is true, but `22:22` and `2001-01-01` stay text. JSON is read as YAML,
 * so that its values have places too.
 */
import {
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
  parseAllDocuments,
  stringify,
  type Tags,
  type YAMLMap,
} from "yaml";
import {
  type Issue,
  issueAt,
  type Path,
  type PathItem,
  type Position,
  type Source,
  type SourceValue,
} from "./issue.ts";

export interface YamlRead {
  /** In the order written; documents that hold nothing are left out. */
  documents: SourceValue[];
  issues: Issue[];
}

/** Reads every document of `text`. A document with a syntax error is reported and left out. */
export function readYaml(text: string, file: string): YamlRead {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { version: "1.1", lineCounter: lines, uniqueKeys: false, customTags });
  const read: YamlRead = { documents: [], issues: [] };
  for (const document of parsed) readDocument(document, file, lines, read);
  return read;
}

/** Writes one document. Text that any YAML reader would take for something else is quoted. */
export function writeYaml(value: unknown): string {
  return stringify(value, { version: "1.1", compat: "core", lineWidth: 0, aliasDuplicateObjects: false });
}

/** kubectl's reader knows neither base-60 numbers nor dates. */
function customTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === "string" || (tag.format !== "TIME" && tag.tag !== "tag:yaml.org,2002:timestamp"),
  );
}

function readDocument(document: Document.Parsed, file: string, lines: LineCounter, read: YamlRead): void {
  const source = sourceOf(document, file, lines);
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    const message = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? error.code;
    const position = { file, line, column: col };
    read.issues.push({
      severity: "error",
      position,
      path: "",
      message,
      remedy: "mend the syntax here; the document cannot be read",
    });
  }
  if (document.errors.length > 0 || document.contents === null) return;
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases that expand without end (`maxAliasCount`), or that name no anchor.
    const message = error instanceof Error ? error.message : String(error);
    read.issues.push(issueAt(source, [], message, "write the values out instead of using aliases"));
    return;
  }
  if (value === null) return;
  duplicateKeys(document.contents, [], source, lines, read.issues);
  read.documents.push({ value, source });
}

function duplicateKeys(node: unknown, path: PathItem[], source: Source, lines: LineCounter, issues: Issue[]): void {
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) duplicateKeys(item, [...path, index], source, lines, issues);
  }
  if (!isMap(node)) return;
  const first = new Map<string, Pair>();
  for (const pair of node.items) {
    const key = keyText(pair);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, pair);
    else if (key !== "<<") issues.push(duplicateKey(key, earlier, pair, [...path, key], source, lines));
    duplicateKeys(pair.value, [...path, key], source, lines, issues);
  }
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
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
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
      return at(offset);
    },
  };
}

/** The last pair with that key, as the later value counts; or the item at that index. */
function childOf(node: unknown, item: PathItem): { key: unknown; value: unknown } | null {
  if (isSeq(node)) {
    const value = typeof item === "number" ? node.items[item] : undefined;
    return value === undefined ? null : { key: value, value };
  }
  if (!isMap(node)) return null;
  const pair = (node as YAMLMap).items.findLast((candidate) => keyText(candidate) === String(item));
  if (pair === undefined) return null;
  // `key:` with nothing behind it has no value of its own to point at.
  const isEmpty = isScalar(pair.value) && pair.value.value === null && pair.value.source === "";
  return { key: pair.key, value: isEmpty ? pair.key : pair.value };
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function startOf(node: unknown): number | null {
  if (isPair(node)) return startOf(node.key);
  const range = isScalar(node) || isCollection(node) || isAlias(node) ? node.range : null;
  return range?.[0] ?? null;
}
