/** Shutting a listener down without cutting anybody off in the middle of something. */
import { ER_SERVER_SHUTDOWN } from "../mysql/errors.ts";
import { SERVER_STATUS_IN_TRANS } from "../mysql/status-flags.ts";
import { destroy } from "../net/transport.ts";
import { portsOf } from "./port.ts";
import { replyErrAndClose } from "./reply.ts";
import type { Listener, Session } from "./session.ts";

/** How often sessions are looked at while they finish. */
const LOOK_MS = 20;

/**
 * Stops accepting; sessions at rest are told ER_SERVER_SHUTDOWN and `why`, and closed; running statements and open
 * transactions may finish until `graceMs` is over. Resolves when no session is left.
 */
export function drainListener(listener: Listener, graceMs: number, why: string): Promise<void> {
  listener.isDraining = true;
  for (const port of portsOf(listener)) port.server.stop();
  const deadlineMs = listener.clock.monotonicMs() + graceMs;
  return new Promise((resolve) => {
    const look = () => {
      const isOver = listener.clock.monotonicMs() >= deadlineMs;
      for (const session of listener.sessions.values()) {
        if (isOver) destroy(session.wire, "the grace period is over");
        else if (isAtRest(session)) sayGoodbye(session, why);
      }
      if (listener.sessions.size === 0) resolve();
      else listener.clock.after(LOOK_MS, look);
    };
    look();
  });
}

function isAtRest(session: Session): boolean {
  if (session.phase === "handshake") return true;
  const isInTransaction = session.connection !== null && (session.status & SERVER_STATUS_IN_TRANS) !== 0;
  return session.phase === "ready" && !isInTransaction && session.inbox.start === session.inbox.end;
}

function sayGoodbye(session: Session, why: string): void {
  replyErrAndClose(session, 0, ER_SERVER_SHUTDOWN, `Server shutdown in progress: ${why}`);
}
