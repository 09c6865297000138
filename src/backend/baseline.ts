/**
 * What the variables of a session are that has changed none. Anybody may SET GLOBAL at any time, so each new connection tells
 * what the server's globals are; one on which they are as they were on another has the same baseline.
 */
import { CLIENT_INTERACTIVE, CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import { trackingClause } from "./adopt.ts";
import { baselineKey } from "./baseline-key.ts";
import type { Connection, OwnAnswer, OwnStatement } from "./connection.ts";
import { isMariadb } from "./endpoint.ts";
import { ask, newOwnStatement } from "./own-statement.ts";
import type { Baseline } from "./settings.ts";
import { TRACKED_VARIABLES } from "./tracked-variables.ts";
import { TRACKING_VARIABLES, trackingOf } from "./tracking.ts";

/** Tells what roles a log-in has on MySQL since 8.0; other servers do not have it. */
const ROLES_VARIABLE = "activate_all_roles_on_login";
const ASKED_NAMES = [...TRACKED_VARIABLES, ...TRACKING_VARIABLES, ROLES_VARIABLE].map((name) => `'${name}'`).join(",");
/** Asks for the variables of a session that can be tracked. */
export const SESSION_VARIABLES = `SHOW SESSION VARIABLES WHERE Variable_name IN (${ASKED_NAMES})`;
/** Baselines of one endpoint that are remembered: behind one address there may be servers that differ. */
const BASELINES_MAX = 32;
/** Resets follow each other fast, and globals change now and then. */
const CHECK_INTERVAL_MS = 1000;

/** Has the server report changes to the session, once it is known what there is to change; `onDone` hears null, or what went wrong. */
export function startTracking<Holder>(connection: Connection<Holder>, onDone: (trouble: string | null) => void): void {
  const { owner, shape } = connection;
  if ((connection.capabilities & CLIENT_SESSION_TRACK) === 0) return onDone(null);
  const newest = owner.endpoint.baselines.get(baselineKey(shape));
  if (newest === undefined) return learnBaseline(connection, onDone);
  connection.baseline = newest;
  let isKnown = false;
  const check = globalsStatement(connection, (globals) => {
    isKnown = recallBaseline(connection, globals);
  });
  const end = (answer: OwnAnswer) => {
    if (!isKnown) learnBaseline(connection, onDone);
    else onDone(troubleOf(answer));
  };
  ask(connection, [check, trackingStatement(connection, end)]);
}

/** What a reset has to ask besides, so that `onChanged` hears of a SET GLOBAL since: the connection is not what it was, then. */
export function globalsCheck<Holder>(connection: Connection<Holder>, onChanged: () => void): OwnStatement[] {
  const { owner, baseline, globals } = connection;
  const now = owner.clock.monotonicMs();
  const isKnown = baseline !== null && globals !== "";
  if (!isKnown || now - owner.endpoint.globalsAskedMs < CHECK_INTERVAL_MS) return [];
  return [globalsStatement(connection, (told) => told !== globals && onChanged())];
}

/** Takes the baseline of an earlier connection for which the globals were the same. False when there is none. */
function recallBaseline<Holder>(connection: Connection<Holder>, globals: string): boolean {
  const { baselines, baselinesSeen } = connection.owner.endpoint;
  const key = baselineKey(connection.shape);
  const seen = baselinesSeen.get(`${key} ${globals}`);
  if (seen === undefined) return false;
  baselines.set(key, seen);
  connection.baseline = seen;
  connection.globals = globals;
  return true;
}

/** Asks which of the variables that can be tracked this server has, and what they are in a new session. */
function learnBaseline<Holder>(connection: Connection<Holder>, onDone: (trouble: string | null) => void): void {
  const { endpoint } = connection.owner;
  let trouble: string | null = null;
  let hasRoles = false;
  const learn = (answer: OwnAnswer) => {
    trouble = troubleOf(answer);
    const variables = new Map(rowsOf(answer).map(([name, value]) => [name ?? "", value ?? ""]));
    const roles = variables.get(ROLES_VARIABLE);
    hasRoles = roles !== undefined;
    if (hasRoles) endpoint.rolesOfLogin = roles === "ON" ? "ALL" : "DEFAULT";
    endpoint.tracking = trackingOf(variables);
    connection.baseline = baselineOf(answer);
  };
  const learnNames = (answer: OwnAnswer) => {
    endpoint.globalNames = rowsOf(answer).map(([name]) => name ?? "");
    if (trouble !== null) onDone(trouble);
    else if (!hasRoles) learnRole(connection, onDone);
    else beginTracking(connection, onDone);
  };
  ask(connection, [
    ...waitTimeoutStatements(connection),
    newOwnStatement(COM_QUERY, SESSION_VARIABLES, learn),
    newOwnStatement(COM_QUERY, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${ASKED_NAMES})`, learnNames),
  ]);
}

/** What the answer to SESSION_VARIABLES says of a session that has changed nothing. */
export function baselineOf(answer: OwnAnswer): Baseline {
  const baseline = new Map(rowsOf(answer).map(([name, value]) => [name ?? "", value ?? ""]));
  for (const name of [...TRACKING_VARIABLES, ROLES_VARIABLE]) baseline.delete(name);
  // No value, which no SET takes.
  if (baseline.get("default_tmp_storage_engine") === "") baseline.delete("default_tmp_storage_engine");
  return baseline;
}

/** Asks what a reset leaves of wait_timeout, where that is not what the log-in has set. */
function waitTimeoutStatements<Holder>({ owner, shape }: Connection<Holder>): OwnStatement[] {
  const { endpoint } = owner;
  if (!isMariadb(endpoint) || (shape.capabilities & CLIENT_INTERACTIVE) === 0) return [];
  const learn = (answer: OwnAnswer) => {
    endpoint.waitTimeoutOfReset = rowsOf(answer)[0]?.[0] ?? "";
  };
  return [newOwnStatement(COM_QUERY, "SELECT @@GLOBAL.wait_timeout", learn)];
}

/** Asks which role MariaDB gives a log-in: there is no word for it in SET ROLE. A server without roles answers with an error. */
function learnRole<Holder>(connection: Connection<Holder>, onDone: (trouble: string | null) => void): void {
  const learn = (answer: OwnAnswer) => {
    const role = answer.kind === "rows" ? (answer.rows[0]?.[0] ?? null) : "";
    connection.owner.endpoint.rolesOfLogin = role === null ? "NONE" : role === "" ? "" : `\`${role}\``;
    beginTracking(connection, onDone);
  };
  ask(connection, [newOwnStatement(COM_QUERY, "SELECT CURRENT_ROLE()", learn)]);
}

/** Remembers the baseline that was learnt, with the globals that it goes with. */
function beginTracking<Holder>(connection: Connection<Holder>, onDone: (trouble: string | null) => void): void {
  const { baselines, baselinesSeen } = connection.owner.endpoint;
  const remember = globalsStatement(connection, (globals) => {
    const { baseline, shape } = connection;
    if (baseline === null) return;
    connection.globals = globals;
    if (baselinesSeen.size >= BASELINES_MAX) baselinesSeen.clear();
    baselinesSeen.set(`${baselineKey(shape)} ${globals}`, baseline);
    baselines.set(baselineKey(shape), baseline);
  });
  const end = (answer: OwnAnswer) => onDone(troubleOf(answer));
  ask(connection, [remember, trackingStatement(connection, end)]);
}

/** Asks for the server's globals in one text, which says nothing but whether they are the same. */
function globalsStatement<Holder>({ owner }: Connection<Holder>, onAnswer: (globals: string) => void): OwnStatement {
  owner.endpoint.globalsAskedMs = owner.clock.monotonicMs();
  const values = owner.endpoint.globalNames.map((name) => `@@GLOBAL.${name}`);
  const text = `SELECT CONCAT_WS(0x1f, ${["0", ...values].join(", ")})`;
  return newOwnStatement(COM_QUERY, text, (answer) => onAnswer(rowsOf(answer)[0]?.[0] ?? ""));
}

/** Has the server report what changes in the session, of what its baseline names. */
export function trackingStatement<Holder>(
  connection: Connection<Holder>,
  onAnswer: (answer: OwnAnswer) => void,
): OwnStatement {
  return newOwnStatement(COM_QUERY, `SET ${trackingClause(connection)}`, onAnswer);
}

function troubleOf(answer: OwnAnswer): string | null {
  return answer.kind === "error" ? `session tracking: ${answer.error.message}` : null;
}

/** The rows of an answer; none of one that has none. */
function rowsOf(answer: OwnAnswer): Array<Array<string | null>> {
  return answer.kind === "rows" ? answer.rows : [];
}
