/** Ending what runs on a connection. */
import { COM_QUERY } from "../mysql/commands.ts";
import type { ErrPacket } from "../mysql/err.ts";
import { ER_NO_SUCH_THREAD } from "../mysql/errors.ts";
import { askAside } from "./aside.ts";
import { armDeadline, type Connection } from "./connection.ts";
import { ask, newOwnStatement } from "./own-statement.ts";

/** "QUERY" ends the running statement, "CONNECTION" the whole connection. */
export type KillScope = "QUERY" | "CONNECTION";

/**
 * Sends KILL for what runs on `victim` to the very server that it goes to. `onDone` hears null, or why it could not be sent.
 * A connection that is gone is no failure. The endpoint's account may kill its own connections; of others' the server
 * may say that it must not, which `onDone` hears, too.
 */
export function killOnServer<Holder>(
  victim: Connection<Holder>,
  scope: KillScope,
  onDone: (failure: string | null, refusal: ErrPacket | null) => void,
): void {
  askAside(victim, textOf(victim, scope), (failure, refusal) => {
    onDone(failure?.reason ?? null, refusal?.code === ER_NO_SUCH_THREAD ? null : refusal);
  });
}

/**
 * The same on `connection`, which its holder keeps and which goes to the same server: what its account may kill. `onDone`
 * hears the server's refusal.
 */
export function killFrom<Holder>(
  connection: Connection<Holder>,
  victim: Connection<Holder>,
  scope: KillScope,
  onDone: (refusal: ErrPacket | null) => void,
): void {
  connection.state = "adopting";
  armDeadline(connection);
  const answered = newOwnStatement(COM_QUERY, textOf(victim, scope), (answer) => {
    connection.cancelDeadline();
    connection.state = "busy";
    onDone(answer.kind === "error" ? answer.error : null);
  });
  ask(connection, [answered]);
}

function textOf<Holder>({ serverConnectionId }: Connection<Holder>, scope: KillScope): string {
  return `KILL ${scope} ${serverConnectionId}`;
}
