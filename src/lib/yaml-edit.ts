/**
 * Changes a YAML or JSON document into one with another value and touches only the characters that have to differ:
 * comments, order, anchors, quotes, number forms and line ends stay.
 */
import { assert } from "./assert.ts";
import type { Path } from "./issue.ts";
import { jsonPointer, pathOf, valueAt } from "./path.ts";
import type { TextEdit } from "./text-edit.ts";
import { type Layout, type Slot, slotIn, type Written, type WrittenAlias } from "./yaml-layout.ts";
import { insertInto, removeFrom, spellOut, writeBack, writeOver } from "./yaml-splice.ts";

export interface EditableDocument {
  /** Of the whole file. */
  readonly text: string;
  readonly layout: Layout;
  readonly value: unknown;
}

/**
 * What stood in places whose text was replaced as a whole, by JSON pointer: the characters behind the colon or the dash,
 * or null for a key that was inherited by a merge (`<<`) and then written out. `rewrite()` puts them back where it is
 * given them and the wanted value has no more in that place than they say.
 */
export type Former = Readonly<Record<string, string | null>>;

/** What has to be done to the text, and what is needed to undo it exactly. */
export interface Rewriting {
  edits: TextEdit[];
  former: Record<string, string | null>;
}

interface Work {
  readonly document: EditableDocument;
  readonly wanted: unknown;
  readonly restore: Former;
  readonly result: Rewriting;
  /** Places that have their former text again. */
  readonly settled: Set<Slot>;
}

/** A value in the document: where it is and in which collection it is written. */
interface Place {
  readonly slot: Slot;
  readonly path: Path;
  readonly around: Written | null;
}

/**
 * The edits that turn `document` into one with the value `wanted`. What is the same object in both is taken to be
 * unchanged; new items may only stand at the front of a list.
 */
export function rewrite(document: EditableDocument, wanted: unknown, restore: Former = {}): Rewriting {
  const work: Work = { document, wanted, restore, result: { edits: [], former: {} }, settled: new Set() };
  for (const [pointer, former] of Object.entries(restore)) {
    if (former !== null) putBack(pathOf(pointer), former, work);
  }
  change({ slot: rootSlot(document), path: [], around: null }, document.value, wanted, work);
  for (const alias of document.layout.aliases) keepMeaning(alias, work);
  return work.result;
}

function change(place: Place, old: unknown, wanted: unknown, work: Work): void {
  if (old === wanted || work.settled.has(place.slot)) return;
  const { kind, slots } = place.slot.value;
  if (slots.length > 0 && kind === "map" && isMap(old) && isMap(wanted)) changeMap(place, old, wanted, work);
  else if (slots.length > 0 && kind === "list" && Array.isArray(old) && Array.isArray(wanted)) {
    changeList(place, old, wanted, work);
  } else replace(place, old, wanted, work);
}

function changeMap(place: Place, old: Mapping, wanted: Mapping, work: Work): void {
  const written = place.slot.value;
  const own = ownSlots(written);
  const hasMerge = own.size < written.slots.length;
  const gone = new Set<Slot>();
  for (const [key, slot] of own) {
    const path = [...place.path, key];
    const isInherited = hasMerge && work.restore[jsonPointer(path)] === null;
    if (Object.hasOwn(wanted, key) && !isInherited) {
      change({ slot, path, around: written }, old[key], wanted[key], work);
    } else if (!work.settled.has(slot)) gone.add(slot);
  }
  if (gone.size === written.slots.length) return replace(place, old, wanted, work);
  removeAll(written, gone, work);
  const added = Object.entries(wanted).filter(([key, value]) => !own.has(key) && value !== old[key]);
  for (const [key] of added) {
    if (Object.hasOwn(old, key)) work.result.former[jsonPointer([...place.path, key])] = null;
  }
  if (added.length > 0) work.result.edits.push(insertInto(work.document, place.slot, Object.fromEntries(added)));
}

function changeList(place: Place, old: unknown[], wanted: unknown[], work: Work): void {
  const written = place.slot.value;
  if (old.length === wanted.length) {
    for (const [index, slot] of written.slots.entries()) {
      change({ slot, path: [...place.path, index], around: written }, old[index], wanted[index], work);
    }
    return;
  }
  const first = wanted.findIndex((item) => old.includes(item));
  const [added, kept] = first === -1 ? [wanted, []] : [wanted.slice(0, first), wanted.slice(first)];
  let position = 0;
  const gone = new Set<Slot>();
  for (const [index, slot] of written.slots.entries()) {
    if (position < kept.length && old[index] === kept[position]) position++;
    else gone.add(slot);
  }
  assert(position === kept.length, "new items stand at the front of their list");
  if (kept.length === 0) return replace(place, old, wanted, work);
  removeAll(written, gone, work);
  if (added.length > 0) work.result.edits.push(insertInto(work.document, place.slot, added));
}

/** Writes another value over whatever is written there: nothing, `{}`, an alias. */
function replace({ slot, path, around }: Place, old: unknown, wanted: unknown, work: Work): void {
  const { document, result } = work;
  const target = document.layout.aliases.find((alias) => alias.slot === slot)?.target;
  const spelling = target === undefined ? null : { text: document.text, written: target, value: old };
  result.former[jsonPointer(path)] = document.text.slice(slot.after, slot.value.end);
  result.edits.push(...writeOver(document, slot, around, wanted, spelling));
}

function removeAll(written: Written, gone: ReadonlySet<Slot>, work: Work): void {
  for (let index = 0; index < written.slots.length; index++) {
    const first = index;
    while (index < written.slots.length && gone.has(written.slots[index] as Slot)) index++;
    if (index > first) work.result.edits.push(removeFrom(work.document, written, first, index - first));
  }
}

/** Puts the former text of a place back, unless there is more in it now. */
function putBack(path: Path, former: string, work: Work): void {
  let slot: Slot | undefined = rootSlot(work.document);
  for (const item of path) slot = slot === undefined ? undefined : slotIn(slot.value, item);
  if (slot === undefined) return;
  const isAlias = former.trimStart().startsWith("*");
  if (isAlias || isNothing(valueAt(work.wanted, path))) {
    work.settled.add(slot);
    work.result.edits.push(...writeBack(work.document, slot, former));
  }
}

/** An alias whose target changes, but which is not to change with it, is written out. */
function keepMeaning({ slot, path, target, targetPath }: WrittenAlias, work: Work): void {
  const { document, wanted, result } = work;
  const value = valueAt(document.value, targetPath);
  if (value === valueAt(wanted, targetPath) || isCovered(slot, work)) return;
  result.former[jsonPointer(path)] = document.text.slice(slot.after, slot.value.end);
  result.edits.push(spellOut(document, slot, { text: document.text, written: target, value }));
}

/** Whether what stands there is removed or replaced. */
function isCovered({ after, value }: Slot, { result }: Work): boolean {
  return result.edits.some(({ start, end }) => start < end && start <= after && value.end <= end);
}

function rootSlot({ layout: { root } }: EditableDocument): Slot {
  return { key: null, start: root.start, after: root.start, value: root };
}

/** Without merges; of a key that is written twice the later one. */
function ownSlots({ slots }: Written): Map<string, Slot> {
  return new Map(slots.flatMap((slot) => (slot.key === null || slot.key === "<<" ? [] : [[slot.key, slot] as const])));
}

type Mapping = Record<string, unknown>;

function isMap(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
