/** Making a connection fit for a session: clean, with the session's settings and schema, in one segment. */
import { assert } from "../lib/assert.ts";
import { COM_INIT_DB, COM_QUERY, COM_RESET_CONNECTION, COM_STMT_PREPARE } from "../mysql/commands.ts";
import type { ErrPacket } from "../mysql/err.ts";
import { BASELINE_CAPABILITIES } from "./baseline-key.ts";
import { armDeadline, type Connection, type OwnAnswer, type OwnStatement, type SharedStatement } from "./connection.ts";
import { type Counts, countStatements } from "./counts.ts";
import { isMariadb } from "./endpoint.ts";
import { ask, newOwnStatement } from "./own-statement.ts";
import { clauseBetween, literalOf, type Settings, userVariableClause, withoutDefaults } from "./settings.ts";
import { addStatement, forgetSession } from "./statements.ts";
import { type Tracking, trackingOf } from "./tracking.ts";

/** What a session wants of the connection that serves it. */
export interface Wanted {
  readonly schema: string;
  readonly settings: Settings;
  /** What LAST_INSERT_ID() is to say; "" when the session has not inserted. */
  readonly lastInsertId: string;
  /** The session asks about its last statement, which another connection has run: what it left but for warnings. */
  readonly countsToTell: Counts | null;
}

/** True when nothing has to be said to the server before `wanted` can be served. */
export function isFit<Holder>(connection: Connection<Holder>, wanted: Wanted): boolean {
  if (connection.settings !== wanted.settings || wanted.lastInsertId !== "" || wanted.countsToTell !== null)
    return false;
  return connection.schema === wanted.schema || wanted.schema === "";
}

/** Makes the connection fit; `onDone` hears null, or what the server refused. Its state is "adopting" meanwhile. */
export function adopt<Holder>(
  connection: Connection<Holder>,
  wanted: Wanted,
  onDone: (error: ErrPacket | null) => void,
): void {
  const exchange = newExchange(connection, onDone);
  const { answered, statements } = exchange;
  // A variable that another session has assigned can be made NULL, but not unknown again.
  const mustReset = connection.settings.userVariables.length > 0 && connection.settings !== wanted.settings;
  if (mustReset) statements.push(...resetStatements(connection, answered, wanted.schema));
  changeSettings(connection, wanted.settings, exchange);
  if (wanted.lastInsertId !== "") statements.push(setStatement(`last_insert_id = ${wanted.lastInsertId}`, answered));
  changeSchema(connection, wanted.schema, exchange);
  if (wanted.countsToTell !== null) {
    statements.push(...countStatements(wanted.countsToTell).map((text) => newOwnStatement(COM_QUERY, text, answered)));
    if (wanted.countsToTell.rowCount > 0) connection.isDirty = true;
    connection.hasWarnings = false;
  }
  begin(exchange);
  armDeadline(connection);
}

/** Resets the connection while its holder keeps it; `onDone` hears null, or what the server refused. */
export function resetHeld<Holder>(connection: Connection<Holder>, onDone: (error: ErrPacket | null) => void): void {
  const exchange = newExchange(connection, onDone);
  exchange.statements.push(...resetStatements(connection, exchange.answered));
  begin(exchange);
  armDeadline(connection);
}

/**
 * Asks what a session that has set `names`, of session_track_*, wants to be told, and has the connection report what pools
 * need again; `before` is what it has wanted until now, for the others are as pools have them. `onDone` hears null when the
 * server refuses.
 */
export function learnTracking<Holder>(
  connection: Connection<Holder>,
  names: readonly string[],
  before: Tracking,
  onDone: (tracking: Tracking | null) => void,
): void {
  askVariables(connection, names, [], (values) => {
    if (values === null) return onDone(null);
    const tracking = trackingOf(new Map([...before.values, ...values]));
    const ended = newExchange(connection, () => onDone(tracking));
    ended.statements.push(setStatement(trackingClause(connection, tracking.variables === null), ended.answered));
    begin(ended);
    armDeadline(connection);
  });
}

/** Asks for session variables, then `texts`; `onDone` hears the former by their names, null when the server refuses. */
export function askVariables<Holder>(
  connection: Connection<Holder>,
  names: readonly string[],
  texts: readonly string[],
  onDone: (values: ReadonlyMap<string, string> | null) => void,
): void {
  let values: ReadonlyMap<string, string> | null = null;
  const exchange = newExchange(connection, (error) => onDone(error === null ? values : null));
  const text = `SHOW SESSION VARIABLES WHERE Variable_name IN (${names.map((name) => `'${name}'`).join(",")})`;
  const take = (answer: OwnAnswer) => {
    const rows = answer.kind === "rows" ? answer.rows : [];
    values = new Map(rows.map(([name, value]) => [name ?? "", value ?? ""]));
    exchange.answered(answer);
  };
  exchange.statements.push(newOwnStatement(COM_QUERY, text, take));
  exchange.statements.push(...texts.map((each) => newOwnStatement(COM_QUERY, each, exchange.answered)));
  begin(exchange);
  armDeadline(connection);
}

/** Asks `texts` on a connection that its holder keeps; `onDone` hears the first row of each answer, undefined where it has none. */
export function askHeld<Holder>(
  connection: Connection<Holder>,
  texts: readonly string[],
  onDone: (firstRows: Array<Array<string | null> | undefined>) => void,
): void {
  const rows: Array<Array<string | null> | undefined> = [];
  const exchange = newExchange(connection, () => onDone(rows));
  const take = (answer: OwnAnswer) => {
    rows.push(answer.kind === "rows" ? answer.rows[0] : undefined);
    exchange.answered(answer);
  };
  exchange.statements.push(...texts.map((text) => newOwnStatement(COM_QUERY, text, take)));
  begin(exchange);
  armDeadline(connection);
}

/** How prepare() ended. `isFit`: the connection is as it was before, though the statement may have been refused. */
export interface Prepared {
  error: ErrPacket | null;
  isFit: boolean;
}

/**
 * Prepares `shared` on the connection under the settings and in the schema that it belongs to, and goes back to those that
 * are there. It has no deadline: a server prepares a statement when it gets at its tables.
 */
export function prepare<Holder>(
  connection: Connection<Holder>,
  shared: SharedStatement<Holder>,
  countMax: number,
  onDone: (prepared: Prepared) => void,
): void {
  let refusal: ErrPacket | null = null;
  let id = 0;
  const exchange = newExchange(connection, (error) => {
    if (error === null && refusal === null) addStatement(connection, shared, id, countMax);
    else if (id !== 0) connection.closing.push(id);
    onDone({ error: error ?? refusal, isFit: error === null });
  });
  const { settings, schema } = connection;
  changeSystem(connection, withoutDefaults(shared.settings, connection.baseline), exchange);
  changeSchema(connection, shared.schema, exchange);
  exchange.statements.push(
    newOwnStatement(COM_STMT_PREPARE, shared.text, (answer) => {
      if (answer.kind === "prepared") id = answer.id;
      if (answer.kind === "error") refusal = answer.error;
      exchange.answered({ kind: "rows", rows: [] });
    }),
  );
  changeSystem(connection, settings, exchange);
  changeSchema(connection, schema, exchange);
  begin(exchange);
}

/** Statements that are about to be asked in one segment. */
interface Exchange<Holder> {
  readonly connection: Connection<Holder>;
  readonly statements: OwnStatement[];
  readonly answered: (answer: OwnAnswer) => void;
}

function newExchange<Holder>(
  connection: Connection<Holder>,
  onDone: (error: ErrPacket | null) => void,
): Exchange<Holder> {
  let refusal: ErrPacket | null = null;
  const answered = (answer: OwnAnswer) => {
    if (answer.kind === "error") refusal ??= answer.error;
    if (connection.ownStatements.length > 0) return;
    connection.cancelDeadline();
    connection.state = "busy";
    onDone(refusal);
  };
  return { connection, statements: [], answered };
}

function begin<Holder>({ connection, statements }: Exchange<Holder>): void {
  assert(statements.length > 0, "an exchange without statements has no end");
  connection.state = "adopting";
  ask(connection, statements);
}

function changeSettings<Holder>(
  connection: Connection<Holder>,
  settings: Settings,
  { statements, answered, ...exchange }: Exchange<Holder>,
): void {
  const clause = userVariableClause(settings);
  const isUserChange = clause !== "" && connection.settings.userVariables !== settings.userVariables;
  changeSystem(connection, settings, { statements, answered, ...exchange });
  // A statement of their own: texts are read under the character set that is there before a statement runs.
  if (isUserChange) statements.push(newOwnStatement(COM_QUERY, `SET ${clause}`, answered));
  connection.settings = settings;
}

/** Session variables only; the connection keeps its user variables. */
function changeSystem<Holder>(
  connection: Connection<Holder>,
  settings: Settings,
  { statements, answered }: Exchange<Holder>,
): void {
  const baseline = connection.baseline ?? new Map<string, string>();
  const clause = clauseBetween(connection.settings, settings, baseline, characterSetClause(connection));
  if (clause !== "") statements.push(setStatement(clause, answered));
  connection.settings = settings;
}

function changeSchema<Holder>(
  connection: Connection<Holder>,
  schema: string,
  { statements, answered }: Exchange<Holder>,
): void {
  if (schema === "" || connection.schema === schema) return;
  statements.push(newOwnStatement(COM_INIT_DB, schema, answered));
  connection.schema = schema;
}

function setStatement(clause: string, answered: (answer: OwnAnswer) => void): OwnStatement {
  return newOwnStatement(COM_QUERY, `SET ${clause}`, answered);
}

/**
 * COM_RESET_CONNECTION, and a SET of what a reset forgets of ours: session tracking; on MySQL the character sets of the
 * handshake, which MariaDB keeps; on MariaDB what capabilities had set; and the roles of a log-in. The schema is said again,
 * unless `nextSchema` follows: a reset keeps it, but gives the session the character set of the server in place of its own.
 */
export function resetStatements<Holder>(
  connection: Connection<Holder>,
  answered: (answer: OwnAnswer) => void,
  nextSchema = "",
): OwnStatement[] {
  forgetSession(connection);
  const statements = [newOwnStatement(COM_RESET_CONNECTION, "", answered)];
  if (connection.login !== null) {
    // Whoever has it is who has had it: all else is as its server leaves it.
    const tracking = trackingClause(connection);
    if (tracking !== "") statements.push(setStatement(tracking, answered));
    return statements;
  }
  // Roles are who a session is: they must not outlive it, and a reset leaves them.
  const roles = connection.owner.endpoint.rolesOfLogin;
  if (roles !== "") statements.push(newOwnStatement(COM_QUERY, `SET ROLE ${roles}`, answered));
  const again = [trackingClause(connection), characterSetClause(connection), modeClause(connection)].filter(
    (part) => part !== "",
  );
  if (again.length > 0) statements.push(setStatement(again.join(", "), answered));
  const { schema } = connection;
  const isNext = nextSchema !== "" && nextSchema !== schema;
  if (schema !== "" && !isNext) statements.push(newOwnStatement(COM_INIT_DB, schema, answered));
  return statements;
}

/**
 * Has the server report the schema, changes of state, and the variables that it has of those that can be set back. It goes on
 * with all where `reportsAll`.
 */
export function trackingClause<Holder>(connection: Connection<Holder>, reportsAll = false): string {
  const { baseline } = connection;
  if (baseline === null) return "";
  const clause = "SESSION session_track_schema = ON, SESSION session_track_state_change = ON";
  // The list is our own: '*' would have MySQL report statement_id with every answer.
  const names = [...baseline.keys()].join(",");
  return reportsAll ? clause : `${clause}, SESSION session_track_system_variables = '${names}'`;
}

/**
 * The character sets as the handshake set them. NAMES ... COLLATE sets more than the variables show: column definitions
 * name the collation of the results, not only its character set.
 */
function characterSetClause<Holder>({ baseline }: Connection<Holder>): string {
  if (baseline === null) return "";
  const [client, results, collation] = ["character_set_client", "character_set_results", "collation_connection"].map(
    (name) => literalOf(name, baseline.get(name) ?? ""),
  );
  if (client === results) return `NAMES ${client} COLLATE ${collation}`;
  return `SESSION character_set_client = ${client}, SESSION character_set_results = ${results}, SESSION collation_connection = ${collation}`;
}

/** What MariaDB forgets in a reset of what the client's capabilities mean, and MySQL does not. */
function modeClause<Holder>({ owner, shape, baseline }: Connection<Holder>): string {
  if (baseline === null || (shape.capabilities & BASELINE_CAPABILITIES) === 0 || !isMariadb(owner.endpoint)) return "";
  return ["sql_mode", "wait_timeout"]
    .map((name) => `SESSION ${name} = ${literalOf(name, baseline.get(name) ?? "")}`)
    .join(", ");
}
