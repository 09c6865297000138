/** What a statement leaves for the next one to ask: counts, warnings, errors. */
import { type Sequence, sequence } from "./sequence.ts";
import { WARNINGS } from "./warnings.ts";

export const LAST_STATEMENT: readonly Sequence[] = [
  ...WARNINGS,
  sequence(
    "FOUND_ROWS() and ROW_COUNT() behind DO, and behind a lock that is given back",
    `
    A: SELECT id FROM fixed LIMIT 2
    A: DO 1
    B: SELECT id FROM fixed LIMIT 1
    A: SELECT FOUND_ROWS(), ROW_COUNT()
    A: SELECT id FROM fixed LIMIT 2
    A: DO GET_LOCK('state of a count', 0)
    A: DO RELEASE_LOCK('state of a count')
    B: SELECT id FROM fixed LIMIT 1
    A: SELECT FOUND_ROWS()
    A: SELECT GET_LOCK('state of a count', 0)
    A: SELECT RELEASE_LOCK('state of a count')
    B: SELECT id FROM fixed LIMIT 2
    A: SELECT ROW_COUNT()
    B: SELECT GET_LOCK('state of a count', 0)
    `,
  ),
  sequence(
    "FOUND_ROWS() and SQL_CALC_FOUND_ROWS",
    `
    A: SELECT SQL_CALC_FOUND_ROWS id FROM fixed LIMIT 1
    B: SELECT id FROM fixed LIMIT 2
    C: SELECT 1
    A: SELECT FOUND_ROWS()
    A: SELECT FOUND_ROWS()
    A: SELECT id FROM fixed LIMIT 2
    A: SELECT FOUND_ROWS() AS n, 1 AS one
    A ps: SELECT SQL_CALC_FOUND_ROWS id FROM fixed LIMIT 1
    B: SELECT 1
    A ps: SELECT FOUND_ROWS()`,
    { connections: 3 },
  ),
  sequence(
    "FOUND_ROWS() and ROW_COUNT() right behind their statement",
    `
    A: SELECT id FROM fixed
    A: SELECT FOUND_ROWS()
    B: SELECT id FROM fixed LIMIT 1
    B: SELECT FOUND_ROWS()
    A: INSERT INTO t (v) VALUES ('a'), ('b')
    A: SELECT ROW_COUNT()
    B: UPDATE t SET v = 'c'
    B: SELECT ROW_COUNT(), ROW_COUNT()
    A: DELETE FROM t
    A: SELECT ROW_COUNT()
    A: SELECT ROW_COUNT()
    B: SELECT FROM
    B: SELECT ROW_COUNT()
    A: INSERT INTO u (k) VALUES (1); SELECT ROW_COUNT()
    B ps: INSERT INTO u (k) VALUES (2)
    B: SELECT ROW_COUNT()
    A: SELECT id FROM fixed; SELECT FOUND_ROWS()`,
  ),
  sequence(
    "ROW_COUNT() and FOUND_ROWS() of a new session",
    `
    A: SELECT ROW_COUNT()
    B: SELECT FOUND_ROWS()
    A: SELECT FOUND_ROWS()
    B: SELECT ROW_COUNT()
    A: SELECT id FROM fixed
    A: SELECT FOUND_ROWS()`,
    { connections: 2, known: "FOUND_ROWS() before any SELECT is 0 or 1, as the server likes; ROW_COUNT() is right" },
  ),
  sequence(
    "FOUND_ROWS() and ROW_COUNT() after a reset",
    `
    A: SELECT id FROM fixed
    A reset
    A: SELECT FOUND_ROWS(), ROW_COUNT()`,
  ),
  sequence(
    "warnings, counts and ids at once, on one connection",
    `
    A: SELECT CAST('x' AS SIGNED)
    B: SELECT CAST('y' AS SIGNED)
    A: SHOW WARNINGS
    A: INSERT INTO t (v) VALUES ('a'), ('b')
    B: SELECT 1
    A: SELECT ROW_COUNT()`,
  ),
  sequence(
    "ROW_COUNT() while another session works",
    `
    A: INSERT INTO t (v) VALUES ('a'), ('b')
    B: SELECT id FROM fixed
    A: SELECT ROW_COUNT()
    B: SELECT FOUND_ROWS()
    A: SET time_zone = '+01:00'
    B: INSERT INTO t (v) VALUES ('c')
    A: SELECT ROW_COUNT()
    B: SELECT ROW_COUNT()`,
    { connections: 3 },
  ),
  sequence(
    "warnings right behind their statement",
    `
    A: SELECT CAST('x' AS SIGNED)
    A: SHOW WARNINGS
    A: SHOW WARNINGS
    B: SHOW WARNINGS
    A: SELECT 1 / 0, CAST('y' AS SIGNED)
    A: SHOW COUNT(*) WARNINGS
    A: SELECT @@warning_count, @@error_count
    A: SHOW WARNINGS LIMIT 1
    A: SELECT FROM
    A: SHOW ERRORS
    A: SHOW COUNT(*) ERRORS
    B: SHOW ERRORS
    A: DROP TABLE IF EXISTS no_such_table
    A: SHOW WARNINGS
    A: INSERT INTO t (id, v) VALUES ('1x', 'a')
    A: SHOW WARNINGS
    B: SELECT @@warning_count
    A: SELECT id FROM fixed
    A: SHOW WARNINGS
    A reset
    A: SHOW WARNINGS`,
  ),
  sequence(
    "warnings while another session works",
    `
    A: SELECT CAST('x' AS SIGNED)
    B: SELECT CAST('b' AS SIGNED)
    C: SHOW WARNINGS
    A: SHOW WARNINGS
    B: SHOW WARNINGS
    A: SELECT no_such_column
    B: SELECT id FROM fixed
    C: SELECT @@error_count
    A: SELECT @@error_count, @@warning_count
    B: SHOW ERRORS
    A: SHOW ERRORS
    A reset
    A: SHOW WARNINGS
    B: SHOW WARNINGS
    A: SELECT CAST('x' AS SIGNED)
    A quit
    A: SHOW WARNINGS
    B: SHOW WARNINGS`,
    { connections: 3 },
  ),
  sequence(
    "warnings of prepared statements and of several statements",
    `
    A ps: SELECT CAST('x' AS SIGNED)
    A: SHOW WARNINGS
    A: SELECT CAST('x' AS SIGNED); SELECT 1
    A: SHOW WARNINGS
    B: SHOW WARNINGS
    A: SELECT 1; SELECT CAST('y' AS SIGNED)
    A: SHOW WARNINGS
    A: SELECT 1; SELECT FROM
    A: SHOW ERRORS
    B ps: SELECT no_such_column
    B: SHOW ERRORS`,
  ),
  sequence(
    "GET DIAGNOSTICS",
    `
    A: INSERT INTO fixed VALUES (1, 'twice')
    A: GET DIAGNOSTICS @n = NUMBER, @r = ROW_COUNT
    A: GET DIAGNOSTICS CONDITION 1 @s = RETURNED_SQLSTATE, @m = MESSAGE_TEXT
    B: SELECT @n, @s
    A: SELECT @n, @r, @s, @m
    C: SELECT @m
    A: SELECT FROM
    B: GET DIAGNOSTICS @b = NUMBER
    A: GET DIAGNOSTICS @n = NUMBER
    A: SELECT @n
    B: SELECT @b, @n`,
    { connections: 3 },
  ),
  sequence(
    "errors of statements that do not run",
    `
    A: SELECT
    B: SELECT * FROM no_such_table
    A: SELECT no_such_function()
    B: INSERT INTO no_such_table VALUES (1)
    A: CALL no_such_procedure()
    B: USE no_such_schema
    A: SET no_such_variable = 1
    B: EXECUTE no_such_statement
    A: KILL 4294967295
    B: NONSENSE
    A: ;
    B: -- nothing
    A: 
    B: /* nothing */`,
    { connections: 2 },
  ),
  sequence(
    "binary and text protocol by turns",
    `
    A ps: SELECT id, v, NULL, 1.5, NOW() > 0 FROM fixed
    B: SELECT id, v, NULL, 1.5 FROM fixed
    A: INSERT INTO t (v) VALUES ('a')
    B ps: INSERT INTO t (v) VALUES ('b')
    A ps: SELECT LAST_INSERT_ID()
    B: SELECT LAST_INSERT_ID()
    A ps: UPDATE t SET v = 'c'
    B ps: SELECT ROW_COUNT()
    A ps: DELETE FROM t`,
    { connections: 2 },
  ),
  sequence(
    "a view that reads the last statement",
    `
    A: UPDATE fixed SET v = v
    A: SELECT n FROM rows_of_last
    B: SELECT m FROM rows_of_last`,
    { known: "the text does not show that a view asks for ROW_COUNT() or FOUND_ROWS()" },
  ),
];
