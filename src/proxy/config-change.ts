/** What becomes of each part of a configuration in the next one, and how a log line says so: names, never values. */
import type { ListenerConfig, ProxyConfig } from "../api/proxy-config.ts";
import { changedFields, isSameValue } from "../lib/same-value.ts";
import type { LogFields } from "../telemetry/log-line.ts";

/** Names in a line at most. */
const NAMES_MAX = 20;

/**
 * For each listener of `after` the index in `before` of the one that it goes on from, with its sessions: the one of its name
 * and address, of its name, of its address. null for a new one.
 */
export function continuedListeners(
  before: readonly ListenerConfig[],
  after: readonly ListenerConfig[],
): ReadonlyArray<number | null> {
  const free = new Set(before.keys());
  const continued: Array<number | null> = after.map(() => null);
  const rounds: ReadonlyArray<(left: ListenerConfig, right: ListenerConfig) => boolean> = [
    (left, right) => left.name === right.name && left.listen_addr === right.listen_addr,
    (left, right) => left.name === right.name,
    // Port 0 is another one each time.
    (left, right) => left.listen_addr === right.listen_addr && !left.listen_addr.endsWith(":0"),
  ];
  for (const isOne of rounds) {
    for (const [index, listener] of after.entries()) {
      if (continued[index] !== null) continue;
      const found = [...free].find((at) => isOne(before[at] as ListenerConfig, listener));
      if (found === undefined) continue;
      free.delete(found);
      continued[index] = found;
    }
  }
  return continued;
}

/**
 * The differences: `+new -old changed(field,field)` for listeners and for nodes, and the fields of the rest. null when there
 * are none.
 */
export function describeChange(before: ProxyConfig, after: ProxyConfig): LogFields | null {
  if (isSameValue(before, after)) return null;
  const continued = continuedListeners(before.proxy.config, after.proxy.config);
  const lists = {
    listeners: changesOf(before.proxy.config, after.proxy.config, continued),
    nodes: changesOf(before.mysql.node, after.mysql.node, byName(before.mysql.node, after.mysql.node)),
    groups: changesOf(
      before.node_group.member,
      after.node_group.member,
      byName(before.node_group.member, after.node_group.member),
    ),
    admin: changedFields(before.admin, after.admin),
  };
  const changed = Object.entries(lists).filter(([, changes]) => changes.length > 0);
  return Object.fromEntries(changed.map(([name, changes]) => [name, shorten(changes)]));
}

interface Named {
  readonly name: string;
}

function byName(before: readonly Named[], after: readonly Named[]): ReadonlyArray<number | null> {
  return after.map(({ name }) => {
    const at = before.findIndex((each) => each.name === name);
    return at < 0 ? null : at;
  });
}

function changesOf(
  before: readonly Named[],
  after: readonly Named[],
  continued: ReadonlyArray<number | null>,
): string[] {
  const changes = after.flatMap((named, index) => {
    const at = continued[index] ?? null;
    return at === null ? [`+${named.name}`] : changeOf(before[at] as Named, named);
  });
  const removed = before.filter((_, index) => !continued.includes(index)).map(({ name }) => `-${name}`);
  return [...changes, ...removed];
}

function changeOf(before: Named, after: Named): string[] {
  const fields = changedFields(before, after).flatMap((name) => pathsOf(name, before, after));
  return fields.length === 0 ? [] : [`${after.name}(${fields.join(",")})`];
}

/** A field that has fields of its own is told by those of them that have changed: `limits.pool_wait_max`. */
function pathsOf(name: string, before: object, after: object): string[] {
  const [left, right] = [before, after].map((each) => (each as Record<string, unknown>)[name]);
  const isNested = isPlain(left) && isPlain(right);
  return isNested ? changedFields(left, right).map((inner) => `${name}.${inner}`) : [name];
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("toJSON" in value);
}

function shorten(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  return rest > 0 ? `${names.slice(0, NAMES_MAX).join(" ")} and ${rest} more` : names.join(" ");
}
