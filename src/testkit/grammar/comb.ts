/** Sparse rows of a table, laid into each other's gaps. */

export type SparseRow = ReadonlyMap<number, number>;

/** The value in column `c` of row `r` is `values[bases[r] + c]` where `checks` has `c` there; elsewhere the row has none. */
export interface Comb {
  bases: number[];
  values: number[];
  checks: number[];
}

/**
 * Lays the rows out, fullest first, each where it first fits. Equal rows share a place; no two others begin at the same
 * one, so that a column's number tells whose entry it is. Every index that a lookup can form lies inside of the arrays.
 */
export function comb(rows: readonly SparseRow[], columns: number): Comb {
  const values: number[] = [];
  const checks: number[] = [];
  const bases: number[] = rows.map(() => 0);
  const usedBases = new Set<number>();
  const known = new Map<string, number>();
  const order = [...rows.keys()].sort((a, b) => rows[b]!.size - rows[a]!.size || a - b);
  let firstFree = 0;
  for (const i of order) {
    const row = [...rows[i]!].sort(([a], [b]) => a - b);
    const key = row.join(" ");
    const same = known.get(key);
    if (same !== undefined) {
      bases[i] = same;
      continue;
    }
    const first = row[0]?.[0] ?? 0;
    let base = Math.max(0, firstFree - first);
    while (usedBases.has(base) || row.some(([column]) => checks[base + column] !== undefined)) base += 1;
    for (const [column, value] of row) {
      values[base + column] = value;
      checks[base + column] = column;
    }
    while (checks[firstFree] !== undefined) firstFree += 1;
    usedBases.add(base);
    known.set(key, base);
    bases[i] = base;
  }
  const length = Math.max(...bases) + columns;
  return {
    bases,
    values: Array.from({ length }, (_, i) => values[i] ?? 0),
    checks: Array.from({ length }, (_, i) => checks[i] ?? -1),
  };
}
