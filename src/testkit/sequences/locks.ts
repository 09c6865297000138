/** What a session owns on the server: locks, cursors, temporary tables. */
import { life, type Sequence, sequence } from "./sequence.ts";

const PINS = { connections: 2 };
const FREE = "SELECT IS_FREE_LOCK('state_of_session')";

export const LOCKS: readonly Sequence[] = [
  life("CREATE TEMPORARY TABLE scratch (a INT)", "SELECT * FROM scratch", PINS),
  life("CREATE /* c */ TEMPORARY TABLE scratch AS SELECT 1 AS a", "SELECT * FROM scratch", PINS),
  life("CREATE TEMPORARY TABLE fixed AS SELECT 1 AS shadow", "SELECT * FROM fixed", {
    ...PINS,
    name: "a temporary table that hides a real one",
  }),
  life("CREATE TEMPORARY TABLE IF NOT EXISTS scratch LIKE fixed", "SELECT * FROM scratch", PINS),
  life("CREATE /*!40000 TEMPORARY */ TABLE made (a INT); DROP TABLE made; SET @q = 1", "SELECT @q", PINS),
  life("CALL make_scratch()", "SELECT * FROM scratch", PINS),
  life("SELECT 1; CREATE TEMPORARY TABLE scratch (a INT); SELECT 2", "SELECT * FROM scratch", PINS),
  life("CREATE OR REPLACE TEMPORARY TABLE scratch (a INT)", "SELECT * FROM scratch", { ...PINS, only: "mariadb" }),
  sequence(
    "a temporary table through its life",
    `
    A: CREATE TEMPORARY TABLE scratch (id INT AUTO_INCREMENT PRIMARY KEY, a INT)
    A: INSERT INTO scratch (a) VALUES (1), (2)
    B: INSERT INTO scratch (a) VALUES (3)
    B: CREATE TEMPORARY TABLE scratch (b INT)
    C: SELECT * FROM scratch
    A: SELECT * FROM scratch
    A: ALTER TABLE scratch ADD COLUMN c INT
    B: SELECT * FROM scratch
    A: SELECT LAST_INSERT_ID()
    A: DROP TEMPORARY TABLE scratch
    A: SELECT * FROM scratch
    B: SELECT * FROM scratch
    B: DROP TABLE scratch
    B: SELECT * FROM scratch
    C: SELECT 1`,
    { connections: 3 },
  ),
  life("SELECT GET_LOCK('state_of_session', 0)", FREE, { ...PINS, leaves: false }),
  life("DO GET_LOCK('state_of_session', 0)", FREE, { ...PINS, leaves: false }),
  life("SELECT `GET_LOCK`('state_of_session', 0)", FREE, { ...PINS, leaves: false }),
  life("SET @got = GET_LOCK('state_of_session', 0)", FREE, { ...PINS, leaves: false }),
  life("SELECT lock_it()", FREE, {
    ...PINS,
    known: "no server reports GET_LOCK(), and the text does not show a stored function's",
  }),
  life("CALL lock_name()", FREE, { ...PINS, leaves: false }),
  sequence(
    "GET_LOCK, RELEASE_LOCK, RELEASE_ALL_LOCKS",
    `
    A: SELECT GET_LOCK('state_one', 0), GET_LOCK('state_two', 0)
    B: SELECT GET_LOCK('state_one', 0), RELEASE_LOCK('state_two')
    B: SELECT IS_USED_LOCK('state_one') IS NULL
    A: SELECT RELEASE_LOCK('state_one')
    B: SELECT GET_LOCK('state_one', 0)
    A: SELECT RELEASE_LOCK('state_one')
    A: SELECT RELEASE_ALL_LOCKS()
    B: SELECT GET_LOCK('state_two', 0)
    B: SELECT RELEASE_ALL_LOCKS()
    A: SELECT IS_FREE_LOCK('state_one'), IS_FREE_LOCK('state_two')`,
    PINS,
  ),
  sequence(
    "a named lock is free after its owner has gone",
    `
    A: SELECT GET_LOCK('state_of_session', 0)
    A drop
    B: SELECT GET_LOCK('state_of_session', 5)
    A: SELECT GET_LOCK('state_of_session', 0)
    B reset
    A: SELECT GET_LOCK('state_of_session', 5)
    A quit
    B: SELECT GET_LOCK('state_of_session', 5)`,
    PINS,
  ),
  sequence(
    "LOCK TABLES and UNLOCK TABLES",
    `
    A: LOCK TABLES t WRITE, fixed READ
    A: INSERT INTO t (v) VALUES ('a')
    A: SELECT * FROM u
    A: INSERT INTO fixed VALUES (9, 'nine')
    B: SELECT * FROM u
    B: INSERT INTO u (k) VALUES (1)
    B starts: SELECT COUNT(*) FROM t
    A: UNLOCK TABLES
    B ends
    A: SELECT * FROM u
    B: INSERT INTO t (v) VALUES ('b')
    A: LOCK TABLE t READ
    B: SELECT COUNT(*) FROM t
    B starts: INSERT INTO t (v) VALUES ('c')
    A reset
    B ends
    A: SELECT COUNT(*) FROM u
    A: LOCK TABLES t WRITE
    B starts: SELECT COUNT(*) FROM t
    A quit
    B ends
    A: SELECT COUNT(*) FROM u`,
    PINS,
  ),
  sequence(
    "FLUSH TABLES WITH READ LOCK",
    `
    A: FLUSH TABLES WITH READ LOCK
    A: INSERT INTO t (v) VALUES ('a')
    B starts: INSERT INTO t (v) VALUES ('b')
    A: SELECT COUNT(*) FROM t
    A: UNLOCK TABLES
    B ends
    A: FLUSH TABLES fixed WITH READ LOCK
    B: SELECT COUNT(*) FROM fixed
    B: INSERT INTO t (v) VALUES ('b')
    A: SELECT * FROM t
    A reset
    A: SELECT COUNT(*) FROM t
    A: FLUSH TABLES fixed FOR EXPORT
    A: SELECT COUNT(*) FROM t
    A: UNLOCK TABLES
    A: SELECT COUNT(*) FROM t
    A: FLUSH TABLES u WITH READ LOCK
    A drop
    B: INSERT INTO u (k) VALUES (1)
    A: SELECT COUNT(*) FROM u`,
    PINS,
  ),
  sequence(
    "HANDLER",
    `
    A: HANDLER fixed OPEN
    A: HANDLER fixed READ FIRST
    B: HANDLER fixed READ FIRST
    C: SELECT 1
    A: HANDLER fixed READ NEXT
    B: HANDLER fixed OPEN AS h
    B: HANDLER h READ \`PRIMARY\` = (3)
    A: HANDLER h READ FIRST
    A: HANDLER fixed CLOSE
    A: HANDLER fixed READ FIRST
    B: HANDLER h READ \`PRIMARY\` PREV
    B reset
    B: HANDLER h READ FIRST
    A: HANDLER fixed OPEN
    A quit
    A: HANDLER fixed READ FIRST
    B: HANDLER fixed READ FIRST`,
    { connections: 3 },
  ),
  sequence(
    "table locks are given back, and the connection with them",
    `
    A: LOCK TABLES t WRITE
    A: UNLOCK TABLES
    A: SELECT COUNT(*) FROM u
    B: INSERT INTO t (v) VALUES ('b')
    A: FLUSH TABLES t WITH READ LOCK
    A: INSERT INTO t (v) VALUES ('a')
    A: UNLOCK TABLES
    A: INSERT INTO t (v) VALUES ('a')
    C: SELECT COUNT(*) FROM t
    A: LOCK TABLES t READ
    A: START TRANSACTION
    B: INSERT INTO t (v) VALUES ('c')
    A: SELECT COUNT(*) FROM u
    A: COMMIT
    B: SELECT COUNT(*) FROM t
    A: UNLOCK TABLES
    A: SELECT COUNT(*) FROM t
    C: INSERT INTO u (k) VALUES (1)`,
    PINS,
  ),
  sequence(
    "FLUSH TABLES WITH READ LOCK outlives a transaction, LOCK TABLES does not",
    `
    A: FLUSH TABLES WITH READ LOCK
    A: BEGIN
    A: SELECT COUNT(*) FROM t
    A: COMMIT
    B starts: INSERT INTO t (v) VALUES ('b')
    A: INSERT INTO t (v) VALUES ('a')
    A: UNLOCK TABLES
    B ends
    A: INSERT INTO t (v) VALUES ('a')
    A: FLUSH TABLES fixed FOR EXPORT
    A: BEGIN
    A: SELECT COUNT(*) FROM t
    A: ROLLBACK
    B: INSERT INTO fixed VALUES (9, 'nine')
    A: SELECT COUNT(*) FROM fixed
    B: DELETE FROM fixed WHERE id = 9
    A: UNLOCK TABLES`,
    PINS,
  ),
  sequence(
    "HANDLER, opened and closed in turn",
    `
    A: HANDLER fixed OPEN
    A: HANDLER fixed OPEN AS h
    A: HANDLER fixed CLOSE
    A: HANDLER h READ FIRST
    B: HANDLER h READ FIRST
    A: HANDLER h READ NEXT
    A: HANDLER h CLOSE
    A: HANDLER h READ NEXT
    B: SELECT COUNT(*) FROM fixed
    A: HANDLER h CLOSE
    A: HANDLER fixed OPEN AS h
    B: HANDLER fixed OPEN AS h
    A: HANDLER h READ FIRST
    B: HANDLER h READ \`PRIMARY\` LAST
    A: HANDLER h CLOSE
    B: HANDLER h READ \`PRIMARY\` PREV
    A: HANDLER h READ FIRST
    B: HANDLER h CLOSE`,
    { connections: 3 },
  ),
];
