/** What the client tells whoever counts and logs. It never changes what is done. */

/** Why a watch has to begin again. */
export type WatchEnd = "ended" | "expired" | "silent" | "failed";

export type Observation =
  | { kind: "request"; method: string; status: number; durationMs: number }
  | { kind: "retry"; asked: string; status: number; waitMs: number }
  | { kind: "listed"; plural: string; objects: number; durationMs: number }
  | { kind: "watch-ended"; plural: string; end: WatchEnd; waitMs: number; error: Error | null }
  | { kind: "lease-failed"; error: Error }
  | { kind: "event-failed"; error: Error }
  | { kind: "events-dropped"; count: number };

export type Observe = (observation: Observation) => void;

/** For who does not want to know. */
export function observeNothing(): void {}

/** Whatever was thrown, as an Error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
