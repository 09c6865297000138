/**
 * What a session has assigned, and what of that is a change on the connection that serves it: servers differ in their
 * defaults, and SET GLOBAL changes them for connections that are opened later.
 */
import type { Connection } from "../backend/connection.ts";
import { type Settings, withoutDefaults } from "../backend/settings.ts";
import type { Session } from "./session.ts";

/** Makes `assigned` all that the session has assigned. */
export function assign(session: Session, assigned: Settings): void {
  session.assigned = assigned;
  session.settings = withoutDefaults(assigned, session.baseline);
}

/** The session goes on with a connection that was opened under other defaults than the one before. */
export function takeBaseline(session: Session, { baseline }: Connection<Session>): void {
  session.baseline = baseline;
  session.settings = withoutDefaults(session.assigned, baseline);
}
