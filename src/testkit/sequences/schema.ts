/** The schema that the state table works in, and how each run finds it as new. */
import type { ServerName } from "../servers/kind.ts";

export const STATE_SCHEMA = "pisanix_session_state";
export const OTHER_SCHEMA = "pisanix_session_state_other";

const ROUTINES: readonly string[] = [
  "PROCEDURE set_mode() SET SESSION sql_mode = 'ANSI_QUOTES'",
  "PROCEDURE set_zone() SET time_zone = '+05:00'",
  "PROCEDURE set_variable() SET @p = 42",
  "PROCEDURE set_through(OUT x INT) SET x = 7",
  "PROCEDURE set_nothing() SELECT 1 AS one",
  "PROCEDURE begin_work() BEGIN START TRANSACTION; INSERT INTO t (v) VALUES ('p'); END",
  "PROCEDURE begin_and_fail() BEGIN START TRANSACTION; INSERT INTO t (v) VALUES ('p'); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END",
  "PROCEDURE set_and_fail() BEGIN SET time_zone = '+05:00'; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END",
  "PROCEDURE make_scratch() BEGIN CREATE TEMPORARY TABLE scratch (a INT); INSERT INTO scratch VALUES (1); END",
  "PROCEDURE insert_two() BEGIN INSERT INTO t (v) VALUES ('a'); INSERT INTO t (v) VALUES ('b'); SELECT LAST_INSERT_ID() AS id; END",
  "PROCEDURE two_results() BEGIN SELECT 1 AS a; SELECT 2 AS b; END",
  "PROCEDURE no_autocommit() SET autocommit = 0",
  "PROCEDURE lock_name() DO GET_LOCK('state_of_session', 0)",
  "FUNCTION next_id() RETURNS BIGINT MODIFIES SQL DATA DETERMINISTIC BEGIN INSERT INTO t (v) VALUES ('f'); RETURN LAST_INSERT_ID(); END",
  "FUNCTION assign() RETURNS INT DETERMINISTIC BEGIN SET @f = 7; RETURN 1; END",
  "FUNCTION zone() RETURNS INT DETERMINISTIC BEGIN SET time_zone = '+06:00'; RETURN 1; END",
  "FUNCTION lock_it() RETURNS INT NOT DETERMINISTIC READS SQL DATA RETURN GET_LOCK('state_of_session', 0)",
  "FUNCTION give_id(n BIGINT) RETURNS BIGINT DETERMINISTIC RETURN LAST_INSERT_ID(n)",
  "TRIGGER remember BEFORE INSERT ON watched FOR EACH ROW SET @seen = NEW.a",
];

/** What creates the schemas; statements to be run one after the other. */
export function schemaStatements(server: ServerName): string[] {
  const sequences = server === "mariadb" ? ["CREATE SEQUENCE s", "CREATE SEQUENCE s2 START WITH 100"] : [];
  return [
    `DROP DATABASE IF EXISTS ${OTHER_SCHEMA}`,
    `DROP DATABASE IF EXISTS ${STATE_SCHEMA}`,
    `CREATE DATABASE ${OTHER_SCHEMA} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE DATABASE ${STATE_SCHEMA}`,
    `CREATE TABLE ${OTHER_SCHEMA}.t (other INT)`,
    `USE ${STATE_SCHEMA}`,
    "CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(40)) ENGINE=InnoDB",
    "CREATE TABLE u (id BIGINT AUTO_INCREMENT PRIMARY KEY, k INT UNIQUE, n INT NOT NULL DEFAULT 0) ENGINE=InnoDB",
    "CREATE TABLE watched (a INT) ENGINE=InnoDB",
    "CREATE TABLE fixed (id INT PRIMARY KEY, v VARCHAR(40)) ENGINE=InnoDB",
    "INSERT INTO fixed VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    "CREATE VIEW last_id AS SELECT LAST_INSERT_ID() AS id",
    "CREATE VIEW rows_of_last AS SELECT ROW_COUNT() AS n, FOUND_ROWS() AS m",
    "DROP ROLE IF EXISTS state_role",
    "CREATE ROLE state_role",
    "GRANT state_role TO CURRENT_USER()",
    ...ROUTINES.map((routine) => `CREATE ${routine}`),
    ...sequences,
  ];
}

/** What makes a run find the tables as the first one did. */
export function refreshStatements(server: ServerName): string[] {
  const sequences = server === "mariadb" ? ["ALTER SEQUENCE s RESTART", "ALTER SEQUENCE s2 RESTART"] : [];
  return ["TRUNCATE t", "TRUNCATE u", "TRUNCATE watched", "DROP TABLE IF EXISTS made", ...sequences];
}
