/** User variables, prepared statements in SQL and in the protocol, routines that change the session. */
import { life, type Sequence, sequence } from "./sequence.ts";

const PINS = { connections: 2 };
const HIDDEN = "what a stored function does is not in the text, and servers report it only under CLIENT_DEPRECATE_EOF";
const ROLES_STAY = "servers keep the roles of SET ROLE over COM_RESET_CONNECTION; here they are those of the log-in";

export const VARIABLES: readonly Sequence[] = [
  life("SET @v = 1", "SELECT @v", PINS),
  life("SET @v := 'it''s', @w = 2.5", "SELECT @v, @w", PINS),
  life("SELECT @v := 5", "SELECT @v", PINS),
  life("SELECT id, v INTO @i, @v FROM fixed WHERE id = 2", "SELECT @i, @v", PINS),
  life("SELECT 1 INTO @`quoted name`", "SELECT @`quoted name`", PINS),
  life("SELECT @n := @n + 1 FROM fixed, (SELECT @n := 0) AS zero", "SELECT @n", PINS),
  life("DO @v := 6", "SELECT @v", PINS),
  life("UPDATE fixed SET v = v WHERE id = (@u := 1)", "SELECT @u", PINS),
  life("SET @v = NULL", "SELECT @v IS NULL", PINS),
  life("CALL set_variable()", "SELECT @p", PINS),
  life("CALL set_through(@o)", "SELECT @o", PINS),
  life("CALL set_mode()", "SELECT @@sql_mode", PINS),
  life("CALL set_zone()", "SELECT @@time_zone", PINS),
  life("CALL set_and_fail()", "SELECT @@time_zone", PINS),
  life("CALL set_nothing()", "SELECT 2", PINS),
  life("CALL two_results()", "SELECT 3", PINS),
  life("SELECT assign()", "SELECT @f", { ...PINS, known: HIDDEN }),
  life("SELECT zone()", "SELECT @@time_zone", PINS),
  life("INSERT INTO watched VALUES (9)", "SELECT @seen", PINS),
  life("PREPARE p FROM 'SELECT 1 AS one'", "EXECUTE p", { connections: 3 }),
  life("PREPARE p FROM 'SET @x = 3'; EXECUTE p", "SELECT @x", PINS),
  life("EXECUTE IMMEDIATE 'SET @x = 4'", "SELECT @x", { ...PINS, only: "mariadb" }),
  life("SELECT NEXTVAL(s)", "SELECT LASTVAL(s)", { connections: 3, only: "mariadb" }),
  life("SELECT NEXT VALUE FOR s", "SELECT PREVIOUS VALUE FOR s", { connections: 3, only: "mariadb" }),
  life("INSERT INTO t (v) VALUES (NEXTVAL(s))", "SELECT LASTVAL(s)", { connections: 3, only: "mariadb" }),
  life("BEGIN NOT ATOMIC SET @c = 8; END", "SELECT @c", { ...PINS, only: "mariadb" }),
  life("SET ROLE state_role", "SELECT CURRENT_ROLE()", { ...PINS, known: ROLES_STAY }),
  sequence(
    "roles do not outlive their session",
    `
    A: SET ROLE state_role
    B: SELECT CURRENT_ROLE()
    A: SELECT CURRENT_ROLE()
    C: SELECT CURRENT_ROLE()
    A quit
    A: SELECT CURRENT_ROLE()
    B: SELECT CURRENT_ROLE()
    C: PREPARE p FROM 'SET ROLE state_role'
    C: EXECUTE p
    B: SELECT CURRENT_ROLE()
    C: SELECT CURRENT_ROLE()
    C drop
    A: SELECT CURRENT_ROLE()
    B: SELECT CURRENT_ROLE()
    C: SELECT CURRENT_ROLE()`,
    PINS,
  ),
  life("SET ROLE NONE", "SELECT CURRENT_ROLE()", PINS),
  life("/*!50000 SET @v = 11 */", "SELECT @v", PINS),
  life("SELECT 1; SET @v = 12", "SELECT @v", PINS),
  life("USE pisanix_session_state_other", "SELECT DATABASE()", { name: "USE" }),
  sequence(
    "the schema: USE, COM_INIT_DB, and a table of the same name in each",
    `
    A: USE pisanix_session_state_other
    B: SELECT DATABASE()
    A: SELECT * FROM t
    B: SELECT * FROM t
    A use: pisanix_session_state
    B use: pisanix_session_state_other
    A: SELECT DATABASE()
    B: SELECT DATABASE()
    C: SELECT DATABASE()
    A: USE no_such_schema
    A use: no_such_schema
    A: SELECT DATABASE()
    B: SELECT * FROM t
    A: SELECT 1; USE pisanix_session_state_other; SELECT DATABASE()
    A: SELECT DATABASE()
    B reset
    B: SELECT DATABASE()
    C: SELECT DATABASE()`,
    PINS,
  ),
  sequence(
    "the schema that was dropped",
    `
    A: CREATE DATABASE IF NOT EXISTS pisanix_session_state_gone
    A: USE pisanix_session_state_gone
    A: DROP DATABASE pisanix_session_state_gone
    A: SELECT DATABASE()
    B: SELECT DATABASE()
    A: SELECT * FROM t
    B: SELECT * FROM t
    A: USE pisanix_session_state
    A: SELECT DATABASE()`,
    PINS,
  ),
  sequence(
    "PREPARE, EXECUTE USING, DEALLOCATE, DROP PREPARE",
    `
    A: PREPARE p FROM 'SELECT ? + 1 AS n'
    A: SET @v = 41
    B: PREPARE p FROM 'SELECT 0'
    A: EXECUTE p USING @v
    C: EXECUTE p
    B: EXECUTE p
    B: DEALLOCATE PREPARE p
    B: EXECUTE p
    A: EXECUTE p USING @v
    A: DROP PREPARE p
    A: EXECUTE p USING @v
    A: PREPARE q FROM 'SELECT FROM'
    A: EXECUTE q`,
    { connections: 3 },
  ),
  sequence(
    "COM_STMT_PREPARE of statements that change the session",
    `
    A ps: SET time_zone = '+03:00'
    B: SELECT @@time_zone
    A: SELECT @@time_zone
    A ps: SET @v = 1
    B ps: SELECT @v
    A ps: SELECT @v
    A ps: SELECT @w := 2
    B: SELECT @w
    A: SELECT @w
    A ps: SELECT 1 INTO @x
    A: SELECT @x
    B: SELECT @x
    A ps: SET NAMES latin1
    A: SELECT @@character_set_client
    B: SELECT @@character_set_client
    A ps: CALL set_zone()
    A: SELECT @@time_zone
    B: SELECT @@time_zone
    A ps: DO GET_LOCK('state_of_session', 0)
    B: SELECT IS_FREE_LOCK('state_of_session')
    A ps: USE pisanix_session_state_other
    A ps: BEGIN
    A: SELECT 1
    A ps: COMMIT`,
    PINS,
  ),
  sequence(
    "statements that stay prepared",
    `
    A prepare one: SELECT @@time_zone
    A: SET time_zone = '+03:00'
    B: SELECT @@time_zone
    A execute one
    A prepare two: INSERT INTO t (v) VALUES ('prepared')
    A execute two
    B: INSERT INTO t (v) VALUES ('b')
    A: SELECT LAST_INSERT_ID()
    A execute two
    A execute two
    A: SELECT LAST_INSERT_ID(), ROW_COUNT()
    B: SELECT LAST_INSERT_ID()
    A close one
    A execute one
    A execute two
    A reset
    A execute two
    A: SELECT @@time_zone
    B: SELECT COUNT(*) FROM t`,
    PINS,
  ),
  sequence(
    "a prepared statement whose table changes",
    `
    A: CREATE TABLE made (a INT)
    A prepare one: SELECT * FROM made
    A execute one
    B: ALTER TABLE made ADD COLUMN b INT
    A execute one
    B: DROP TABLE made
    A execute one
    A close one
    B: SELECT 1
    A: SELECT 2`,
    PINS,
  ),
  sequence(
    "a prepared statement that fails",
    `
    A prepare one: SELECT FROM
    A execute one
    B: SELECT 1
    A prepare two: SELECT * FROM no_such_table
    B: SELECT 2
    A: SHOW WARNINGS
    A prepare three: SELECT 1; SELECT 2
    A: SELECT 3
    B: SELECT 4`,
    PINS,
  ),
  sequence(
    "a prepared statement and another session's sql_mode",
    `
    A: SET sql_mode = 'ANSI_QUOTES'
    A prepare one: SELECT "id" FROM fixed ORDER BY 1
    B prepare one: SELECT "id" FROM fixed ORDER BY 1
    A execute one
    B execute one
    A: SET sql_mode = ''
    A execute one
    B execute one
    C ps: SELECT "id" FROM fixed ORDER BY 1
    A close one
    B close one`,
    { connections: 3 },
  ),
  sequence(
    "a routine that begins a transaction",
    `
    A: CALL begin_work()
    B: SELECT COUNT(*) FROM t
    A: SELECT COUNT(*) FROM t
    A: ROLLBACK
    A: SELECT COUNT(*) FROM t
    B: SELECT COUNT(*) FROM t
    A: CALL begin_and_fail()
    B: SELECT COUNT(*) FROM t
    A: SELECT COUNT(*) FROM t
    A: COMMIT
    B: SELECT COUNT(*) FROM t
    A: CALL no_autocommit()
    A: INSERT INTO t (v) VALUES ('n')
    B: SELECT COUNT(*) FROM t
    A: SELECT @@autocommit
    A quit
    B: SELECT GET_LOCK('state_of_session', 1)
    A: SELECT @@autocommit`,
    PINS,
  ),
];
