/** Which locks of tables a text takes or gives back, where it says so plainly. */
import { withoutEnd } from "./plain-text.ts";

/**
 * "tables": LOCK TABLES, and FLUSH TABLES of some with a lock, which a transaction that begins gives back as well;
 * "everything": FLUSH TABLES WITH READ LOCK, which it does not. UNLOCK TABLES gives back both.
 */
export type TableLockChange = "tables" | "everything" | "unlocked" | "unknown";

const LOCKS = /^lock\s+tables?\s/i;
const FLUSHES =
  /^flush\s+(?:(?:local|no_write_to_binlog)\s+)?tables?\s+(?=\S)([^;]*?)(?:with\s+read\s+lock|for\s+export)$/i;
const UNLOCKS = /^unlock\s+tables?$/i;

/** Reads a text that is known to lock or unlock. LOCK INSTANCE and BACKUP are left to whoever resets the connection. */
export function readTableLockChange(text: string): TableLockChange {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return "unknown";
  const plain = withoutEnd(text);
  if (LOCKS.test(plain)) return "tables";
  if (UNLOCKS.test(plain)) return "unlocked";
  const tables = FLUSHES.exec(plain)?.[1];
  if (tables === undefined) return "unknown";
  return tables === "" ? "everything" : "tables";
}
