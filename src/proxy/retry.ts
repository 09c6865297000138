/**
 * Statements that are sent once more because their connection broke under them before it answered. Nobody can tell how far
 * the server had come: what is sent again changes nothing, or was never read.
 */
import type { Connection } from "../backend/connection.ts";
import { COM_FIELD_LIST, COM_INIT_DB, COM_QUERY, COM_STMT_EXECUTE, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { EFFECT_LIMIT, EFFECT_OFFSET } from "../sql/effects.ts";
import { textOf } from "../sql/read-statement.ts";
import { cancelSql } from "../telemetry/metrics.ts";
import { POOL } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { findConnection } from "./execute.ts";
import { setPins } from "./hold.ts";
import { callsOnlyKnown } from "./known-calls.ts";
import { PIN_LAST_INSERT_ID } from "./pin.ts";
import { hasMoreToCome } from "./request.ts";
import type { Session } from "./session.ts";

/** What has run for longer may be what somebody has killed, or what the server has died of. */
const RETRY_WITHIN_MS = 1_000;
/** Longer texts are not looked through for calls. */
const TEXT_BYTES_MAX = 16_384;

const UNSENT_COMMANDS: readonly number[] = [COM_QUERY, COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_INIT_DB, COM_FIELD_LIST];

/**
 * True when the statement in hand may be sent once more now that `connection` is gone; any may where the server had said
 * goodbye before it read it.
 */
export function mayRunAgain(session: Session, connection: Connection<Session>): boolean {
  const { request, running, phase, pins, answered, hasRetried, startedMs, listener } = session;
  if (hasRetried || hasMoreToCome(request)) return false;
  if (phase === "waiting") return isUnsent(session, connection);
  if (phase !== "busy" || pins !== 0 || answered > 0) return false;
  if (connection.destroyReason !== "backend_closed" || connection.rest !== null || connection.isKillPending)
    return false;
  if (running !== null && running.held !== null) return false;
  if (connection.hasGoodbye) return true;
  if (request.command !== COM_QUERY && request.command !== COM_STMT_EXECUTE) return false;
  if (listener.clock.monotonicMs() - startedMs > RETRY_WITHIN_MS) return false;
  return isPlainRead(session);
}

/** The connection was still being made fit for the session; that may have pinned it already. */
function isUnsent(
  { request, pins, lastInsertId, isLoggedIn }: Session,
  { destroyReason }: Connection<Session>,
): boolean {
  const isStatement = UNSENT_COMMANDS.includes(request.command);
  const isFree = pins === 0 || (pins === PIN_LAST_INSERT_ID && lastInsertId !== "");
  return isLoggedIn && isStatement && isFree && destroyReason === "backend_closed";
}

function isPlainRead({ statement }: Session): boolean {
  const { kind, effects, start, end } = statement;
  if (kind !== "SELECT" || (effects & ~(EFFECT_LIMIT | EFFECT_OFFSET)) !== 0 || end - start > TEXT_BYTES_MAX)
    return false;
  const text = textOf(statement);
  return !/\binto\b/i.test(text) && callsOnlyKnown(text); // INTO OUTFILE
}

/** Sends the statement in hand on another connection; its permits stay. */
export function runAgain(session: Session, connection: Connection<Session>): void {
  const { listener, series } = session;
  const { endpoint } = connection.owner;
  session.connection = null;
  session.last.connection = null;
  session.hasRetried = true;
  setPins(session, 0);
  if (series !== null) cancelSql(series);
  session.series = null;
  if (session.pool !== null) add(session.pool.counters, POOL.slots.retries, 1);
  listener.log.debug("statement sent again", { domain: listener.config.name, endpoint: endpoint.name });
  findConnection(session, null);
}
