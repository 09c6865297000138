/** Error numbers and SQLSTATEs of the servers. https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html */

export const ER_CON_COUNT_ERROR = 1040;
export const ER_HANDSHAKE_ERROR = 1043;
export const ER_ACCESS_DENIED_ERROR = 1045;
export const ER_UNKNOWN_COM_ERROR = 1047;
export const ER_BAD_DB_ERROR = 1049;
export const ER_SERVER_SHUTDOWN = 1053;
export const ER_PARSE_ERROR = 1064;
export const ER_UNKNOWN_ERROR = 1105;
export const ER_NO_SUCH_THREAD = 1094;
export const ER_NET_PACKET_TOO_LARGE = 1153;
export const ER_NET_PACKETS_OUT_OF_ORDER = 1156;
export const ER_TOO_MANY_USER_CONNECTIONS = 1203;
export const ER_WRONG_ARGUMENTS = 1210;
export const ER_WRONG_VALUE_FOR_VAR = 1231;
export const ER_UNKNOWN_STMT_HANDLER = 1243;
export const ER_NOT_SUPPORTED_AUTH_MODE = 1251;
export const ER_SECURE_TRANSPORT_REQUIRED = 3159;
export const ER_MALFORMED_PACKET = 1835;
export const ER_STMT_HAS_NO_OPEN_CURSOR = 1421;
export const ER_NEED_REPREPARE = 1615;
export const ER_MAX_PREPARED_STMT_COUNT_REACHED = 1461;
export const ER_KILL_DENIED_ERROR = 1095;
export const ER_QUERY_INTERRUPTED = 1317;
export const ER_ACCESS_DENIED_NO_PASSWORD_ERROR = 1698;
export const ER_MUST_CHANGE_PASSWORD = 1820;
/** The account is locked for a while, for it has failed to log in too often. */
export const ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK = 3955;
/** MariaDB's. */
export const ER_CONNECTION_KILLED = 1927;
export const ER_CLIENT_INTERACTION_TIMEOUT = 4031;
export const ER_NET_READ_ERROR = 1158;
export const ER_NET_READ_INTERRUPTED = 1159;
/**
 * No backend can be reached. The original sent 2002, a number of client libraries (CR_CONNECTION_ERROR); libmariadb takes
 * any ERR with a number from 2000 to 2999 for a malformed packet and hides its text.
 */
export const ER_CONNECT_TO_FOREIGN_DATA_SOURCE = 1429;

const SQL_STATES: Readonly<Record<number, string>> = {
  [ER_CON_COUNT_ERROR]: "08004",
  [ER_HANDSHAKE_ERROR]: "08S01",
  [ER_ACCESS_DENIED_ERROR]: "28000",
  [ER_UNKNOWN_COM_ERROR]: "08S01",
  [ER_BAD_DB_ERROR]: "42000",
  [ER_SERVER_SHUTDOWN]: "08S01",
  [ER_NET_PACKET_TOO_LARGE]: "08S01",
  [ER_NET_PACKETS_OUT_OF_ORDER]: "08S01",
  [ER_NET_READ_ERROR]: "08S01",
  [ER_NET_READ_INTERRUPTED]: "08S01",
  [ER_TOO_MANY_USER_CONNECTIONS]: "42000",
  [ER_WRONG_VALUE_FOR_VAR]: "42000",
  [ER_NOT_SUPPORTED_AUTH_MODE]: "08004",
  [ER_QUERY_INTERRUPTED]: "70100",
  [ER_CONNECTION_KILLED]: "70100",
  [ER_MAX_PREPARED_STMT_COUNT_REACHED]: "42000",
};

/** The SQLSTATE that belongs to an error number; HY000 where the manual names none. */
export function sqlStateOf(code: number): string {
  return SQL_STATES[code] ?? "HY000";
}

/** A peer broke the protocol. Ends the session or the connection that it came from, and nothing else. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: number;

  constructor(message: string, code: number = ER_MALFORMED_PACKET) {
    super(message);
    this.code = code;
  }
}
