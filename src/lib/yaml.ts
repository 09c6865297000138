/**
 * The one door to the yaml package: documents with the place of every value in, text out. YAML is YAML 1.1 as kubectl
 * reads it (design D13): `0644` is 420 and `yes` is true, but `22:22` and `2001-01-01` stay text. JSON is read as YAML,
 * so that its values have places too.
 */
import { Composer, type Document, Parser, parseDocument, stringify, type Tags } from "yaml";
import { hasErrors, type Issue, issueAt, type Position, type Source, type SourceValue } from "./issue.ts";
import { objectStarts } from "./json-stream.ts";
import { indexLines, type LineIndex, placeOfOffset } from "./line-index.ts";
import { readJsonDocument } from "./yaml-json.ts";
import { type Layout, layoutOf } from "./yaml-layout.ts";
import { BRACKETS_MAX, bracketTooManyAt, collectionKeyAt } from "./yaml-limits.ts";
import { type DuplicateKey, findPlace, openedAt, type Places, placesOf } from "./yaml-places.ts";
import { type PlainDocument, readPlainDocument } from "./yaml-plain.ts";

export interface YamlRead {
  /** In the order written; documents that hold nothing are left out. */
  documents: SourceValue[];
  issues: Issue[];
}

/** Reads every document of `text`. A document with a syntax error is reported and left out. */
export function readYaml(text: string, file: string): YamlRead {
  const read: YamlRead = { documents: [], issues: [] };
  readYamlDocuments(text, file, read.issues, (document) => read.documents.push(document));
  return read;
}

/**
 * The same, with each document given to `take` as soon as it is read, so that what is made of it can replace it.
 * Issues are pushed before the document that they are about is taken.
 */
export function readYamlDocuments(
  text: string,
  file: string,
  issues: Issue[],
  take: (document: SourceValue) => void,
): void {
  readAll({ text, file, lines: indexLines(text), issues, isEdited: () => false, keepsTokens: false }, take);
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
  const input = { text, file, lines: indexLines(text), issues, isEdited: isWanted, keepsTokens: true };
  readAll(input, (read, document) => {
    // A layout takes much less memory than what the package has read.
    const layout = document !== null && isWanted(read.value) ? layoutOf(document) : null;
    documents.push({ ...read, layout });
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
  readYamlDocuments(text, "", issues, ({ value }) => {
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

/** What is read from. */
interface Input {
  readonly text: string;
  readonly file: string;
  readonly lines: LineIndex;
  readonly issues: Issue[];
  /** Whether a document with this value is to be edited: then the package reads it. */
  isEdited(value: unknown): boolean;
  /** Whether the package keeps what layouts are made of. */
  readonly keepsTokens: boolean;
}

/** `document` is null when nobody asked for what the package makes of it. */
type Take = (read: SourceValue, document: Document.Parsed | null) => void;

/** Reads document after document; none is kept longer than `take` keeps it. */
function readAll(input: Input, take: Take): void {
  for (const bounds of boundsIn(input.text)) {
    const { start, body, end } = bounds;
    const quick = body === null ? null : readQuickly(input.text, body, end);
    if (quick === null || input.isEdited(quick.value)) readWithPackage(input, bounds, take);
    else if (quick.value !== null) take({ value: quick.value, source: sourceOf(quick.places, start, input) }, null);
  }
}

function readQuickly(text: string, start: number, end: number): PlainDocument | null {
  return readJsonDocument(text, start, end, resolveScalar) ?? readPlainDocument(text, start, end, resolveScalar);
}

/** The part of a text that holds a document. */
interface Bounds {
  readonly start: number;
  /** Behind the line with `---`; null when something stands on it, or when the text has what only the package knows. */
  readonly body: number | null;
  readonly end: number;
}

/** A document ends where a line begins with `---`, whatever is open; a stream of JSON has an object after the other. */
function boundsIn(text: string): Bounds[] {
  const objects = objectStarts(text);
  const isStream = objects.length > 1;
  if (!isStream && (text.includes("\r") || /^(%|\.\.\.(\s|$))/m.test(text)))
    return [{ start: 0, body: null, end: text.length }];
  const starts = isStream ? objects : [0];
  if (!isStream) for (const { index } of text.matchAll(/^---(?=\s|$)/gm)) if (index > 0) starts.push(index);
  return starts.map((start, at) => {
    const line = text.slice(start, text.indexOf("\n", start) + 1 || text.length);
    const header = isStream ? "" : (/^---.*\n?$/.exec(line)?.[0] ?? "");
    const isPlain = header === "" || /^--- *(#.*)?\n?$/.test(header);
    return { start, body: isPlain ? start + header.length : null, end: starts[at + 1] ?? text.length };
  });
}

function readWithPackage(input: Input, { start, end }: Bounds, take: Take): void {
  const parser = new Parser();
  parser.offset = start;
  // Its warnings, which it prints by itself, are about what JavaScript cannot hold.
  const options = { version: "1.1", uniqueKeys: false, customTags, logLevel: "error" } as const;
  const keepSourceTokens = input.keepsTokens;
  const text = input.text.slice(start, end);
  const tooDeep = bracketTooManyAt(text);
  if (tooDeep !== null) {
    const remedy = "write the values in fewer levels";
    input.issues.push(syntaxError(`is bracket ${BRACKETS_MAX + 1} in brackets`, remedy, start + tooDeep, input));
    return;
  }
  for (const document of new Composer({ ...options, keepSourceTokens }).compose(parser.parse(text))) {
    const found = readDocument(document, input);
    if (found !== null) take(found, document);
  }
}

const scalars = new Map<string, unknown>();
const SCALARS_MAX = 10_000;

/** What a scalar on one line means; undefined when it is none. Remembered. */
function resolveScalar(text: string): unknown {
  if (scalars.has(text)) return scalars.get(text);
  if (scalars.size >= SCALARS_MAX) scalars.clear();
  const document = parseDocument(text, { version: "1.1", customTags, logLevel: "error" });
  const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
  const found = typeof value === "object" && value !== null ? undefined : value;
  scalars.set(text, found);
  return found;
}

/** kubectl's reader knows neither base-60 numbers nor dates. */
function customTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === "string" || (tag.format !== "TIME" && tag.tag !== "tag:yaml.org,2002:timestamp"),
  );
}

function readDocument(document: Document.Parsed, input: Input): SourceValue | null {
  const { issues } = input;
  for (const error of document.errors) {
    const isUnclosed = /^Missing closing|must end with|and end with/.test(error.message);
    const opened = isUnclosed ? openedAt(document, error.pos[0]) : null;
    issues.push(syntaxIssue(error.message.split("\n")[0] ?? error.code, opened, error.pos[0], input));
    // What follows from a quote that is open says nothing.
    if (opened !== null) break;
  }
  if (document.errors.length > 0 || document.contents === null) return null;
  const keyAt = collectionKeyAt(document);
  if (keyAt !== null) {
    issues.push(syntaxError("a key that is a list or a map", "write a text as key", keyAt, input));
    return null;
  }
  const { places, duplicates, endless } = placesOf(document);
  const source = sourceOf(places, document.range[0] ?? 0, input);
  if (endless !== null) {
    const message = `*${endless.anchor} stands for a value that it is in itself`;
    issues.push(issueAt(source, endless.path, message, "write the value out", { rule: "yaml-syntax" }));
    return null;
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases that expand without end (`maxAliasCount`), or that name no anchor.
    const message = error instanceof Error ? error.message : String(error);
    const remedy = "write the values out instead of using aliases";
    issues.push(issueAt(source, [], message, remedy, { rule: "yaml-syntax" }));
    return null;
  }
  if (value === null) return null;
  for (const duplicate of duplicates) issues.push(duplicateKey(duplicate, source, input));
  return { value, source };
}

/** `opened` is where the quote or bracket stands that is not closed, if that is the mistake. */
function syntaxIssue(message: string, opened: number | null, offset: number, input: Input): Issue {
  if (opened === null) return syntaxError(message, "mend the syntax here; the document cannot be read", offset, input);
  const remedy = "close it; what is in it must be indented further than the key before it";
  return syntaxError(`${input.text[opened]} is not closed`, remedy, opened, input);
}

function syntaxError(message: string, remedy: string, offset: number, { file, lines }: Input): Issue {
  const position = { file, ...placeOfOffset(lines, offset) };
  return { severity: "error", rule: "yaml-syntax", position, path: "", message, remedy };
}

/** A warning, not an error: kubectl's reader takes the later value too, and manifests written so are in use. */
function duplicateKey({ path, earlier, later }: DuplicateKey, source: Source, { lines }: Input): Issue {
  const message = `duplicate key "${path.at(-1)}", first written at line ${placeOfOffset(lines, earlier).line}`;
  const remedy = "delete one of the two; until then the later one counts";
  const issue = issueAt(source, path, message, remedy, { severity: "warning", rule: "duplicate-key" });
  return { ...issue, position: { file: source.file, ...placeOfOffset(lines, later) } };
}

/** What Helm writes above each document that it makes. */
const ORIGIN = /^# Source: (\S+)/m;

/** `start` is where the document begins, comments above its first value included. */
function sourceOf(places: Places, start: number, { text, file, lines }: Input): Source {
  const at = (offset: number): Position => ({ file, ...placeOfOffset(lines, offset) });
  const origin = ORIGIN.exec(text.slice(start, places.offsets[0]))?.[1];
  return {
    file,
    ...(origin !== undefined && { origin }),
    positionOf(path, part = "value") {
      const found = findPlace(places, path);
      return at(part === "key" && found.isExact ? found.key : found.at);
    },
    isWritten: (path) => findPlace(places, path).isExact,
  };
}
