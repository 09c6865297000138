/** How long a server shows warnings: MySQL until the next statement, MariaDB until the next one that uses a table. */
import { type Sequence, type SequenceOptions, sequence } from "./sequence.ts";

const WARN = "SELECT CAST('x' AS SIGNED)";

/** What may stand between a warning and the look at it: each line is played behind a warning of its own. */
const BEHIND: Readonly<Record<string, ReadonlyArray<readonly string[]>>> = {
  queries: [
    ["A: SELECT 1", "A: SELECT 1 FROM DUAL", "A: SELECT (SELECT 1)"],
    ["A: SELECT 1 FROM (SELECT 1) AS one"],
    ["A: WITH a AS (SELECT 1 AS b) SELECT * FROM a"],
    ["A: SELECT TRIM('a' FROM 'abc'), EXTRACT(YEAR FROM '2000-01-01')"],
    ["A: SELECT id FROM fixed LIMIT 1"],
    ["A: SELECT 0 * id FROM last_id"],
    ["A: SELECT 0 * next_id()"],
    ["A: SELECT 1 /*!99999 FROM fixed */", "A: SELECT 1 /*M!999999 FROM fixed */"],
    ["A: INSERT INTO t (v) VALUES ('a')", "A: DELETE FROM t"],
  ],
  "settings and transactions": [
    ["A: SET time_zone = '+01:00'", "A: SET @@sql_mode = 'ANSI'"],
    ["A: SET @a = (SELECT id FROM fixed LIMIT 1)"],
    ["A: SET session_track_schema = OFF"],
    ["A: DO 1"],
    ["A: DO (SELECT id FROM fixed LIMIT 1)"],
    ["A: BEGIN", "A: SELECT 1", "A: COMMIT"],
    ["A: BEGIN", "A: UPDATE fixed SET v = v", "A: COMMIT"],
    ["A: SELECT GET_LOCK('state of a warning', 0)", "A: SELECT RELEASE_LOCK('state of a warning')"],
  ],
  commands: [
    ["A ping"],
    ["A: USE pisanix_session_state"],
    ["A use: pisanix_session_state"],
    ["A use: no_such_schema"],
    ["A reset"],
    ["A: -- nothing"],
  ],
  "prepared statements": [
    ["A ps: SELECT 1"],
    ["A ps: SELECT id FROM fixed LIMIT 1"],
    ["A prepare p: SELECT id FROM fixed"],
    ["A prepare p: SELECT CAST('y' AS SIGNED)", "A: SHOW WARNINGS", "A execute p"],
    ["A prepare p: SELECT no_such_column FROM fixed"],
    ["A ps: SHOW WARNINGS", "A prepare p: SHOW COUNT(*) WARNINGS"],
    ["A: PREPARE p FROM 'SELECT 1'", "A: EXECUTE p"],
    ["A: PREPARE p FROM 'SELECT id FROM fixed LIMIT 1'"],
  ],
  looks: [
    ["A: SELECT @@warning_count", "A ps: SELECT @@error_count"],
    ["A: SELECT @@warning_count FROM fixed LIMIT 1"],
    ["A: SHOW CREATE DATABASE pisanix_session_state"],
    ["A: SHOW CREATE TABLE fixed"],
    ["A: EXPLAIN FORMAT=TRADITIONAL SELECT 1"],
    ["A: RESIGNAL"],
  ],
  "definitions and routines": [
    ["A: CREATE TABLE made (a INT)", "A: DROP TABLE made"],
    ["A: CREATE PROCEDURE made() SELECT id FROM fixed", "A: DROP PROCEDURE made"],
    ["A: CALL set_nothing()"],
    ["A: CALL insert_two()"],
  ],
  "several statements, warnings and errors": [
    ["A: SELECT 1; SELECT 2"],
    ["A: SELECT 1; SELECT id FROM fixed LIMIT 1"],
    ["A: SELECT CAST('y' AS SIGNED)"],
    ["A: SELECT FROM", "A: SELECT 1"],
  ],
};

const SEEN = ["A: SHOW WARNINGS", "A: SELECT @@warning_count, @@error_count", "A: SHOW COUNT(*) ERRORS"];

export const WARNINGS: readonly Sequence[] = [
  ...Object.entries(BEHIND).map(([name, each]) =>
    play(
      `warnings behind ${name}`,
      each.flatMap((steps) => [`A: ${WARN}`, ...steps.flatMap((step) => [step, "B: SELECT 1"]), ...SEEN]),
      { connections: 2 },
    ),
  ),
  play("warnings that last, and another session's", [
    `A: ${WARN}`,
    "A: SELECT 1",
    `B: ${WARN}`,
    "B: SELECT id FROM fixed LIMIT 1",
    "B: SHOW WARNINGS",
    "A: SET @@sql_mode = 'ANSI'",
    "A: SELECT @@sql_mode",
    "A: SHOW WARNINGS",
    "B: DO 1",
    "B: SHOW WARNINGS",
    "A: SHOW WARNINGS",
  ]),
  play("warnings of a session that has left", [
    `A: ${WARN}`,
    "A quit",
    "B ping",
    "B: SHOW WARNINGS",
    "B: SELECT 1; SHOW WARNINGS",
    `B: ${WARN}`,
    "B quit",
    "A: SELECT 1; SHOW WARNINGS",
    "A: SELECT CAST('z' AS SIGNED)",
    "A quit",
    "B: SELECT 1",
    "B: SELECT @@warning_count, @@error_count",
    "B: SELECT FROM",
    "B quit",
    "A: RESIGNAL",
    "A: SHOW WARNINGS",
  ]),
];

function play(name: string, steps: readonly string[], options: SequenceOptions = {}): Sequence {
  return sequence(name, steps.join("\n"), options);
}
