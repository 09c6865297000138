import { describe, expect, test } from "bun:test";
import { PIN_ADVICE } from "./pin-advice.ts";
import { type TextOptions, textOfPins, textOfSession } from "./pin-text.ts";
import type { SessionAdvice, SessionList, SessionReport } from "./session-report.ts";

const PLAIN: TextOptions = { isColoured: false, width: Number.POSITIVE_INFINITY };

function aSession(session: number, more: Partial<SessionReport> = {}): SessionReport {
  return {
    ...{ session, listener: "shop", user: "app", client: "10.0.0.1:4242", schema: "test", phase: "ready", seconds: 90 },
    ...{ running: null, connection: { endpoint: "ds001", server: "10.0.0.2:3306", id: 4711 } },
    ...{ pinnedSeconds: 0, pins: [] },
    ...more,
  };
}

const PINNED = aSession(17, {
  pinnedSeconds: 12.3,
  pins: [
    { reason: "temporary_table", seconds: 12.3, statement: "CREATE TEMPORARY TABLE x AS SELECT ?" },
    { reason: "user_lock", seconds: 3_725, statement: "SELECT GET_LOCK(?, ?)" },
  ],
});
const LIST: SessionList = {
  total: 120,
  pinned: 2,
  sessions: [
    PINNED,
    aSession(42, { pins: [{ reason: "pool_mode", seconds: 61, statement: null }], client: "localhost" }),
    aSession(43),
  ],
};

describe("textOfPins()", () => {
  test("is a table with a line for each reason, and what to change once for each", () => {
    expect(textOfPins(LIST, PLAIN)).toBe(
      [
        "2 of 120 sessions are pinned:",
        "",
        "SESSION  CLIENT         USER  PINNED FOR  REASON           STATEMENT",
        "17       10.0.0.1:4242  app   12.3 s      temporary_table  CREATE TEMPORARY TABLE x AS SELECT ?",
        "                              1 h 2 min   user_lock        SELECT GET_LOCK(?, ?)",
        "42       localhost      app   1 min 1 s   pool_mode",
        "",
        "What to change",
        `  temporary_table  ${PIN_ADVICE.temporary_table.change}`,
        `  user_lock        ${PIN_ADVICE.user_lock.change}`,
        `  pool_mode        ${PIN_ADVICE.pool_mode.change}`,
        "",
      ].join("\n"),
    );
  });

  test("says so when nobody is pinned, and when not all are listed", () => {
    expect(textOfPins({ total: 3, pinned: 0, sessions: [aSession(1)] }, PLAIN)).toBe(
      "None of 3 sessions is pinned: all of them share connections.\n",
    );
    const [first] = textOfPins({ ...LIST, pinned: 1_700 }, PLAIN).split("\n");
    expect(first).toBe("1700 of 120 sessions are pinned; the 2 that have been for the longest are");
  });

  test("cuts lines for a terminal, and lets no client move its cursor", () => {
    const evil = aSession(9, {
      user: "a\x1b[2Jb",
      pins: [{ reason: "xa", seconds: 1, statement: "XA START\n\x07 ?" }],
    });
    const text = textOfPins({ total: 1, pinned: 1, sessions: [evil] }, { isColoured: false, width: 60 });
    expect(text).toContain("a?[2Jb");
    expect(text).not.toContain("\x1b");
    const table = text.split("\n").slice(2, 4);
    expect(table[1]).toBe("9        10.0.0.1:4242  a?[2Jb  1.0 s       xa      XA STAR…");
    expect(textOfPins(LIST, { ...PLAIN, isColoured: true })).toContain("\x1b[1mWhat to change\x1b[0m");
  });

  test("leaves what a newer proxy says unknown reasons mean to that", () => {
    const newer = { reason: "something new" as "xa", seconds: 1, statement: null };
    const text = textOfPins({ total: 1, pinned: 1, sessions: [aSession(5, { pins: [newer] })] }, PLAIN);
    expect(text).toContain("1 of 1 sessions is pinned:");
    expect(text).toContain("something new  /sessions/5 of its admin server says it.");
  });
});

describe("textOfSession()", () => {
  const advice: SessionAdvice = {
    ...PINNED,
    ...{ changed: ["names", "@`a`"], prepared: 3, running: { kind: "SELECT", seconds: 0.25 } },
    pins: PINNED.pins.map((pin) => ({ ...pin, ...PIN_ADVICE[pin.reason] })),
    sharing: "the session keeps its connection until all of these have ended",
  };

  test("says who it is, what it has, and of each reason what it means, when it ends and what to change", () => {
    expect(textOfSession(advice, PLAIN)).toBe(
      [
        "Session 17 of listener shop",
        "  app@10.0.0.1:4242, schema test, connected for 1 min 30 s",
        "  runs SELECT for 0.3 s",
        "  has connection 4711 of ds001 (10.0.0.2:3306)",
        "  has set names, @`a`: any connection can be given these",
        "",
        "The session keeps its connection until all of these have ended:",
        "",
        `temporary_table, for 12.3 s: ${PIN_ADVICE.temporary_table.meaning}`,
        "  set by  CREATE TEMPORARY TABLE x AS SELECT ?",
        `  until   ${PIN_ADVICE.temporary_table.ends}`,
        `  change  ${PIN_ADVICE.temporary_table.change}`,
        "",
        `user_lock, for 1 h 2 min: ${PIN_ADVICE.user_lock.meaning}`,
        "  set by  SELECT GET_LOCK(?, ?)",
        `  until   ${PIN_ADVICE.user_lock.ends}`,
        `  change  ${PIN_ADVICE.user_lock.change}`,
        "",
      ].join("\n"),
    );
  });

  test("says that it shares connections when it does", () => {
    const sharing = "the session shares connections: it has one only while a statement runs";
    const text = textOfSession(
      { ...advice, running: null, connection: null, changed: [], pins: [], schema: "", sharing },
      PLAIN,
    );
    expect(text).toBe(
      "Session 17 of listener shop\n  app@10.0.0.1:4242, no schema, connected for 1 min 30 s\n\n" +
        "The session shares connections: it has one only while a statement runs.\n",
    );
  });
});
