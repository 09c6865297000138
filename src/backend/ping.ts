/** Asking a connection that nobody has whether its server is still there. */
import { COM_PING } from "../mysql/commands.ts";
import { armDeadline, type Connection, destroyConnection } from "./connection.ts";
import { ask, newOwnStatement } from "./own-statement.ts";

/** Sends COM_PING; `onAlive` hears that the server has answered. A connection whose server stays silent is closed. */
export function pingConnection<Holder>(connection: Connection<Holder>, timeoutMs: number, onAlive: () => void): void {
  connection.state = "checking";
  armDeadline(connection, timeoutMs);
  const answered = newOwnStatement(COM_PING, "", (answer) => {
    connection.cancelDeadline();
    if (answer.kind === "error") {
      destroyConnection(connection, "backend_closed", answer.error.message);
      return;
    }
    // ROW_COUNT() is of the ping now; FOUND_ROWS() and warnings stay what they were.
    connection.isPinged = true;
    connection.quietSinceMs = connection.owner.clock.monotonicMs();
    onAlive();
  });
  ask(connection, [answered]);
}
