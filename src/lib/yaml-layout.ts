/**
 * Where everything in a YAML document stands in its text: the half of the door to the yaml package that keeps what
 * reading values throws away. An editor can then change some characters and leave all others as they are.
 */
import { type Alias, type CST, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { assert } from "./assert.ts";
import type { Path, PathItem } from "./issue.ts";

/** A value as it is written: `text.slice(start, end)`. */
export interface Written {
  readonly kind: "map" | "list" | "alias" | "scalar";
  /** Between braces or brackets. */
  readonly isFlow: boolean;
  /** Where its anchor or tag begins, or else the value itself. */
  readonly start: number;
  /** Behind anchor and tag. Equal to `end` when nothing but these is written: the value is null. */
  readonly head: number;
  readonly end: number;
  /** Entries of a map or items of a list, as written: a key that is there twice is here twice. */
  readonly slots: readonly Slot[];
}

/** A place that holds a value: behind a key, or in a list. */
export interface Slot {
  /** Null in a list. */
  readonly key: string | null;
  /** Where the key or the dash begins. */
  readonly start: number;
  /** Behind the colon or the dash. */
  readonly after: number;
  readonly value: Written;
}

/** Another name for a value that is written elsewhere. */
export interface WrittenAlias {
  readonly slot: Slot;
  readonly path: Path;
  readonly target: Written;
  readonly targetPath: Path;
}

/** One document; positions count from the start of the file. */
export interface Layout {
  readonly root: Written;
  readonly aliases: readonly WrittenAlias[];
}

interface Building {
  readonly anchored: Map<unknown, { written: Written; path: Path }>;
  readonly aliases: { slot: Slot; path: Path; node: Alias }[];
}

/** Reads the layout of a document that was parsed without errors and with `keepSourceTokens`. */
export function layoutOf(document: Document.Parsed): Layout {
  const building: Building = { anchored: new Map(), aliases: [] };
  const root = writtenOf(document.contents, null, document.contents?.range[0] ?? 0, [], building);
  const aliases = building.aliases.flatMap(({ slot, path, node }) => {
    const target = building.anchored.get(node.resolve(document));
    // An anchor on a key names a text, which nobody changes.
    return target === undefined ? [] : [{ slot, path, target: target.written, targetPath: target.path }];
  });
  return { root, aliases };
}

/** The place of that key, of one that is written twice the later; or of the item at that index. */
export function slotIn({ kind, slots }: Written, item: PathItem): Slot | undefined {
  return kind === "list" ? slots[Number(item)] : slots.findLast(({ key }) => key === String(item));
}

/** The key of a pair as the key of a JavaScript object; `<<` for a merge. */
export function keyTextOf(pair: Pair): string {
  if (!isScalar(pair.key)) return String(pair.key);
  const { value } = pair.key;
  return typeof value === "symbol" ? "<<" : String(value ?? "");
}

/** What an anchor, a tag or both take up in front of a value. */
interface Props {
  start: number;
  end: number;
}

/** `at` is where the value would stand if it were written. */
function writtenOf(node: Node | null, props: Props | null, at: number, path: Path, building: Building): Written {
  const token = node?.srcToken;
  const head = props?.end ?? token?.offset ?? at;
  const written = {
    kind: kindOf(node),
    isFlow: token?.type === "flow-collection",
    start: props?.start ?? head,
    head,
    end: token === undefined ? head : endOf(token),
    slots: slotsOf(node, path, building),
  };
  if (node !== null && "anchor" in node && node.anchor !== undefined) building.anchored.set(node, { written, path });
  return written;
}

function kindOf(node: Node | null): Written["kind"] {
  if (isMap(node)) return "map";
  if (isSeq(node)) return "list";
  return isAlias(node) ? "alias" : "scalar";
}

const NO_SLOTS: readonly Slot[] = [];

function slotsOf(node: Node | null, path: Path, building: Building): readonly Slot[] {
  if (isMap(node)) return node.items.map((pair) => entryOf(pair, [...path, keyTextOf(pair)], building));
  const token = node?.srcToken;
  if (!isSeq(node) || token === undefined || !("items" in token)) return NO_SLOTS;
  const items = token.items.filter(isItem);
  assert(items.length === node.items.length, "every item of a list has its token");
  return items.map((item, index) => itemOf(item, node.items[index], [...path, index], building));
}

function entryOf(pair: Pair, path: Path, building: Building): Slot {
  // A pair inside a list without braces, `[a: b]`, has no token of its own; no manifest is written so.
  const item = pair.srcToken as CST.CollectionItem | undefined;
  const keyNode = pair.key as Node;
  const colon = item?.sep?.find((token) => token.type === "map-value-ind");
  const mark = item?.start.find((token) => token.type === "explicit-key-ind");
  const start = mark?.offset ?? propsIn(item?.start ?? [])?.start ?? keyNode.range?.[0] ?? 0;
  const after = colon === undefined ? (keyNode.range?.[1] ?? start) : colon.offset + colon.source.length;
  const value = writtenOf(pair.value as Node | null, propsIn(item?.sep ?? []), after, path, building);
  return slotOf({ key: keyTextOf(pair), start, after, value }, pair.value, path, building);
}

function itemOf(item: CST.CollectionItem, node: unknown, path: Path, building: Building): Slot {
  const dash = item.start.find((token) => token.type === "seq-item-ind");
  const behind = dash === undefined ? null : dash.offset + dash.source.length;
  const value = writtenOf(node as Node | null, propsIn(item.start), behind ?? 0, path, building);
  const slot = { key: null, start: dash?.offset ?? value.start, after: behind ?? value.start, value };
  return slotOf(slot, node, path, building);
}

function slotOf(slot: Slot, node: unknown, path: Path, building: Building): Slot {
  if (isAlias(node)) building.aliases.push({ slot, path, node });
  return slot;
}

/** Leaves out what is only a comment or the comma at the end. */
function isItem(item: CST.CollectionItem): boolean {
  const isMarked = (type: string) => type === "seq-item-ind" || type === "anchor" || type === "tag";
  return (
    item.value !== undefined ||
    item.key !== undefined ||
    item.sep !== undefined ||
    item.start.some((token) => isMarked(token.type))
  );
}

/** Of the tokens in front of a value; those in front of the colon belong to the key. */
function propsIn(tokens: readonly CST.SourceToken[]): Props | null {
  const colon = tokens.findIndex((token) => token.type === "map-value-ind");
  const props = tokens.slice(colon + 1).filter((token) => token.type === "anchor" || token.type === "tag");
  const [first] = props;
  const last = props.at(-1);
  if (first === undefined || last === undefined) return null;
  return { start: first.offset, end: last.offset + last.source.length };
}

/** Behind the last character that belongs to the value, line ends of block scalars left out. */
function endOf(token: CST.Token): number {
  switch (token.type) {
    case "block-map":
    case "block-seq": {
      const last = token.items.findLast(isItem);
      return last === undefined ? token.offset : endOfItem(last);
    }
    case "flow-collection": {
      const close = token.end.find((end) => end.type === "flow-map-end" || end.type === "flow-seq-end");
      return close === undefined ? token.offset : close.offset + close.source.length;
    }
    case "block-scalar": {
      const header = token.props.reduce((length, prop) => length + ("source" in prop ? prop.source.length : 0), 0);
      return token.offset + header + token.source.trimEnd().length;
    }
    default:
      return "source" in token ? token.offset + token.source.length : 0;
  }
}

function endOfItem(item: CST.CollectionItem): number {
  if (item.value !== undefined) return endOf(item.value);
  const isBlank = (type: string) => type === "space" || type === "newline" || type === "comment";
  const last = [...item.start, ...(item.sep ?? [])].findLast((token) => !isBlank(token.type));
  const end = last === undefined ? 0 : last.offset + last.source.length;
  return Math.max(end, item.key === undefined || item.key === null ? 0 : endOf(item.key));
}
