/** Lines of YAML to be put into a document, indented as its others are. */
import { jsonText, needsEscapes } from "./json-text.ts";
import { writeYamlText } from "./yaml.ts";

/** By how many spaces maps in maps stand to the right of their key, and lists in maps. */
export interface YamlIndent {
  readonly map: number;
  readonly list: number;
}

/** A filled map or list, one value a line. */
export function yamlLines(value: object, indent: YamlIndent): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const [first = "", ...others] = isFilled(item) ? yamlLines(item, indent) : [scalarText(item)];
      return [`- ${first}`, ...moveRight(others, 2)];
    });
  }
  return Object.entries(value).flatMap(([key, entry]) => {
    if (!isFilled(entry)) return [`${textOf(key)}: ${scalarText(entry)}`];
    const lines = yamlLines(entry, indent);
    return [`${textOf(key)}:`, ...moveRight(lines, Array.isArray(entry) ? indent.list : indent.map)];
  });
}

function moveRight(lines: readonly string[], spaces: number): string[] {
  return lines.map((line) => " ".repeat(spaces) + line);
}

function isFilled(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function scalarText(value: unknown): string {
  return typeof value === "string" ? textOf(value) : JSON.stringify(value);
}

/** What this matches is text to every reader, unless it is a word below: no number begins with a letter or a slash. */
const PLAIN = /^[A-Za-z/][\w./-]*(?:[:@][\w./-]+)*$/;
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

function textOf(value: string): string {
  if (PLAIN.test(value) && !WORDS.test(value)) return value;
  return needsEscapes(value) ? jsonText(value) : writeYamlText(value);
}
