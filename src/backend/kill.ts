/** Ending what runs on a connection. */
import { askAside } from "./aside.ts";
import type { Connection } from "./connection.ts";

/** "QUERY" ends the running statement, "CONNECTION" the whole connection. */
export type KillScope = "QUERY" | "CONNECTION";

/**
 * Sends KILL for what runs on `victim` to the very server that it goes to. `onDone` hears null, or why it could not be sent.
 * A connection that is gone is no failure.
 */
export function killOnServer<Holder>(
  victim: Connection<Holder>,
  scope: KillScope,
  onDone: (failure: string | null) => void,
): void {
  askAside(victim, `KILL ${scope} ${victim.serverConnectionId}`, (failure) => onDone(failure?.reason ?? null));
}
