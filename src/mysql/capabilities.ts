/**
 * Capability flags. https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html
 * MariaDB's own are a second word. https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection
 */

/** MariaDB calls it CLIENT_MYSQL: where it is missing, the last four reserved bytes are MariaDB's own capabilities. */
export const CLIENT_LONG_PASSWORD = 1 << 0;
export const CLIENT_FOUND_ROWS = 1 << 1;
export const CLIENT_LONG_FLAG = 1 << 2;
export const CLIENT_CONNECT_WITH_DB = 1 << 3;
export const CLIENT_NO_SCHEMA = 1 << 4;
export const CLIENT_COMPRESS = 1 << 5;
export const CLIENT_ODBC = 1 << 6;
export const CLIENT_LOCAL_FILES = 1 << 7;
export const CLIENT_IGNORE_SPACE = 1 << 8;
export const CLIENT_PROTOCOL_41 = 1 << 9;
export const CLIENT_INTERACTIVE = 1 << 10;
export const CLIENT_SSL = 1 << 11;
export const CLIENT_IGNORE_SIGPIPE = 1 << 12;
export const CLIENT_TRANSACTIONS = 1 << 13;
/** Called CLIENT_RESERVED2 today; older manuals and every client say CLIENT_SECURE_CONNECTION. */
export const CLIENT_SECURE_CONNECTION = 1 << 15;
export const CLIENT_MULTI_STATEMENTS = 1 << 16;
export const CLIENT_MULTI_RESULTS = 1 << 17;
export const CLIENT_PS_MULTI_RESULTS = 1 << 18;
export const CLIENT_PLUGIN_AUTH = 1 << 19;
export const CLIENT_CONNECT_ATTRS = 1 << 20;
export const CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA = 1 << 21;
/** Where it is missing MySQL lets nobody in whose password has expired; else such a client may set another, and nothing more. */
export const CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS = 1 << 22;
export const CLIENT_SESSION_TRACK = 1 << 23;
export const CLIENT_DEPRECATE_EOF = 1 << 24;
export const CLIENT_OPTIONAL_RESULTSET_METADATA = 1 << 25;
export const CLIENT_ZSTD_COMPRESSION_ALGORITHM = 1 << 26;
export const CLIENT_QUERY_ATTRIBUTES = 1 << 27;

/** Progress reports of long statements, as ERR packets with the number 0xffff. */
export const MARIADB_CLIENT_PROGRESS = 1 << 0;
export const MARIADB_CLIENT_STMT_BULK_OPERATIONS = 1 << 2;
export const MARIADB_CLIENT_EXTENDED_METADATA = 1 << 3;
export const MARIADB_CLIENT_BULK_UNIT_RESULTS = 1 << 5;

/**
 * The bits that change an answer's bytes or a statement's meaning, so that a client may only be served by a
 * connection that was opened with the same ones (design D1).
 */
export const SHAPE_CAPABILITIES =
  CLIENT_FOUND_ROWS |
  CLIENT_NO_SCHEMA |
  CLIENT_ODBC |
  CLIENT_LOCAL_FILES |
  CLIENT_IGNORE_SPACE |
  CLIENT_INTERACTIVE |
  CLIENT_MULTI_STATEMENTS |
  CLIENT_MULTI_RESULTS |
  CLIENT_PS_MULTI_RESULTS |
  CLIENT_DEPRECATE_EOF |
  CLIENT_OPTIONAL_RESULTSET_METADATA |
  CLIENT_QUERY_ATTRIBUTES;

/**
 * The same of MariaDB's own. MARIADB_CLIENT_CACHE_METADATA is left out: the server then leaves out column definitions
 * that it believes the client to have, and what it has sent to another session is not with this one.
 */
export const SHAPE_MARIADB_CAPABILITIES =
  MARIADB_CLIENT_PROGRESS |
  MARIADB_CLIENT_STMT_BULK_OPERATIONS |
  MARIADB_CLIENT_EXTENDED_METADATA |
  MARIADB_CLIENT_BULK_UNIT_RESULTS;

/** What every backend connection asks for, whatever its client wants. */
export const BACKEND_CAPABILITIES =
  CLIENT_LONG_PASSWORD |
  CLIENT_LONG_FLAG |
  CLIENT_CONNECT_WITH_DB |
  CLIENT_PROTOCOL_41 |
  CLIENT_TRANSACTIONS |
  CLIENT_SECURE_CONNECTION |
  CLIENT_PLUGIN_AUTH |
  CLIENT_CONNECT_ATTRS |
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA |
  CLIENT_SESSION_TRACK;

/** What is between a client and the proxy alone, whatever its backends have. */
export const CLIENT_ONLY_CAPABILITIES = CLIENT_COMPRESS | CLIENT_ZSTD_COMPRESSION_ALGORITHM;

/** What the proxy can offer a client; a listener offers the part of it that its backends have, too. */
export const FRONTEND_CAPABILITIES = BACKEND_CAPABILITIES | SHAPE_CAPABILITIES | CLIENT_ONLY_CAPABILITIES;
