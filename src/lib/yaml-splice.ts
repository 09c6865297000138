/**
 * The text of single changes to a document. What is new goes to the front of its list or map, because that place needs
 * no knowledge of what follows: comments behind the last item, block scalars, the end of a file. What is added and then
 * removed leaves no trace.
 */
import { assert } from "./assert.ts";
import { columnOf, lineBreakAt, lineEnd, lineStart, type TextEdit } from "./text-edit.ts";
import type { Slot, Written } from "./yaml-layout.ts";
import { yamlLines } from "./yaml-lines.ts";
import { blockIndentOf, flowEntries, flowStyleOf, flowText, type LaidOut, type Spelling } from "./yaml-style.ts";

/**
 * Adds entries to a map or items to a list that is not empty: in front of all others, but behind a merge (`<<`), because
 * kubectl's reader lets what is merged win over what stands before it.
 */
export function insertInto(document: LaidOut, slot: Slot, added: object): TextEdit {
  const { slots, isFlow } = slot.value;
  const index = slots.findLastIndex(({ key }) => key === "<<") + 1;
  if (isFlow) return insertInFlow(document, slot.value, index, added);
  const { text } = document;
  const [previous, next] = [slots[index - 1], slots[index]];
  const lines = yamlLines(added, blockIndentOf(document, slot, slot.value));
  const column = columnOf(text, slots[0]?.start ?? 0);
  const end = lineEnd(text, previous?.value.end ?? headerOf(slot));
  if (next === undefined || end < next.start) return { start: end, end, text: newLines(text, end, column, lines) };
  // The first entry stands behind a dash or at the beginning of the document.
  const lineBreak = lineBreakAt(text, next.start);
  const inserted = lines.map((line) => `${line}${lineBreak}${" ".repeat(column)}`).join("");
  return { start: next.start, end: next.start, text: inserted };
}

/** Removes neighbouring entries or items, with what `insertInto()` would have put around them. */
export function removeFrom({ text }: LaidOut, written: Written, index: number, count: number): TextEdit {
  const first = written.slots[index];
  const last = written.slots[index + count - 1];
  assert(first !== undefined && last !== undefined, "what is removed is there");
  const [previous, next] = [written.slots[index - 1], written.slots[index + count]];
  const start = lineStart(text, first.start);
  const isOnOwnLines = text.slice(start, first.start).trim() === "";
  if (written.isFlow || !isOnOwnLines) {
    if (next !== undefined) return { start: first.start, end: next.start, text: "" };
    return { start: previous?.value.end ?? first.start, end: last.value.end, text: "" };
  }
  const end = lineEnd(text, last.value.end);
  if (start > 0) return { start: start - (text[start - 2] === "\r" ? 2 : 1), end, text: "" };
  return { start: 0, end: Math.min(text.length, end + lineBreakAt(text, end).length), text: "" };
}

/** Writes another value in the place of nothing, of an empty collection, or of an alias. */
export function writeOver(
  document: LaidOut,
  slot: Slot,
  around: Written | null,
  value: unknown,
  spelling: Spelling | null,
): TextEdit[] {
  const { text } = document;
  const { key, after, value: written } = slot;
  const isNothing = written.kind !== "alias" && written.slots.length === 0;
  const isFlow = around?.isFlow ?? written.isFlow;
  if (isNothing && !isFlow && key !== null && typeof value === "object" && value !== null) {
    const [, ...lines] = yamlLines({ [key]: value }, blockIndentOf(document, slot, around ?? written));
    const end = lineEnd(text, written.end);
    return [
      { start: after, end: written.end, text: "" },
      { start: end, end, text: newLines(text, end, columnOf(text, slot.start), lines) },
    ];
  }
  const style = flowStyleOf(document, isFlow ? around : null);
  const gap = style.kind === "compact" || (key === null && text[slot.start] !== "-") ? "" : " ";
  const flow = flowText(value, style, spelling).replaceAll("\n", `${style.lineBreak}${indentAt(text, after)}`);
  return [{ start: after, end: written.end, text: gap + flow }];
}

/** Undoes `writeOver()`: lines that it added below the key go, what else is in the key's line stays. */
export function writeBack({ text }: LaidOut, { after, value }: Slot, former: string): TextEdit[] {
  const header = lineEnd(text, after);
  if (value.start <= header) return [{ start: after, end: value.end, text: former }];
  return [
    { start: after, end: after, text: former },
    { start: header, end: lineEnd(text, value.end), text: "" },
  ];
}

/** Writes the value that an alias stands for in the place of the alias. */
export function spellOut(document: LaidOut, { after, value }: Slot, spelling: Spelling): TextEdit {
  const gap = /^\s*/.exec(document.text.slice(after, value.end))?.[0] ?? "";
  const flow = flowText(spelling.value, flowStyleOf(document, null), spelling);
  return { start: after, end: value.end, text: gap + flow };
}

function insertInFlow(document: LaidOut, around: Written, index: number, added: object): TextEdit {
  const { text } = document;
  const style = flowStyleOf(document, around);
  const [previous, next] = [around.slots[index - 1], around.slots[index]];
  const position = next?.start ?? previous?.value.end ?? around.head;
  const newLine = `${style.lineBreak}${indentAt(text, next?.start ?? position)}`;
  const gap = { compact: ",", spaced: ", ", pretty: `,${newLine}` }[style.kind];
  const flow = flowEntries(added, style, null)
    .map((entry) => entry.replaceAll("\n", newLine))
    .join(gap);
  return { start: position, end: position, text: next === undefined ? gap + flow : flow + gap };
}

/** Behind the key, the dash, anchor or tag that stand before a collection. */
function headerOf({ after, value }: Slot): number {
  return value.start < value.head ? value.head : after;
}

function newLines(text: string, position: number, column: number, lines: readonly string[]): string {
  const start = lineBreakAt(text, position) + " ".repeat(column);
  return lines.map((line) => start + line).join("");
}

/** What the line of `position` is indented by. */
function indentAt(text: string, position: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, position), position))?.[0] ?? "";
}
