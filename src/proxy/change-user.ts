/** COM_CHANGE_USER: a session logs in again, and starts anew. */
import { sharedText } from "../lib/shared-text.ts";
import { type ChangeUser, readChangeUser } from "../mysql/com-change-user.ts";
import { newCursor } from "../mysql/cursor.ts";
import { ER_UNKNOWN_COM_ERROR, ProtocolError } from "../mysql/errors.ts";
import { takeAttributes } from "./attributes.ts";
import { judgeClient } from "./client-auth.ts";
import { dropCollation, takeCollation } from "./collation.ts";
import { startDeadline } from "./handshake.ts";
import { pinSession } from "./hold.ts";
import { countFailure, hasUsableCollation } from "./login-end.ts";
import { isOfServer, passChange } from "./pass-login.ts";
import { PIN_ACCOUNT } from "./pin.ts";
import { refuse } from "./refuse.ts";
import { hangUpOn, replyErr } from "./reply.ts";
import { hasMoreToCome, payloadOf } from "./request.ts";
import { forgetState, resetSession } from "./reset.ts";
import type { Session } from "./session.ts";
import { isMariadbSession } from "./shape.ts";
import { leaveUser } from "./user-count.ts";

/** After this many failures MariaDB has no such command. */
const FAILURES_MAX = 3;

/**
 * Begins the log-in of the command in hand. The session is reset at once, and stays so when the log-in fails: MySQL ends it
 * then, MariaDB leaves it with the user and the schema that it had.
 * @throws ProtocolError when the packet is too large.
 */
export function changeUser(session: Session): void {
  const { request } = session;
  if (hasMoreToCome(request)) throw new ProtocolError("COM_CHANGE_USER is larger than any client's");
  const wanted = readWanted(session);
  if (wanted !== null && session.isOfAccount && isOfServer(session, wanted.user)) {
    // Its server resets the connection with the command.
    forgetState(session);
    pinSession(session, PIN_ACCOUNT);
    logInAgain(session, wanted, () => passChange(session, wanted));
    return;
  }
  resetSession(session, () => {
    if (session.former.failures >= FAILURES_MAX) refuse(session, ER_UNKNOWN_COM_ERROR, "Unknown command");
    else if (wanted === null) unreadable(session);
    else logInAgain(session, wanted, judgeClient);
  });
}

/** The command in hand; null when it is malformed. */
function readWanted({ request, capabilities }: Session): ChangeUser | null {
  try {
    // A copy: more may come behind the command before it is answered.
    return readChangeUser(newCursor(payloadOf(request).slice()), capabilities);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** As servers have it: MySQL hangs up behind its answer, MariaDB goes on with whom it had. */
function unreadable(session: Session): void {
  countFailure(session, "protocol", "a malformed COM_CHANGE_USER");
  replyErr(session, ER_UNKNOWN_COM_ERROR, "Unknown command");
  if (isMariadbSession(session)) {
    session.former.failures++;
    dropCollation(session);
    session.phase = "ready";
    return;
  }
  session.phase = "closed";
  hangUpOn(session, "COM_CHANGE_USER failed");
}

function logInAgain(session: Session, wanted: ChangeUser, judge: typeof judgeClient): void {
  leaveUser(session);
  takeAttributes(session, wanted.attributes);
  Object.assign(session.former, { user: session.user, schema: session.schema });
  session.user = sharedText(wanted.user);
  session.schema = sharedText(wanted.schema);
  session.phase = "handshake";
  session.login.step = "answer";
  if (!hasUsableCollation(session, wanted.collation, session.request.sequence)) return;
  takeCollation(session, wanted.collation);
  startDeadline(session);
  judge(session, wanted.authPlugin, wanted.authResponse, session.request.sequence);
}
