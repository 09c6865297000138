/** How many sessions a user has at once (user_sessions_max). */
import type { Session } from "./session.ts";

/** Counts the session for its user. False, and it counts for nobody, when that one has as many as it may have. */
export function joinUser(session: Session): boolean {
  const { user, listener } = session;
  if ((listener.users.get(user)?.size ?? 0) >= listener.config.limits.user_sessions_max) return false;
  rejoinUser(session);
  return true;
}

/** Counts the session for the user that it has been let in as before. */
export function rejoinUser(session: Session): void {
  const { user, listener } = session;
  const sessions = listener.users.get(user) ?? new Set<Session>();
  sessions.add(session);
  listener.users.set(user, sessions);
}

/** The session counts for its user no more; harmless when it has not. */
export function leaveUser(session: Session): void {
  const { user, listener } = session;
  const sessions = listener.users.get(user);
  if (sessions?.delete(session) === true && sessions.size === 0) listener.users.delete(user);
}
