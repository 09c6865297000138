/** LAST_INSERT_ID() in all its forms. */
import { type Sequence, sequence } from "./sequence.ts";

const MARIADB = { only: "mariadb" } as const;

/** A made an id, B works in between, A asks in one form and then in others: one connection is enough. */
function insertId(asked: string): Sequence {
  return sequence(
    `insert, then ${asked}`,
    `
    A: INSERT INTO t (v) VALUES ('a1'), ('a2')
    B: INSERT INTO t (v) VALUES ('b')
    A: ${asked}
    B: ${asked}
    C: ${asked}
    A: ${asked}
    A ps: ${asked}
    B ps: ${asked}
    A: SELECT 1
    B: SELECT 1
    A: ${asked}
    A reset
    A: ${asked}
    B: ${asked}
    B quit
    B: ${asked}`,
  );
}

const ASKED = [
  "SELECT LAST_INSERT_ID()",
  "SELECT last_insert_id() AS id",
  "SELECT LAST_INSERT_ID( ) FROM DUAL;",
  "SELECT `LAST_INSERT_ID`()",
  "SELECT LAST_INSERT_ID() + 1 AS next, 'LAST_INSERT_ID()'",
  "SELECT (SELECT LAST_INSERT_ID()) AS id",
  "SELECT @@last_insert_id",
  "SELECT @@identity AS id",
  "SELECT @@session.last_insert_id, @@`identity`",
  "SELECT id FROM last_id",
  "SELECT v FROM t WHERE id = LAST_INSERT_ID()",
  "SELECT COUNT(*) FROM fixed WHERE id > (SELECT id FROM last_id)",
  "SHOW VARIABLES LIKE 'last_insert_id'",
  "/* c */ SELECT /* d */ LAST_INSERT_ID /* e */ ()",
  "SELECT IF(LAST_INSERT_ID() > 0, 'yes', 'no') AS has",
];

export const INSERT_IDS: readonly Sequence[] = [
  ...ASKED.map(insertId),
  sequence(
    "LAST_INSERT_ID() of explicit ids, several rows, failures and updates",
    `
    A: INSERT INTO t (id, v) VALUES (100, 'explicit')
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: INSERT INTO t (v) VALUES ('next')
    B: SELECT LAST_INSERT_ID()
    A: INSERT INTO t (id, v) VALUES (100, 'twice')
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: UPDATE t SET v = 'changed'
    B: INSERT INTO t (v) VALUES ('b1'), ('b2'), ('b3')
    A: SELECT LAST_INSERT_ID()
    B: SELECT LAST_INSERT_ID()
    A: INSERT IGNORE INTO t (id, v) VALUES (100, 'ignored')
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    A: DELETE FROM t
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: REPLACE INTO t (v) VALUES ('r')
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: INSERT INTO t (v) SELECT v FROM fixed
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()`,
  ),
  sequence(
    "ON DUPLICATE KEY UPDATE, with and without LAST_INSERT_ID(id)",
    `
    A: INSERT INTO u (k, n) VALUES (1, 1)
    B: INSERT INTO u (k, n) VALUES (2, 1)
    A: INSERT INTO u (k, n) VALUES (2, 1) ON DUPLICATE KEY UPDATE n = n + 1
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: INSERT INTO u (k, n) VALUES (2, 1) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), n = n + 1
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    A ps: INSERT INTO u (k, n) VALUES (3, 1) ON DUPLICATE KEY UPDATE n = n + 1
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    B: SELECT * FROM u`,
  ),
  sequence(
    "LAST_INSERT_ID(expression)",
    `
    A: SELECT LAST_INSERT_ID(500)
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    A: UPDATE fixed SET v = v WHERE id = LAST_INSERT_ID(2)
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: UPDATE u SET n = LAST_INSERT_ID(n + 1)
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A ps: SELECT LAST_INSERT_ID(600)
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    A: DO LAST_INSERT_ID(700)
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID(18446744073709551615)
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID(0)
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    A: INSERT INTO t (v) VALUES (LAST_INSERT_ID(800))
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()`,
  ),
  sequence(
    "LAST_INSERT_ID() through functions",
    `
    A: SELECT next_id()
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    A: SELECT give_id(900)
    B: SELECT 1
    A: SELECT LAST_INSERT_ID()
    B: SELECT LAST_INSERT_ID()`,
  ),
  sequence(
    "LAST_INSERT_ID() through a procedure",
    `
    A: CALL insert_two()
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    B: INSERT INTO t (v) VALUES ('b')
    A: SELECT LAST_INSERT_ID()
    B: SELECT LAST_INSERT_ID()`,
    { connections: 2 },
  ),
  sequence(
    "LAST_INSERT_ID() kept over settings, schemas and transactions",
    `
    A: INSERT INTO t (v) VALUES ('a')
    A: SET time_zone = '+01:00'
    B: SET time_zone = '+02:00'
    A: SELECT LAST_INSERT_ID(), @@time_zone
    A: USE pisanix_session_state_other
    B: INSERT INTO t (v) VALUES ('b')
    A: SELECT LAST_INSERT_ID(), DATABASE()
    B: SELECT LAST_INSERT_ID(), DATABASE()
    A: BEGIN
    A: INSERT INTO pisanix_session_state.t (v) VALUES ('c')
    A: ROLLBACK
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    B: SELECT 1; INSERT INTO t (v) VALUES ('d'); SELECT 2
    A: SELECT LAST_INSERT_ID()
    B: SELECT LAST_INSERT_ID()
    C: SELECT LAST_INSERT_ID()`,
  ),
  sequence(
    "@@last_insert_id set by hand",
    `
    A: SET LAST_INSERT_ID = 5
    A: SELECT LAST_INSERT_ID()
    B: SELECT LAST_INSERT_ID()
    A: INSERT INTO t (id, v) VALUES (LAST_INSERT_ID(), 'a')
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID(), v FROM t`,
    { connections: 2 },
  ),
  sequence(
    "sql_auto_is_null finds the last inserted row",
    `
    A: SET sql_auto_is_null = 1
    A: INSERT INTO t (v) VALUES ('a')
    B: INSERT INTO t (v) VALUES ('b')
    A: SELECT v FROM t WHERE id IS NULL
    A: SELECT v FROM t WHERE id IS NULL
    B: SELECT v FROM t WHERE id IS NULL`,
  ),
  sequence(
    "INSERT ... RETURNING",
    `
    A: INSERT INTO t (v) VALUES ('a'), ('b') RETURNING id, v
    B: SELECT LAST_INSERT_ID()
    A: SELECT LAST_INSERT_ID()
    B: SELECT 1`,
    MARIADB,
  ),
];
