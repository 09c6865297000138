/** Accounts of the server whose password has expired: MySQL takes nothing from them but another one. */
import type { Connection } from "../backend/connection.ts";
import { setUpLater } from "../backend/set-up.ts";
import { charsetOf } from "../sql/charset.ts";
import { readSqlMode } from "../sql/sql-mode.ts";
import { takeBaseline } from "./assigned.ts";
import type { Session } from "./session.ts";

/** A session begins as its own connection does: that says how its statements read, too. */
export function beginAs(session: Session, connection: Connection<Session>): void {
  const { statement } = session;
  const { baseline } = connection;
  takeBaseline(session, connection);
  if (baseline === null) return;
  statement.sqlMode = readSqlMode(baseline.get("sql_mode") ?? "");
  statement.charset = charsetOf(baseline.get("character_set_client") ?? "");
}

/**
 * True when the statement in hand may have set the password that an account had to change: then its connection is set up as
 * others are behind their log-in; `onDone` follows.
 */
export function leavesSandbox(
  session: Session,
  connection: Connection<Session>,
  onDone: (session: Session, connection: Connection<Session>) => void,
): boolean {
  if (connection.tracker.errorCode !== 0) return false;
  session.phase = "waiting";
  setUpLater(connection, () => {
    session.phase = "busy";
    beginAs(session, connection);
    onDone(session, connection);
  });
  return true;
}
