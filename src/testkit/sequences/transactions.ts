/** Transactions in every form, isolation levels, autocommit, XA. A releases its connection where it ends its transaction. */
import { life, type Sequence, sequence } from "./sequence.ts";

const PINS = { connections: 2 };
const COUNT = "SELECT COUNT(*) FROM t";
/** MariaDB 10.11 has no @@transaction_isolation. */
const MYSQL = { only: "mysql" } as const;
const MARIADB = { only: "mariadb" } as const;
const LEVELS = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

const BEGINS = [
  "BEGIN",
  "BEGIN WORK",
  "START TRANSACTION",
  "START TRANSACTION READ WRITE",
  "START TRANSACTION WITH CONSISTENT SNAPSHOT",
  "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ WRITE",
  "/* c */ begin",
];

/** A whole transaction while nobody else has to work: fits one connection. */
function alone(begin: string, end: string): Sequence {
  return sequence(
    `${begin} ... ${end} on one connection`,
    `
    A: ${begin}
    A: INSERT INTO t (v) VALUES ('a')
    A: SELECT v FROM t
    A: ${end}
    B: SELECT v FROM t
    B: ${begin}
    B: INSERT INTO t (v) VALUES ('b')
    B: ROLLBACK
    A: ${COUNT}
    A ps: ${COUNT}
    B: ${COUNT}`,
  );
}

/** What nobody else may see before the end. */
function isolated(begin: string): Sequence {
  return sequence(
    `${begin}: isolated`,
    `
    A: ${begin}
    A: INSERT INTO t (v) VALUES ('a')
    B: ${COUNT}
    C: INSERT INTO t (v) VALUES ('c')
    A: ${COUNT}
    B: ${COUNT}
    A: COMMIT
    B: ${COUNT}
    A: ${begin}
    A: DELETE FROM t
    A reset
    A: ${COUNT}
    A: ${begin}
    A: DELETE FROM t WHERE v = 'a'
    A quit
    B: SELECT v FROM t FOR UPDATE
    A: ${COUNT}`,
    PINS,
  );
}

export const TRANSACTIONS: readonly Sequence[] = [
  ...BEGINS.map((begin) => alone(begin, "COMMIT")),
  ...BEGINS.map(isolated),
  alone("BEGIN", "ROLLBACK"),
  alone("BEGIN", "COMMIT WORK"),
  alone("BEGIN", "COMMIT AND NO CHAIN NO RELEASE"),
  alone("BEGIN", "CREATE TABLE IF NOT EXISTS fixed (a INT)"),
  alone("START TRANSACTION READ ONLY", "COMMIT"),
  ...LEVELS.map((level) =>
    life(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`, "SELECT @@transaction_isolation", { ...PINS, ...MYSQL }),
  ),
  ...LEVELS.map((level) =>
    life(`SET SESSION TRANSACTION ISOLATION LEVEL ${level}`, "SELECT @@tx_isolation", { ...PINS, ...MARIADB }),
  ),
  ...LEVELS.map((level) =>
    life(`SET SESSION transaction_isolation = '${level.replace(" ", "-")}'`, "SELECT @@transaction_isolation", MYSQL),
  ),
  ...LEVELS.map((level) =>
    life(`SET SESSION tx_isolation = '${level.replace(" ", "-")}'`, "SELECT @@tx_isolation", MARIADB),
  ),
  life("SET transaction_isolation = 'SERIALIZABLE'", "SELECT @@transaction_isolation", MYSQL),
  life("SET tx_isolation = 'SERIALIZABLE'", "SELECT @@tx_isolation", MARIADB),
  life(
    "SET @@session.transaction_isolation = 'READ-COMMITTED', time_zone = '+01:00'",
    "SELECT @@transaction_isolation, @@time_zone",
    MYSQL,
  ),
  life("SET SESSION transaction_read_only = 1", "INSERT INTO fixed SELECT * FROM fixed LIMIT 0", MYSQL),
  life("SET SESSION tx_read_only = ON", "INSERT INTO fixed SELECT * FROM fixed LIMIT 0", MARIADB),
  life("SET SESSION TRANSACTION READ ONLY", "INSERT INTO fixed SELECT * FROM fixed LIMIT 0", PINS),
  life("SET SESSION TRANSACTION READ WRITE, ISOLATION LEVEL READ COMMITTED", "SELECT 1", PINS),
  life("SET @@transaction_isolation = 'SERIALIZABLE'", "SELECT @@transaction_isolation", { ...PINS, ...MYSQL }),
  life("SET @@tx_isolation = 'SERIALIZABLE'", "SELECT @@tx_isolation", { ...PINS, ...MARIADB }),
  life("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SELECT v FROM fixed WHERE id = 1", PINS),
  life("SET autocommit = 0", "SELECT @@autocommit", PINS),
  life("SET @@session.autocommit = OFF, time_zone = '+01:00'", "SELECT @@autocommit, @@time_zone", PINS),
  life("SET autocommit = 1", "SELECT @@autocommit"),
  life("BEGIN; INSERT INTO t (v) VALUES ('x')", COUNT, PINS),
  life("XA START 'state_x'", "SELECT 1", { ...PINS, ...MYSQL, name: "XA START" }),
  sequence(
    "SET TRANSACTION READ ONLY holds for the next transaction only",
    `
    A: SET TRANSACTION READ ONLY
    B: INSERT INTO t (v) VALUES ('b')
    C: INSERT INTO t (v) VALUES ('c')
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('a')
    A: COMMIT
    A: INSERT INTO t (v) VALUES ('a')
    B: ${COUNT}
    A: SET TRANSACTION READ ONLY
    A: INSERT INTO t (v) VALUES ('a')
    A: INSERT INTO t (v) VALUES ('a')
    A: SET TRANSACTION READ ONLY
    A reset
    A: INSERT INTO t (v) VALUES ('a')
    A: BEGIN
    A: SET TRANSACTION READ ONLY
    A: SET TRANSACTION ISOLATION LEVEL NONSENSE
    A: COMMIT`,
    PINS,
  ),
  sequence(
    "savepoints",
    `
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('1')
    A: SAVEPOINT one
    A: INSERT INTO t (v) VALUES ('2')
    B: ${COUNT}
    A: ROLLBACK TO one
    A: ${COUNT}
    A: SAVEPOINT two
    A: RELEASE SAVEPOINT one
    A: ROLLBACK TO SAVEPOINT two
    A: ROLLBACK TO nowhere
    A: COMMIT
    A: ROLLBACK TO one
    A: SAVEPOINT outside
    B: ROLLBACK TO outside
    A: ROLLBACK TO outside
    B: ${COUNT}`,
    PINS,
  ),
  sequence(
    "implicit commit by DDL, by BEGIN, by LOCK TABLES",
    `
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('1')
    A: CREATE TABLE made (a INT)
    B: ${COUNT}
    A: ROLLBACK
    A: ${COUNT}
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('2')
    A: BEGIN
    B: ${COUNT}
    A: INSERT INTO t (v) VALUES ('3')
    A: DROP TABLE made
    B: ${COUNT}
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('4')
    A: TRUNCATE u
    B: ${COUNT}
    A: SET autocommit = 0
    A: INSERT INTO t (v) VALUES ('5')
    B: ${COUNT}
    A: SET autocommit = 1
    B: ${COUNT}`,
    PINS,
  ),
  sequence(
    "COMMIT AND CHAIN, ROLLBACK AND CHAIN",
    `
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('1')
    A: COMMIT AND CHAIN
    B: ${COUNT}
    A: INSERT INTO t (v) VALUES ('2')
    B: ${COUNT}
    A: ROLLBACK AND CHAIN
    A: INSERT INTO t (v) VALUES ('3')
    B: ${COUNT}
    A: COMMIT AND NO CHAIN
    B: ${COUNT}
    A: COMMIT AND CHAIN
    A: INSERT INTO t (v) VALUES ('4')
    B: ${COUNT}
    A: ROLLBACK
    A: ${COUNT}
    A: SET completion_type = CHAIN
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('5')
    A: COMMIT
    A: INSERT INTO t (v) VALUES ('6')
    B: ${COUNT}
    C: SELECT @@completion_type
    A: ROLLBACK AND NO CHAIN
    A: ${COUNT}`,
    PINS,
  ),
  sequence(
    "a read only transaction",
    `
    A: START TRANSACTION READ ONLY
    A: INSERT INTO t (v) VALUES ('1')
    B: INSERT INTO t (v) VALUES ('2')
    A: ${COUNT}
    B: INSERT INTO t (v) VALUES ('3')
    A: ${COUNT}
    A: COMMIT
    A: ${COUNT}
    A: START TRANSACTION READ ONLY, READ WRITE`,
    PINS,
  ),
  sequence(
    "errors inside of a transaction leave it open",
    `
    A: BEGIN
    A: INSERT INTO t (v) VALUES ('1')
    A: SELECT no_such_column
    B: ${COUNT}
    A: INSERT INTO t (id, v) VALUES (1, 'twice')
    A: SELECT FROM
    A: ${COUNT}
    B: ${COUNT}
    A: COMMIT
    B: ${COUNT}
    A: BEGIN; INSERT INTO t (v) VALUES ('2'); SELECT FROM
    B: ${COUNT}
    A: BEGIN; INSERT INTO t (v) VALUES ('3'); SELECT no_such_column; COMMIT
    B: ${COUNT}
    A: ${COUNT}
    A: ROLLBACK
    B: ${COUNT}`,
    PINS,
  ),
  sequence(
    "autocommit = 0: the next statement begins a transaction",
    `
    A: SET autocommit = 0
    A: INSERT INTO t (v) VALUES ('1')
    B: ${COUNT}
    A: COMMIT
    B: ${COUNT}
    A: SELECT v FROM t
    B: INSERT INTO t (v) VALUES ('2')
    A: SELECT v FROM t
    A: ROLLBACK
    A: SELECT v FROM t
    A: SET autocommit = 1
    A: INSERT INTO t (v) VALUES ('3')
    B: ${COUNT}
    A: SET autocommit = 0
    A: INSERT INTO t (v) VALUES ('4')
    A reset
    A: SELECT @@autocommit
    B: ${COUNT}
    A: INSERT INTO t (v) VALUES ('5')
    B: ${COUNT}`,
    PINS,
  ),
];
