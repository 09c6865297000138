/** A session at rest whose connection is needed by another one: what it still knew is saved. */
import type { Connection } from "../backend/connection.ts";
import { assert } from "../lib/assert.ts";
import { ER_NET_READ_ERROR } from "../mysql/errors.ts";
import { findConnection } from "./execute.ts";
import { setPins } from "./hold.ts";
import { PIN_LAST_INSERT_ID, PIN_WARNINGS } from "./pin.ts";
import { replyErrAndClose } from "./reply.ts";
import type { Session } from "./session.ts";

/** The connection is no longer the session's; onInsertId follows. */
export function onConnectionTaken(session: Session, connection: Connection<Session>): void {
  assert(session.connection === connection, "a session is told of its own connection");
  session.connection = null;
  session.isInsertIdOnItsWay = (session.pins & PIN_LAST_INSERT_ID) !== 0;
  // What was lost before is so still: commands may have run since that leave it.
  if ((session.pins & PIN_WARNINGS) !== 0) session.last.hasLostDiagnostics = true;
  setPins(session, 0);
}

/** What LAST_INSERT_ID() was; the statement that waited for it may run now. */
export function onInsertId(session: Session, value: string | null): void {
  if (!session.isInsertIdOnItsWay || session.phase === "closed") return;
  session.isInsertIdOnItsWay = false;
  if (value === null) {
    // Going on would have LAST_INSERT_ID() say 0, which is a lie.
    const sequence = session.phase === "waiting" ? session.request.sequence + 1 : 0;
    replyErrAndClose(
      session,
      sequence,
      ER_NET_READ_ERROR,
      "The connection broke that knew this session's LAST_INSERT_ID()",
    );
    session.phase = "closed";
    return;
  }
  session.lastInsertId = value === "0" ? "" : value;
  if (session.phase === "waiting") findConnection(session, null);
}
