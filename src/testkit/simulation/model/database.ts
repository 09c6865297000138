/** What the sessions of one simulated server share: rows, locks, and who waits for them. */
import type { Ending, ModelSession } from "./session.ts";

/** One connection, as the database knows it. */
export interface Party {
  readonly id: number;
  readonly session: ModelSession;
  /** How its open transaction is taken back, newest last. */
  readonly undo: Array<() => void>;
  readonly savepoints: Map<string, number>;
}

export interface Database {
  readonly rows: Map<string, string>;
  /** Nonces of inserted rows by their ids. */
  readonly inserted: Map<number, string>;
  nextId: number;
  readonly rowLocks: Map<string, Party>;
  readonly namedLocks: Map<string, Party>;
  tableLock: Party | null;
  /** Looks again whether those who wait may go on. */
  onRelease: () => void;
}

/** A database with the rows that every one has. */
export function newDatabase(): Database {
  return {
    rows: new Map([
      ["k0", "none"],
      ["k1", "none"],
      ["k2", "none"],
    ]),
    inserted: new Map(),
    nextId: 1,
    rowLocks: new Map(),
    namedLocks: new Map(),
    tableLock: null,
    onRelease: () => {},
  };
}

/** True when another session's lock keeps `party` from writing. */
export function isKeptOut(database: Database, party: Party, key: string | null): boolean {
  const isTableLocked = database.tableLock !== null && database.tableLock !== party;
  const rowOwner = key === null ? undefined : database.rowLocks.get(key);
  return isTableLocked || (rowOwner !== undefined && rowOwner !== party);
}

/** Takes over in the database what a statement has done to its session: how its transaction ended, which locks it gave up. */
export function settleSession(database: Database, party: Party): void {
  const { session } = party;
  for (const ending of session.endings.splice(0)) settleEnding(database, party, ending);
  if (!session.isInTransaction) forgetUndo(database, party);
  if (!session.hasTableLock && database.tableLock === party) database.tableLock = null;
  for (const [name, owner] of database.namedLocks) {
    if (owner === party && !session.namedLocks.has(name)) database.namedLocks.delete(name);
  }
  database.onRelease();
}

function settleEnding(database: Database, party: Party, ending: Ending): void {
  const { undo, savepoints } = party;
  switch (ending.kind) {
    case "commit":
      return forgetUndo(database, party);
    case "rollback":
      takeBack(undo, 0);
      return forgetUndo(database, party);
    case "savepoint":
      savepoints.set(ending.name, undo.length);
      return;
    case "rollback-to":
      takeBack(undo, savepoints.get(ending.name) ?? 0);
  }
}

function takeBack(undo: Array<() => void>, to: number): void {
  while (undo.length > to) undo.pop()?.();
}

function forgetUndo(database: Database, party: Party): void {
  party.undo.length = 0;
  party.savepoints.clear();
  for (const [key, owner] of database.rowLocks) if (owner === party) database.rowLocks.delete(key);
}

/** The session is gone: what it had not committed is taken back, what it held is free. */
export function leaveDatabase(database: Database, party: Party): void {
  takeBack(party.undo, 0);
  forgetUndo(database, party);
  if (database.tableLock === party) database.tableLock = null;
  for (const [name, owner] of database.namedLocks) if (owner === party) database.namedLocks.delete(name);
  database.onRelease();
}
