/** Program text with comments and the inside of strings, templates and regular expressions blanked out, so that rules see code only. */

interface Reader {
  readonly text: string;
  readonly out: string[];
  at: number;
  /** One entry per open `${`: how many braces are open inside it. */
  readonly templates: number[];
  /** The last character of code that was not a space; tells division from a regular expression. */
  last: string;
}

/** The same text, same length and same lines, with only code left; quotes stay, what is between them becomes spaces. */
export function blankText(text: string): string {
  const reader: Reader = { text, out: text.split(""), at: 0, templates: [], last: "" };
  while (reader.at < text.length) step(reader);
  return reader.out.join("");
}

function step(reader: Reader): void {
  const { text, at } = reader;
  const character = text[at]!;
  if (text.startsWith("//", at) || text.startsWith("#!", at)) return blankUntil(reader, endOf(text, "\n", at, 0));
  if (text.startsWith("/*", at)) return blankUntil(reader, endOf(text, "*/", at + 2, 2));
  if (character === '"' || character === "'") return blankQuoted(reader, character);
  if (character === "/" && startsRegex(reader)) return blankRegex(reader);
  if (character === "`") {
    reader.at += 1;
    return blankTemplate(reader);
  }
  const depth = reader.templates.length - 1;
  if (depth >= 0 && character === "{") reader.templates[depth]! += 1;
  if (depth >= 0 && character === "}") {
    if (reader.templates[depth] === 0) {
      reader.templates.pop();
      reader.at += 1;
      return blankTemplate(reader);
    }
    reader.templates[depth]! -= 1;
  }
  if (character.trim() !== "") reader.last = character;
  reader.at += 1;
}

function blankQuoted(reader: Reader, quote: string): void {
  let end = reader.at + 1;
  while (end < reader.text.length && reader.text[end] !== quote && reader.text[end] !== "\n") {
    end += reader.text[end] === "\\" ? 2 : 1;
  }
  reader.at += 1;
  blankUntil(reader, end);
  reader.at += 1;
  reader.last = quote;
}

/** From inside a template to its end or to the code of a `${`. */
function blankTemplate(reader: Reader): void {
  let end = reader.at;
  while (end < reader.text.length && reader.text[end] !== "`" && !reader.text.startsWith("${", end)) {
    end += reader.text[end] === "\\" ? 2 : 1;
  }
  blankUntil(reader, end);
  if (reader.text[end] === "`") {
    reader.at += 1;
    reader.last = "`";
    return;
  }
  reader.templates.push(0);
  reader.at += 2;
  reader.last = "{";
}

function blankRegex(reader: Reader): void {
  let end = reader.at + 1;
  let isInClass = false;
  while (end < reader.text.length && reader.text[end] !== "\n" && (isInClass || reader.text[end] !== "/")) {
    if (reader.text[end] === "[") isInClass = true;
    if (reader.text[end] === "]") isInClass = false;
    end += reader.text[end] === "\\" ? 2 : 1;
  }
  reader.at += 1;
  blankUntil(reader, end);
  reader.at += 1;
  reader.last = "/";
}

/** After a value a slash divides, elsewhere it opens a regular expression. */
function startsRegex(reader: Reader): boolean {
  if (!/[\w)\]}"'`$]/.test(reader.last)) return true;
  return /\b(return|case|typeof|of|in)\s*$/.test(reader.text.slice(Math.max(0, reader.at - 12), reader.at));
}

function blankUntil(reader: Reader, end: number): void {
  const stop = Math.min(end, reader.text.length);
  for (let i = reader.at; i < stop; i += 1) if (reader.out[i] !== "\n") reader.out[i] = " ";
  reader.at = stop;
}

function endOf(text: string, mark: string, from: number, width: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + width;
}
