/** Server status flags. https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html (SERVER_STATUS_flags_enum) */

export const SERVER_STATUS_IN_TRANS = 0x0001;
export const SERVER_STATUS_AUTOCOMMIT = 0x0002;
export const SERVER_MORE_RESULTS_EXISTS = 0x0008;
export const SERVER_STATUS_CURSOR_EXISTS = 0x0040;
export const SERVER_STATUS_LAST_ROW_SENT = 0x0080;
export const SERVER_STATUS_NO_BACKSLASH_ESCAPES = 0x0200;
/** The rows are the OUT parameters of a prepared CALL; another result follows. */
export const SERVER_PS_OUT_PARAMS = 0x1000;
export const SERVER_STATUS_IN_TRANS_READONLY = 0x2000;
export const SERVER_SESSION_STATE_CHANGED = 0x4000;

/** The flags that describe a session rather than an answer. */
export const SESSION_STATUS_FLAGS =
  SERVER_STATUS_IN_TRANS |
  SERVER_STATUS_AUTOCOMMIT |
  SERVER_STATUS_NO_BACKSLASH_ESCAPES |
  SERVER_STATUS_IN_TRANS_READONLY;
