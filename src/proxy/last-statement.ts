/** Statements that ask what the session's last one has left: they have to run where that one ran, or be told. */
import type { Connection } from "../backend/connection.ts";
import { isUntouched } from "../backend/pool-line.ts";
import { EFFECT_DIAGNOSTICS, EFFECT_FOUND_ROWS, EFFECT_ROW_COUNT } from "../sql/effects.ts";
import type { Statement } from "../sql/statement.ts";
import { countsToTell } from "./counts.ts";
import type { Session } from "./session.ts";

/** What is said where nobody can tell any more. */
export const LAST_STATEMENT_LOST =
  "What the last statement left (its warnings, FOUND_ROWS() or ROW_COUNT()) is gone: its connection was needed by another session. Ask in the same transaction, or raise pool_size";

const EFFECTS_ASK = EFFECT_ROW_COUNT | EFFECT_FOUND_ROWS | EFFECT_DIAGNOSTICS;

/** True for a statement that asks for warnings or counts of the one before it. */
export function asksLastStatement({ effects }: Statement): boolean {
  return (effects & EFFECTS_ASK) !== 0;
}

/**
 * True when the statement asks what the last one left on its connection, and that has been in other hands since: an
 * answer would be another session's.
 */
export function needsLastConnection(session: Session): boolean {
  const { statement, lastConnection } = session;
  session.countsToTell = null;
  if (!asksLastStatement(statement)) return false;
  if ((statement.effects & EFFECT_DIAGNOSTICS) !== 0 && session.hasLostDiagnostics) return true;
  if (lastConnection !== null && isLastUntouched(session, lastConnection)) return false;
  session.countsToTell = countsToTell(session.counts, statement.effects);
  return session.countsToTell === null;
}

/** True while the connection of the last statement still knows what the one in hand asks about it. */
export function isLastUntouched(session: Session, last: Connection<Session>): boolean {
  if (!isUntouched(last, session)) return false;
  return !last.isPinged || (session.statement.effects & EFFECT_ROW_COUNT) === 0;
}
