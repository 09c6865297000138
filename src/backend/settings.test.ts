import { describe, expect, test } from "bun:test";
import {
  type Baseline,
  clauseBetween,
  hasOwnCharacterSet,
  hasTextVariable,
  literalOf,
  NO_SETTINGS,
  type Settings,
  settingOf,
  userVariableClause,
  withNames,
  withoutDefaults,
  withUserVariable,
  withVariables,
} from "./settings.ts";

/** What sets the character sets of the log-in. */
const LOG_IN = "NAMES utf8mb4 COLLATE utf8mb4_general_ci";

const baseline = new Map([
  ["autocommit", "ON"],
  ["character_set_client", "utf8mb4"],
  ["character_set_connection", "utf8mb4"],
  ["character_set_results", "utf8mb4"],
  ["collation_connection", "utf8mb4_general_ci"],
  ["sql_mode", "STRICT_TRANS_TABLES"],
  ["time_zone", "SYSTEM"],
  ["wait_timeout", "28800"],
]);

/** What brings a session that has changed nothing to \`settings\`. */
const clauseOf = (settings: Settings | null) => clauseBetween(NO_SETTINGS, settings ?? NO_SETTINGS, baseline, LOG_IN);

/** What is changed behind `variables`, where sessions begin with `baseline`. */
function changedBy(settings: Settings, variables: readonly string[], baseline: Baseline): Settings | null {
  const assigned = withVariables(settings, variables);
  return assigned === null ? null : withoutDefaults(assigned, baseline);
}

describe("withVariables() and withoutDefaults()", () => {
  test("writes changed variables back in one clause, in the order of their names", () => {
    const settings = changedBy(NO_SETTINGS, ["time_zone", "+02:00", "wait_timeout", "100"], baseline);
    expect(clauseOf(settings)).toBe("SESSION time_zone = '+02:00', SESSION wait_timeout = 100");
  });

  test("gives the same object for the same settings, whatever the way to them", () => {
    const one = changedBy(NO_SETTINGS, ["time_zone", "+03:00", "sql_mode", "ANSI"], baseline);
    const first = changedBy(NO_SETTINGS, ["sql_mode", "ANSI"], baseline);
    expect(changedBy(first ?? NO_SETTINGS, ["time_zone", "+03:00"], baseline)).toBe(one);
  });

  test("forgets a variable that is set back to its baseline", () => {
    const changed = changedBy(NO_SETTINGS, ["time_zone", "+04:00"], baseline);
    expect(changedBy(changed ?? NO_SETTINGS, ["time_zone", "SYSTEM"], baseline)).toBe(NO_SETTINGS);
    expect(changedBy(NO_SETTINGS, ["autocommit", "ON"], baseline)).toBe(NO_SETTINGS);
  });

  test("knows of a variable that was set to one baseline's value where another has a different one", () => {
    const assigned = withVariables(NO_SETTINGS, ["time_zone", "SYSTEM", "autocommit", "ON"]) ?? NO_SETTINGS;
    const other = new Map([...baseline, ["time_zone", "+01:00"]]);
    expect(withoutDefaults(assigned, baseline)).toBe(NO_SETTINGS);
    expect(withoutDefaults(assigned, other)).toBe(withVariables(NO_SETTINGS, ["time_zone", "SYSTEM"]) as Settings);
    expect(withoutDefaults(assigned, other)).toBe(withoutDefaults(assigned, other));
    expect(withoutDefaults(assigned, null)).toBe(assigned);
  });

  test("keeps SET NAMES even when the character set is the baseline's: its collation may not be", () => {
    const names = [
      "character_set_client",
      "utf8mb4",
      "character_set_connection",
      "utf8mb4",
      "character_set_results",
      "utf8mb4",
    ];
    expect(clauseOf(changedBy(NO_SETTINGS, names, baseline))).toBe(
      `${LOG_IN}, SESSION character_set_client = 'utf8mb4', SESSION character_set_connection = 'utf8mb4', SESSION character_set_results = 'utf8mb4'`,
    );
  });

  test("lets the last of character_set_connection and collation_connection count", () => {
    const collation = changedBy(NO_SETTINGS, ["collation_connection", "latin1_bin"], baseline) ?? NO_SETTINGS;
    const names = changedBy(collation, ["character_set_connection", "latin1"], baseline) ?? NO_SETTINGS;
    expect(clauseOf(names)).toBe(`${LOG_IN}, SESSION character_set_connection = 'latin1'`);
    expect(changedBy(names, ["collation_connection", "latin1_bin"], baseline)).toBe(collation);
  });

  test("says null to a value that cannot be quoted under every sql_mode", () => {
    expect(changedBy(NO_SETTINGS, ["time_zone", "a\\b"], baseline)).toBeNull();
  });
});

describe("withNames()", () => {
  test("says all character sets at once; what is set of them later counts on top", () => {
    const latin = changedBy(NO_SETTINGS, ["character_set_client", "latin1", "time_zone", "+01:00"], baseline)!;
    const names = withNames(latin, "utf8mb4 COLLATE utf8mb4_bin");
    expect(clauseOf(names)).toBe("NAMES utf8mb4 COLLATE utf8mb4_bin, SESSION time_zone = '+01:00'");
    const results = changedBy(names, ["character_set_results", ""], baseline);
    expect(clauseOf(results)).toBe(
      "NAMES utf8mb4 COLLATE utf8mb4_bin, SESSION character_set_results = NULL, SESSION time_zone = '+01:00'",
    );
    expect(withNames(results!, "utf8mb4 COLLATE utf8mb4_bin")).toBe(names);
    expect([hasOwnCharacterSet(names), hasOwnCharacterSet(latin), hasOwnCharacterSet(NO_SETTINGS)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("withUserVariable()", () => {
  test("leaves the session variables the same object", () => {
    const zone = changedBy(NO_SETTINGS, ["time_zone", "+01:00"], baseline)!;
    const one = withUserVariable(zone, "@`b`", "1");
    const two = withUserVariable(one, "@`a`", "'x'");
    expect(two.system).toBe(zone);
    expect(userVariableClause(two)).toBe("@`a` = 'x', @`b` = 1");
    expect(clauseBetween(zone, two, baseline, LOG_IN)).toBe("");
    expect([hasTextVariable(one), hasTextVariable(two)]).toEqual([false, true]);
    expect(withUserVariable(NO_SETTINGS, "@`a`", "1").system).toBe(NO_SETTINGS);
  });
});

describe("clauseBetween()", () => {
  const settings = (...variables: string[]) => changedBy(NO_SETTINGS, variables, baseline) ?? NO_SETTINGS;

  test("says only what differs, and sets back what the other session has changed", () => {
    const from = settings("time_zone", "+01:00", "sql_mode", "ANSI", "wait_timeout", "5");
    const to = settings("time_zone", "+02:00", "sql_mode", "ANSI");
    expect(clauseBetween(from, to, baseline, LOG_IN)).toBe(
      "SESSION time_zone = '+02:00', SESSION wait_timeout = 28800",
    );
    expect(clauseBetween(to, to, baseline, LOG_IN)).toBe("");
  });

  test("begins with the character sets anew when any of them differs", () => {
    const names = withNames(settings("time_zone", "+01:00"), "latin1");
    expect(clauseBetween(names, settings("time_zone", "+01:00"), baseline, LOG_IN)).toBe(LOG_IN);
    expect(clauseBetween(settings("collation_connection", "utf8mb4_bin"), names, baseline, LOG_IN)).toBe(
      "NAMES latin1, SESSION time_zone = '+01:00'",
    );
  });
});

describe("literalOf()", () => {
  test("writes numbers bare, an empty character set as NULL, and doubles quotes", () => {
    expect(literalOf("wait_timeout", "100")).toBe("100");
    expect(literalOf("max_statement_time", "0.500000")).toBe("0.500000");
    expect(literalOf("character_set_results", "")).toBe("NULL");
    expect(literalOf("sql_mode", "")).toBe("''");
    expect(literalOf("time_zone", "o'clock")).toBe("'o''clock'");
  });
});

describe("settingOf()", () => {
  test("is the session's value, else the baseline's, else nothing", () => {
    const settings = changedBy(NO_SETTINGS, ["sql_mode", "ANSI"], baseline) ?? NO_SETTINGS;
    expect(settingOf(settings, baseline, "sql_mode")).toBe("ANSI");
    expect(settingOf(settings, baseline, "time_zone")).toBe("SYSTEM");
    expect(settingOf(settings, undefined, "time_zone")).toBe("");
  });
});
