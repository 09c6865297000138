/** TOML: Bun's own reader with places added, and a writer for plain data. */
import { formatPath, type Issue, type PathItem, type Position, type Source, type SourceValue } from "./issue.ts";

export interface TomlRead {
  /** Null when the text is not TOML; `issues` says where. */
  document: SourceValue | null;
  issues: Issue[];
}

/** Reads one TOML document. */
export function readToml(text: string, file: string): TomlRead {
  try {
    const value: unknown = Bun.TOML.parse(text);
    return { document: { value, source: sourceOf(text, file) }, issues: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^TOML Parse error: /, "") : String(error);
    const position = { file, line: lineOfError(text), column: 1 };
    const remedy = "mend the syntax of the statement that begins here";
    return { document: null, issues: [{ severity: "error", position, path: "", message, remedy }] };
  }
}

/** Writes `value` as TOML. Keys whose value is undefined are left out. @throws TypeError for null, which TOML cannot say. */
export function writeToml(value: Record<string, unknown>): string {
  const lines: string[] = [];
  writeTable(value, [], lines);
  return `${lines.join("\n").trim()}\n`;
}

/** The reader does not say where; the text reads well exactly up to the statement that is wrong. */
function lineOfError(text: string): number {
  const lines = text.split("\n");
  let good = lines.length - 1;
  while (good > 0 && !isToml(lines.slice(0, good).join("\n"))) good--;
  while (good < lines.length - 1 && /^\s*(#.*)?$/.test(lines[good] ?? "")) good++;
  return good + 1;
}

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    return false; // The answer itself; the message was taken from the whole text.
  }
}

/** Finds `[table]`, `[[table]]` and `key =` by line, which is where people write them. */
function sourceOf(text: string, file: string): Source {
  const places = new Map<string, { key: Position; value: Position }>();
  const counts = new Map<string, number>();
  let table: PathItem[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    const header = /^\s*(\[\[?)\s*([^[\]]+?)\s*\]\]?/.exec(content);
    if (header !== null) table = tablePath(namesOf(header[2] ?? ""), header[1] === "[[", counts);
    const entry = header === null ? /^(\s*)([\w.-]+|"[^"]*"|'[^']*')(\s*=\s*)/.exec(content) : null;
    if (header === null && entry === null) continue;
    const path = entry === null ? table : [...table, ...namesOf(entry[2] ?? "")];
    const column = (entry?.[1] ?? "").length + 1;
    const key = { file, line: index + 1, column };
    const value = entry === null ? key : { file, line: index + 1, column: entry[0].length + 1 };
    if (!places.has(formatPath(path))) places.set(formatPath(path), { key, value });
  }
  return {
    file,
    positionOf(path, part = "value") {
      for (let depth = path.length; depth > 0; depth--) {
        const place = places.get(formatPath(path.slice(0, depth)));
        if (place !== undefined) return depth === path.length ? place[part] : place.value;
      }
      return { file, line: 1, column: 1 };
    },
    isWritten: (path) => places.has(formatPath(path)),
  };
}

/** `a.b` under the newest element of every array of tables on the way. */
function tablePath(names: readonly string[], isElement: boolean, counts: Map<string, number>): PathItem[] {
  const path: PathItem[] = [];
  for (const [depth, name] of names.entries()) {
    path.push(name);
    const array = formatPath(path);
    const count = counts.get(array);
    if (isElement && depth === names.length - 1) {
      counts.set(array, (count ?? 0) + 1);
      path.push(count ?? 0);
    } else if (count !== undefined) path.push(count - 1);
  }
  return path;
}

function namesOf(dotted: string): string[] {
  const names = dotted.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return names.map((name) => name.replace(/^(["'])(.*)\1$/, "$2"));
}

function writeTable(table: Record<string, unknown>, path: readonly string[], lines: string[]): void {
  const tables: [string, unknown][] = [];
  for (const [key, value] of Object.entries(table)) {
    if (value === undefined) continue;
    if (isTable(value) || isTables(value)) tables.push([key, value]);
    else lines.push(`${keyText(key)} = ${valueText(value)}`);
  }
  for (const [key, value] of tables) {
    const name = [...path, key];
    const elements = isTables(value) ? value : [value as Record<string, unknown>];
    for (const element of elements) {
      const heading = name.map(keyText).join(".");
      if (isTables(value)) lines.push("", `[[${heading}]]`);
      else if (hasOwnValues(element)) lines.push("", `[${heading}]`);
      writeTable(element, name, lines);
    }
  }
}

/** A table that only holds tables needs no heading: theirs say it. */
function hasOwnValues(table: Record<string, unknown>): boolean {
  const values = Object.values(table).filter((value) => value !== undefined);
  return values.length === 0 || values.some((value) => !isTable(value) && !isTables(value));
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTables(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Its integers have 64 bits; what is larger is told by a point or an exponent, and only fractions have a negative zero. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value).replace("Infinity", "inf").toLowerCase();
  return /^-?\d+$/.test(text) && Math.abs(value) >= 2 ** 63 ? `${text}.0` : text;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  switch (typeof value) {
    case "string":
      // TOML's basic strings escape as JSON's do, but for DEL, which JSON lets stand.
      return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
    case "number":
      return numberText(value);
    case "boolean":
      return String(value);
    default:
      throw new TypeError(`TOML cannot say ${value === null ? "null" : typeof value}`);
  }
}
