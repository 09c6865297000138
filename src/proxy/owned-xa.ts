/** Which XA transaction a text begins or ends, where it says so plainly. */

export interface XaChange {
  readonly kind: "begun" | "ended";
  /** As it is written. */
  readonly xid: string;
}

const BEGINS = /^\s*xa\s+(?:start|begin)\s+(.+?)\s*;?\s*$/is;
const ENDS = /^\s*xa\s+(?:commit|rollback)\s+(.+?)(?:\s+one\s+phase)?\s*;?\s*$/is;
/** One that is prepared may still be the session's, or nobody's: that depends on the server. */
const KEEPS = /^\s*xa\s+(?:end|prepare|recover)\b/i;
const GOES_ON = /\b(?:join|resume)$/i;

/** Reads the text of an XA statement: the change that it makes, "none", or "unknown". */
export function readXaChange(text: string): XaChange | "none" | "unknown" {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return "unknown";
  if (KEEPS.test(text)) return "none";
  const begun = BEGINS.exec(text)?.[1];
  if (begun !== undefined) return GOES_ON.test(begun) ? "unknown" : { kind: "begun", xid: begun };
  const ended = ENDS.exec(text)?.[1];
  return ended === undefined ? "unknown" : { kind: "ended", xid: ended };
}
