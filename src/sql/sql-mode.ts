/** The parts of `sql_mode` that change how a text is cut into tokens. */

/** "..." is a name, not a string. */
export const SQL_MODE_ANSI_QUOTES = 1;
/** A backslash in a string is a plain character. */
export const SQL_MODE_NO_BACKSLASH_ESCAPES = 2;

/** The SQL_MODE_* bits in a value of `sql_mode` as a server reports it: names with commas, combinations written out. */
export function readSqlMode(value: string): number {
  let bits = 0;
  for (const name of value.toUpperCase().split(",")) {
    if (name === "ANSI_QUOTES") bits |= SQL_MODE_ANSI_QUOTES;
    if (name === "NO_BACKSLASH_ESCAPES") bits |= SQL_MODE_NO_BACKSLASH_ESCAPES;
  }
  return bits;
}
