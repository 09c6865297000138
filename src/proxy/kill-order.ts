/** A KILL that one worker passes on to the others, and what they say. */
import type { KillTarget } from "../sql/kill-target.ts";

export interface KillOrder {
  /** The listener, by its place in the configuration. */
  readonly listener: string;
  /** Who wants it: only sessions of the same user are killed. */
  readonly user: string;
  readonly target: KillTarget;
}

/** `unknown`: nobody has such a session or connection. `failed` has the reason. */
export type KillOutcome =
  | { kind: "done" }
  | { kind: "unknown" }
  | { kind: "forbidden" }
  | { kind: "failed"; reason: string };
