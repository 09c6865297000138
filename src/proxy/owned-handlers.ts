/** Which HANDLER a text opens or closes, where it says so plainly. */
import { withoutEnd } from "./plain-text.ts";

export interface HandlerChange {
  readonly kind: "opened" | "closed";
  /** As it is written: where a server takes `H` for `h`, the one that was opened counts as open still. */
  readonly name: string;
}

/** The table, perhaps with its schema, and the name that it is given. */
const OPENS =
  /^handler\s+(?:(?:`[^`]+`|[\w$\u0080-\uffff]+)\s*\.\s*)?(`[^`]+`|[\w$\u0080-\uffff]+)\s+open(?:\s+(?:as\s+)?(`[^`]+`|[\w$\u0080-\uffff]+))?$/i;
const CLOSES = /^handler\s+(`[^`]+`|[\w$\u0080-\uffff]+)\s+close$/i;
const READS = /^handler\s+(?:`[^`]+`|[\w$\u0080-\uffff]+)\s+read\s/i;

/** Reads the text of a HANDLER statement: the change that it makes, "none", or "unknown". */
export function readHandlerChange(text: string): HandlerChange | "none" | "unknown" {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return "unknown";
  const plain = withoutEnd(text);
  if (READS.test(plain)) return "none";
  const opened = OPENS.exec(plain);
  if (opened !== null) return { kind: "opened", name: unquoted(opened[2] ?? opened[1] ?? "") };
  const closed = CLOSES.exec(plain);
  return closed === null ? "unknown" : { kind: "closed", name: unquoted(closed[1] ?? "") };
}

function unquoted(name: string): string {
  return name.startsWith("`") ? name.slice(1, -1) : name;
}
