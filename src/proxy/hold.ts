/** Holding a connection: for a statement, or longer while the session is pinned (design D6). */

import { type Connection, destroyConnection } from "../backend/connection.ts";
import { retireConnection } from "../backend/pool-lend.ts";
import { cancelWait, giveBack } from "../backend/pool-line.ts";
import { handOver, park, unpark } from "../backend/pool-parked.ts";
import type { Pool } from "../backend/pool-state.ts";
import { assert } from "../lib/assert.ts";
import { resume } from "../net/transport.ts";
import { EFFECT_DIAGNOSTICS } from "../sql/effects.ts";
import { LISTENER, PIN_REASONS } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import {
  PIN_ACCOUNT,
  PIN_CONNECTION_ID,
  PIN_FOUND_ROWS,
  PIN_LAST_INSERT_ID,
  PIN_POOL_MODE,
  PIN_SET_TRANSACTION,
  PIN_TRANSACTION,
  PIN_WARNINGS,
  PINS_OF_PREPARED,
} from "./pin.ts";
import { newPinNote, notePin } from "./pin-note.ts";
import type { Session } from "./session.ts";

/**
 * Pins that leave nothing behind for another session: the transaction is over, and what was set for it; the warnings are a
 * statement old, and who asks for FOUND_ROWS() is sent to the connection of its own last statement or refused. A prepared
 * statement lets go of its connection when nothing is in it any more.
 */
const CLEAN_PINS =
  PIN_TRANSACTION | PIN_SET_TRANSACTION | PIN_WARNINGS | PIN_FOUND_ROWS | PIN_CONNECTION_ID | PINS_OF_PREPARED;

/** Pins that yield to a session in need: LAST_INSERT_ID() is saved first. Warnings cannot be, so those connections yield last. */
const SOFT_PINS = PIN_LAST_INSERT_ID | PIN_WARNINGS;

/** The metrics of each reason, by bit: how often it was there, and in how many sessions it is. */
const TIMES_PINNED = PIN_REASONS.map((reason) => LISTENER.slots.pins[reason]);
const PINNED_NOW = PIN_REASONS.map((reason) => LISTENER.slots.pinned[reason]);

/** Adds reasons to keep the connection; harmless when they are known. */
export function pinSession(session: Session, pins: number): void {
  setPins(session, session.pins | pins);
}

/** Makes `pins` the session's reasons; 0 lets go of the connection at the end of the statement. */
export function setPins(session: Session, pins: number): void {
  if (pins === session.pins) return;
  const { counters, clock } = session.listener;
  const added = pins & ~session.pins;
  const gone = session.pins & ~pins;
  if (added !== 0) {
    const now = clock.monotonicMs();
    for (let rest = added; rest !== 0; rest &= rest - 1) {
      const bit = 31 - Math.clz32(rest & -rest);
      add(counters, TIMES_PINNED[bit]!, 1);
      add(counters, PINNED_NOW[bit]!, 1);
      session.pinNotes[bit] ??= newPinNote();
      notePin(session.pinNotes[bit], session.statement, now);
    }
  }
  for (let rest = gone; rest !== 0; rest &= rest - 1) {
    add(counters, PINNED_NOW[31 - Math.clz32(rest & -rest)]!, -1);
  }
  session.pins = pins;
  if (pins === 0) session.owned = null;
  if ((added & ~CLEAN_PINS) !== 0 && session.connection !== null) session.connection.isDirty = true;
}

/** The connection that the client knows, or one that has the statement in hand. */
export function preferredIn(session: Session, pool: Pool<Session>): Connection<Session> | null {
  const { claim, running } = session;
  if (claim !== null && claim.state === "idle") return claim;
  if (running === null) return null;
  for (const connection of running.shared.connections) {
    if (connection.state === "idle" && connection.owner === pool) return connection;
  }
  return null;
}

/** The connection is the session's until letGo. */
export function hold(session: Session, connection: Connection<Session>): void {
  assert(session.connection === null, "a session holds one connection");
  session.connection = connection;
  if (session.listener.config.pool_mode !== "transaction") pinSession(session, PIN_POOL_MODE);
}

/** The connection is the session's for good, as its server has let it in there. */
export function holdAccount(session: Session, connection: Connection<Session>): void {
  hold(session, connection);
  session.isOfAccount = true;
  pinSession(session, PIN_ACCOUNT);
}

/** The session is an account's of the server no more; the connection that it was ends. */
export function leaveAccount(session: Session): void {
  if (!session.isOfAccount) return;
  session.isOfAccount = false;
  setPins(session, 0);
  letGo(session);
}

/** The session goes on with the connection that it has kept. */
export function takeUp(session: Session, connection: Connection<Session>): void {
  connection.restSinceMs = -1;
  if (connection.state === "parked" && session.pool !== null) unpark(session.pool, connection);
}

/** The next statement begins: what is kept only for it is no reason to stay on an endpoint that the configuration no longer has. */
export function leaveRetired({ connection, pool, statement }: Session): void {
  if (connection === null || pool === null || connection.state !== "parked") return;
  if ((statement.effects & EFFECT_DIAGNOSTICS) === 0) handOver(pool, connection);
}

/** The session is at rest: it keeps its connection, leaves it where others may take it, or gives it back. */
export function restBetweenStatements(session: Session): void {
  const { connection, pool, pins } = session;
  if (connection === null || pool === null) return;
  // It was left unread while the client did not read its answer; whoever has it next waits for words of the server.
  if (connection.wire !== null) resume(connection.wire);
  if (pins === 0) {
    letGo(session);
    return;
  }
  connection.restSinceMs = session.listener.clock.monotonicMs();
  if (connection.keptSinceMs < 0) connection.keptSinceMs = connection.restSinceMs;
  if ((pins & ~SOFT_PINS) === 0 && connection.state === "busy") {
    park(pool, connection, (pins & PIN_WARNINGS) !== 0);
  }
}

/** Gives the connection back to its pool. It must be at a clean boundary. */
function letGo(session: Session): void {
  const { connection, pool } = session;
  if (connection === null || pool === null) return;
  session.connection = null;
  giveBack(pool, connection);
}

/** The session no longer waits for a connection. */
export function leaveLine(session: Session): void {
  const { waiter, pool } = session;
  session.waiter = null;
  if (waiter !== null && pool !== null) cancelWait(pool, waiter);
}

/** Ends what a server would end with the session: its connection, and the one that its client knows. */
export function endConnections(session: Session, reason: string): void {
  abandon(session, reason);
  setPins(session, 0);
  endClaim(session, reason);
}

/** Ends the connection that the client knows, as soon as nobody uses it. */
export function endClaim({ claim }: Session, reason: string): void {
  if (claim !== null) retireConnection(claim, "unclean", reason);
}

/** Gives up the connection in hand: it is not at a clean boundary, so it is closed (design D4). */
export function abandon(session: Session, reason: string): void {
  const { connection } = session;
  if (connection === null) return;
  session.connection = null;
  connection.holder = null;
  destroyConnection(connection, "unclean", reason);
}
