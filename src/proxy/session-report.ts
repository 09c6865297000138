/** Sessions as people look at them: who they are, what they do, and why they keep a connection. */
import { PIN_REASONS, type PinReason } from "../telemetry/metrics-table.ts";
import { reasonsOfPins } from "./pin.ts";
import { PIN_ADVICE, type PinAdvice } from "./pin-advice.ts";
import { firstSinceMs, textOfNote } from "./pin-note.ts";
import type { Session } from "./session.ts";

/** Sessions in a list at most: those that have been pinned for the longest come first. */
export const SESSIONS_LISTED_MAX = 1_000;

/** A pin that explains itself. */
export interface PinReport {
  reason: PinReason;
  seconds: number;
  /** How the statement began that set it, without its literals; null where none did. */
  statement: string | null;
}

export interface SessionReport {
  session: number;
  listener: string;
  user: string;
  client: string;
  schema: string;
  phase: string;
  /** How long it has been connected. */
  seconds: number;
  /** What runs right now. */
  running: { kind: string; seconds: number } | null;
  /** The connection that it has; `id` is the server's. */
  connection: { endpoint: string; server: string; id: number } | null;
  pinnedSeconds: number;
  pins: PinReport[];
}

/** One session, and what to change so that it shares connections. */
export interface SessionAdvice extends Omit<SessionReport, "pins"> {
  /** Names of what it has set and any connection can be given. */
  changed: string[];
  prepared: number;
  pins: Array<PinReport & PinAdvice>;
  sharing: string;
}

/** A list of sessions; the numbers count all there are. */
export interface SessionList {
  total: number;
  pinned: number;
  sessions: SessionReport[];
}

/** All sessions, or as many as are good to read. */
export function listSessions(all: readonly Session[]): SessionList {
  const pinned = all.filter(({ pins }) => pins !== 0).sort((left, right) => heldSinceMs(left) - heldSinceMs(right));
  const listed = [...pinned, ...all.filter(({ pins }) => pins === 0)].slice(0, SESSIONS_LISTED_MAX);
  return { total: all.length, pinned: pinned.length, sessions: listed.map(reportOf) };
}

/**
 * Sessions by the id of their greeting or of the connection that they have, with advice; several listeners or servers may
 * have given the same.
 */
export function sessionsWithId(all: readonly Session[], id: number): SessionAdvice[] {
  const found = all.filter((session) => session.id === id || session.connection?.serverConnectionId === id);
  return found.map(adviceFor);
}

function adviceFor(session: Session): SessionAdvice {
  const { pins, ...report } = reportOf(session);
  const { entries, names, userVariables } = session.settings;
  return {
    ...report,
    // Values may be anybody's data.
    changed: [...(names === "" ? [] : ["names"]), ...[...entries, ...userVariables].map(([name]) => name)],
    prepared: session.prepared.size,
    pins: pins.map((pin) => ({ ...pin, ...PIN_ADVICE[pin.reason] })),
    sharing:
      pins.length === 0
        ? "the session shares connections: it has one only while a statement runs"
        : "the session keeps its connection until all of these have ended",
  };
}

/** Who the session is and why it has a connection, in a few words. */
export function describeSession(session: Session): string {
  const { user, remoteAddress, remotePort, pins, listener } = session;
  const seconds = ((listener.clock.monotonicMs() - heldSinceMs(session)) / 1000).toFixed(1);
  const why = pins === 0 ? `${session.statement.kind} running` : reasonsOfPins(pins).join(" + ");
  const client = remotePort === 0 ? remoteAddress : `${remoteAddress}:${remotePort}`;
  return `${user}@${client} (${why}, ${seconds} s)`;
}

/** Since when it has its connection, or at least keeps it, monotonic. */
export function heldSinceMs({ pins, pinNotes, startedMs }: Session): number {
  return pins === 0 ? startedMs : firstSinceMs(pins, pinNotes);
}

function reportOf(session: Session): SessionReport {
  const { listener, connection, pins, startedMs, series } = session;
  const now = listener.clock.monotonicMs();
  const seconds = (sinceMs: number) => Math.round(now - sinceMs) / 1000;
  return {
    session: session.id,
    listener: listener.config.name,
    user: session.user,
    client: session.remotePort === 0 ? session.remoteAddress : `${session.remoteAddress}:${session.remotePort}`,
    schema: session.schema,
    phase: session.phase,
    seconds: seconds(session.acceptedMs),
    running: series === null ? null : { kind: session.statement.kind, seconds: seconds(startedMs) },
    connection:
      connection === null
        ? null
        : {
            endpoint: connection.owner.endpoint.name,
            server: connection.owner.endpoint.server,
            id: connection.serverConnectionId,
          },
    pinnedSeconds: pins === 0 ? 0 : seconds(heldSinceMs(session)),
    pins: reasonsOfPins(pins).map((reason) => {
      const note = session.pinNotes[PIN_REASONS.indexOf(reason)];
      const isByStatement = reason !== "pool_mode" && reason !== "account" && note !== undefined;
      return {
        reason,
        seconds: seconds(note?.sinceMs ?? now),
        statement: isByStatement ? textOfNote(note) : null,
      };
    }),
  };
}
