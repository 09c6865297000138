/** The session variables of the simulated servers: a few of each sort, with the values that they take. */
import type { Flavour } from "./flavour.ts";

/** Character sets and collation of a session. */
export interface Names {
  readonly characterSet: string;
  readonly collation: string;
  /** Id of the collation. */
  readonly id: number;
}

const COLLATIONS: readonly Names[] = [
  { characterSet: "latin1", collation: "latin1_swedish_ci", id: 8 },
  { characterSet: "latin1", collation: "latin1_bin", id: 47 },
  { characterSet: "utf8mb4", collation: "utf8mb4_general_ci", id: 45 },
  { characterSet: "utf8mb4", collation: "utf8mb4_bin", id: 46 },
  { characterSet: "utf8mb4", collation: "utf8mb4_0900_ai_ci", id: 255 },
];

/** What a session of a server has that was told nothing. */
export const SERVER_NAMES: Readonly<Record<Flavour, Names>> = {
  mysql: COLLATIONS[4] as Names,
  mariadb: COLLATIONS[2] as Names,
};

/** By the collation id of the log-in. */
export const LOGIN_NAMES: Readonly<Record<number, Names>> = Object.fromEntries(
  COLLATIONS.map((each) => [each.id, each]),
);

/** The names that SET NAMES gives; null when there is no such collation. */
export function namesOf(flavour: Flavour, characterSet: string, collation: string): Names | null {
  const known = COLLATIONS.filter((each) => each.id !== 255 || flavour === "mysql");
  if (collation !== "") {
    return known.find((each) => each.collation === collation && each.characterSet === characterSet) ?? null;
  }
  const ofSet = known.filter((each) => each.characterSet === characterSet);
  return (flavour === "mysql" ? ofSet.find((each) => each.id === 255) : undefined) ?? ofSet[0] ?? null;
}

/** A variable: what it is in a new session, and what SET makes of a value; null when it does not take it. */
interface Variable {
  readonly start: string;
  readonly take: (value: string) => string | null;
}

const oneOf =
  (...values: string[]) =>
  (value: string) =>
    values.find((each) => each === value.toUpperCase()) ?? null;
const aNumber = (value: string) => (/^\d+$/.test(value) ? value : null);

function onOff(value: string): string | null {
  if (value === "1" || value.toUpperCase() === "ON") return "ON";
  return value === "0" || value.toUpperCase() === "OFF" ? "OFF" : null;
}

const COMMON: Readonly<Record<string, Variable>> = {
  autocommit: { start: "ON", take: onOff },
  sql_mode: { start: "STRICT_TRANS_TABLES", take: oneOf("STRICT_TRANS_TABLES", "ANSI_QUOTES", "") },
  sql_safe_updates: { start: "OFF", take: onOff },
  time_zone: { start: "SYSTEM", take: (value) => (/^([+-]\d\d:\d\d|SYSTEM)$/.test(value) ? value : null) },
  lock_wait_timeout: { start: "86400", take: aNumber },
  // Not among those that the proxy can set back.
  profiling: { start: "OFF", take: onOff },
  timestamp: { start: "0", take: aNumber },
};

const LEVELS = oneOf("REPEATABLE-READ", "READ-COMMITTED", "SERIALIZABLE");

const OWN: Readonly<Record<Flavour, Readonly<Record<string, Variable>>>> = {
  mysql: { transaction_isolation: { start: "REPEATABLE-READ", take: LEVELS } },
  mariadb: { tx_isolation: { start: "REPEATABLE-READ", take: LEVELS } },
};

/** The variable that has the isolation level. */
export const ISOLATION: Readonly<Record<Flavour, string>> = {
  mysql: "transaction_isolation",
  mariadb: "tx_isolation",
};

export const CHARACTER_SETS = ["character_set_client", "character_set_connection", "character_set_results"] as const;

/** Reported unless a session says otherwise. */
export const DEFAULT_TRACKED: ReadonlySet<string> = new Set(["autocommit", "time_zone", ...CHARACTER_SETS]);

/** All variables of a session that has set none, with `names` as its character sets. */
export function variablesOf(flavour: Flavour, names: Names): Array<readonly [name: string, value: string]> {
  const own = Object.entries({ ...COMMON, ...OWN[flavour] }).map(([name, { start }]) => [name, start] as const);
  const sets = CHARACTER_SETS.map((name) => [name, names.characterSet] as const);
  return [...own, ...sets, ["collation_connection", names.collation]];
}

/** What assigning `value` makes of the variable: null when it does not take it, undefined when there is no such variable. */
export function valueTaken(flavour: Flavour, name: string, value: string): string | null | undefined {
  const variable = OWN[flavour][name] ?? COMMON[name];
  return variable === undefined ? undefined : variable.take(value);
}
