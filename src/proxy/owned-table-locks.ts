/** Which locks of tables a text takes or gives back, where it says so plainly. */

/**
 * "tables": LOCK TABLES, and FLUSH TABLES of some with a lock, which a transaction that begins gives back as well;
 * "everything": FLUSH TABLES WITH READ LOCK, which it does not. UNLOCK TABLES gives back both.
 */
export type TableLockChange = "tables" | "everything" | "unlocked" | "unknown";

const LOCKS = /^\s*lock\s+tables?\s/i;
const FLUSHES =
  /^\s*flush\s+(?:(?:local|no_write_to_binlog)\s+)?tables?\s+([^;]*?)(?:with\s+read\s+lock|for\s+export)\s*;?\s*$/i;
const UNLOCKS = /^\s*unlock\s+tables?\s*;?\s*$/i;

/** Reads a text that is known to lock or unlock. LOCK INSTANCE and BACKUP are left to whoever resets the connection. */
export function readTableLockChange(text: string): TableLockChange {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return "unknown";
  if (LOCKS.test(text)) return "tables";
  if (UNLOCKS.test(text)) return "unlocked";
  const tables = FLUSHES.exec(text)?.[1];
  if (tables === undefined) return "unknown";
  return tables === "" ? "everything" : "tables";
}
