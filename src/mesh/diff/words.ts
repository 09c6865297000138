/** A change in words: what it means for the proxy, where that is more than a value. */
import { isMapping } from "../../api/schema-walk.ts";
import { type Change, ORDER } from "./compare.ts";

export type ChangeKind = "added" | "removed" | "changed";

/** How a change is told. */
export interface ChangeWords {
  readonly kind: ChangeKind;
  readonly text: string;
}

/** The change in words; null for what another change of the same list has said. */
export function wordsOf(change: Change): ChangeWords | null {
  const { before, after } = change;
  const kind: ChangeKind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  const text = textOf(change, kind);
  return text === null ? null : { kind, text };
}

function textOf(change: Change, kind: ChangeKind): string | null {
  const [area, , name, ...rest] = change.path.map(String);
  switch (area) {
    case "mysql":
      return nodeText(change, kind, String(name), rest);
    case "proxy":
      return listenerText(change, kind, String(name), rest);
    case "node_group":
      return rest.length === 0
        ? `node group ${name} ${kind}`
        : `node group ${name}: ${rest.join(".")} ${fromTo(change, kind)}`;
    default:
      return `${change.path.join(".")} ${fromTo(change, kind)}`;
  }
}

const GROUPS: Readonly<Record<string, string>> = { read: "the read group", readwrite: "the readwrite group" };

function nodeText(change: Change, kind: ChangeKind, name: string, rest: readonly string[]): string {
  const { before, after } = change;
  const [field] = rest;
  if (field === undefined) {
    const node = (kind === "removed" ? before : after) as Record<string, unknown>;
    const words = `${node["host"]}:${node["port"]}, ${node["role"]}, weight ${node["weight"]}`;
    return `backend ${name} ${kind}: ${words}`;
  }
  if (field === "role") return `backend ${name} leaves ${GROUPS[String(before)]} and joins ${GROUPS[String(after)]}`;
  if (field === "weight") {
    const silent = after === 0 ? ": it gets no more statements" : before === 0 ? ": it gets statements again" : "";
    return `backend ${name}: weight ${before} -> ${after}${silent}`;
  }
  return `backend ${name}: ${rest.join(".")} ${fromTo(change, kind)}`;
}

function listenerText(change: Change, kind: ChangeKind, name: string, rest: readonly string[]): string | null {
  const [area, list, item, ...deeper] = rest;
  if (area === undefined) {
    const listener = (kind === "removed" ? change.before : change.after) as Record<string, unknown>;
    return `listener ${name} ${kind}, on ${listener["listen_addr"]}`;
  }
  const at = `listener ${name}: `;
  if (area === "plugin") return at + pluginText(change, kind, list, item, deeper);
  if (area === "read_write_splitting") return at + splittingText(change, kind, rest.slice(1));
  if (area === "simple_loadbalance" && list === "nodes" && item !== undefined)
    return `${at}backend ${item} ${kind === "added" ? "serves it now" : "no longer serves it"}`;
  if (area === "sharding" && list !== undefined && item === undefined) return `${at}sharding of table ${list} ${kind}`;
  // An item of a list of names is called like itself.
  const isItem = (kind === "added" ? change.after : change.before) === rest.at(-1);
  if (kind !== "changed" && isItem) return `${at}${rest.slice(0, -1).join(".")}: ${rest.at(-1)} ${kind}`;
  return `${at}${rest.join(".")} ${fromTo(change, kind)}`;
}

const LISTS: Readonly<Record<string, string>> = {
  circuit_break: "circuit break",
  concurrency_control: "concurrency control",
};

function pluginText(
  change: Change,
  kind: ChangeKind,
  list?: string,
  rule?: string,
  deeper: readonly string[] = [],
): string {
  if (list === undefined || rule === undefined) {
    const rules = isMapping(kind === "removed" ? change.before : change.after)
      ? Object.entries((kind === "removed" ? change.before : change.after) as Record<string, unknown>)
      : [[list ?? "rules", kind === "removed" ? change.before : change.after] as const];
    return `rules ${kind}: ${rules.map(([name, items]) => `${LISTS[name] ?? name} ${namesOf(items)}`).join("; ")}`;
  }
  const label = LISTS[list] ?? list;
  if (rule === ORDER)
    return `${label} rules are asked in another order: ${listed(change.after)}, before ${listed(change.before)}`;
  if (deeper.length === 0) {
    const written = kind === "removed" ? change.before : change.after;
    return `rule ${rule} ${kind} (${label}): ${ruleWords(list, written)}`;
  }
  const [field, value] = deeper;
  if (field === "regex" && value !== undefined) return `rule ${rule} (${label}): pattern ${kind}: ${value}`;
  return `rule ${rule} (${label}): ${deeper.join(".")} ${fromTo(change, kind)}`;
}

function ruleWords(list: string, rule: unknown): string {
  if (!isMapping(rule)) return "";
  const patterns = listed(rule["regex"]);
  return list === "circuit_break" ? `refuses ${patterns}` : `at most ${rule["max_concurrency"]} at once of ${patterns}`;
}

function splittingText(change: Change, kind: ChangeKind, rest: readonly string[]): string {
  const [mode, field, rule, ...deeper] = rest;
  if (mode === undefined) return `read/write splitting ${kind}`;
  if (field === undefined) return `${mode} read/write splitting ${kind}`;
  if (field !== "rule" || rule === undefined)
    return `read/write splitting: ${rest.slice(1).join(".")} ${fromTo(change, kind)}`;
  if (rule === ORDER)
    return `read/write rules are asked in another order: ${listed(change.after)}, before ${listed(change.before)}`;
  const [part, pattern] = deeper;
  if (part === "regex" && pattern !== undefined) return `read/write rule ${rule}: pattern ${kind}: ${pattern}`;
  if (deeper.length > 0) return `read/write rule ${rule}: ${deeper.join(".")} ${fromTo(change, kind)}`;
  const written = (kind === "removed" ? change.before : change.after) as Record<string, unknown>;
  const what =
    written["type"] === "generic"
      ? "by what the statement does"
      : `${listed(written["regex"])} to ${written["target"]}`;
  return `read/write rule ${rule} ${kind}: ${what}`;
}

function namesOf(items: unknown): string {
  if (!Array.isArray(items)) return "";
  return items
    .map((item) => (isMapping(item) ? String(item["name"] ?? listed(item["regex"])) : String(item)))
    .join(", ");
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : String(value ?? "");
}

function fromTo({ before, after, isSecret }: Change, kind: ChangeKind): string {
  if (isSecret || (kind !== "changed" && typeof (before ?? after) === "object")) return kind;
  if (kind === "added") return `is ${shown(after)} (the default before)`;
  if (kind === "removed") return `is the default again (${shown(before)} before)`;
  return `${shown(before)} -> ${shown(after)}`;
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
