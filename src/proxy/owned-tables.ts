/** Which temporary tables a text makes or drops, where it says so plainly. */
import { withoutEnd } from "./plain-text.ts";

/** Names are "schema.table"; the session's schema stands where a name has none. */
export interface TableChange {
  readonly kind: "made" | "dropped";
  readonly tables: readonly string[];
  /** The table is filled by a query, which may call what nobody knows. */
  readonly hasQuery: boolean;
}

const MAKES = /^create\s+(?:or\s+replace\s+)?temporary\s+table\s+(?:if\s+not\s+exists\s+)?(.*)$/is;
const DROPS = /^drop\s+(?:temporary\s+)?tables?\s+(?:if\s+exists\s+)?(.*)$/is;
const NAME = /^\s*(?:`([^`]+)`|([\w$\u0080-\uffff]+))\s*/;
const QUERIES = /\b(?:select|table|values|with)\b/i;
const DROPS_END = /^(?:restrict|cascade)?$/i;

/** The change that `text` makes; null when it is none, or not plainly one. */
export function readTableChange(text: string, schema: string): TableChange | null {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return null;
  const plain = withoutEnd(text);
  const made = MAKES.exec(plain)?.[1];
  if (made !== undefined) {
    const table = readTable(made, schema);
    return table === null ? null : { kind: "made", tables: [table.name], hasQuery: QUERIES.test(table.rest) };
  }
  let rest = DROPS.exec(plain)?.[1];
  if (rest === undefined) return null;
  const tables: string[] = [];
  for (;;) {
    const table = readTable(rest, schema);
    if (table === null) return null;
    tables.push(table.name);
    if (table.rest.startsWith(",")) rest = table.rest.slice(1);
    else return DROPS_END.test(table.rest) ? { kind: "dropped", tables, hasQuery: false } : null;
  }
}

/** The table's name at the start of `text`, and what follows it. */
function readTable(text: string, schema: string): { name: string; rest: string } | null {
  const first = NAME.exec(text);
  if (first === null) return null;
  const rest = text.slice(first[0].length);
  const firstName = first[1] ?? first[2] ?? "";
  if (!rest.startsWith(".")) return { name: `${schema}.${firstName}`, rest };
  const second = NAME.exec(rest.slice(1));
  if (second === null) return null;
  return { name: `${firstName}.${second[1] ?? second[2] ?? ""}`, rest: rest.slice(1 + second[0].length) };
}
