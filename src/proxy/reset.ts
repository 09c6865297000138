/** A session starts anew: what it has changed is forgotten, its connection goes back to be made as new. */
import { resetHeld } from "../backend/adopt.ts";
import { BASELINE_CAPABILITIES, baselineKey } from "../backend/baseline-key.ts";
import { type Connection, destroyConnection } from "../backend/connection.ts";
import { giveBack } from "../backend/pool-line.ts";
import { unpark } from "../backend/pool-parked.ts";
import { NO_SETTINGS, type Settings, withVariables } from "../backend/settings.ts";
import { CLIENT_INTERACTIVE } from "../mysql/capabilities.ts";
import { assign, takeBaseline } from "./assigned.ts";
import { takeCollation } from "./collation.ts";
import { abandon, setPins } from "./hold.ts";
import { profileOf, sqlModeOf } from "./listener.ts";
import { PIN_ACCOUNT, PIN_POOL_MODE } from "./pin.ts";
import { closeAllPrepared } from "./prepared.ts";
import { hangUpOn, replyOk } from "./reply.ts";
import type { Session } from "./session.ts";
import { setShape } from "./shape.ts";

/** COM_RESET_CONNECTION: the session keeps a connection that is its own. */
export function onResetConnection(session: Session): void {
  const mayKeep = session.listener.config.pool_mode !== "transaction";
  reset(session, mayKeep, () => {
    session.phase = "ready";
    replyOk(session);
  });
}

/** Resets a session that is between two commands. Its user and schema stay, its connection goes back; then `onDone`. */
export function resetSession(session: Session, onDone: () => void): void {
  reset(session, false, onDone);
}

/** `onDone` is called when the connection that the session has had is as new: others find its locks free and its rows back. */
function reset(session: Session, mayKeep: boolean, onDone: () => void): void {
  const connection = forgetState(session);
  const { pool, isOfAccount } = session;
  if (connection === null || pool === null) return onDone();
  session.phase = "waiting";
  const isKept = isOfAccount || (mayKeep && takesShape(session, connection));
  resetHeld(connection, (error) => {
    if (error === null && isKept) {
      keep(session, connection);
    } else if (error !== null && isOfAccount) {
      abandon(session, `its session could not be reset: ${error.message}`);
      hangUpOn(session, "reset_failed");
      return;
    } else {
      session.connection = null;
      connection.holder = null; // its end is no news to the session
      if (error === null) giveBack(pool, connection);
      else destroyConnection(connection, "reset_failed", error.message);
    }
    onDone();
    session.listener.pump(session);
  });
}

/**
 * Gives the connection the shape that a reset has given the session: the same but for the character set, which the reset
 * then sets. False where nothing is known of sessions that have logged in with it: the next connection is one that has.
 */
function takesShape({ shape }: Session, connection: Connection<Session>): boolean {
  const baseline = connection.owner.endpoint.baselines.get(baselineKey(shape));
  if (baseline === undefined) return false;
  connection.shape = shape;
  connection.baseline = baseline;
  return true;
}

/** The session goes on with the connection that is its own. */
function keep(session: Session, connection: Connection<Session>): void {
  const { isOfAccount, listener } = session;
  const isOfMode = listener.config.pool_mode !== "transaction";
  setPins(session, (isOfAccount ? PIN_ACCOUNT : 0) | (isOfMode ? PIN_POOL_MODE : 0));
  takeBaseline(session, connection);
  // Its server has reset what that says itself.
  if (isOfAccount) connection.settings = session.settings;
  connection.restSinceMs = listener.clock.monotonicMs();
}

/** Forgets what a reset ends. Returns the connection that the session still has. */
export function forgetState(session: Session): Connection<Session> | null {
  const { connection, pool, listener } = session;
  closeAllPrepared(session);
  assign(session, NO_SETTINGS);
  session.tracking = null;
  session.hasOwnTracking = false;
  session.lastInsertId = "";
  session.counts.rowCount = 0;
  session.isInsertIdOnItsWay = false;
  session.last.hasLostDiagnostics = false;
  session.last.connection = null;
  session.last.foundRowsConnection = null;
  setPins(session, 0);
  session.status = profileOf(listener).status;
  session.statement.sqlMode = sqlModeOf(listener);
  // A reset leaves MySQL's sessions with the server's character set; MariaDB's keep that of their log-in, but not what its
  // capabilities had set.
  const { version, collation } = profileOf(listener);
  if (version.includes("MariaDB")) {
    assign(session, withoutCapabilities(session));
    takeCollation(session, session.login.collation);
  } else setShape(session, collation);
  if (connection !== null && pool !== null && connection.state === "parked") unpark(pool, connection);
  return connection;
}

/** Nothing changed, but for what the client's capabilities had set, which MariaDB forgets in a reset. */
function withoutCapabilities({ capabilities, shape, listener, connection }: Session): Settings {
  if ((capabilities & BASELINE_CAPABILITIES) === 0) return NO_SETTINGS;
  for (const { baselines, waitTimeoutOfReset } of listener.setup.endpoints) {
    const baseline = connection?.baseline ?? baselines.get(baselineKey(shape));
    if (baseline === undefined) continue;
    const modes = baseline.get("sql_mode")?.split(",") ?? [];
    const values = ["sql_mode", modes.filter((mode) => mode !== "IGNORE_SPACE").join(",")];
    if (waitTimeoutOfReset !== "" && (capabilities & CLIENT_INTERACTIVE) !== 0)
      values.push("wait_timeout", waitTimeoutOfReset);
    return withVariables(NO_SETTINGS, values) ?? NO_SETTINGS;
  }
  return NO_SETTINGS;
}
