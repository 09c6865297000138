/** SET in all its forms: what the proxy replays, and what it keeps the connection for. */
import { life, type Sequence, type SequenceOptions, sequence } from "./sequence.ts";

const CHARACTER_SETS =
  "SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@collation_connection, 'é'";
const PINS: SequenceOptions = { connections: 2 };

/** A SET, and what shows it. Two connections where it is more than session variables that servers report. */
const LIVES: ReadonlyArray<readonly [set: string, probe: string, options?: SequenceOptions]> = [
  ["SET SESSION sql_mode = 'ANSI_QUOTES'", 'SELECT @@sql_mode, "x"'],
  ["SET LOCAL sql_mode = ''", "SELECT @@sql_mode"],
  ["SET @@SESSION.sql_mode = 'NO_BACKSLASH_ESCAPES'", "SELECT @@sql_mode, '\\a'"],
  ["SET @@local.sql_mode = 'PIPES_AS_CONCAT,STRICT_ALL_TABLES'", "SELECT @@sql_mode, 'a' || 'b'"],
  ["SET @@sql_mode := 'ANSI'", "SELECT @@sql_mode, 1 = 1"],
  ["SET time_zone = '+03:00', @@sql_mode = ''", "SELECT @@time_zone, @@sql_mode"],
  ["SELECT 1; SET @@sql_mode = ''", "SELECT @@sql_mode", PINS],
  ["SET `sql_mode` = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')", "SELECT @@sql_mode"],
  ["SET sql_mode = DEFAULT", "SELECT @@sql_mode"],
  ["SET sql_mode = NO_ZERO_DATE", "SELECT @@sql_mode"],
  ["SET time_zone = '+03:00'", "SELECT @@time_zone, FROM_UNIXTIME(0)"],
  ["SET time_zone := 'SYSTEM'", "SELECT @@time_zone"],
  ["SET TIME_ZONE = '-05:30', SQL_SAFE_UPDATES = 1", "SELECT @@time_zone, @@sql_safe_updates, FROM_UNIXTIME(0)"],
  ["SET SESSION time_zone = '+01:00', SESSION sql_select_limit = 1", "SELECT v, @@time_zone FROM fixed ORDER BY id"],
  ["SET NAMES latin1", CHARACTER_SETS],
  ["SET NAMES 'utf8mb4' COLLATE 'utf8mb4_bin'", CHARACTER_SETS, PINS],
  ["SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci", CHARACTER_SETS, PINS],
  ["SET NAMES DEFAULT", CHARACTER_SETS, PINS],
  ["SET NAMES binary", CHARACTER_SETS],
  ["SET CHARACTER SET latin1", CHARACTER_SETS, PINS],
  ["SET CHARSET utf8mb4", CHARACTER_SETS, PINS],
  ["SET character_set_results = NULL", CHARACTER_SETS],
  ["SET character_set_results = latin1", CHARACTER_SETS],
  ["SET character_set_client = latin1", CHARACTER_SETS],
  ["SET collation_connection = utf8mb4_bin", CHARACTER_SETS],
  ["SET character_set_connection = latin1", CHARACTER_SETS],
  ["SET collation_connection = latin1_german1_ci, time_zone = '+02:00'", CHARACTER_SETS],
  ["SET collation_connection = utf8mb4_bin, character_set_connection = latin1", CHARACTER_SETS],
  ["SET sql_select_limit = 2", "SELECT id FROM fixed ORDER BY id"],
  ["SET sql_select_limit = 1 + 1", "SELECT id, @@sql_select_limit FROM fixed ORDER BY id"],
  ["SET group_concat_max_len = 5", "SELECT GROUP_CONCAT(v ORDER BY id) FROM fixed"],
  ["SET div_precision_increment = 9", "SELECT 1 / 3"],
  ["SET foreign_key_checks = 0, unique_checks = OFF", "SELECT @@foreign_key_checks, @@unique_checks"],
  ["SET lc_time_names = 'de_DE'", "SELECT DAYNAME('2024-01-01')"],
  ["SET max_error_count = 0", "SELECT @@max_error_count"],
  ["SET sql_auto_is_null = 1", "SELECT @@sql_auto_is_null"],
  ["SET sql_quote_show_create = 0", "SHOW CREATE TABLE fixed"],
  ["SET sql_big_selects = 0, max_join_size = 1000000", "SELECT @@sql_big_selects, @@max_join_size"],
  ["SET wait_timeout = 1000", "SELECT @@wait_timeout"],
  ["SET lock_wait_timeout = 7, innodb_lock_wait_timeout = 8", "SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout"],
  ["SET optimizer_switch = 'index_merge=off'", "SELECT @@optimizer_switch"],
  ["SET tmp_table_size = 2097152, max_heap_table_size = 4194304", "SELECT @@tmp_table_size, @@max_heap_table_size"],
  ["SET max_execution_time = 5000", "SELECT @@max_execution_time", { only: "mysql" }],
  ["SET max_statement_time = 5.5", "SELECT @@max_statement_time", { only: "mariadb" }],
  ["SET default_week_format = 3", "SELECT @@default_week_format, WEEK('2024-02-29')", PINS],
  ["SET auto_increment_increment = 5", "SELECT @@auto_increment_increment", PINS],
  ["SET timestamp = 86400", "SELECT UNIX_TIMESTAMP() = 86400", PINS],
  ["SET insert_id = 50", "SELECT @@insert_id", PINS],
  ["SET last_insert_id = 77", "SELECT LAST_INSERT_ID()", PINS],
  ["SET identity = 78", "SELECT @@identity, @@last_insert_id", PINS],
  ["SET rand_seed1 = 5, rand_seed2 = 6", "SELECT RAND(3)", PINS],
  ["SET profiling = 1", "SELECT @@profiling", PINS],
  ["SET default_storage_engine = MyISAM", "SELECT @@default_storage_engine"],
  ["SET sort_buffer_size = 65536, join_buffer_size = 65536", "SELECT @@sort_buffer_size, @@join_buffer_size"],
  ["SET session_track_schema = OFF", "SELECT @@session_track_schema IN (0, 1)", PINS],
  ["SET time_zone = '+04:00', @v = 3", "SELECT @@time_zone, @v", PINS],
  ["SET @v = 4, sql_mode = ''", "SELECT @@sql_mode, @v", PINS],
  ["SET time_zone = (SELECT '+02:30')", "SELECT @@time_zone"],
  ["SET time_zone = IF(1 > 0, '+01:30', '+02:30'), sql_notes = 0", "SELECT @@time_zone, @@sql_notes"],
  ["SET STATEMENT time_zone = '+09:00' FOR SELECT @@time_zone", "SELECT @@time_zone", { ...PINS, only: "mariadb" }],
  ["/* one */ SET /* two */ time_zone = '+07:00' -- three", "SELECT @@time_zone"],
  ["SET PERSIST_ONLY nothing = 1", "SELECT @@time_zone", { only: "mysql" }],
  ["SET resultset_metadata = 'FULL'", "SELECT 1", { ...PINS, only: "mysql" }],
  ["SET SESSION binlog_format = 'ROW'", "SELECT @@binlog_format", { ...PINS, only: "mariadb" }],
  ["SET sql_log_bin = 0", "SELECT @@sql_log_bin", PINS],
];

export const SETTINGS: readonly Sequence[] = [
  ...LIVES.map(([set, probe, options]) => life(set, probe, options)),
  sequence(
    "a SET that fails in the middle",
    `
    A: SET time_zone = '+03:00', sql_mode = 'NONSENSE'
    A: SELECT @@time_zone, @@sql_mode
    B: SELECT @@time_zone, @@sql_mode
    A: SET sql_mode = 'ANSI_QUOTES', no_such_variable = 1
    A: SELECT @@sql_mode
    B: SELECT @@sql_mode
    A: SET sql_safe_updates = 1, time_zone = (SELECT 'nowhere')
    A: SELECT @@sql_safe_updates, @@time_zone
    B: SELECT @@sql_safe_updates, @@time_zone
    A: SET time_zone = '+04:00', sql_select_limit = (SELECT id FROM fixed)
    B: SELECT @@time_zone
    A: SELECT @@time_zone`,
    { connections: 2 },
  ),
  sequence(
    "two clients with settings of their own",
    `
    A: SET time_zone = '+01:00', sql_mode = 'ANSI_QUOTES'
    B: SET time_zone = '+02:00', NAMES latin1
    A: SELECT @@time_zone, "q", @@character_set_client
    B: SELECT @@time_zone, "q", @@character_set_client
    A: SET sql_mode = DEFAULT
    B: SET time_zone = DEFAULT
    A: SELECT @@time_zone, "q", @@character_set_client
    B: SELECT @@time_zone, "q", @@character_set_client
    C: SELECT @@time_zone, "q", @@character_set_client
    A: SET time_zone = @@global.time_zone
    B: SET NAMES utf8mb4
    C: SET time_zone = '+01:00'
    A: SELECT @@time_zone, @@sql_mode
    B: SELECT @@time_zone, @@character_set_client
    C: SELECT @@time_zone, @@sql_mode`,
  ),
  sequence(
    "a value read back into the session that set it",
    `
    A: SET sql_mode = 'ANSI_QUOTES'
    B: SELECT 1
    A: SET sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')
    B: SELECT @@sql_mode
    A: SELECT @@sql_mode, 'a' || 'b'
    A: SET time_zone = '+05:00'
    B: SET time_zone = @@time_zone
    B: SELECT @@time_zone
    A: SELECT @@time_zone, @@sql_mode`,
  ),
  sequence(
    "quotes and backslashes are read by the session's own sql_mode",
    `
    A: SET sql_mode = 'NO_BACKSLASH_ESCAPES'
    B: SELECT 'a\\'b', @v
    A: SELECT '\\', @v := 1
    A: SET sql_mode = 'ANSI_QUOTES'
    A: SELECT "fixed"."id" FROM fixed LIMIT 1
    B: SELECT "fixed"
    A: SELECT 'it''s', "id" FROM fixed WHERE "v" = 'two'
    B: SELECT @v
    A: SELECT @v`,
    { connections: 2 },
  ),
  sequence(
    "values with quotes are replayed",
    `
    A: SET lc_time_names = 'fr_FR', default_storage_engine = 'MEMORY'
    B: SET NAMES utf8mb4 COLLATE utf8mb4_bin, time_zone = '+00:00'
    A: SELECT MONTHNAME('2024-08-01'), @@default_storage_engine
    B: SELECT 'a' = 'A', @@collation_connection, @@time_zone
    A: SELECT 'a' = 'A', @@collation_connection`,
    PINS,
  ),
  sequence(
    "set again after a reset",
    `
    A: SET time_zone = '+01:00'
    A reset
    B: SET time_zone = '+02:00'
    A: SELECT @@time_zone
    A: SET sql_mode = ''
    B reset
    A: SELECT @@time_zone, @@sql_mode
    B: SELECT @@time_zone, @@sql_mode
    A reset
    A reset
    A: SELECT @@time_zone, @@sql_mode
    A ping
    B ping`,
  ),
  sequence(
    "several statements in one text",
    `
    A: SET time_zone = '+01:00'; SET sql_mode = 'ANSI_QUOTES'; SELECT @@time_zone, "a"
    B: SELECT @@time_zone, "a"
    A: SELECT 1; SET time_zone = '+02:00'; SELECT no_such_column; SET time_zone = '+03:00'
    A: SELECT @@time_zone
    B: SELECT @@time_zone
    A: SELECT 1; SELECT 2; SELECT 3
    B: SELECT 1; SELECT FROM
    A: SELECT @@time_zone`,
    { connections: 2 },
  ),
  sequence(
    "variables of which MariaDB does not tell",
    `
    A: SELECT * FROM fixed
    A: SET @@sql_mode = 'ANSI_QUOTES', @@lock_wait_timeout = 7
    A: SELECT FOUND_ROWS()
    B: SELECT "x", @@lock_wait_timeout
    A: SELECT "id", @@lock_wait_timeout FROM fixed ORDER BY id
    A: SET @@sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')
    A: SELECT ROW_COUNT()
    B: SELECT 'a' || 'b'
    A: SELECT 'a' || 'b', "id" FROM fixed ORDER BY id
    A: SET @@autocommit = 0
    A: INSERT INTO t (v) VALUES ('kept?')
    A: SELECT ROW_COUNT()
    A: ROLLBACK
    A: SET @@autocommit = 1
    B: SELECT COUNT(*), @@autocommit FROM t
    A: SET @@lock_wait_timeout = 0
    A: SHOW WARNINGS
    A: SELECT @@lock_wait_timeout
    A: SET @@sql_mode = 'nothing of the sort'
    A: SELECT @@sql_mode
    A: SET @@sql_mode = DEFAULT
    B: SELECT @@sql_mode
    A: SELECT @@sql_mode, 'a' || 'b'`,
    { connections: 3 },
  ),
];
