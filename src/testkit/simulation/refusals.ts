/** Answers that the proxy gives itself instead of a server, and why it may. */
import { newCursor } from "../../mysql/cursor.ts";
import { readErr } from "../../mysql/err.ts";

/** "pool": none was free in time; "backend": a connection or all servers are gone; "rule": a rule refused; "goodbye": the session ends. */
export type RefusalKind = "pool" | "backend" | "rule" | "goodbye" | "left" | "statement";

const REFUSALS: ReadonlyArray<readonly [code: number, message: RegExp, kind: RefusalKind]> = [
  [1203, /^No connection to \S+ \(\S+\): /, "pool"],
  [1105, /^What the last statement left/, "left"],
  [1429, /^There is no healthy backend to connect/, "backend"],
  [1158, /^Lost connection to /, "backend"],
  [1158, /^The connection broke that knew/, "backend"],
  [1047, /^(audit plugin|concurrency control plugin) rejected/, "rule"],
  [1053, /^Server shutdown in progress: pisanix/, "goodbye"],
  [4031, /^The client was disconnected by the server because of inactivity/, "goodbye"],
  [1461, /^Can't create more than prepared_statements_max/, "statement"],
];

/** Why the proxy says this itself; null for what comes from a server. */
export function kindOfRefusal(payload: Uint8Array): RefusalKind | null {
  if (payload[0] !== 0xff) return null;
  const { code, message } = readErr(newCursor(payload));
  return REFUSALS.find(([known, pattern]) => known === code && pattern.test(message))?.[2] ?? null;
}
