/** Bytes of a client that go to the database as they come: the rest of a large command, and local files. */
import type { Connection } from "../backend/connection.ts";
import { fileSent } from "../mysql/response.ts";
import { send } from "../net/send.ts";
import { pause, resume } from "../net/transport.ts";
import { isBackedUp } from "../net/wire.ts";
import { LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { dropInbox, inboxLength } from "./inbox.ts";
import { continueFile, continueRequest } from "./request.ts";
import type { Session } from "./session.ts";

/** Sends on what has come of a large command. */
export function streamCommand(session: Session): void {
  passOn(session, continueRequest(session.request, session.inbox));
}

/** Sends on what has come of a file that the server asked for; its empty packet has the server answer. */
export function streamFile(session: Session): void {
  const length = continueFile(session.request, session.inbox, () => {
    session.phase = "busy";
    if (session.connection !== null) fileSent(session.connection.tracker);
  });
  passOn(session, length);
}

/** Sends on whatever has come from a client whose connection is its own. */
export function streamDedicated(session: Session): void {
  passOn(session, inboxLength(session.inbox));
}

/** Throws away what has come of a command that was refused. */
export function discardCommand(session: Session): void {
  dropInbox(session.inbox, continueRequest(session.request, session.inbox));
  resume(session.wire);
}

/** Sends the first `length` bytes of the inbox; the client goes on when the database takes more. */
function passOn(session: Session, length: number): void {
  const { inbox, connection } = session;
  if (connection === null || connection.wire === null) return;
  if (length > 0) sendOn(session, connection, inbox.bytes, inbox.start, inbox.start + length);
  dropInbox(inbox, length);
  if (!isBackedUp(connection.wire)) resume(session.wire);
}

/** Sends bytes of the client to the database; a database that takes no more stops the client. */
export function sendOn(
  session: Session,
  connection: Connection<Session>,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  add(session.listener.counters, LISTENER.slots.bytes.backend_out, end - start);
  if (connection.wire !== null && !send(connection.wire, bytes, start, end)) pause(session.wire);
}
