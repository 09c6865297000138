/** A KILL that one worker passes on to the others, and what they say. */
import type { ErrPacket } from "../mysql/err.ts";
import type { KillTarget } from "../sql/kill-target.ts";

export interface KillOrder {
  /** The listener, by its place in the configuration. */
  readonly listener: string;
  /** Who wants it: only sessions of the same user are killed, and by the listener's user those that the server lets it kill. */
  readonly user: string;
  readonly target: KillTarget;
}

/** `unknown`: nobody has such a session or connection. `failed` has the reason, `refused` the server's. */
export type KillOutcome =
  | { kind: "done" }
  | { kind: "unknown" }
  | { kind: "forbidden" }
  | { kind: "refused"; error: ErrPacket }
  | { kind: "failed"; reason: string };
