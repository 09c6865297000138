/** How results come: none, one, many; whole, by cursor, left early; one statement or several at once. */
import type { Scenario, Value } from "../scenario.ts";

const NUMBERS_TABLE = (table: string, rows: number): string[] => [
  `CREATE TABLE ${table} (id int PRIMARY KEY, name varchar(50))`,
  `INSERT INTO ${table} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, CONCAT('row ', i) FROM n`,
];

const MANY: Value[][] = Array.from({ length: 200 }, (_, i) => [i + 1, i % 7 === 0 ? null : `value ${i}`]);

export const RESULTS: readonly Scenario[] = [
  {
    name: "rows",
    setup: NUMBERS_TABLE("d_rows", 900),
    steps: [
      { do: "query", sql: "SELECT * FROM d_rows ORDER BY id" },
      {
        do: "execute",
        sql: "SELECT * FROM d_rows WHERE id BETWEEN ? AND ? ORDER BY id",
        rows: [
          [1, 500],
          [3, 2],
        ],
      },
      { do: "query", sql: "SELECT id, name FROM d_rows WHERE id < 0" },
      { do: "query", sql: "DO 1" },
      { do: "query", sql: "SET @a = 1" },
    ],
  },
  {
    name: "changes",
    setup: ["CREATE TABLE d_changes (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) UNIQUE)"],
    steps: [
      { do: "query", sql: "INSERT INTO d_changes (name) VALUES ('a'), ('b'), ('c')" },
      { do: "query", sql: "SELECT LAST_INSERT_ID(), ROW_COUNT()" },
      { do: "execute", sql: "INSERT INTO d_changes (name) VALUES (?)", rows: [["d"], ["e"]] },
      { do: "query", sql: "INSERT INTO d_changes (name) VALUES ('a') ON DUPLICATE KEY UPDATE name = 'aa'" },
      { do: "query", sql: "UPDATE d_changes SET name = name" },
      { do: "query", sql: "UPDATE d_changes SET name = CONCAT(name, '!') WHERE id > 2" },
      { do: "query", sql: "DELETE FROM d_changes WHERE id = 1" },
      { do: "query", sql: "INSERT INTO d_changes (id, name) VALUES (1000000, 'far')" },
      { do: "query", sql: "SELECT * FROM d_changes ORDER BY id" },
      { do: "query", sql: "INSERT IGNORE INTO d_changes (id, name) VALUES (1000000, 'again')" },
      { do: "query", sql: "SHOW WARNINGS" },
      { do: "query", sql: "REPLACE INTO d_changes (id, name) VALUES (1000000, 'new')" },
      { do: "query", sql: "TRUNCATE d_changes" },
    ],
  },
  {
    name: "changes, found rows",
    login: { foundRows: true },
    setup: ["CREATE TABLE d_found (id int PRIMARY KEY, v int)", "INSERT INTO d_found VALUES (1, 1), (2, 1)"],
    steps: [
      { do: "query", sql: "UPDATE d_found SET v = 1" },
      { do: "execute", sql: "UPDATE d_found SET v = ?", rows: [[1], [2]] },
    ],
  },
  {
    name: "FOUND_ROWS() and warnings",
    setup: NUMBERS_TABLE("d_limit", 30),
    steps: [
      { do: "query", sql: "SELECT SQL_CALC_FOUND_ROWS id FROM d_limit ORDER BY id LIMIT 3" },
      { do: "query", sql: "SELECT FOUND_ROWS()" },
      { do: "query", sql: "SELECT 1 / 0, CAST('12x' AS SIGNED)" },
      { do: "query", sql: "SHOW WARNINGS" },
      { do: "query", sql: "SHOW COUNT(*) WARNINGS" },
      { do: "query", sql: "SELECT @@warning_count" },
      { do: "execute", sql: "SELECT CAST(? AS SIGNED)", rows: [["7y"]] },
      { do: "query", sql: "SHOW WARNINGS LIMIT 1" },
      { do: "query", sql: "DROP TABLE IF EXISTS d_was_never_here" },
      { do: "query", sql: "SHOW WARNINGS" },
    ],
  },
  {
    name: "several statements in one",
    login: { multiStatements: true },
    setup: NUMBERS_TABLE("d_several", 5),
    steps: [
      { do: "query", sql: "SELECT 1; SELECT 2, 3; SELECT * FROM d_several ORDER BY id" },
      { do: "query", sql: "SET @x = 5; UPDATE d_several SET name = 'z' WHERE id = 1; SELECT @x; DO 0" },
      { do: "query", sql: "SELECT 1; SELECT * FROM d_not_here; SELECT 3", expect: { error: 1146 } },
      { do: "query", sql: "SELECT 'after'" },
      { do: "query", sql: "SELECT 'a;b'; SELECT 'c' -- ; no\n" },
    ],
  },
  {
    name: "several statements where one is allowed",
    steps: [{ do: "query", sql: "SELECT 1; SELECT 2", expect: { error: 1064 } }, { do: "ping" }],
  },
  {
    name: "procedures",
    login: { multiStatements: true },
    setup: [
      "CREATE PROCEDURE d_two() BEGIN SELECT 1 AS a; SELECT 2 AS b, 3 AS c; END",
      "CREATE PROCEDURE d_none() BEGIN SET @d = 1; END",
      "CREATE PROCEDURE d_fails() BEGIN SELECT 1 AS a; SELECT * FROM d_not_here; END",
      "CREATE PROCEDURE d_out(IN a int, OUT b int, INOUT c varchar(50)) BEGIN SELECT a AS given; SET b = a * 2; SET c = CONCAT(c, '!'); END",
    ],
    steps: [
      { do: "query", sql: "CALL d_two()" },
      { do: "query", sql: "CALL d_none()" },
      { do: "query", sql: "CALL d_fails()", expect: { error: 1146 } },
      { do: "query", sql: "SET @c = 'c'; CALL d_out(4, @b, @c); SELECT @b, @c" },
      { do: "execute", sql: "CALL d_two()", rows: [[], []] },
      { do: "call", procedure: "d_out", values: [21, null, "so"], outs: 2 },
      { do: "call", procedure: "d_two", values: [], outs: 0 },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
  {
    name: "prepared again and again",
    setup: NUMBERS_TABLE("d_again", 50),
    steps: [
      { do: "execute", sql: "SELECT name FROM d_again WHERE id = ?", rows: Array.from({ length: 40 }, (_, i) => [i]) },
      ...Array.from({ length: 20 }, (_, i) => ({
        do: "execute" as const,
        sql: `SELECT name, ${i % 5} FROM d_again WHERE id = ? AND ${i % 5} >= 0`,
        rows: [[i], [i + 1]],
      })),
      { do: "query", sql: "PREPARE d_text FROM 'SELECT ? + 1'" },
      { do: "query", sql: "SET @one = 41" },
      { do: "query", sql: "EXECUTE d_text USING @one" },
      { do: "query", sql: "DEALLOCATE PREPARE d_text" },
      { do: "query", sql: "EXECUTE d_text USING @one", expect: { error: 1243 } },
    ],
  },
  {
    name: "prepared, its table changed",
    setup: ["CREATE TABLE d_altered (a int)", "INSERT INTO d_altered VALUES (1)"],
    steps: [
      { do: "execute", sql: "SELECT * FROM d_altered WHERE a >= ?", rows: [[0]] },
      { do: "query", sql: "ALTER TABLE d_altered ADD COLUMN b varchar(9) DEFAULT 'new'" },
      { do: "execute", sql: "SELECT * FROM d_altered WHERE a >= ?", rows: [[0], [1]] },
      { do: "query", sql: "DROP TABLE d_altered" },
      { do: "execute", sql: "SELECT * FROM d_altered WHERE a >= ?", rows: [[0]], expect: { error: 1146 } },
    ],
  },
  {
    name: "cursors",
    setup: NUMBERS_TABLE("d_cursor", 300),
    steps: [
      { do: "cursor", sql: "SELECT * FROM d_cursor ORDER BY id", fetch: 7, take: 300 },
      { do: "cursor", sql: "SELECT * FROM d_cursor ORDER BY id", fetch: 10, take: 15 },
      { do: "query", sql: "SELECT COUNT(*) FROM d_cursor" },
      { do: "cursor", sql: "SELECT * FROM d_cursor WHERE id < 0", fetch: 5, take: 5 },
      { do: "cursor", sql: "SELECT * FROM d_not_here", fetch: 5, take: 5, expect: { error: 1146 } },
      { do: "ping" },
    ],
  },
  {
    name: "unbuffered, left early",
    setup: NUMBERS_TABLE("d_stream", 1000),
    steps: [
      { do: "stream", sql: "SELECT a.id, b.name, REPEAT('s', 100) FROM d_stream a, d_stream b LIMIT 20000", take: 3 },
      { do: "query", sql: "SELECT 'after'" },
      { do: "stream", sql: "SELECT * FROM d_stream ORDER BY id", take: 1000 },
      { do: "stream", sql: "SELECT * FROM d_stream WHERE id < 0", take: 1 },
      { do: "query", sql: "SELECT COUNT(*) FROM d_stream" },
    ],
  },
  {
    name: "batches",
    setup: [
      "CREATE TABLE d_batch (id int PRIMARY KEY, v varchar(50))",
      "CREATE TABLE d_batch_auto (id int AUTO_INCREMENT PRIMARY KEY, v varchar(50))",
    ],
    steps: [
      { do: "batch", sql: "INSERT INTO d_batch (id, v) VALUES (?, ?)", rows: MANY },
      { do: "query", sql: "SELECT COUNT(*), SUM(id), SHA2(GROUP_CONCAT(v ORDER BY id), 256) FROM d_batch" },
      { do: "batch", sql: "INSERT INTO d_batch_auto (v) VALUES (?)", rows: [["x"], [null], ["z"]] },
      {
        do: "batch",
        sql: "UPDATE d_batch SET v = ? WHERE id = ?",
        rows: [
          ["new", 1],
          ["new", 2],
          ["none", -1],
        ],
      },
      {
        do: "batch",
        sql: "INSERT INTO d_batch (id, v) VALUES (?, ?)",
        rows: [
          [900, "ok"],
          [1, "twice"],
          [901, "?"],
        ],
        expect: { error: 1062 },
      },
      { do: "query", sql: "SELECT id, v FROM d_batch WHERE id > 899 OR id < 3 ORDER BY id" },
    ],
  },
  {
    name: "pipelined",
    steps: [
      {
        do: "pipeline",
        sqls: ["SELECT 1", "SELECT 2", "SELECT * FROM d_not_here", "SELECT 3", "SET @p = 8", "SELECT @p"],
        expect: { error: "maybe" },
      },
      { do: "query", sql: "SELECT 'after'" },
    ],
  },
];
