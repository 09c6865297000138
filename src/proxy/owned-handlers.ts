/** Which HANDLER a text opens or closes, where it says so plainly. */

export interface HandlerChange {
  readonly kind: "opened" | "closed";
  /** As it is written: where a server takes `H` for `h`, the one that was opened counts as open still. */
  readonly name: string;
}

/** The table, perhaps with its schema, and the name that it is given. */
const OPENS =
  /^\s*handler\s+(?:(?:`[^`]+`|[\w$\u0080-\uffff]+)\s*\.\s*)?(`[^`]+`|[\w$\u0080-\uffff]+)\s+open(?:\s+(?:as\s+)?(`[^`]+`|[\w$\u0080-\uffff]+))?\s*;?\s*$/i;
const CLOSES = /^\s*handler\s+(`[^`]+`|[\w$\u0080-\uffff]+)\s+close\s*;?\s*$/i;
const READS = /^\s*handler\s+(?:`[^`]+`|[\w$\u0080-\uffff]+)\s+read\s/i;

/** Reads the text of a HANDLER statement: the change that it makes, "none", or "unknown". */
export function readHandlerChange(text: string): HandlerChange | "none" | "unknown" {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return "unknown";
  if (READS.test(text)) return "none";
  const opened = OPENS.exec(text);
  if (opened !== null) return { kind: "opened", name: plain(opened[2] ?? opened[1] ?? "") };
  const closed = CLOSES.exec(text);
  return closed === null ? "unknown" : { kind: "closed", name: plain(closed[1] ?? "") };
}

function plain(name: string): string {
  return name.startsWith("`") ? name.slice(1, -1) : name;
}
