/**
 * Clients that stop in the middle of something. While one does, it may hold a connection that others wait for, a permit, or
 * memory; so it has its time, as on a server (net_read_timeout, net_write_timeout), and trickling is as good as stopping.
 */
import { ER_NET_READ_INTERRUPTED } from "../mysql/errors.ts";
import { destroy } from "../net/transport.ts";
import { isBackedUp } from "../net/wire.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { inboxLength } from "./inbox.ts";
import { replyErrAndClose } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import type { Listener, Session } from "./session.ts";

/** Who moves fewer bytes within the time has stopped. */
const PROGRESS_BYTES = 1024;

/** Cuts off the clients whose time is over. Call it now and then. */
export function closeStalledClients(listener: Listener): void {
  const { dutiful } = listener;
  const now = listener.clock.monotonicMs();
  const limitMs = listener.config.limits.timeout_stalled_client_ms;
  for (const session of listener.sessions.values()) {
    const duty = dutyOf(session);
    const movedBytes = session.wire.receivedBytes + session.wire.flushedBytes;
    const last = dutiful.get(session);
    if (duty === null) dutiful.delete(session);
    else if (last === undefined || movedBytes - last.movedBytes >= PROGRESS_BYTES)
      dutiful.set(session, { movedBytes, sinceMs: now });
    else if (now - last.sinceMs >= limitMs) cutOff(session, duty);
  }
}

/** What the session waits for from its client; null when it is another's turn. */
function dutyOf(session: Session): "to read" | "to send" | null {
  const { phase, wire, inbox, request } = session;
  if (wire.isFinishing || phase === "closed" || phase === "handshake") return null; // these have deadlines of their own
  if (isBackedUp(wire)) return "to read";
  if (wire.isPaused) return null;
  const isInCommand = phase === "ready" ? inboxLength(inbox) > 0 : hasMoreToCome(request);
  return isInCommand || phase === "local-infile" ? "to send" : null;
}

function cutOff(session: Session, duty: "to read" | "to send"): void {
  const { log, logLimit, config } = session.listener;
  const what = duty === "to read" ? "does not read its answer" : "stopped in the middle of a packet";
  const fields = { domain: config.name, client: session.remoteAddress };
  logLimited(logLimit, log, "info", `client ${duty}`, `client cut off: it ${what}`, fields);
  if (session.phase === "ready" && duty === "to send") {
    // In MySQL's words.
    replyErrAndClose(session, 1, ER_NET_READ_INTERRUPTED, "Got timeout reading communication packets");
    session.phase = "closed";
  } else {
    destroy(session.wire, `the client ${what}`);
  }
}
