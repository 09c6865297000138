/** INSERT and REPLACE: the columns that they name and the rows that they bring, of the text's first statement. */
import { takeFact } from "./fact-list.ts";
import { type Facts, NONE } from "./facts.ts";
import type { Tokens } from "./tokens.ts";

/** Adds a column that is named. */
export function addInsertColumn(facts: Facts, _tokens: Tokens, _first: number, end: number): void {
  if (facts.statements > 0) return;
  const column = takeFact(facts.insertColumns, newInsertColumn);
  if (column === null) facts.isTruncated = true;
  else column.name = end - 1;
}

/** Adds a row. */
export function addRow(facts: Facts, _tokens: Tokens, first: number, end: number): void {
  if (facts.statements > 0) return;
  if (facts.rows === 0) facts.rowsFirst = first;
  facts.rowsEnd = end;
  facts.rows += 1;
}

/** MariaDB's VALUES (1), (2), which begins with the token `first`, turned out to be a query. */
export function forgetRows(facts: Facts, first: number): void {
  if (facts.rowsFirst < first) return;
  facts.rows = 0;
  facts.rowsFirst = NONE;
  facts.rowsEnd = NONE;
}

function newInsertColumn(): { name: number } {
  return { name: NONE };
}
