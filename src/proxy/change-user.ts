/** COM_CHANGE_USER: a session logs in again, and starts anew. */
import { withVariables } from "../backend/settings.ts";
import { sharedText } from "../lib/shared-text.ts";
import { type ChangeUser, readChangeUser } from "../mysql/com-change-user.ts";
import { newCursor } from "../mysql/cursor.ts";
import { ER_UNKNOWN_COM_ERROR, ProtocolError } from "../mysql/errors.ts";
import { takeAttributes } from "./attributes.ts";
import { judgeClient } from "./client-auth.ts";
import { startDeadline } from "./handshake.ts";
import { refuse } from "./refuse.ts";
import { hasMoreToCome, payloadOf } from "./request.ts";
import { resetSession } from "./reset.ts";
import type { Session } from "./session.ts";
import { setShape } from "./shape.ts";
import { leaveUser } from "./user-count.ts";

/** After this many failures MariaDB has no such command. */
const FAILURES_MAX = 3;

/** Largest collation id that a handshake with a database can name: it has one byte for it. */
const HANDSHAKE_COLLATION_MAX = 255;
/** Behind it MySQL has collations of utf8mb4, up to utf8mb4_mn_cyrl_0900_as_cs. MariaDB has others, which a SET cannot name by id. */
const MYSQL_COLLATION_MAX = 323;
const UTF8MB4_0900_AI_CI = 255;

/**
 * Begins the log-in of the command in hand. The session is reset at once, and stays so when the log-in fails: MySQL ends it
 * then, MariaDB leaves it with the user and the schema that it had.
 * @throws ProtocolError when the packet is malformed.
 */
export function changeUser(session: Session): void {
  const { request } = session;
  if (hasMoreToCome(request)) throw new ProtocolError("COM_CHANGE_USER is larger than any client's");
  // A copy: more may come behind the command before it is answered.
  const wanted = readChangeUser(newCursor(payloadOf(request).slice()), session.capabilities);
  if (session.former.failures >= FAILURES_MAX) return refuse(session, ER_UNKNOWN_COM_ERROR, "Unknown command");
  resetSession(session, () => logInAgain(session, wanted));
}

function logInAgain(session: Session, wanted: ChangeUser): void {
  leaveUser(session);
  takeAttributes(session, wanted.attributes);
  takeCollation(session, wanted.collation);
  Object.assign(session.former, { user: session.user, schema: session.schema });
  session.user = sharedText(wanted.user);
  session.schema = sharedText(wanted.schema);
  session.phase = "handshake";
  session.login.step = "answer";
  startDeadline(session);
  judgeClient(session, wanted.authPlugin, wanted.authResponse, session.request.sequence);
}

/** The collation goes into the shape, or into the settings where connections cannot be opened with it; else it stays what it was. */
function takeCollation(session: Session, collation: number): void {
  if (collation > 0 && collation <= HANDSHAKE_COLLATION_MAX) return setShape(session, collation);
  const isMysqls = collation > HANDSHAKE_COLLATION_MAX && collation <= MYSQL_COLLATION_MAX;
  if (!isMysqls || session.serverVersion.includes("MariaDB")) return setShape(session, session.shape.collation);
  setShape(session, UTF8MB4_0900_AI_CI);
  const variables = ["character_set_client", "character_set_results", "collation_connection"];
  const values = variables.flatMap((name) => [name, String(collation)]);
  session.settings = withVariables(session.settings, values, new Map()) ?? session.settings;
}
