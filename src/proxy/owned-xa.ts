/** Which XA transaction a text begins or ends, where it says so plainly. */
import { withoutEnd } from "./plain-text.ts";

export interface XaChange {
  readonly kind: "begun" | "ended";
  /** As it is written. */
  readonly xid: string;
}

const BEGINS = /^xa\s+(?:start|begin)\s+(.+)$/is;
const ENDS = /^xa\s+(?:commit|rollback)\s+(.+)$/is;
const IN_ONE_PHASE = /\sone\s+phase$/i;
/** One that is prepared may still be the session's, or nobody's: that depends on the server. */
const KEEPS = /^xa\s+(?:end|prepare|recover)\b/i;
const GOES_ON = /\b(?:join|resume)$/i;

/** Reads the text of an XA statement: the change that it makes, "none", or "unknown". */
export function readXaChange(text: string): XaChange | "none" | "unknown" {
  // Where a comment ends is not looked for.
  if (/\/\*|--|#/.test(text)) return "unknown";
  const plain = withoutEnd(text);
  if (KEEPS.test(plain)) return "none";
  const begun = BEGINS.exec(plain)?.[1];
  if (begun !== undefined) return GOES_ON.test(begun) ? "unknown" : { kind: "begun", xid: begun };
  const ended = ENDS.exec(plain)?.[1]?.replace(IN_ONE_PHASE, "").trimEnd();
  return ended === undefined ? "unknown" : { kind: "ended", xid: ended };
}
