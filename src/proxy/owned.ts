/**
 * What a session owns on its connection, as far as it is known exactly: so that a pin ends when nothing is left. In doubt
 * something is.
 */
import { askHeld } from "../backend/adopt.ts";
import type { Connection } from "../backend/connection.ts";
import { countStatements } from "../backend/counts.ts";
import { COM_STMT_PREPARE } from "../mysql/commands.ts";
import { SERVER_STATUS_IN_TRANS } from "../mysql/status-flags.ts";
import {
  EFFECT_HANDLER,
  EFFECT_LIMIT,
  EFFECT_MULTI,
  EFFECT_NAMED_LOCK,
  EFFECT_OFFSET,
  EFFECT_SET_TRANSACTION,
  EFFECT_TABLE_LOCK,
  EFFECT_TEMPORARY_TABLE,
  EFFECT_VERSION_COMMENT,
  EFFECT_XA,
} from "../sql/effects.ts";
import { textOf } from "../sql/read-statement.ts";
import { countsToTell } from "./counts.ts";
import { setPins } from "./hold.ts";
import { callsOnlyKnown } from "./known-calls.ts";
import { readHandlerChange } from "./owned-handlers.ts";
import { lockQuestion, readLockChange } from "./owned-locks.ts";
import { readTableLockChange } from "./owned-table-locks.ts";
import { readTableChange, type TableChange } from "./owned-tables.ts";
import { readXaChange } from "./owned-xa.ts";
import {
  PIN_HANDLER,
  PIN_SET_TRANSACTION,
  PIN_TABLE_LOCK,
  PIN_TEMPORARY_TABLE,
  PIN_USER_LOCK,
  PIN_WARNINGS,
  PIN_XA,
} from "./pin.ts";
import type { Owned, Session } from "./session.ts";

/** Names of which there are more than this, and texts that are longer, are not followed. */
const NAMES_MAX = 64;
const TEXT_BYTES_MAX = 16_384;

const PINS_FOLLOWED = PIN_USER_LOCK | PIN_TEMPORARY_TABLE | PIN_SET_TRANSACTION | PIN_TABLE_LOCK | PIN_HANDLER | PIN_XA;

/** `pins` without those of which nothing is left now that the statement in hand has been answered. */
export function pinsStillOwned(session: Session, connection: Connection<Session>, pins: number): number {
  if ((pins & PINS_FOLLOWED) === 0 || session.request.command === COM_STMT_PREPARE) return pins;
  session.owned ??= newOwned();
  const { owned } = session;
  followLocks(session, owned);
  followTables(session, connection, owned);
  followTableLocks(session, connection, owned);
  followHandlers(session, connection, owned);
  followXa(session, connection, owned);
  let left = pins;
  if (owned.locks?.size === 0) left &= ~PIN_USER_LOCK;
  if (owned.tables?.size === 0) left &= ~PIN_TEMPORARY_TABLE;
  if (owned.tableLocks?.size === 0) left &= ~PIN_TABLE_LOCK;
  if (owned.handlers?.size === 0) left &= ~PIN_HANDLER;
  if (owned.xids?.size === 0) left &= ~PIN_XA;
  if (hasEndedTransaction(session, connection)) left &= ~PIN_SET_TRANSACTION;
  return left;
}

function newOwned(): Owned {
  return { locks: new Set(), tables: new Set(), tableLocks: new Set(), handlers: new Set(), xids: new Set() };
}

function followLocks(session: Session, owned: Owned): void {
  const { statement } = session;
  if ((statement.effects & EFFECT_NAMED_LOCK) === 0) return;
  const change = isReadable(session) ? readLockChange(textOf(statement)) : ({ kind: "unknown" } as const);
  if (change.kind === "unknown") owned.locks = null;
  else if (change.kind === "released-all") owned.locks = new Set();
  else for (const name of change.names) owned.locks?.add(name);
  if (owned.locks !== null && owned.locks.size > NAMES_MAX) owned.locks = null;
}

function followTables(session: Session, { tracker }: Connection<Session>, owned: Owned): void {
  const { statement } = session;
  const { kind, effects } = statement;
  if (kind === "RENAME" || (kind === "ALTER" && /\brename\b/i.test(textOf(statement)))) owned.tables = null;
  const isMaking = kind !== "DROP" && (effects & EFFECT_TEMPORARY_TABLE) !== 0;
  if ((!isMaking && kind !== "DROP") || tracker.errorCode !== 0) return;
  const change = changeOf(session);
  if (change === null) {
    if (isMaking) owned.tables = null;
    return; // what may have been dropped counts as still there
  }
  for (const table of change.tables) {
    if (change.kind === "made") owned.tables?.add(table);
    else owned.tables?.delete(table);
  }
  if (owned.tables !== null && owned.tables.size > NAMES_MAX) owned.tables = null;
}

function followTableLocks(session: Session, { tracker }: Connection<Session>, owned: Owned): void {
  const { statement } = session;
  const isDone = tracker.errorCode === 0;
  if (statement.kind === "BEGIN" && isDone && isReadable(session)) owned.tableLocks?.delete("tables");
  if ((statement.effects & EFFECT_TABLE_LOCK) === 0) return;
  const change = isReadable(session) ? readTableLockChange(textOf(statement)) : "unknown";
  if (change === "unknown") owned.tableLocks = null;
  else if (change !== "unlocked") owned.tableLocks?.add(change);
  else if (isDone) owned.tableLocks?.clear();
}

function followHandlers(session: Session, { tracker }: Connection<Session>, owned: Owned): void {
  if ((session.statement.effects & EFFECT_HANDLER) === 0) return;
  const change = isReadable(session) ? readHandlerChange(textOf(session.statement)) : "unknown";
  if (change === "unknown") owned.handlers = null;
  else if (change !== "none") owned.handlers = follow(owned.handlers, change.kind === "opened", change.name, tracker);
}

function followXa(session: Session, { tracker }: Connection<Session>, owned: Owned): void {
  if ((session.statement.effects & EFFECT_XA) === 0) return;
  const change = isReadable(session) ? readXaChange(textOf(session.statement)) : "unknown";
  if (change === "unknown") owned.xids = null;
  else if (change !== "none") owned.xids = follow(owned.xids, change.kind === "begun", change.xid, tracker);
}

/** `names` with one more, or one less, if the server has done what it was told. */
function follow(
  names: Set<string> | null,
  isMore: boolean,
  name: string,
  { errorCode }: Connection<Session>["tracker"],
): Set<string> | null {
  if (errorCode !== 0) return names;
  if (!isMore) names?.delete(name);
  else if (names !== null && names.size >= NAMES_MAX) return null;
  else names?.add(name);
  return names;
}

/**
 * True when all that the statement in hand has changed of its session are temporary tables that its text names: what a
 * server reports of it is nothing else.
 */
export function changesOnlyTables(session: Session): boolean {
  const { effects, kind } = session.statement;
  const isTemporary = (effects & EFFECT_TEMPORARY_TABLE) !== 0;
  if (!isTemporary && (kind !== "DROP" || session.owned === null)) return false;
  if ((effects & ~(EFFECT_TEMPORARY_TABLE | EFFECT_LIMIT | EFFECT_OFFSET)) !== 0) return false;
  const change = changeOf(session);
  return change !== null && (!change.hasQuery || callsOnlyKnown(textOf(session.statement)));
}

function changeOf(session: Session): TableChange | null {
  return isReadable(session) ? readTableChange(textOf(session.statement), session.schema) : null;
}

function isReadable({ statement }: Session): boolean {
  const { effects, start, end } = statement;
  return (effects & (EFFECT_MULTI | EFFECT_VERSION_COMMENT)) === 0 && end - start <= TEXT_BYTES_MAX;
}

/** COMMIT and ROLLBACK end what SET TRANSACTION has set, also outside of a transaction; AND CHAIN goes on with it. */
function hasEndedTransaction({ statement }: Session, { tracker }: Connection<Session>): boolean {
  const { kind, effects } = statement;
  if (kind !== "COMMIT" && kind !== "ROLLBACK") return false;
  const isPlain = (effects & (EFFECT_MULTI | EFFECT_VERSION_COMMENT | EFFECT_SET_TRANSACTION)) === 0;
  return isPlain && tracker.errorCode === 0 && (tracker.status & SERVER_STATUS_IN_TRANS) === 0;
}

/** True when the server can tell which named locks are left, and the statement in hand may have changed that. */
export function mustAskLocks(session: Session, { tracker }: Connection<Session>): boolean {
  const { pins, owned, statement, counts, request } = session;
  if ((pins & PIN_USER_LOCK) === 0 || (statement.effects & EFFECT_NAMED_LOCK) === 0) return false;
  if (request.command === COM_STMT_PREPARE) return false; // nothing has run
  if (owned === null || owned.locks === null || owned.locks.size === 0) return false;
  // What is left may be asked for later: warnings would be gone, counts can be told again.
  if ((pins & PIN_WARNINGS) !== 0 || tracker.errorCode !== 0) return false;
  return counts.rowCount <= 0 && countsToTell(counts, -1) !== null;
}

/** Asks which named locks are left; `onDone` hears when that is known. The connection must be at a clean boundary. */
export function askLocks(session: Session, connection: Connection<Session>, onDone: () => void): void {
  const locks = session.owned?.locks ?? new Set<string>();
  const names = [...locks];
  askHeld(connection, [lockQuestion(names), ...countStatements(session.counts)], ([row]) => {
    for (const [i, name] of names.entries()) if (row?.[i] === "0") locks.delete(name);
    if (locks.size === 0) setPins(session, session.pins & ~PIN_USER_LOCK);
    onDone();
  });
}
