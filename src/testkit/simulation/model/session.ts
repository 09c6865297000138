/** What a server knows of one session: all of it is somebody's, and none of it may be seen by anybody else. */
import { SERVER_STATUS_AUTOCOMMIT, SERVER_STATUS_IN_TRANS } from "../../../mysql/status-flags.ts";
import type { Flavour } from "./flavour.ts";
import { DEFAULT_TRACKED, LOGIN_NAMES, type Names, SERVER_NAMES, variablesOf } from "./variables.ts";

/** Level, number, text. */
export type Diagnostic = readonly [level: string, code: string, message: string];

/** How a transaction, or a part of it, ended. */
export type Ending = { kind: "commit" | "rollback" } | { kind: "savepoint" | "rollback-to"; name: string };

/** What the next OK tells those who asked for it. */
export interface Report {
  readonly variables: string[];
  schema: string | null;
  hasStateChange: boolean;
}

/** A statement of the binary protocol. */
export interface PreparedModel {
  readonly text: string;
  /** Types of its parameters, as they came last. */
  types: readonly number[];
  /** Long data by parameter. */
  readonly long: Map<number, string>;
  /** Rows of its open cursor that have not been fetched; null when there is none. */
  cursor: string[] | null;
  /** A table has changed: it has to be prepared again. */
  isStale: boolean;
}

export interface ModelSession {
  readonly flavour: Flavour;
  readonly capabilities: number;
  /** Collation id of the log-in. */
  readonly collation: number;
  schema: string;
  readonly variables: Map<string, string>;
  /** Collation id of what it is sent. */
  names: Names;
  readonly userVariables: Map<string, string>;
  isInTransaction: boolean;
  /** For the next transaction only, and of the one that is open; "" for the session's own. */
  nextIsolation: string;
  isolation: string;
  readonly savepoints: string[];
  /** Endings since they were looked at last. */
  readonly endings: Ending[];
  readonly temporaryTables: Map<string, string[]>;
  hasTableLock: boolean;
  readonly namedLocks: Set<string>;
  hasHandler: boolean;
  role: string;
  lastInsertId: number;
  rowCount: number;
  foundRows: number;
  diagnostics: readonly Diagnostic[];
  readonly prepared: Map<number, PreparedModel>;
  nextPreparedId: number;
  /** PREPARE in SQL. */
  readonly named: Map<string, string>;
  tracked: ReadonlySet<string>;
  tracksSchema: boolean;
  tracksState: boolean;
  report: Report;
}

/** A session that has just logged in. */
export function newModelSession(
  flavour: Flavour,
  capabilities: number,
  collation: number,
  schema: string,
): ModelSession {
  const session: ModelSession = {
    flavour,
    capabilities,
    collation,
    schema,
    variables: new Map(),
    names: LOGIN_NAMES[collation] ?? SERVER_NAMES[flavour],
    userVariables: new Map(),
    isInTransaction: false,
    nextIsolation: "",
    isolation: "",
    savepoints: [],
    endings: [],
    temporaryTables: new Map(),
    hasTableLock: false,
    namedLocks: new Set(),
    hasHandler: false,
    role: "",
    lastInsertId: 0,
    rowCount: 0,
    foundRows: 0,
    diagnostics: [],
    prepared: new Map(),
    nextPreparedId: 1,
    named: new Map(),
    tracked: new Set(),
    tracksSchema: false,
    tracksState: false,
    report: newReport(),
  };
  setDefaults(session, session.names);
  return session;
}

function newReport(): Report {
  return { variables: [], schema: null, hasStateChange: false };
}

function setDefaults(session: ModelSession, names: Names): void {
  session.variables.clear();
  for (const [name, value] of variablesOf(session.flavour, names)) session.variables.set(name, value);
  session.names = names;
  session.tracked = DEFAULT_TRACKED;
  session.tracksSchema = session.flavour === "mysql";
  session.tracksState = false;
}

/** COM_RESET_CONNECTION: as after the log-in, but for schema, role and FOUND_ROWS(), and on MySQL for the character sets. */
export function resetModelSession(session: ModelSession): void {
  endTransaction(session, "rollback");
  setDefaults(session, session.flavour === "mysql" ? SERVER_NAMES.mysql : loginNames(session));
  session.userVariables.clear();
  session.nextIsolation = "";
  session.temporaryTables.clear();
  session.hasTableLock = false;
  session.namedLocks.clear();
  session.hasHandler = false;
  session.lastInsertId = 0;
  session.rowCount = 0;
  session.diagnostics = [];
  session.prepared.clear();
  session.named.clear();
  session.report = newReport();
}

function loginNames({ collation, flavour }: ModelSession): Names {
  return LOGIN_NAMES[collation] ?? SERVER_NAMES[flavour];
}

/** A statement begins: what is reported from now on is its own. */
export function beginStatement(session: ModelSession): void {
  session.report = newReport();
}

/** True while every statement commits by itself. */
export function isAutocommit({ variables }: ModelSession): boolean {
  return variables.get("autocommit") === "ON";
}

/** The status flags of its next answer. */
export function statusOf(session: ModelSession): number {
  return (
    (isAutocommit(session) ? SERVER_STATUS_AUTOCOMMIT : 0) | (session.isInTransaction ? SERVER_STATUS_IN_TRANS : 0)
  );
}

/** A transaction is open from now on, of the isolation that was asked for the next one. */
export function beginTransaction(session: ModelSession): void {
  session.isInTransaction = true;
  session.isolation = session.nextIsolation;
  session.nextIsolation = "";
}

/** A statement uses a table of the database: that begins a transaction where nothing commits by itself. */
export function touchTables(session: ModelSession): void {
  if (!isAutocommit(session) && !session.isInTransaction) beginTransaction(session);
  else if (!session.isInTransaction) session.nextIsolation = ""; // used up by this one statement
}

/** Ends the transaction if there is one, and whatever the statement has done outside of one. */
export function endTransaction(session: ModelSession, kind: "commit" | "rollback"): void {
  session.isInTransaction = false;
  session.isolation = "";
  session.savepoints.length = 0;
  session.endings.push({ kind });
}
