/** Writing a value in one of the ways that YAML allows: what no formatter would leave so, but some hand did. */
import type { Random } from "../lib/random.ts";

/** A value with a role: what can stand in one place of a role can stand in all, so that aliases make sense. */
export type Tree =
  | { kind: "map"; role: string; entries: [key: string, value: Tree][] }
  | { kind: "list"; role: string; items: Tree[] }
  | { kind: "text"; text: string }
  | { kind: "nothing" };

interface Hand {
  readonly random: Random;
  /** Spaces of a level, and of a list in a map. */
  readonly step: number;
  readonly offset: number;
  readonly usesFlow: number;
  readonly usesComments: number;
  readonly usesAliases: boolean;
  readonly anchors: { role: string; name: string }[];
  count: number;
}

/** One document, in blocks or as JSON. */
export function randomLayout(random: Random, tree: Tree): string {
  if (random() < 0.2) return json(random, tree);
  const step = pick(random, [2, 2, 2, 4, 3]);
  const hand: Hand = {
    random,
    step,
    offset: pick(random, [0, 0, step, 2]),
    usesFlow: pick(random, [0, 0, 0.1, 0.5]),
    usesComments: pick(random, [0, 0.1, 0.3]),
    usesAliases: random() < 0.5,
    anchors: [],
    count: 0,
  };
  return `${comment(hand, 0)}${block(tree, 0, hand)}`;
}

const PLAIN = /^(?!yes$|0|1_|$|#|-|\*)[\w.*/ äö-]+$/;

function block(tree: Tree, column: number, hand: Hand): string {
  if (tree.kind === "map" && tree.entries.length > 0) {
    return tree.entries
      .map(
        ([key, value]) =>
          `${comment(hand, column)}${" ".repeat(column)}${behind(`${keyText(key, hand)}:`, value, column, hand)}`,
      )
      .join("");
  }
  if (tree.kind === "list" && tree.items.length > 0) {
    return tree.items
      .map((each) => `${comment(hand, column)}${" ".repeat(column)}${itemText(each, column, hand)}`)
      .join("");
  }
  return `${flow(tree, hand)}\n`;
}

/** A key with its value, from the key on. */
function behind(key: string, value: Tree, column: number, hand: Hand): string {
  const alias = aliasOf(value, hand);
  if (alias !== null) return `${key} ${alias}${note(hand)}\n`;
  const props = propsOf(value, hand);
  const isFilled =
    (value.kind === "map" && value.entries.length > 0) || (value.kind === "list" && value.items.length > 0);
  if (!isFilled || hand.random() < hand.usesFlow) {
    if (value.kind === "nothing") return `${key}${pick(hand.random, ["", " ~", " null"])}${note(hand)}\n`;
    if (value.kind === "text" && value.text.includes("\n") && hand.random() < 0.5) {
      return `${key} |\n${value.text.replace(/^(?=.)/gm, " ".repeat(column + hand.step))}`;
    }
    return `${key}${props} ${flow(value, hand)}${note(hand)}\n`;
  }
  const inner = value.kind === "list" ? column + hand.offset : column + hand.step;
  return `${key}${props}${note(hand)}\n${block(value, inner, hand)}`;
}

function itemText(value: Tree, column: number, hand: Hand): string {
  const alias = aliasOf(value, hand);
  if (alias !== null) return `- ${alias}${note(hand)}\n`;
  if (value.kind !== "map" || value.entries.length === 0 || hand.random() < hand.usesFlow)
    return `- ${flow(value, hand)}${note(hand)}\n`;
  const gap = pick(hand.random, [1, 1, 1, 3]);
  const lines = block(value, column + 1 + gap, { ...hand, usesComments: 0 });
  return hand.random() < 0.1 ? `-${note(hand)}\n${lines}` : `-${lines.slice(column + 1)}`;
}

function flow(tree: Tree, hand: Hand): string {
  const isMany = hand.random() < 0.3;
  const [open, gap] = isMany ? [`\n${" ".repeat(60)}`, `,\n${" ".repeat(60)}`] : ["", ", "];
  switch (tree.kind) {
    case "nothing":
      return "null";
    case "text":
      return scalar(tree.text, hand);
    case "list":
      return tree.items.length === 0
        ? "[]"
        : `[${open}${tree.items.map((each) => flow(each, hand)).join(gap)}${isMany ? "," : ""}${open}]`;
    case "map":
      return tree.entries.length === 0
        ? "{}"
        : `{${open}${tree.entries.map(([key, value]) => `${keyText(key, hand)}: ${flow(value, hand)}`).join(gap)}${open}}`;
  }
}

function scalar(value: string, hand: Hand): string {
  const chance = hand.random();
  if (PLAIN.test(value) && chance < 0.6) return value;
  if (/^(yes|0644|1_0+)$/.test(value) && chance < 0.5) return value;
  if (!/[\n\u2028]/.test(value) && chance < 0.8) return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028");
}

function keyText(key: string, hand: Hand): string {
  return hand.random() < 0.05 ? JSON.stringify(key) : key;
}

function aliasOf(value: Tree, hand: Hand): string | null {
  if (!hand.usesAliases || value.kind === "text" || value.kind === "nothing") return null;
  const known = hand.anchors.filter(({ role }) => role === value.role);
  return known.length > 0 && hand.random() < 0.4 ? `*${pick(hand.random, known).name}` : null;
}

function propsOf(value: Tree, hand: Hand): string {
  if (!hand.usesAliases || value.kind === "text" || value.kind === "nothing" || hand.random() < 0.6) return "";
  const name = `a${hand.anchors.length}`;
  // An alias inside the value that it names would have no end; what is inside is written later.
  hand.anchors.push({ role: value.role, name });
  return ` &${name}`;
}

function comment(hand: Hand, column: number): string {
  if (hand.random() >= hand.usesComments) return "";
  hand.count++;
  return pick(hand.random, [`${" ".repeat(column)}# ${hand.count}\n`, `# ${hand.count}\n`, "\n"]);
}

function note(hand: Hand): string {
  return hand.random() < hand.usesComments ? pick(hand.random, [" # note", "  ", "   # é: note"]) : "";
}

function json(random: Random, tree: Tree): string {
  const value = (each: Tree): unknown => {
    if (each.kind === "map") return Object.fromEntries(each.entries.map(([key, entry]) => [key, value(entry)]));
    if (each.kind === "list") return each.items.map(value);
    return each.kind === "text" ? each.text : null;
  };
  return `${JSON.stringify(value(tree), null, pick(random, ["", 2, 4, "\t"]))}\n`;
}

/** One of `values`. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}
