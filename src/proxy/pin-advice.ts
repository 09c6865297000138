/** What each reason to keep a connection means, and what to change so that the session shares connections again. */
import type { PinReason } from "../telemetry/metrics-table.ts";

export interface PinAdvice {
  /** What is on the connection, in one sentence. */
  readonly meaning: string;
  /** When it ends by itself. */
  readonly ends: string;
  /** What to change in the application or in the configuration. */
  readonly change: string;
}

export const PIN_ADVICE: Readonly<Record<PinReason, PinAdvice>> = {
  transaction: {
    meaning: "a transaction is open, or autocommit is off",
    ends: "COMMIT or ROLLBACK with autocommit on",
    change:
      "Commit as soon as the work is done, and do not wait for anything else in between. With autocommit = 0 every statement begins a transaction: turn it on, and write BEGIN where one is needed.",
  },
  prepared_statement: {
    meaning: "a statement was prepared in SQL (PREPARE ... FROM), which only this connection knows",
    ends: "COM_RESET_CONNECTION or the end of the session",
    change: "Prepare statements by the protocol, as drivers do: those are known on every connection.",
  },
  temporary_table: {
    meaning: "temporary tables may exist, which only this connection sees",
    ends: "DROP TEMPORARY TABLE of all that the session has made, where each of its statements names its tables plainly",
    change: "Drop temporary tables when they have been used, or write a derived table or WITH in their place.",
  },
  user_variable: {
    meaning: "a user variable has a value that is not in the statement's text",
    ends: "COM_RESET_CONNECTION or the end of the session",
    change: "Assign literals (SET @a = 1 shares connections), or keep the value in the application.",
  },
  user_lock: {
    meaning: "named locks may be held (GET_LOCK)",
    ends: "RELEASE_ALL_LOCKS() alone, or RELEASE_LOCK() of the last one where each name is a literal",
    change: "Release locks as soon as the work is done, in statements of their own with literal names.",
  },
  table_lock: {
    meaning: "tables may be locked (LOCK TABLES, FLUSH TABLES ... WITH READ LOCK, BACKUP)",
    ends: "UNLOCK TABLES; BEGIN where LOCK TABLES has locked them; behind LOCK INSTANCE and BACKUP COM_RESET_CONNECTION or the end of the session",
    change: "Use a transaction with SELECT ... FOR UPDATE, or give such jobs a listener of their own.",
  },
  session_state: {
    meaning: "something was changed that cannot be set on another connection",
    ends: "COM_RESET_CONNECTION or the end of the session",
    change:
      "Look at the statement: SET of a variable that servers do not report by name, SET GLOBAL, SET ROLE, CALL, and statements too large to be read are such. Set variables in the server's configuration, or reset the connection afterwards.",
  },
  warnings: {
    meaning: "the last statement left warnings or an error, which SHOW WARNINGS asks for",
    ends: "the next statement; another session in need gets the connection before",
    change: "Nothing: it costs a connection only while there are enough. Statements without warnings do not do it.",
  },
  found_rows: {
    meaning: "SQL_CALC_FOUND_ROWS was counted for FOUND_ROWS()",
    ends: "the next SELECT",
    change: "Ask for SELECT COUNT(*) in a statement of its own, as the servers' manuals advise.",
  },
  last_insert_id: {
    meaning: "LAST_INSERT_ID() of the session is on the connection",
    ends: "another session in need gets the connection, and the number is kept",
    change: "Nothing: it costs a connection only while there are enough.",
  },
  cursor: {
    meaning: "a cursor of a prepared statement is open",
    ends: "the last row, COM_STMT_RESET or COM_STMT_CLOSE",
    change: "Fetch to the end or close it soon, or turn cursors off in the driver (useCursorFetch).",
  },
  unknown_command: {
    meaning: "a statement was not understood",
    ends: "COM_RESET_CONNECTION or the end of the session",
    change: "Look at the statement: what pisanix does not know may leave anything behind.",
  },
  handler: {
    meaning: "a HANDLER may be open",
    ends: "HANDLER ... CLOSE of the last one that is open",
    change: "Use SELECT ... LIMIT in its place.",
  },
  long_data: {
    meaning: "parameters of a prepared statement have been sent ahead (COM_STMT_SEND_LONG_DATA)",
    ends: "the execution",
    change: "Execute right after the data has been sent.",
  },
  replication: {
    meaning: "the client reads the binary log as a replica does",
    ends: "the end of the session",
    change: "Connect replicas and change-data-capture to the database itself.",
  },
  connection_id: {
    meaning: "the session has asked for CONNECTION_ID(), by which others may name its connection",
    ends: "COM_RESET_CONNECTION or the end of the session",
    change: "Do not ask for it, or only where KILL is going to need it.",
  },
  parameter_types: {
    meaning:
      "a prepared statement is executed with values of ever other kinds, to each of which the server has bound it",
    ends: "COM_STMT_CLOSE of that statement",
    change: "Bind a parameter to values of one type, and prepare another statement for others.",
  },
  set_transaction: {
    meaning: "SET TRANSACTION is for the next transaction",
    ends: "the end of that transaction",
    change: "Begin that transaction soon, or write SET SESSION TRANSACTION, which shares connections.",
  },
  pool_mode: {
    meaning: "pool_mode gives every session a connection for as long as it is there",
    ends: "the end of the session",
    change: "Set pool_mode (poolMode) to transaction.",
  },
  xa: {
    meaning: "a distributed transaction has been begun (XA START)",
    ends: "XA COMMIT or XA ROLLBACK of it, with the same xid as XA START",
    change: "Prepare and commit as soon as the work is done, in the same session.",
  },
  account: {
    meaning: "the client has logged in with an account of the server, which its connection alone is",
    ends: "the end of the session, or COM_CHANGE_USER to the listener's account",
    change: "Log in with the listener's account: its clients share connections.",
  },
};
