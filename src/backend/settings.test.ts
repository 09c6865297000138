import { describe, expect, test } from "bun:test";
import { literalOf, NO_SETTINGS, settingOf, withVariables } from "./settings.ts";

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

describe("withVariables()", () => {
  test("writes changed variables back in one clause, in the order of their names", () => {
    const settings = withVariables(NO_SETTINGS, ["time_zone", "+02:00", "wait_timeout", "100"], baseline);
    expect(settings?.clause).toBe("time_zone = '+02:00', wait_timeout = 100");
  });

  test("gives the same object for the same settings, whatever the way to them", () => {
    const one = withVariables(NO_SETTINGS, ["time_zone", "+03:00", "sql_mode", "ANSI"], baseline);
    const first = withVariables(NO_SETTINGS, ["sql_mode", "ANSI"], baseline);
    expect(withVariables(first ?? NO_SETTINGS, ["time_zone", "+03:00"], baseline)).toBe(one);
  });

  test("forgets a variable that is set back to its baseline", () => {
    const changed = withVariables(NO_SETTINGS, ["time_zone", "+04:00"], baseline);
    expect(withVariables(changed ?? NO_SETTINGS, ["time_zone", "SYSTEM"], baseline)).toBe(NO_SETTINGS);
    expect(withVariables(NO_SETTINGS, ["autocommit", "ON"], baseline)).toBe(NO_SETTINGS);
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
    expect(withVariables(NO_SETTINGS, names, baseline)?.clause).toBe(
      "character_set_client = 'utf8mb4', character_set_connection = 'utf8mb4', character_set_results = 'utf8mb4'",
    );
  });

  test("lets the last of character_set_connection and collation_connection count", () => {
    const collation = withVariables(NO_SETTINGS, ["collation_connection", "latin1_bin"], baseline) ?? NO_SETTINGS;
    const names = withVariables(collation, ["character_set_connection", "latin1"], baseline) ?? NO_SETTINGS;
    expect(names.clause).toBe("character_set_connection = 'latin1'");
    expect(withVariables(names, ["collation_connection", "latin1_bin"], baseline)).toBe(collation);
  });

  test("says null to a value that cannot be quoted under every sql_mode", () => {
    expect(withVariables(NO_SETTINGS, ["time_zone", "a\\b"], baseline)).toBeNull();
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
    const settings = withVariables(NO_SETTINGS, ["sql_mode", "ANSI"], baseline) ?? NO_SETTINGS;
    expect(settingOf(settings, baseline, "sql_mode")).toBe("ANSI");
    expect(settingOf(settings, baseline, "time_zone")).toBe("SYSTEM");
    expect(settingOf(settings, undefined, "time_zone")).toBe("");
  });
});
