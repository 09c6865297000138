/** A session starts anew: what it has changed is forgotten, its connection goes back to be made as new. */
import { giveBack, unpark } from "../backend/pool-line.ts";
import { NO_SETTINGS } from "../backend/settings.ts";
import { setPins } from "./hold.ts";
import { profileOf, sqlModeOf } from "./listener.ts";
import { closeAllPrepared } from "./prepared.ts";
import type { Session } from "./session.ts";
import { shapeOf } from "./shape.ts";

/** Resets a session that is between two commands. Its user and schema stay. */
export function resetSession(session: Session): void {
  const { connection, pool, listener } = session;
  closeAllPrepared(session);
  session.settings = NO_SETTINGS;
  session.lastInsertId = "";
  session.isInsertIdOnItsWay = false;
  session.hasLostDiagnostics = false;
  session.lastConnection = null;
  setPins(session, 0);
  session.status = profileOf(listener).status;
  session.statement.sqlMode = sqlModeOf(listener);
  // A reset leaves MySQL's sessions with the server's character set; MariaDB's keep that of their log-in.
  const { version, collation } = profileOf(listener);
  if (!version.includes("MariaDB")) session.shape = shapeOf(session, collation);
  if (connection === null || pool === null) return;
  session.connection = null;
  if (connection.state === "parked") unpark(pool, connection);
  connection.isDirty = true;
  giveBack(pool, connection);
}
