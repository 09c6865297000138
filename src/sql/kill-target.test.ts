import { describe, expect, test } from "bun:test";
import { readKillTarget } from "./kill-target.ts";

function target(sql: string): ReturnType<typeof readKillTarget> {
  const bytes = new TextEncoder().encode(sql);
  return readKillTarget(bytes, 0, bytes.length, 0);
}

describe("readKillTarget()", () => {
  test("reads the forms with a number", () => {
    expect(target("KILL HARD 5")).toEqual({ isQueryOnly: false, connectionId: 5 });
    expect(target("KILL soft query 5")).toEqual({ isQueryOnly: true, connectionId: 5 });
    expect(target("KILL 7")).toEqual({ isQueryOnly: false, connectionId: 7 });
    expect(target("kill connection 2147483649;")).toEqual({ isQueryOnly: false, connectionId: 2147483649 });
    expect(target("/* Ctrl-C */ KILL QUERY 2147483650 -- now")).toEqual({
      isQueryOnly: true,
      connectionId: 2147483650,
    });
  });
  for (const sql of [
    "KILL @id",
    "KILL CONNECTION_ID()",
    "KILL QUERY ID 5",
    "KILL HARD USER bob",
    "KILL USER bob",
    "KILL 5, 6",
    "KILL",
    "SELECT 1",
  ]) {
    test(`leaves to the server: ${sql}`, () => expect(target(sql)).toBeNull());
  }
});
