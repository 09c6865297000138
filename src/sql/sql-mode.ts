/** The parts of `sql_mode` that change how a text is read. https://dev.mysql.com/doc/refman/en/sql-mode.html */

/** "..." is a name, not a string. */
export const SQL_MODE_ANSI_QUOTES = 1;
/** A backslash in a string is a plain character. */
export const SQL_MODE_NO_BACKSLASH_ESCAPES = 2;
/** || joins strings. */
export const SQL_MODE_PIPES_AS_CONCAT = 4;
/** Spaces may stand between a built-in function and its parenthesis. */
export const SQL_MODE_IGNORE_SPACE = 8;
/** NOT binds as tight as ! does. */
export const SQL_MODE_HIGH_NOT_PRECEDENCE = 16;

const BITS: ReadonlyMap<string, number> = new Map([
  ["ANSI_QUOTES", SQL_MODE_ANSI_QUOTES],
  ["NO_BACKSLASH_ESCAPES", SQL_MODE_NO_BACKSLASH_ESCAPES],
  ["PIPES_AS_CONCAT", SQL_MODE_PIPES_AS_CONCAT],
  ["IGNORE_SPACE", SQL_MODE_IGNORE_SPACE],
  ["HIGH_NOT_PRECEDENCE", SQL_MODE_HIGH_NOT_PRECEDENCE],
]);

/** The SQL_MODE_* bits in a value of `sql_mode` as a server reports it: names with commas, combinations written out. */
export function readSqlMode(value: string): number {
  let bits = 0;
  for (const name of value.toUpperCase().split(",")) bits |= BITS.get(name) ?? 0;
  return bits;
}
