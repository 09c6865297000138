/** The readers of what a text takes and gives back: in doubt they say that they do not know. */
import { describe, expect, test } from "bun:test";
import { callsOnlyKnown } from "./known-calls.ts";
import { readHandlerChange } from "./owned-handlers.ts";
import { type LockChange, lockQuestion, readLockChange } from "./owned-locks.ts";
import { readTableLockChange } from "./owned-table-locks.ts";
import { readTableChange } from "./owned-tables.ts";
import { readXaChange } from "./owned-xa.ts";

describe("readLockChange()", () => {
  const unknown: LockChange = { kind: "unknown" };
  const changes: ReadonlyArray<readonly [text: string, change: LockChange]> = [
    ["SELECT GET_LOCK('a', 1)", { kind: "changed", names: ["'a'"] }],
    ["select get_lock( 'it''s' ,1), GET_LOCK('b', 2) as x", { kind: "changed", names: ["'it''s'", "'b'"] }],
    ["SELECT RELEASE_LOCK('a')", { kind: "changed", names: [] }],
    ["SELECT RELEASE_ALL_LOCKS();", { kind: "released-all" }],
    ["DO release_all_locks ( )", { kind: "released-all" }],
    ["SELECT RELEASE_ALL_LOCKS() AS n", { kind: "released-all" }],
    ["SELECT RELEASE_ALL_LOCKS(), GET_LOCK('a', 1)", { kind: "changed", names: ["'a'"] }],
    ["SELECT GET_LOCK(@name, 1)", unknown],
    ["SELECT GET_LOCK('a' 'b', 1)", unknown],
    ["SELECT GET_LOCK('a\\'b', 1)", unknown],
    ['SELECT GET_LOCK("a", 1)', unknown],
    ["SELECT GET_LOCK(CONCAT('a', 'b'), 1), GET_LOCK('c', 1)", unknown],
    ["SELECT GET_LOCK(/* c */ 'a', 1)", unknown],
    ["SELECT GET_LOCK('a', 1) -- GET_LOCK('b', 1)", unknown],
    ["SELECT service_get_write_locks('n', 'a', 1), RELEASE_LOCK('b')", unknown],
  ];
  for (const [text, change] of changes) {
    test(text, () => expect(readLockChange(text)).toEqual(change));
  }

  test("lockQuestion() asks for each name as it was written", () => {
    expect(lockQuestion(["'a'", "'it''s'"])).toBe(
      "SELECT IS_USED_LOCK('a') <=> CONNECTION_ID(), IS_USED_LOCK('it''s') <=> CONNECTION_ID()",
    );
  });
});

describe("readTableChange()", () => {
  const made = (table: string, hasQuery = false) => ({ kind: "made", tables: [table], hasQuery }) as const;
  const dropped = (...tables: string[]) => ({ kind: "dropped", tables, hasQuery: false }) as const;
  const changes = [
    ["CREATE TEMPORARY TABLE a (i INT)", made("shop.a")],
    ["create or replace temporary table if not exists `x y`.`a` (i int)", made("x y.a")],
    ["CREATE TEMPORARY TABLE a AS SELECT 1", made("shop.a", true)],
    ["CREATE TEMPORARY TABLE other.a LIKE b", made("other.a")],
    ["DROP TEMPORARY TABLE a", dropped("shop.a")],
    ["DROP TABLE IF EXISTS a, other.b, `c` CASCADE;", dropped("shop.a", "other.b", "shop.c")],
    ["DROP TABLES a", dropped("shop.a")],
    ["DROP TABLE a WAIT 5", null],
    ["DROP TABLE a, ", null],
    ["DROP TABLE /* a */ b", null],
    ["DROP DATABASE shop", null],
    ["CREATE TABLE a (i INT)", null],
    ["DROP TABLE `a``b`", null],
  ] as const;
  for (const [text, change] of changes) {
    test(text, () => expect(readTableChange(text, "shop") as unknown).toEqual(change));
  }
});

describe("callsOnlyKnown()", () => {
  const known = [
    "SELECT COUNT(*), CONCAT(a, 'my_function(1)') FROM t WHERE b IN (1, 2) AND LOWER(c) = \"x(\"",
    "SELECT a FROM (SELECT 1 AS a) x",
    "SELECT a FROM t -- my_function(1)",
  ];
  const unknown = [
    "SELECT my_function(1)",
    "SELECT shop.my_function (1)",
    "SELECT `count`(1)",
    "SELECT SLEEP(1)",
    "SELECT NEXTVAL(s)",
    "SELECT 'a\\' , my_function(1), 'b'",
  ];
  for (const text of known) test(`${text}: yes`, () => expect(callsOnlyKnown(text)).toBe(true));
  for (const text of unknown) test(`${text}: in doubt, no`, () => expect(callsOnlyKnown(text)).toBe(false));
});

describe("readTableLockChange()", () => {
  for (const [text, change] of [
    ["LOCK TABLES t WRITE", "tables"],
    ["lock table `a b` READ LOCAL, u AS v LOW_PRIORITY WRITE", "tables"],
    ["LOCK TABLES t READ NOWAIT", "tables"],
    ["FLUSH TABLES t, u WITH READ LOCK", "tables"],
    ["FLUSH NO_WRITE_TO_BINLOG TABLE t FOR EXPORT;", "tables"],
    ["FLUSH TABLES WITH READ LOCK", "everything"],
    ["flush local tables\nwith  read  lock ;", "everything"],
    ["UNLOCK TABLES", "unlocked"],
    [" unlock table;", "unlocked"],
    ["UNLOCK TABLES /* all */", "unknown"],
    ["LOCK INSTANCE FOR BACKUP", "unknown"],
    ["UNLOCK INSTANCE", "unknown"],
    ["BACKUP STAGE START", "unknown"],
    ["FLUSH TABLES WITH READ LOCK AND DISABLE CHECKPOINT", "unknown"],
    ["UNLOCK TABLES; LOCK TABLES t READ", "unknown"],
  ] as const) {
    test(text, () => expect(readTableLockChange(text)).toBe(change));
  }
});

describe("readHandlerChange()", () => {
  const opened = (name: string) => ({ kind: "opened", name }) as const;
  for (const [text, change] of [
    ["HANDLER t OPEN", opened("t")],
    ["handler `a b`.`t` open", opened("t")],
    ["HANDLER s.t OPEN AS `an alias`;", opened("an alias")],
    ["HANDLER t OPEN h", opened("h")],
    ["HANDLER h CLOSE", { kind: "closed", name: "h" }],
    ["HANDLER `an alias` CLOSE;", { kind: "closed", name: "an alias" }],
    ["HANDLER h READ FIRST WHERE a = 'open'", "none"],
    ["HANDLER h /* c */ CLOSE", "unknown"],
    ["HANDLER h CLOSE; HANDLER g OPEN", "unknown"],
    ['HANDLER "h" OPEN', "unknown"],
  ] as const) {
    test(text, () => expect(readHandlerChange(text)).toEqual(change));
  }
});

describe("readXaChange()", () => {
  for (const [text, change] of [
    ["XA START 'a'", { kind: "begun", xid: "'a'" }],
    ["xa begin 'a', 'b', 1 ;", { kind: "begun", xid: "'a', 'b', 1" }],
    ["XA COMMIT 'a'", { kind: "ended", xid: "'a'" }],
    ["XA COMMIT X'00',X'01' ONE PHASE", { kind: "ended", xid: "X'00',X'01'" }],
    ["XA ROLLBACK 'a';", { kind: "ended", xid: "'a'" }],
    ["XA START 'a' JOIN", "unknown"],
    ["XA START 'a' resume", "unknown"],
    ["XA END 'a' SUSPEND FOR MIGRATE", "none"],
    ["XA PREPARE 'a'", "none"],
    ["XA RECOVER CONVERT XID", "none"],
    ["XA COMMIT 'a' -- b", "unknown"],
    ["XA", "unknown"],
  ] as const) {
    test(text, () => expect(readXaChange(text)).toEqual(change));
  }
});

describe("a client that sends a long run of white space holds nobody up", () => {
  const SPACES = " ".repeat(1_500);
  const readers: ReadonlyArray<readonly [texts: readonly string[], read: (text: string) => unknown]> = [
    [["UNLOCK TABLES", "FLUSH TABLES", "FLUSH TABLES a WITH READ LOCK"], readTableLockChange],
    [["HANDLER", "HANDLER a OPEN", "HANDLER a OPEN AS b", "HANDLER a CLOSE"], readHandlerChange],
    [["XA START", "XA START 'a'", "XA COMMIT 'a'", "XA COMMIT 'a' ONE", "XA COMMIT 'a' ONE PHASE"], readXaChange],
    [["SELECT RELEASE_ALL_LOCKS()", "DO RELEASE_ALL_LOCKS() AS", "SELECT GET_LOCK('a'"], readLockChange],
    [["DROP TABLE a", "CREATE TEMPORARY TABLE a"], (text) => readTableChange(text, "s")],
    [["SELECT a"], callsOnlyKnown],
  ];
  for (const [texts, read] of readers) {
    for (const text of texts) {
      test(text, () => {
        const startedMs = performance.now();
        for (const end of ["!", `;${SPACES}!`]) read(text + SPACES + end);
        // A pattern that goes back over each part of the run needs many seconds.
        expect(performance.now() - startedMs).toBeLessThan(1_000);
      });
    }
  }
});
