/** Scripted faults: which of the next requests go wrong, and how. */

/** What happens instead of an answer, or before it. */
export type FaultEffect =
  | { kind: "status"; status: number; retryAfterSeconds?: number; body?: string }
  /** The connection is cut without an answer. */
  | { kind: "cut" }
  /** No answer ever comes. */
  | { kind: "hang" }
  /** The answer comes, after this. */
  | { kind: "late"; until: Promise<void> };

export interface Fault {
  /** Default: every method. */
  method?: string;
  /** Tested against path and query; default: every path. */
  path?: RegExp;
  /** How many requests it meets. */
  times: number;
  effect: FaultEffect;
}

/** The effect that meets this request, or null; a fault that has met all it should is taken out of `faults`. */
export function nextFault(faults: Fault[], method: string, path: string): FaultEffect | null {
  const index = faults.findIndex((fault) => (fault.method ?? method) === method && (fault.path?.test(path) ?? true));
  const fault = faults[index];
  if (fault === undefined) return null;
  fault.times--;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault.effect;
}
