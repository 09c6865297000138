/** What a session remembers, and how it is made to forget. */
import type { Scenario } from "../scenario.ts";

const STATE =
  "SELECT @@autocommit, @@sql_mode, @@time_zone, @@session.wait_timeout, @@character_set_client, @u, DATABASE()";

export const SESSION: readonly Scenario[] = [
  {
    name: "transactions",
    setup: ["CREATE TABLE d_tx (id int PRIMARY KEY)"],
    steps: [
      { do: "begin" },
      { do: "query", sql: "INSERT INTO d_tx VALUES (1)" },
      { do: "rollback" },
      { do: "query", sql: "SELECT COUNT(*) FROM d_tx" },
      { do: "begin" },
      { do: "query", sql: "INSERT INTO d_tx VALUES (2)" },
      { do: "query", sql: "SAVEPOINT s1" },
      { do: "query", sql: "INSERT INTO d_tx VALUES (3)" },
      { do: "query", sql: "ROLLBACK TO SAVEPOINT s1" },
      { do: "query", sql: "ROLLBACK TO SAVEPOINT s2", expect: { error: 1305 } },
      { do: "query", sql: "RELEASE SAVEPOINT s1" },
      { do: "commit" },
      { do: "query", sql: "SELECT * FROM d_tx" },
      { do: "query", sql: "START TRANSACTION READ ONLY" },
      { do: "query", sql: "INSERT INTO d_tx VALUES (9)", expect: { error: 1792 } },
      { do: "query", sql: "COMMIT AND CHAIN" },
      { do: "query", sql: "ROLLBACK AND NO CHAIN" },
    ],
  },
  {
    name: "autocommit off",
    setup: ["CREATE TABLE d_auto (id int PRIMARY KEY)"],
    steps: [
      { do: "autocommit", on: false },
      { do: "query", sql: "INSERT INTO d_auto VALUES (1)" },
      { do: "rollback" },
      { do: "query", sql: "INSERT INTO d_auto VALUES (2)" },
      { do: "commit" },
      { do: "autocommit", on: true },
      { do: "query", sql: "INSERT INTO d_auto VALUES (3)" },
      { do: "rollback" },
      { do: "query", sql: "SELECT @@autocommit, GROUP_CONCAT(id) FROM d_auto" },
    ],
  },
  {
    name: "an open transaction at the end",
    setup: ["CREATE TABLE d_left (id int PRIMARY KEY)"],
    steps: [
      { do: "begin" },
      { do: "query", sql: "INSERT INTO d_left VALUES (1)" },
      { do: "close" },
      { do: "ask", act: "see d_left empty" },
      { do: "connect" },
      { do: "query", sql: "SELECT COUNT(*) FROM d_left" },
    ],
  },
  {
    name: "state",
    steps: [
      { do: "query", sql: "SET time_zone = '+05:30', sql_mode = 'ANSI', wait_timeout = 12345" },
      { do: "query", sql: "SET @u = 'remembered'" },
      { do: "query", sql: "CREATE TEMPORARY TABLE d_temporary (a int)" },
      { do: "query", sql: "INSERT INTO d_temporary VALUES (1), (2)" },
      { do: "query", sql: STATE },
      { do: "query", sql: 'SELECT COUNT(*) AS "quoted" FROM d_temporary' },
      { do: "execute", sql: "SELECT @u, COUNT(*) FROM d_temporary WHERE a >= ?", rows: [[1]] },
      {
        do: "query",
        sql: "SELECT GET_LOCK('drivers lock', 1), IS_USED_LOCK('drivers lock') = CONNECTION_ID(), RELEASE_LOCK('drivers lock')",
      },
      { do: "query", sql: "LOCK TABLES d_temporary WRITE" },
      { do: "query", sql: "UNLOCK TABLES" },
      { do: "useSchema", database: "test" },
      { do: "query", sql: "SELECT DATABASE()" },
      { do: "useSchema", database: "drivers_nowhere", expect: { error: 1049 } },
      { do: "query", sql: "USE socksdb" },
      { do: "query", sql: STATE },
    ],
  },
  {
    name: "reset",
    steps: [
      { do: "query", sql: "SET time_zone = '+05:30', sql_mode = 'ANSI', autocommit = 0" },
      { do: "query", sql: "SET @u = 'forgotten'" },
      { do: "query", sql: "CREATE TEMPORARY TABLE d_gone (a int)" },
      { do: "reset" },
      { do: "query", sql: STATE },
      { do: "query", sql: "SELECT * FROM d_gone", expect: { error: 1146 } },
      { do: "execute", sql: "SELECT ? + 1", rows: [[1]] },
    ],
  },
  {
    name: "change user",
    steps: [
      { do: "query", sql: "SET @u = 'forgotten', time_zone = '+05:30'" },
      { do: "changeUser", account: "main", database: "test" },
      { do: "query", sql: STATE },
      { do: "changeUser", account: "main" },
      { do: "query", sql: "SELECT CURRENT_USER(), DATABASE()" },
      { do: "execute", sql: "SELECT ? + 1", rows: [[1]] },
    ],
  },
  {
    name: "change user, wrong password",
    steps: [
      { do: "changeUser", account: "main", password: "wrong", expect: { error: 1045 } },
      { do: "query", sql: "SELECT 1", expect: { error: "maybe" } },
    ],
  },
  {
    name: "change user, unknown schema",
    steps: [{ do: "changeUser", account: "main", database: "drivers_nowhere", expect: { error: 1049 } }],
  },
  {
    name: "errors",
    setup: [
      "CREATE TABLE d_errors (id int PRIMARY KEY, v int NOT NULL, w tinyint)",
      "INSERT INTO d_errors VALUES (1, 1, 1)",
    ],
    steps: [
      { do: "query", sql: "SELEKT 1", expect: { error: 1064 } },
      { do: "query", sql: "SELECT * FROM d_not_here", expect: { error: 1146 } },
      { do: "query", sql: "SELECT nothing FROM d_errors", expect: { error: 1054 } },
      { do: "query", sql: "INSERT INTO d_errors VALUES (1, 2, 3)", expect: { error: 1062 } },
      { do: "query", sql: "INSERT INTO d_errors (id, v, w) VALUES (2, NULL, 3)", expect: { error: 1048 } },
      { do: "query", sql: "INSERT INTO d_errors VALUES (3, 3, 300)", expect: { error: 1264 } },
      { do: "query", sql: "SELECT 'ü', DATE_FORMAT()", expect: { error: "any" } },
      { do: "query", sql: "", expect: { error: "any" } },
      {
        do: "query",
        sql: "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'von Hand: äöü', MYSQL_ERRNO = 31234",
        expect: { error: 31234 },
      },
      { do: "execute", sql: "SELECT * FROM d_not_here WHERE a = ?", rows: [[1]], expect: { error: 1146 } },
      {
        do: "execute",
        sql: "INSERT INTO d_errors VALUES (?, ?, ?)",
        rows: [
          [5, 5, 5],
          [1, 1, 1],
          [6, 6, 6],
        ],
        expect: { error: 1062 },
      },
      { do: "query", sql: "SELECT * FROM d_errors ORDER BY id" },
      { do: "query", sql: "SHOW ERRORS" },
      { do: "ping" },
    ],
  },
  {
    name: "an error in the middle of rows",
    setup: [
      "CREATE TABLE d_middle (id int PRIMARY KEY, j varchar(20))",
      "INSERT INTO d_middle VALUES (1, '1'), (2, '2'), (3, 'x')",
    ],
    steps: [
      {
        do: "query",
        sql: "SELECT id, (SELECT 1 FROM d_middle b WHERE b.id <= IF(a.id = 3, 2, 1)) FROM d_middle a ORDER BY id",
        expect: { error: 1242 },
      },
      {
        do: "stream",
        sql: "SELECT id, (SELECT 1 FROM d_middle b WHERE b.id <= IF(a.id = 3, 2, 1)) FROM d_middle a ORDER BY id",
        take: 3,
        expect: { error: 1242 },
      },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
];
