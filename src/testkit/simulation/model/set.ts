/** SET, in the forms that clients and the proxy say it: each assignment is looked at before any is made, as on real servers. */
import { type Answer, errAnswer, okAnswer } from "./answer.ts";
import { endTransaction, type ModelSession } from "./session.ts";
import { CHARACTER_SETS, ISOLATION, type Names, namesOf, valueTaken } from "./variables.ts";

/** What one assignment does, once all of them are known to be right. */
type Apply = (session: ModelSession) => void;

/** Runs what stands behind SET. */
export function runSet(session: ModelSession, clause: string): Answer {
  const applies: Apply[] = [];
  for (const part of partsOf(clause)) {
    const read = readPart(session, part);
    if (Array.isArray(read)) return errAnswer(session, Number(read[0]), read[1]);
    applies.push(read as Apply);
  }
  for (const apply of applies) apply(session);
  return okAnswer(session);
}

/** What stands between the commas that are in no quotes. */
function partsOf(clause: string): string[] {
  return (clause.match(/(?:'(?:[^']|'')*'|`[^`]*`|[^,'`])+/g) ?? []).map((part) => part.trim());
}

type Refusal = [code: string, message: string];

function readPart(session: ModelSession, part: string): Apply | Refusal {
  const names = /^NAMES '?(\w+)'?(?: COLLATE '?(\w+)'?)?$/i.exec(part);
  if (names !== null) return setNames(session, names[1] ?? "", names[2] ?? "");
  const role = /^ROLE `?(\w+)`?$/i.exec(part);
  if (role !== null) return setRole(role[1] ?? "");
  const level = /^(SESSION )?TRANSACTION ISOLATION LEVEL (.+)$/i.exec(part);
  if (level !== null) return setIsolation(session, level[1] !== undefined, (level[2] ?? "").replace(" ", "-"));
  const user = /^@(?!@)`?(\w+)`? :?= (.+)$/.exec(part);
  if (user !== null) return setUserVariable(user[1] ?? "", literal(user[2] ?? ""));
  const system = /^(SESSION |@@SESSION\.|@@)?(\w+) = (.+)$/i.exec(part);
  if (system === null) throw new Error(`the simulated server cannot read SET ${part}`);
  return setVariable(session, (system[2] ?? "").toLowerCase(), literal(system[3] ?? ""), system[1] ?? "");
}

function literal(text: string): string {
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
}

function report(session: ModelSession, ...variables: string[]): void {
  session.report.variables.push(...variables);
  session.report.hasStateChange = true;
}

function setNames(session: ModelSession, characterSet: string, collation: string): Apply | Refusal {
  const names = namesOf(session.flavour, characterSet, collation);
  if (names === null) return ["1115", `Unknown character set: '${characterSet}'`];
  return (to) => {
    giveNames(to, names);
    report(
      to,
      ...CHARACTER_SETS.flatMap((name) => [name, names.characterSet]),
      "collation_connection",
      names.collation,
    );
  };
}

function giveNames(session: ModelSession, names: Names): void {
  session.names = names;
  for (const name of CHARACTER_SETS) session.variables.set(name, names.characterSet);
  session.variables.set("collation_connection", names.collation);
}

/** One of the character sets, and what it sets besides; that of the results is what columns are said to have. */
function setNamed(variable: string, names: Names | null, value: string): Apply | Refusal {
  if (names === null) return ["1115", `Unknown character set: '${value}'`];
  return (to) => {
    const isOfConnection = variable === "character_set_connection" || variable === "collation_connection";
    const changed = isOfConnection
      ? ["character_set_connection", names.characterSet, "collation_connection", names.collation]
      : [variable, names.characterSet];
    for (let i = 0; i < changed.length; i += 2) to.variables.set(changed[i] as string, changed[i + 1] as string);
    if (variable === "character_set_results") to.names = names;
    report(to, ...changed);
  };
}

/** MySQL does not tell. */
function setRole(role: string): Apply {
  return (session) => {
    session.role = role === "DEFAULT" || role === "NONE" || role === "ALL" ? "" : role;
    if (session.flavour === "mariadb") session.report.hasStateChange = true;
  };
}

function setIsolation(session: ModelSession, isSession: boolean, level: string): Apply | Refusal {
  if (session.isInTransaction && !isSession) {
    return ["1568", "Transaction characteristics can't be changed while a transaction is in progress"];
  }
  return (to) => {
    const name = ISOLATION[to.flavour];
    if (!isSession) {
      to.nextIsolation = level;
      return;
    }
    to.variables.set(name, level);
    report(to, name, level);
  };
}

function setUserVariable(name: string, value: string): Apply {
  return (session) => {
    if (value.toUpperCase() === "NULL") session.userVariables.delete(name);
    else session.userVariables.set(name, value);
    session.report.hasStateChange = true;
  };
}

/** Variables that have a meaning of their own. */
function setVariable(session: ModelSession, name: string, value: string, scope: string): Apply | Refusal {
  switch (name) {
    case "last_insert_id":
      return (to) => {
        to.lastInsertId = Number(value);
        report(to, name, value);
      };
    case "character_set_client":
    case "character_set_connection":
    case "character_set_results":
      return setNamed(name, namesOf(session.flavour, value, ""), value);
    case "collation_connection":
      return setNamed(name, namesOf(session.flavour, value.split("_", 1)[0] ?? "", value), value);
    case "session_track_schema":
      return (to) => {
        to.tracksSchema = value === "ON";
      };
    case "session_track_state_change":
      return (to) => {
        to.tracksState = value === "ON";
      };
    case "session_track_system_variables":
      return (to) => {
        to.tracked = new Set(value.split(","));
      };
  }
  const taken = valueTaken(session.flavour, name, value);
  if (taken === undefined) return ["1193", `Unknown system variable '${name}'`];
  if (taken === null) return ["1231", `Variable '${name}' can't be set to the value of '${value}'`];
  return (to) => {
    if (name === "autocommit" && taken === "ON" && to.isInTransaction) endTransaction(to, "commit");
    to.variables.set(name, taken);
    // MariaDB says nothing of what is assigned as @@name, not even that something has changed.
    const isSilent = to.flavour === "mariadb" && scope.startsWith("@@");
    if (!isSilent) report(to, name, taken);
  };
}
