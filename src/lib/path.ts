/** Following the way to a value in a tree of maps and lists. */
import type { Path } from "./issue.ts";

/** https://www.rfc-editor.org/rfc/rfc6901: `/metadata/annotations/pisanix.io~1status`; "" for the whole. */
export function jsonPointer(path: Path): string {
  return path.map((item) => `/${String(item).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The way that a pointer says; all items are text. */
export function pathOf(pointer: string): string[] {
  const items = pointer.split("/").slice(1);
  return items.map((item) => item.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at `path`; undefined when nothing is there. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const item of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, item)) return undefined;
    found = (found as Record<string | number, unknown>)[item];
  }
  return found;
}

/** `value` with another one at `path`; what is not on the way stays the same object. */
export function withValueAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [item, ...rest] = path;
  if (item === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((each, index) => (index === item ? withValueAt(each, rest, replacement) : each));
  }
  const mapping = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>) : {};
  return { ...mapping, [item]: withValueAt(mapping[item], rest, replacement) };
}
