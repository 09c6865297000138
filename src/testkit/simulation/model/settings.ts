/** Statements that set something: variables of every sort, schemas, roles, and several statements in one text. */
import { errAnswer, okAnswer, rowsAnswer } from "./answer.ts";
import type { Operation } from "./operation.ts";
import type { Diagnostic, ModelSession } from "./session.ts";
import { runSet } from "./set.ts";

/** Schemas that exist. */
export const SCHEMAS = ["test", "shop"] as const;

const ZONES = { v0: "+01:00", v1: "+02:00", v2: "SYSTEM" } as const;
const SETS = { v0: "latin1", v1: "utf8mb4", v2: "utf8mb4 COLLATE utf8mb4_bin" } as const;
const MODES = { v0: "ANSI_QUOTES", v1: "STRICT_TRANS_TABLES", v2: "" } as const;
const LEVELS = { v0: "READ COMMITTED", v1: "SERIALIZABLE", v2: "REPEATABLE READ" } as const;

/** One of three, by the value of the arguments. */
function by<T>(values: Readonly<Record<"v0" | "v1" | "v2", T>>, value: string): T {
  return values[value as "v0" | "v1" | "v2"];
}

/** A SET: its text, and what it does, are the same. */
function set(name: string, clause: (value: string) => string): Operation {
  return {
    name,
    text: ({ value }) => `SET ${clause(value)}`,
    hasNoTable: true,
    run: (session, { value }) => runSet(session, clause(value)),
  };
}

/** COM_INIT_DB: as USE, but what the last statement left stays; MySQL adds its error to that. */
export function runInitDb(session: ModelSession, schema: string): Uint8Array[] {
  const { diagnostics, flavour } = session;
  const answer = runUse(session, schema, diagnostics);
  if (SCHEMAS.some((each) => each === schema)) session.diagnostics = diagnostics;
  else if (flavour === "mysql") session.diagnostics = [...diagnostics, ...session.diagnostics];
  return answer;
}

/** USE. */
export function runUse(session: ModelSession, schema: string, left: readonly Diagnostic[] = []): Uint8Array[] {
  if (!SCHEMAS.some((each) => each === schema)) {
    return errAnswer(session, 1049, `Unknown database '${schema}'`, "42000");
  }
  session.schema = schema;
  session.report.schema = schema;
  session.report.hasStateChange = true;
  return okAnswer(session, { warnings: session.flavour === "mysql" ? left : [] });
}

export const SETTINGS: readonly Operation[] = [
  set("set time zone", (value) => `time_zone = '${by(ZONES, value)}'`),
  set("set session time zone", (value) => `SESSION time_zone = '${by(ZONES, value)}'`),
  set("set @@ time zone", (value) => `@@time_zone = '${by(ZONES, value)}'`),
  set("set names", (value) => `NAMES ${by(SETS, value)}`),
  set("set sql_mode", (value) => `sql_mode = '${by(MODES, value)}'`),
  set("set safe updates", (value) => `sql_safe_updates = ${value === "v0" ? 1 : 0}`),
  set("set two", (value) => `time_zone = '${by(ZONES, value)}', sql_safe_updates = ${value === "v1" ? 1 : 0}`),
  set("set both sorts", (value) => `@a = '${value}', time_zone = '${by(ZONES, value)}'`),
  set("set what is not tracked", (value) => `profiling = ${value === "v0" ? 1 : 0}`),
  set("set one of each", (value) => `profiling = 1, time_zone = '${by(ZONES, value)}'`),
  set("set timestamp", () => "timestamp = 1000"),
  set("set wrongly", () => "time_zone = 'nowhere'"),
  set("set half wrongly", (value) => `time_zone = '${by(ZONES, value)}', no_such_variable = 1`),
  set("set user variable", (value) => `@a = '${value}'`),
  set("set user number", (value) => `@b = ${value.slice(1)}`),
  set("autocommit off", () => "autocommit = 0"),
  set("autocommit on", () => "autocommit = 1"),
  set("set isolation", (value) => `SESSION TRANSACTION ISOLATION LEVEL ${by(LEVELS, value)}`),
  set("set next isolation", (value) => `TRANSACTION ISOLATION LEVEL ${by(LEVELS, value)}`),
  set("set role", (value) => `ROLE ${value === "v2" ? "NONE" : "reader"}`),
  {
    name: "assign in select",
    text: ({ value }) => `SELECT @c := '${value}'`,
    hasNoTable: true,
    run: (session, { value }) => {
      session.userVariables.set("c", value);
      const isWarned = session.flavour === "mysql";
      const warnings = isWarned ? ([["Warning", "1287", "Setting user variables is deprecated"]] as const) : [];
      return rowsAnswer(session, ["c"], [[value]], { warnings, hasNoTable: true });
    },
  },
  {
    name: "select into",
    text: ({ value }) => `SELECT '${value}' INTO @c`,
    hasNoTable: true,
    run: (session, { value }) => {
      session.userVariables.set("c", value);
      session.foundRows = 1;
      return okAnswer(session, { affected: 1 });
    },
  },
  {
    name: "use",
    text: ({ value }) => `USE ${value === "v0" ? "shop" : "test"}`,
    hasNoTable: true,
    run: (session, { value }) => runUse(session, value === "v0" ? "shop" : "test"),
  },
  { name: "use nothing", text: () => "USE nowhere", run: (session) => runUse(session, "nowhere") },
];
