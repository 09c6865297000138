/**
 * What servers tell of changes to a session: taken over where another connection can be given it, else a reason to keep the
 * connection; and passed on as far as the client has asked for it (design D1, D2).
 */
import { askVariables, learnTracking } from "../backend/adopt.ts";
import type { Connection } from "../backend/connection.ts";
import { isMariadb } from "../backend/endpoint.ts";
import { hasOwnCharacterSet, hasTextVariable, withVariables } from "../backend/settings.ts";
import type { Tracking } from "../backend/tracking.ts";
import { CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { COM_STMT_PREPARE } from "../mysql/commands.ts";
import {
  readSessionState,
  SESSION_TRACK_SCHEMA,
  SESSION_TRACK_STATE_CHANGE,
  SESSION_TRACK_SYSTEM_VARIABLES,
  withoutSessionState,
  withSessionState,
} from "../mysql/ok.ts";
import { EFFECT_SET, EFFECT_USE, EFFECT_USER_VARIABLE_READ, EFFECT_USER_VARIABLE_WRITE } from "../sql/effects.ts";
import { textOf } from "../sql/read-statement.ts";
import { readSetTargets } from "../sql/set-targets.ts";
import type { Statement } from "../sql/statement.ts";
import { pinSession } from "./hold.ts";
import { hasDiagnostics } from "./last-statement.ts";
import { changesOnlyTables } from "./owned.ts";
import { PIN_SESSION_STATE } from "./pin.ts";
import type { Session } from "./session.ts";
import { isOfTracking, outcomeOf, outcomeOfSet, type SetOutcome } from "./set-outcome.ts";

/** A SET may do these and still be given to another connection; what it assigns tells. */
const EFFECTS_OF_SET = EFFECT_SET | EFFECT_USER_VARIABLE_READ | EFFECT_USER_VARIABLE_WRITE;

const TURNS_ON = /(@@(?:session\.|local\.)?)?session_track_state_change\s*:?=\s*['"]?(?:1|on|true)\b['"]?\s*(,?)/i;

const TRACKING_NAME = /\bsession_track_\w+/gi;

/** Takes over what the OK packet at tracker.stateAt reports. Returns the packet as the client is to have it; null for as it is. */
export function takeState(session: Session, connection: Connection<Session>, bytes: Uint8Array): Uint8Array | null {
  const { stateAt } = connection.tracker;
  readSessionState(bytes, stateAt, session.state);
  applyState(session, connection);
  if ((session.capabilities & CLIENT_SESSION_TRACK) === 0) return withoutSessionState(bytes, stateAt);
  const tracking = session.tracking ?? connection.owner.endpoint.tracking;
  if (session.hasOwnTracking || tracking === null) return null;
  const isTurnedOn = turnsOnStateChange(session, connection);
  return withSessionState(
    bytes,
    stateAt,
    (type, name) => isTold(tracking, type, name) || (isTurnedOn && type === SESSION_TRACK_STATE_CHANGE),
  );
}

/** MariaDB tells of the very SET that turns this on, but for `@@name = ...`; MySQL of what it assigns behind that. */
function turnsOnStateChange({ statement }: Session, { owner }: Connection<Session>): boolean {
  if ((statement.effects & EFFECT_SET) === 0) return false;
  const found = TURNS_ON.exec(textOf(statement));
  return found !== null && (isMariadb(owner.endpoint) ? found[1] === undefined : found[2] !== "");
}

function isTold(tracking: Tracking, type: number, name: string): boolean {
  switch (type) {
    case SESSION_TRACK_SYSTEM_VARIABLES:
      // Of these it is told only what its own list has: pools have none of them in theirs.
      return tracking.variables === null || tracking.variables.has(name) || name.startsWith("session_track_");
    case SESSION_TRACK_SCHEMA:
      return tracking.hasSchema;
    case SESSION_TRACK_STATE_CHANGE:
      return tracking.hasStateChange;
    default:
      return true;
  }
}

/** Takes over what the server says has changed: a schema can be set again elsewhere, anything else pins. */
function applyState(session: Session, connection: Connection<Session>): void {
  const { state, statement } = session;
  if (state.schema !== null) {
    session.schema = state.schema;
    connection.schema = state.schema;
    // Its schema was dropped: a connection can be given another one, but not none.
    if (state.schema === "") pinSession(session, PIN_SESSION_STATE);
  }
  if (!state.hasStateChange && state.variables.length === 0) return;
  // USE and COM_INIT_DB report a state change besides the schema, and change nothing else.
  const isUse = statement.kind === "USE" && statement.effects === EFFECT_USE;
  if (isUse && state.schema !== null && state.variables.length === 0) return;
  if (state.variables.length === 0 && changesOnlyTables(session)) return;
  if (takeSettings(session, connection) || untoldNames(session, connection, state.variables) !== null) return;
  pinSession(session, PIN_SESSION_STATE);
  takeReported(session, connection);
}

/** Takes over what a SET has changed. False when not all of it is known by name and value. */
function takeSettings(session: Session, connection: Connection<Session>): boolean {
  const { state, statement } = session;
  if (statement.kind !== "SET" || (statement.effects & ~EFFECTS_OF_SET) !== 0) return false;
  const { baseline } = connection;
  if (baseline === null) return false;
  const outcome = outcomeOfSet(session.assigned, statement, state.variables, baseline);
  if (outcome === null) return false;
  keepOutcome(session, connection, outcome);
  // A text has the character set that was there when it was assigned: it could not be replayed in another one.
  if (hasTextVariable(outcome.assigned) && hasOwnCharacterSet(outcome.assigned)) pinSession(session, PIN_SESSION_STATE);
  else session.hasTakenSettings = true;
  return true;
}

/**
 * Takes over what is reported of a statement that may have changed more: its session keeps the connection, whose variables
 * must be known all the same. They say how its statements read, and a statement that was prepared under others takes the
 * connection there and back.
 */
function takeReported(session: Session, connection: Connection<Session>): void {
  const { variables } = session.state;
  const { baseline } = connection;
  if (baseline === null) return;
  const known = variables.filter((_, i) => baseline.has(variables[i - (i % 2)] as string));
  const assigned = withVariables(session.assigned, known);
  if (assigned !== null) keepOutcome(session, connection, outcomeOf(assigned, baseline));
}

function keepOutcome(session: Session, connection: Connection<Session>, outcome: SetOutcome): void {
  const { statement } = session;
  session.assigned = outcome.assigned;
  session.settings = outcome.settings;
  connection.settings = outcome.settings;
  statement.sqlMode = outcome.sqlMode;
  statement.charset = outcome.charset;
}

/**
 * True when the statement in hand has set what the session is told of changes to it: then its connection is asked what that
 * is, and put back to what pools need; `onDone` follows. What cannot be imitated keeps the connection.
 */
export function learnsTracking(
  session: Session,
  connection: Connection<Session>,
  onDone: (session: Session, connection: Connection<Session>) => void,
): boolean {
  const { statement, request, hasOwnTracking } = session;
  const isSet = (statement.effects & EFFECT_SET) !== 0 && connection.tracker.errorCode === 0;
  if (!isSet || hasOwnTracking || request.command === COM_STMT_PREPARE) return false;
  const names = namesOfTracking(statement);
  if (names.length === 0) return false;
  const before = session.tracking ?? connection.owner.endpoint.tracking;
  if (before === null || hasDiagnostics(session, connection)) {
    keepTracking(session);
    return false;
  }
  learn(session, connection, names, before, onDone);
  return true;
}

/** Of session_track_*, what the SET has assigned; where its targets cannot be told, all that its text has. */
function namesOfTracking(statement: Statement): string[] {
  const found = textOf(statement).match(TRACKING_NAME);
  if (found === null) return [];
  const targets = readSetTargets(statement.bytes, statement.start, statement.end, statement.sqlMode);
  if (targets === null) return found.map((name) => name.toLowerCase());
  return targets.flatMap((target) => (target.kind === "variables" ? target.names.filter(isOfTracking).flat() : []));
}

function learn(
  session: Session,
  connection: Connection<Session>,
  names: readonly string[],
  before: Tracking,
  onDone: (session: Session, connection: Connection<Session>) => void,
): void {
  session.phase = "waiting";
  learnTracking(connection, names, before, (tracking) => {
    session.phase = "busy";
    if (tracking === null) keepTracking(session);
    else if (tracking.isBeyondPools) pinSession(session, PIN_SESSION_STATE);
    session.tracking = tracking;
    session.last.connection = null; // what the SET has left is gone
    onDone(session, connection);
  });
}

/**
 * True when the statement in hand has set variables of which the server says nothing, as MariaDB does of `SET @@name = ...`:
 * then its connection is asked what they are now; `onDone` follows.
 */
export function learnsUntold(
  session: Session,
  connection: Connection<Session>,
  onDone: (session: Session, connection: Connection<Session>) => void,
): boolean {
  if ((session.statement.effects & EFFECT_SET) === 0 || session.hasTakenSettings) return false;
  if (!connection.tracker.hasToldState) session.state.variables.length = 0; // those are of a statement before
  const names = untoldNames(session, connection, session.state.variables);
  if (names === null) return false;
  askUntold(session, connection, names, onDone);
  return true;
}

function askUntold(
  session: Session,
  connection: Connection<Session>,
  names: readonly string[],
  onDone: (session: Session, connection: Connection<Session>) => void,
): void {
  const { state, last } = session;
  session.phase = "waiting";
  // ROW_COUNT() is that of a SET again; FOUND_ROWS() has to be told.
  askVariables(connection, names, ["DO 0"], (values) => {
    session.phase = "busy";
    if (last.foundRowsConnection === connection) last.foundRowsConnection = null;
    for (const [name, value] of values ?? []) state.variables.push(name, value);
    if (!takeSettings(session, connection)) {
      pinSession(session, PIN_SESSION_STATE);
      takeReported(session, connection);
    }
    onDone(session, connection);
  });
}

/** What the SET in hand has assigned and is not among what was `reported`; null where asking for it is no help, or leaves nothing to ask. */
function untoldNames(session: Session, connection: Connection<Session>, reported: readonly string[]): string[] | null {
  const { statement, request } = session;
  const { tracker, owner, baseline } = connection;
  const isPlain = statement.kind === "SET" && (statement.effects & ~EFFECTS_OF_SET) === 0;
  if (!isPlain || tracker.errorCode !== 0 || baseline === null) return null;
  if (!isMariadb(owner.endpoint) || request.command === COM_STMT_PREPARE) return null;
  if (hasDiagnostics(session, connection)) return null; // they would be gone when it had been asked something
  const targets = readSetTargets(statement.bytes, statement.start, statement.end, statement.sqlMode);
  const untold: string[] = [];
  for (const target of targets ?? []) {
    if (target.kind !== "variables") continue;
    for (const names of target.names) {
      if (names.some((name) => reported.some((each, i) => i % 2 === 0 && each === name))) continue;
      const known = names.find((name) => baseline.has(name));
      if (known === undefined) return null;
      untold.push(known);
    }
  }
  return untold.length === 0 ? null : untold;
}

/** From now on the server itself tells the client, by the one connection that knows what. */
function keepTracking(session: Session): void {
  session.hasOwnTracking = true;
  pinSession(session, PIN_SESSION_STATE);
}
