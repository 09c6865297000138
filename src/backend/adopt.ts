/** Making a connection fit for a session: clean, with the session's settings and schema, in one segment. */
import { COM_INIT_DB, COM_QUERY, COM_RESET_CONNECTION } from "../mysql/commands.ts";
import type { ErrPacket } from "../mysql/err.ts";
import type { Connection, OwnAnswer, OwnStatement } from "./connection.ts";
import { ask, newOwnStatement } from "./own-statement.ts";
import { literalOf, NO_SETTINGS, type Settings } from "./settings.ts";

/** FOUND_ROWS() is 0 behind the first, ROW_COUNT() behind the second. MariaDB forgets warnings only where a FROM is. */
const FORGETTING = ["SELECT 1 FROM (SELECT 1) AS one LIMIT 0", "DO 0"];

/** What a session wants of the connection that serves it. */
export interface Wanted {
  readonly schema: string;
  readonly settings: Settings;
  /** What LAST_INSERT_ID() is to say; "" when the session has not inserted. */
  readonly lastInsertId: string;
  /** The session asks about its last statement, which left nothing: what another session's left must not answer. */
  readonly asksOfNothing: boolean;
}

/** True when nothing has to be said to the server before `wanted` can be served. */
export function isFit<Holder>(connection: Connection<Holder>, wanted: Wanted): boolean {
  if (connection.settings !== wanted.settings || wanted.lastInsertId !== "" || wanted.asksOfNothing) return false;
  return connection.schema === wanted.schema || wanted.schema === "";
}

/** Makes the connection fit; `onDone` hears null, or what the server refused. Its state is "adopting" meanwhile. */
export function adopt<Holder>(
  connection: Connection<Holder>,
  wanted: Wanted,
  onDone: (error: ErrPacket | null) => void,
): void {
  let refusal: ErrPacket | null = null;
  const answered = (answer: OwnAnswer) => {
    if (answer.kind === "error") refusal ??= answer.error;
    if (connection.ownStatements.length > 0) return;
    connection.state = "busy";
    onDone(refusal);
  };
  const statements: OwnStatement[] = [];
  const clause = wanted.settings.clause;
  const isReset = connection.settings !== wanted.settings && connection.settings !== NO_SETTINGS;
  if (isReset) statements.push(...resetStatements(connection, clause, answered));
  else if (connection.settings !== wanted.settings) statements.push(setStatement(clause, answered));
  if (wanted.lastInsertId !== "") statements.push(setStatement(`last_insert_id = ${wanted.lastInsertId}`, answered));
  const hasOtherSchema = connection.schema !== wanted.schema && wanted.schema !== "";
  if (hasOtherSchema) statements.push(newOwnStatement(COM_INIT_DB, wanted.schema, answered));
  if (wanted.asksOfNothing) statements.push(...FORGETTING.map((text) => newOwnStatement(COM_QUERY, text, answered)));
  connection.state = "adopting";
  connection.settings = wanted.settings;
  if (hasOtherSchema) connection.schema = wanted.schema;
  ask(connection, statements);
}

function setStatement(clause: string, answered: (answer: OwnAnswer) => void): OwnStatement {
  return newOwnStatement(COM_QUERY, `SET SESSION ${clause}`, answered);
}

/**
 * COM_RESET_CONNECTION, and a SET of what a reset forgets of ours: session tracking, and on MySQL the character sets of
 * the handshake, which MariaDB keeps; and the roles of a log-in. `clause` is set along with it.
 */
export function resetStatements<Holder>(
  connection: Connection<Holder>,
  clause: string,
  answered: (answer: OwnAnswer) => void,
): OwnStatement[] {
  connection.settings = NO_SETTINGS;
  connection.isDirty = false;
  const statements = [newOwnStatement(COM_RESET_CONNECTION, "", answered)];
  // Roles are who a session is: they must not outlive it, and a reset leaves them.
  const roles = connection.owner.endpoint.rolesOfLogin;
  if (roles !== "") statements.push(newOwnStatement(COM_QUERY, `SET ROLE ${roles}`, answered));
  const again = [trackingClause(connection), characterSetClause(connection), clause].filter((part) => part !== "");
  if (again.length > 0) statements.push(setStatement(again.join(", "), answered));
  return statements;
}

/** Has the server report the schema, changes of state, and the variables that it has of those that can be set back. */
export function trackingClause<Holder>(connection: Connection<Holder>): string {
  const baseline = connection.owner.endpoint.baselines.get(connection.shape.collation);
  if (baseline === undefined) return "";
  const names = [...baseline.keys()].join(",");
  // The list is our own: '*' would have MySQL report statement_id with every answer.
  return `session_track_schema = ON, session_track_state_change = ON, session_track_system_variables = '${names}'`;
}

/**
 * The character sets as the handshake set them. NAMES ... COLLATE sets more than the variables show: column definitions
 * name the collation of the results, not only its character set.
 */
function characterSetClause<Holder>(connection: Connection<Holder>): string {
  const baseline = connection.owner.endpoint.baselines.get(connection.shape.collation);
  if (baseline === undefined) return "";
  const [client, results, collation] = ["character_set_client", "character_set_results", "collation_connection"].map(
    (name) => literalOf(name, baseline.get(name) ?? ""),
  );
  if (client === results) return `NAMES ${client} COLLATE ${collation}`;
  return `character_set_client = ${client}, character_set_results = ${results}, collation_connection = ${collation}`;
}
