/**
 * What changes for proxies between two states of the manifests. Configurations are compared, not manifests: what amounts to
 * the same is no change. Lists are compared by the names of their items, so that an item that moved did not change.
 */
import { plainProxyConfig } from "../../api/print-proxy-config.ts";
import type { ProxyConfig } from "../../api/proxy-config.ts";
import { isMapping } from "../../api/schema-walk.ts";
import type { Path } from "../../lib/issue.ts";

/** One difference. `before` is undefined for what is new, `after` for what is gone. */
export interface Change {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
  /** The value is a password or a key, which nobody is shown. */
  readonly isSecret: boolean;
}

/** Every difference between two configurations. */
export function compareConfigs(before: ProxyConfig, after: ProxyConfig): Change[] {
  const changes: Change[] = [];
  const [shownBefore, shownAfter] = [before, after].map((config) => plainProxyConfig(config, { showSecrets: false }));
  const [oldValue, newValue] = [before, after].map((config) => plainProxyConfig(config, { showSecrets: true }));
  compare(oldValue, newValue, [], changes);
  return changes.map((change) => {
    const [old, young] = [at(shownBefore, change.path), at(shownAfter, change.path)];
    const isSecret = old === HIDDEN || young === HIDDEN;
    return {
      ...change,
      before: isSecret ? shownOf(change.before) : old,
      after: isSecret ? shownOf(change.after) : young,
      isSecret,
    };
  });
}

const HIDDEN = "[redacted]";

function shownOf(value: unknown): unknown {
  return value === undefined ? undefined : HIDDEN;
}

function compare(before: unknown, after: unknown, path: Path, changes: Change[]): void {
  if (Object.is(before, after)) return;
  if (isMapping(before) && isMapping(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], [...path, key], changes);
  } else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, changes);
  else changes.push({ path, before, after, isSecret: false });
}

function compareLists(before: readonly unknown[], after: readonly unknown[], path: Path, changes: Change[]): void {
  const [oldItems, newItems] = [keyed(before), keyed(after)];
  for (const [key, item] of oldItems) compare(item, newItems.get(key), [...path, key], changes);
  for (const [key, item] of newItems) {
    if (!oldItems.has(key)) changes.push({ path: [...path, key], before: undefined, after: item, isSecret: false });
  }
  const order = (keys: Iterable<string>, other: ReadonlyMap<string, unknown>) =>
    [...keys].filter((key) => other.has(key));
  const [oldOrder, newOrder] = [order(oldItems.keys(), newItems), order(newItems.keys(), oldItems)];
  if (oldOrder.join("\n") === newOrder.join("\n") || !isOrdered(path)) return;
  changes.push({ path: [...path, ORDER], before: oldOrder, after: newOrder, isSecret: false });
}

/** Stands for the order of a list in a path. */
export const ORDER = "(order)";

/** The first rule that matches decides; for other lists the order says nothing. */
function isOrdered(path: Path): boolean {
  return ["concurrency_control", "rule"].includes(String(path.at(-1)));
}

/** Items by their name, or by what they say when they have none; of several with one name all are kept. */
function keyed(items: readonly unknown[]): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const item of items) {
    const name = keyOf(item);
    let key = name;
    for (let count = 2; map.has(key); count++) key = `${name} (${count})`;
    map.set(key, item);
  }
  return map;
}

function keyOf(item: unknown): string {
  if (!isMapping(item)) return String(item);
  const name = item["name"] ?? item["table_name"];
  if (typeof name === "string") return name;
  const regex = item["regex"];
  return Array.isArray(regex) ? regex.join(" or ") : JSON.stringify(item);
}

/** The value at a path of compareLists(). */
function at(value: unknown, path: Path): unknown {
  let found = value;
  for (const item of path) {
    if (Array.isArray(found)) {
      const list: readonly unknown[] = found;
      found = item === ORDER ? list.map(keyOf) : keyed(list).get(String(item));
    } else found = isMapping(found) ? found[item] : undefined;
  }
  return found;
}
