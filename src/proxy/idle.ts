/** A session that has set its own wait_timeout is disconnected when that is over, whatever its connection is doing. */
import { ER_CLIENT_INTERACTION_TIMEOUT } from "../mysql/errors.ts";
import { destroy } from "../net/transport.ts";
import { endConnections } from "./hold.ts";
import { replyErrAndClose } from "./reply.ts";
import type { Session } from "./session.ts";
import { isMariadbSession } from "./shape.ts";

/** In MySQL's words; MariaDB resets the connection without one. */
const MESSAGE =
  "The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.";

/** The session rests from now on. */
export function startIdle(session: Session): void {
  const timeout = session.settings.entries.find(([name]) => name === "wait_timeout");
  if (timeout === undefined) return;
  session.cancelDeadline();
  session.cancelDeadline = session.listener.clock.after(Number(timeout[1]) * 1000, () => {
    if (session.phase !== "ready") return;
    session.phase = "closed";
    endConnections(session, "its session has been silent for its wait_timeout");
    if (isMariadbSession(session)) destroy(session.wire, "wait_timeout");
    else replyErrAndClose(session, 0, ER_CLIENT_INTERACTION_TIMEOUT, MESSAGE);
  });
}
