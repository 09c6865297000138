/** Which named locks a text asks for or gives back, where it says so plainly. */
import { withoutEnd } from "./plain-text.ts";

/** What a text with a function about named locks does. */
export type LockChange =
  /** Gives back all that GET_LOCK() has taken, and does nothing else. */
  | { kind: "released-all" }
  /** Asks for locks of these names (literals, in quotes), or gives some back, or both. */
  | { kind: "changed"; names: readonly string[] }
  /** May hold a lock of any name from now on. */
  | { kind: "unknown" };

const RELEASES_ALL = /^(?:select|do)\s+release_all_locks\s*\(\s*\)\s*(?:(?:as\s+)?[`\w]+)?$/i;
const TAKES = /\bget_lock\b/gi;
const TAKES_LITERAL = /\bget_lock\s*\(\s*('(?:[^'\\]|'')*')\s*,/gi;

/** Reads a text that is known to call such a function. */
export function readLockChange(text: string): LockChange {
  if (RELEASES_ALL.test(withoutEnd(text))) return { kind: "released-all" };
  // Of the locking service's locks nobody can ask; where a comment or a name in backquotes ends is not looked for.
  if (/\bservice_|\/\*|--|#|`/i.test(text)) return { kind: "unknown" };
  const names = [...text.matchAll(TAKES_LITERAL)].map(([, name = ""]) => name);
  const count = text.match(TAKES)?.length ?? 0;
  return count === names.length ? { kind: "changed", names } : { kind: "unknown" };
}

/** A question with one row, a column for each name: whether the connection that asks holds the lock. */
export function lockQuestion(names: Iterable<string>): string {
  return `SELECT ${[...names].map((name) => `IS_USED_LOCK(${name}) <=> CONNECTION_ID()`).join(", ")}`;
}
