import { describe, expect, test } from "bun:test";
import { differences, showDifference, unexpected } from "./compare.ts";
import { ACT_FAILED, PROGRAM_ENDED } from "./program.ts";
import type { Scenario } from "./scenario.ts";

const scenario: Scenario = {
  name: "errors",
  steps: [
    { do: "query", sql: "SELECT 1" },
    { do: "query", sql: "SELEKT 1", expect: { error: 1064 } },
    { do: "ping", expect: { error: "any" } },
  ],
};
const expected = ["connected", { rows: [[1]] }, { error: { errno: 1064 } }, { error: { type: "TypeError" } }];

describe("unexpected()", () => {
  test("finds nothing where every step does what its scenario says", () => {
    expect(unexpected(scenario, { outcomes: expected })).toEqual([]);
    expect(unexpected(scenario, { unsupported: "ping" })).toEqual([]);
  });

  test("finds an error of another number, an error where none is due, and a success where one is due", () => {
    const outcomes = [{ error: { errno: 1045 } }, { rows: [] }, { error: { errno: 1146 } }, "done"];
    expect(unexpected(scenario, { outcomes }).map(({ step, expected: due }) => [step, due])).toEqual([
      [0, "no error"],
      [2, "error 1064"],
      [3, "error any"],
    ]);
  });

  test("finds a program that ended and an act that failed, whatever is due", () => {
    expect(unexpected(scenario, { outcomes: [`${PROGRAM_ENDED}: exit code 139`] })).toHaveLength(1);
    const outcomes = [...expected, `${ACT_FAILED}: no statement came`];
    expect(unexpected(scenario, { outcomes }).map(({ what }) => what)).toEqual(["the other party"]);
  });
});

describe("differences()", () => {
  test("finds other outcomes, missing ones, and a way that only one has", () => {
    expect(differences(scenario, "mysql2", { outcomes: expected }, { outcomes: expected })).toEqual([]);
    const proxied = ["connected", { rows: [[2]] }, { error: { errno: 1064 } }];
    const found = differences(scenario, "mysql2", { outcomes: expected }, { outcomes: proxied });
    expect(found.map(({ step }) => step)).toEqual([1, 3]);
    expect(differences(scenario, "mysql2", { unsupported: "ping" }, { outcomes: [] })).toHaveLength(1);
  });

  test("are shown from where they part", () => {
    const long = "x".repeat(500);
    const [found] = differences(scenario, "mysql2", { outcomes: [`${long}a`] }, { outcomes: [`${long}b`] });
    const shown = found === undefined ? "" : showDifference(found);
    expect(shown).toContain(`direct  ...${"x".repeat(60)}a`);
    expect(shown).toContain(`proxied ...${"x".repeat(60)}b`);
  });

  test("takes a driver's two words for one thing as equal, and no other driver's", () => {
    const [left, right] = [{ error: { code: "EPIPE" } }, { error: { code: "ECONNRESET" } }];
    expect(differences(scenario, "mysql2", { outcomes: [left] }, { outcomes: [right] })).toEqual([]);
    expect(differences(scenario, "PyMySQL", { outcomes: [left] }, { outcomes: [right] })).toHaveLength(1);
    expect(differences(scenario, "mysql2", { outcomes: [left] }, { outcomes: ["done"] })).toHaveLength(1);
  });
});
