/** Answers that the proxy gives itself. */
import { errBytes } from "../mysql/err.ts";
import { sqlStateOf } from "../mysql/errors.ts";
import { writeOk } from "../mysql/ok.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { hangUp } from "../net/hang-up.ts";
import { sendAll } from "../net/send.ts";
import { destroy, finish } from "../net/transport.ts";
import { isBackedUp } from "../net/wire.ts";
import { LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import type { Session } from "./session.ts";

/** How long a client may take to read the last bytes and close its side. */
const LINGER_MS = 5_000;

/** Sends bytes of our own to the client. */
export function reply(session: Session, bytes: Uint8Array): void {
  add(session.listener.counters, LISTENER.slots.bytes.client_out, bytes.length);
  sendAll(session.wire, bytes);
}

/** Answers the command in hand with an OK. */
export function replyOk(session: Session): void {
  const writer = newWriter(16);
  writeOk(writer, session.request.sequence + 1, session.status);
  reply(session, writtenBytes(writer));
}

/** Answers the command in hand with an ERR; the session goes on. */
export function replyErr(session: Session, code: number, message: string, sqlState: string = sqlStateOf(code)): void {
  reply(session, errBytes(session.request.sequence + 1, code, message, sqlState));
}

/** Says why, then closes in order. The wire's onClose ends the session. */
export function replyErrAndClose(
  session: Session,
  sequence: number,
  code: number,
  message: string,
  sqlState: string = sqlStateOf(code),
): void {
  if (session.wire.isClosed || session.wire.isFinishing) return;
  reply(session, errBytes(sequence, code, message, sqlState));
  closeInOrder(session);
}

/** Closes without a word, as a server does of which nothing more is to be expected. */
export function hangUpOn(session: Session, reason: string): void {
  if (!isBackedUp(session.wire)) hangUp(session.wire, reason);
  else closeInOrder(session);
}

/** Sends what is pending, then a FIN; a client that does not close its side is cut off after a while. */
export function closeInOrder(session: Session): void {
  finish(session.wire);
  session.cancelDeadline();
  session.cancelDeadline = session.listener.clock.after(LINGER_MS, () => destroy(session.wire, "the client lingers"));
}
