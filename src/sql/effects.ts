/**
 * What a statement does to its session, as far as its text tells: a second witness beside the server's session
 * tracking, for what no server reports. A bit that is set too often costs a pinned connection; a bit that is missing
 * could show one session what another one left. Stored functions and triggers are not in the text and not in here.
 */

/** GET_LOCK(), RELEASE_LOCK(), RELEASE_ALL_LOCKS(), the locking service: the connection owns named locks. */
export const EFFECT_NAMED_LOCK = 1 << 0;
/** `@x := ...`, `SET @x = ...`, `INTO @x`, LOAD DATA into @x. Servers report only the SET. */
export const EFFECT_USER_VARIABLE_WRITE = 1 << 1;
/** Reads @x, which lives on the connection that assigned it. Also set by `user@host` outside of quotes. */
export const EFFECT_USER_VARIABLE_READ = 1 << 2;
/** HANDLER ... OPEN, READ, CLOSE: an open cursor on a table. */
export const EFFECT_HANDLER = 1 << 3;
/** SQL_CALC_FOUND_ROWS: the next FOUND_ROWS() must reach the same connection. */
export const EFFECT_CALC_FOUND_ROWS = 1 << 4;
/** SET ROLE and SET DEFAULT ROLE: the identity of the connection changes. MySQL does not report it. */
export const EFFECT_ROLE = 1 << 5;
/** LOCK, UNLOCK, BACKUP, FLUSH ... WITH READ LOCK, FLUSH ... FOR EXPORT: locks outside of transactions. */
export const EFFECT_TABLE_LOCK = 1 << 6;
/** CREATE or DROP with the word TEMPORARY. */
export const EFFECT_TEMPORARY_TABLE = 1 << 7;
/** PREPARE, EXECUTE, DEALLOCATE in SQL: a named statement, whose own text is not seen. */
export const EFFECT_PREPARE = 1 << 8;
/** Any XA statement. */
export const EFFECT_XA = 1 << 9;
/** CALL and compound statements: what they do is not in the text. */
export const EFFECT_CALL = 1 << 10;
/** NEXTVAL(), LASTVAL(), SETVAL(), NEXT VALUE FOR (MariaDB): writes a sequence, remembered per connection. */
export const EFFECT_SEQUENCE = 1 << 11;
/** Reads or sets LAST_INSERT_ID(); reads @@last_insert_id, @@identity, MariaDB's @@last_gtid. */
export const EFFECT_LAST_INSERT_ID = 1 << 12;
/** Reads ROW_COUNT() of the statement before. */
export const EFFECT_ROW_COUNT = 1 << 13;
/** Reads the diagnostics of the statement before: SHOW WARNINGS, SHOW ERRORS, GET DIAGNOSTICS, RESIGNAL, @@warning_count, @@error_count. */
export const EFFECT_DIAGNOSTICS = 1 << 14;
/** SET TRANSACTION and SET @@transaction_...: holds for the next transaction only, so for the next statement's connection. */
export const EFFECT_SET_TRANSACTION = 1 << 15;
/** FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE: a SELECT that belongs on the primary. */
export const EFFECT_LOCKING_READ = 1 << 16;
/** USE, and COM_INIT_DB. Servers report the schema. */
export const EFFECT_USE = 1 << 17;
/** Any SET but SET TRANSACTION and SET ROLE. Servers report it, though not always what changed. */
export const EFFECT_SET = 1 << 18;
/** More than one statement in the text: the kind is that of the first, the effects are those of all. */
export const EFFECT_MULTI = 1 << 19;
/** Begins, marks or ends a transaction. For routing; whether one is open is read from the server's status flags. */
export const EFFECT_TRANSACTION = 1 << 20;
/** A comment that only some servers execute (`/*!80000 ... *\/`, `/*M! ... *\/`): the text means different things to different servers. */
export const EFFECT_VERSION_COMMENT = 1 << 21;
/** A first word that is not known. */
export const EFFECT_UNKNOWN = 1 << 22;
/** Reads CONNECTION_ID(), @@pseudo_thread_id: the session may name its connection to others, as in KILL. */
export const EFFECT_CONNECTION_ID = 1 << 23;
/** Reads FOUND_ROWS() of the SELECT before. */
export const EFFECT_FOUND_ROWS = 1 << 24;
/** Has a LIMIT. */
export const EFFECT_LIMIT = 1 << 25;
/** That LIMIT may have an offset: FOUND_ROWS() then counts rows that did not come. */
export const EFFECT_OFFSET = 1 << 26;
/** Calls a function that no server has built in, so a stored or loadable one: what it does is not in the text. Only the parse tells. */
export const EFFECT_FUNCTION = 1 << 27;
/** COMMIT or ROLLBACK with RELEASE: the server hangs up when it has answered, and so must we. */
export const EFFECT_RELEASE = 1 << 28;

/** May leave something on the connection that a server does not report: the session must keep the connection. */
export const EFFECTS_LEAVE_STATE =
  EFFECT_NAMED_LOCK |
  EFFECT_USER_VARIABLE_WRITE |
  EFFECT_HANDLER |
  EFFECT_CALC_FOUND_ROWS |
  EFFECT_ROLE |
  EFFECT_TABLE_LOCK |
  EFFECT_TEMPORARY_TABLE |
  EFFECT_PREPARE |
  EFFECT_XA |
  EFFECT_CALL |
  EFFECT_SEQUENCE |
  EFFECT_SET_TRANSACTION |
  EFFECT_VERSION_COMMENT |
  EFFECT_UNKNOWN |
  EFFECT_CONNECTION_ID |
  EFFECT_RELEASE;

/** Asks for what the session's last statement left: has to run where that one ran. */
export const EFFECTS_READ_STATE =
  EFFECT_USER_VARIABLE_READ | EFFECT_LAST_INSERT_ID | EFFECT_ROW_COUNT | EFFECT_FOUND_ROWS | EFFECT_DIAGNOSTICS;

const NAMES = [
  "named lock",
  "user variable assigned",
  "user variable read",
  "handler",
  "sql_calc_found_rows",
  "role",
  "table lock",
  "temporary table",
  "prepared statement in sql",
  "xa",
  "call",
  "sequence",
  "last insert id",
  "row count",
  "diagnostics",
  "set transaction",
  "locking read",
  "use",
  "set",
  "several statements",
  "transaction",
  "version comment",
  "unknown statement",
  "connection id",
  "found rows",
  "limit",
  "offset",
  "stored function",
  "release",
] as const;

/** Why a set of effects matters, in constant words: the name of its lowest bit, "" for no effect. Allocates nothing. */
export function nameOfEffects(effects: number): string {
  if (effects === 0) return "";
  return NAMES[31 - Math.clz32(effects & -effects)] ?? "";
}

/** The names of all effects of a set. */
export function namesOfEffects(effects: number): string[] {
  return NAMES.filter((_, bit) => (effects & (1 << bit)) !== 0);
}
