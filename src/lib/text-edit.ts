/** Changing a text at some places and nowhere else. */
import { assert } from "./assert.ts";

/** Puts `text` in the place of what stands from `start` to `end`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap; those at one place in the order given. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let position = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    assert(position <= edit.start && edit.start <= edit.end, "edits do not overlap");
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + text.slice(position);
}

/** Where the line that `position` is in begins. */
export function lineStart(text: string, position: number): number {
  return text.lastIndexOf("\n", position - 1) + 1;
}

/** Where the line that `position` is in ends: at its line feed, or at the carriage return before that. */
export function lineEnd(text: string, position: number): number {
  const feed = text.indexOf("\n", position);
  if (feed === -1) return text.length;
  return feed > position && text[feed - 1] === "\r" ? feed - 1 : feed;
}

/** The line end behind `position`; at the last line, which may have none, the one before it. */
export function lineBreakAt(text: string, position: number): "\n" | "\r\n" {
  const next = text.indexOf("\n", position);
  const feed = next === -1 ? text.lastIndexOf("\n") : next;
  return feed > 0 && text[feed - 1] === "\r" ? "\r\n" : "\n";
}

/** How many characters stand before `position` in its line. */
export function columnOf(text: string, position: number): number {
  return position - lineStart(text, position);
}

/** Lines moved to the right. */
export function indentLines(lines: readonly string[], spaces: number): string[] {
  return lines.map((line) => " ".repeat(spaces) + line);
}
