/** What ROW_COUNT() and FOUND_ROWS() say: told to a connection again when the one that knew it went to another session. */

/** Of the last statement of a session; UNKNOWN_COUNT where the answers to its statements did not tell. */
export interface Counts {
  rowCount: number;
  foundRows: number;
}

export const UNKNOWN_COUNT = -2;

/** Counts beyond this are not told again: as many rows have to be made for it. */
export const COUNT_MAX = 10_000;

const DIGITS = `(${Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS d`).join(" UNION ALL ")})`;

/**
 * Statements behind which both functions say what `counts` has, and no warnings are left. The table they may need lasts
 * until the connection is reset. Nothing but a statement that affects so many rows sets ROW_COUNT().
 */
export function countStatements({ rowCount, foundRows }: Counts): string[] {
  const statements = [selectOf(foundRows)];
  if (rowCount === 0) statements.push("SET @_pisanix = NULL"); // DO, too, makes ROW_COUNT() 0, but on MySQL FOUND_ROWS() 1
  if (rowCount > 0) {
    statements.unshift("CREATE TEMPORARY TABLE _pisanix_counted (i INT PRIMARY KEY) ENGINE = MEMORY");
    const rows = Array.from({ length: rowCount }, (_, i) => `(${i})`);
    statements.push(`INSERT INTO _pisanix_counted VALUES ${rows.join(",")}`);
  }
  return statements;
}

/** MariaDB forgets warnings only where a FROM is. */
function selectOf(rows: number): string {
  if (rows === 0) return "SELECT 1 FROM (SELECT 1) AS one LIMIT 0";
  if (rows === 1) return "SELECT 1 FROM (SELECT 1) AS one";
  const width = String(rows - 1).length;
  const places = Array.from({ length: width }, (_, place) => `d${place}.d * ${10 ** place}`);
  const tables = Array.from({ length: width }, (_, place) => `${DIGITS} AS d${place}`);
  return `SELECT 1 FROM ${tables.join(", ")} WHERE ${places.join(" + ")} < ${rows}`;
}
