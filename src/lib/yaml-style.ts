/** How a document is written, so that what is added to it looks like the rest. */
import { jsonText } from "./json-text.ts";
import { valueAt } from "./path.ts";
import { columnOf, lineBreakAt } from "./text-edit.ts";
import { type Layout, type Slot, slotIn, type Written } from "./yaml-layout.ts";
import type { YamlIndent } from "./yaml-lines.ts";

/** A document in the text of its file. */
export interface LaidOut {
  readonly text: string;
  readonly layout: Layout;
}

/** How maps and lists are written between braces and brackets: without spaces, on one line, or on many. */
export interface FlowStyle {
  readonly kind: "compact" | "spaced" | "pretty";
  /** What lines are indented by, one level. */
  readonly unit: string;
  readonly lineBreak: string;
}

/** A value that is in the text already, with the text it has there. */
export interface Spelling {
  readonly text: string;
  readonly written: Written;
  readonly value: unknown;
}

/** The style of `around`, a flow collection; null for a single value in a block document. */
export function flowStyleOf({ text, layout: { root } }: LaidOut, around: Written | null): FlowStyle {
  const lineBreak = lineBreakAt(text, around?.start ?? root.start);
  const unit = unitOf(text, root);
  const first = around?.slots[0];
  if (around === null || first === undefined) return { kind: "spaced", unit, lineBreak };
  if (text.slice(around.head, first.start).includes("\n")) return { kind: "pretty", unit, lineBreak };
  const entry = firstEntry(root);
  const isCompact = entry !== null && root.isFlow && entry.after === entry.value.start;
  return { kind: isCompact ? "compact" : "spaced", unit, lineBreak };
}

/** JSON's form of a value, which is YAML, too. Scalars that are in the text already keep their spelling: 0644, 1_000. */
export function flowText(value: unknown, style: FlowStyle, spelling: Spelling | null): string {
  if (typeof value !== "object" || value === null) return scalarText(value, spelling);
  if (style.kind === "pretty") return jsonText(value, style.unit);
  const entries = flowEntries(value, style, spelling).join(style.kind === "compact" ? "," : ", ");
  return Array.isArray(value) ? `[${entries}]` : `{${entries}}`;
}

/** The entries of a map, or the items of a list, without what stands between and around them. */
export function flowEntries(value: object, style: FlowStyle, spelling: Spelling | null): string[] {
  if (Array.isArray(value)) return value.map((item) => flowText(item, style, itemSpelling(spelling, item)));
  const gap = style.kind === "compact" ? "" : " ";
  return Object.entries(value).map(([key, entry]) => {
    return `${jsonText(key)}:${gap}${flowText(entry, style, entrySpelling(spelling, key))}`;
  });
}

function scalarText(value: unknown, spelling: Spelling | null): string {
  const json = jsonText(value);
  if (spelling === null || spelling.value !== value || spelling.written.kind !== "scalar") return json;
  const source = spelling.text.slice(spelling.written.head, spelling.written.end);
  return /^[\w.+-]+$/.test(source) ? source : json;
}

/** How lines below the key of `slot` are indented where `written` is near. */
export function blockIndentOf({ text, layout: { root } }: LaidOut, slot: Slot, written: Written): YamlIndent {
  const column = (position: number) => columnOf(text, position);
  const map = nestedMap(slot) ?? findSlot(written, nestedMap) ?? findSlot(root, nestedMap);
  const list = findSlot({ ...written, slots: [slot, ...written.slots] }, nestedList) ?? findSlot(root, nestedList);
  const step = (found: Slot) => column(found.value.slots[0]?.start ?? 0) - column(found.start);
  return { map: map === null ? 2 : step(map), list: list === null ? 0 : Math.max(0, step(list)) };

  function nestedMap(found: Slot): Slot | null {
    return isBlock(found, "map") && column(found.value.slots[0]?.start ?? 0) > column(found.start) ? found : null;
  }
  function nestedList(found: Slot): Slot | null {
    return isBlock(found, "list") ? found : null;
  }
}

function isBlock({ key, value }: Slot, kind: Written["kind"]): boolean {
  return key !== null && value.kind === kind && !value.isFlow && value.slots.length > 0;
}

/** The first one in `written` that `choose` takes, from top to bottom. */
function findSlot(written: Written, choose: (slot: Slot) => Slot | null): Slot | null {
  for (const slot of written.slots) {
    const found = choose(slot) ?? findSlot(slot.value, choose);
    if (found !== null) return found;
  }
  return null;
}

function unitOf(text: string, root: Written): string {
  const first = root.slots[0];
  if (!root.isFlow || first === undefined) return "  ";
  const between = text.slice(root.head, first.start);
  return between.includes("\n") ? between.slice(between.lastIndexOf("\n") + 1) : "  ";
}

function firstEntry(written: Written): Slot | null {
  const [first] = written.slots;
  return first === undefined || first.key !== null ? (first ?? null) : firstEntry(first.value);
}

function itemSpelling(spelling: Spelling | null, item: unknown): Spelling | null {
  if (spelling === null || !Array.isArray(spelling.value)) return null;
  const found = spelling.written.slots[spelling.value.indexOf(item)];
  return found === undefined ? null : { ...spelling, written: found.value, value: item };
}

function entrySpelling(spelling: Spelling | null, key: string): Spelling | null {
  if (spelling === null) return null;
  const found = slotIn(spelling.written, key);
  const value = valueAt(spelling.value, [key]);
  return found === undefined ? null : { ...spelling, written: found.value, value };
}
