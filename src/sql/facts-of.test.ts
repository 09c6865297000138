import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { DIGESTS_MAX } from "./digest-cache.ts";
import type { Facts } from "./facts.ts";
import { digestOf, factsOf } from "./facts-of.ts";
import { nameText } from "./names.ts";
import { newStatement, readStatement } from "./read-statement.ts";
import { tokensOf } from "./reading.ts";
import type { Statement } from "./statement.ts";
import { TEXTS_MAX } from "./text-cache.ts";

const COM_QUERY = 3;

function read(statement: Statement, sql: string): Statement {
  const bytes = new TextEncoder().encode(`x${sql}`);
  readStatement(statement, COM_QUERY, bytes, 1, bytes.length);
  return statement;
}

/** The facts of a text that was read anew. */
function facts(sql: string, statement = newStatement()): Facts {
  return factsOf(read(statement, sql));
}

function tableNames(statement: Statement): string[] {
  const { tables } = factsOf(statement);
  return tables.items.slice(0, tables.count).map(({ name }) => nameText(tokensOf(statement), name));
}

describe("factsOf()", () => {
  test("keeps the facts of a text that comes again", () => {
    const sql = "select kept_text from t where a = 1";
    facts(sql);
    const kept = facts(sql);
    expect(facts(sql)).toBe(kept);
    expect(kept.tables.count).toBe(1);
  });

  test("gives texts that differ in literals only the same facts", () => {
    facts("select kept_digest from t where a = 1");
    const kept = facts("select kept_digest from t where a = 2");
    expect(facts("select kept_digest from t where a = 3")).toBe(kept);
    // Another kind of literal has the same digest, but not the same tokens.
    expect(facts("select kept_digest from t where a = 'x'")).not.toBe(kept);
    expect(facts("select kept_digest from t where a = -3")).not.toBe(kept);
  });

  test("does not mistake one dialect for another", () => {
    const sql = "select nvl2(kept_dialect, 1, 2)";
    const mariadb = { ...newStatement(), isMariaDb: true };
    for (let i = 0; i < 3; i++) {
      expect(facts(sql).calls.items[0]!.kind).not.toBe(facts(sql, mariadb).calls.items[0]!.kind);
    }
    const ansi = { ...newStatement(), sqlMode: 1 };
    const quoted = 'select "kept_mode" from t';
    for (let i = 0; i < 3; i++)
      expect([facts(quoted).columns.count, facts(quoted, ansi).columns.count]).toEqual([0, 1]);
  });

  test("does not mistake one long name for another, which digests leave out", () => {
    const [a, b] = ["a".repeat(70), "b".repeat(70)];
    for (let i = 0; i < 3; i++) {
      for (const [name, isCommonTable] of [
        [a, true],
        [b, false],
      ] as const) {
        const { tables } = facts(`with ${a} as (select 1) select * from ${name}`);
        expect(tables.items[0]!.isCommonTable).toBe(isCommonTable);
      }
    }
  });

  test("reads a text again when another session's was read in between", () => {
    const [one, other] = [newStatement(), newStatement()];
    for (let i = 0; i < 4; i++) {
      read(one, "select 1 from first_session");
      read(other, "select 1 from second_session, third_session");
      expect(tableNames(one)).toEqual(["first_session"]);
      expect(tableNames(other)).toEqual(["second_session", "third_session"]);
      expect(tableNames(one)).toEqual(["first_session"]);
      expect(digestOf(other).text).toContain("third_session");
      expect(digestOf(one).text).toContain("first_session");
    }
  });

  test("stays right when there are more texts and digests than are kept", () => {
    const statement = newStatement();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < DIGESTS_MAX + TEXTS_MAX; i += 7) {
        read(statement, `select a from t${i} where b = ${i}`);
        expect(tableNames(statement)).toEqual([`t${i}`]);
        expect(digestOf(statement).text).toBe(`SELECT \`a\` FROM \`t${i}\` WHERE \`b\` = ?`);
      }
    }
  });
});

describe("digestOf()", () => {
  test("gives the same object for texts of one digest", () => {
    const digest = digestOf(read(newStatement(), "select same_digest from t where a = 1"));
    expect(digestOf(read(newStatement(), "SELECT same_digest FROM t WHERE a = 'x' -- c"))).toBe(digest);
  });

  test("comes with the facts of a text that is known", () => {
    const sql = "select known_digest from t where a = 1";
    for (let i = 0; i < 3; i++) facts(sql);
    const statement = read(newStatement(), sql);
    const digest = digestOf(statement);
    factsOf(statement);
    expect(digestOf(statement)).toBe(digest);
  });
});

describe("nothing is allocated", () => {
  const texts = [
    "SELECT c FROM sbtest1 WHERE id=12345",
    "UPDATE t SET a = a + 1 WHERE b = 'x' AND c IN (1, 2, 3)",
    "INSERT INTO t (a, b) VALUES (1, 2), (3, 4)",
    "SELECT GET_LOCK('a', 1); SET @a = 1",
    "/* pisanix: a=1 */ SELECT t.a, u.b FROM t JOIN u USING (id) ORDER BY t.a LIMIT 10",
  ].map((sql) => new TextEncoder().encode(sql));
  const statement = newStatement();
  const ROUNDS = 40_000;
  /** An object of this many bytes for each text would be seen, and much less too. */
  const CONTROL_BYTES = 32;
  const sink: unknown[] = [null];

  /** By how many bytes the heap grows while each text is read ROUNDS times and nothing is collected. */
  function growth(work: (bytes: Uint8Array) => void): number {
    for (let round = 0; round < 2000; round++) for (const bytes of texts) work(bytes);
    Bun.gc(true);
    const before = heapStats().heapCapacity;
    for (let round = 0; round < ROUNDS; round++) for (const bytes of texts) work(bytes);
    return heapStats().heapCapacity - before;
  }

  function control(): void {
    sink[0] = { number: 1, other: 2 };
  }

  test("by a statement whose text is known", () => {
    const expected = ROUNDS * texts.length * CONTROL_BYTES;
    expect(growth(control)).toBeGreaterThan(expected / 4);
    const grown = growth((bytes) => {
      readStatement(statement, COM_QUERY, bytes, 0, bytes.length);
      factsOf(statement);
      digestOf(statement);
    });
    expect(grown).toBeLessThan(expected / 40);
  });

  test("by reading a statement without a parse", () => {
    const grown = growth((bytes) => readStatement(statement, COM_QUERY, bytes, 0, bytes.length));
    expect(grown).toBeLessThan((ROUNDS * texts.length * CONTROL_BYTES) / 40);
  });
});
