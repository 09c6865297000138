/** How many sessions a user has at once (user_sessions_max). */
import { giveBackPlace, newPlaces, takePlace } from "../lib/places.ts";
import { sharedPlaces } from "../lib/worker-share.ts";
import type { Session, UserCount } from "./session.ts";
import { userCells } from "./shared-names.ts";

/** Counts the session for its user. False, and it counts for nobody, when that one has as many as it may have. */
export function joinUser(session: Session): boolean {
  return join(session, session.listener.config.limits.user_sessions_max);
}

/** Counts the session for the user that it has been let in as before. */
export function rejoinUser(session: Session): void {
  join(session, Number.POSITIVE_INFINITY);
}

function join(session: Session, max: number): boolean {
  const { user, listener } = session;
  const count: UserCount = listener.users.get(user) ?? {
    sessions: new Set(),
    places: newPlaces(sharedPlaces(listener.setup.share, userCells(user))),
  };
  if (!takePlace(count.places, max)) return false;
  count.sessions.add(session);
  listener.users.set(user, count);
  return true;
}

/** The session counts for its user no more; harmless when it has not. */
export function leaveUser(session: Session): void {
  const { user, listener } = session;
  const count = listener.users.get(user);
  if (count?.sessions.delete(session) !== true) return;
  giveBackPlace(count.places);
  if (count.sessions.size === 0) listener.users.delete(user);
}
