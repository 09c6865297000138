/** The commands about prepared statements. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_ps.html */
import {
  COM_STMT_BULK_EXECUTE,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
} from "../mysql/commands.ts";
import { ER_STMT_HAS_NO_OPEN_CURSOR, ER_UNKNOWN_STMT_HANDLER, ProtocolError } from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES } from "../mysql/packet.ts";
import { readStatement } from "../sql/read-statement.ts";
import { execute } from "./execute.ts";
import { governAndExecute } from "./govern.ts";
import { restBetweenStatements, setPins } from "./hold.ts";
import { PINS_OF_PREPARED } from "./pin.ts";
import { closePrepared, leavesOutTypes as leavesOut, pinsOfPrepared, preparedAt, statementIdAt } from "./prepared.ts";
import { refuse } from "./refuse.ts";
import { replyOk } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import type { PreparedStatement, Session } from "./session.ts";
import { isMariadbSession } from "./shape.ts";

/** How long commands are at least, behind their first byte; none has to be longer than BYTES_ENOUGH. */
const BYTES_ENOUGH = 9;
const BYTES_MIN_OF_MYSQL: Readonly<Record<number, number>> = {
  [COM_STMT_EXECUTE]: 9,
  [COM_STMT_FETCH]: 8,
  [COM_STMT_SEND_LONG_DATA]: 6,
  [COM_STMT_RESET]: 4,
};
const BYTES_MIN_OF_MARIADB: Readonly<Record<number, number>> = { [COM_STMT_EXECUTE]: 9, [COM_STMT_BULK_EXECUTE]: 6 };

/** An execution is judged, routed and counted as the text that was prepared. */
export function onExecute(session: Session): void {
  const { statement } = session;
  if (isTooShort(session)) return forwardAsIs(session);
  const prepared = preparedInHand(session);
  readNothing(session);
  if (prepared === null) return unknown(session, "mysqld_stmt_execute");
  const { failure, shared, kind, effects } = prepared;
  session.running = prepared;
  if (failure !== null) {
    prepared.failure = null;
    return refuse(session, failure.code, failure.message);
  }
  statement.bytes = shared.text;
  statement.start = 0;
  statement.end = shared.text.length;
  statement.kind = kind;
  statement.effects = effects;
  statement.text = prepared.text;
  governAndExecute(session);
  // Where it was answered at once, the next command may have been read.
  if (statement.bytes === shared.text) prepared.text = statement.text;
}

/** Long data has no answer: it goes to the session's connection, which is kept until the execution. */
export function onLongData(session: Session): void {
  if (isTooShort(session)) throw new ProtocolError("the parameter's number is missing");
  const prepared = preparedInHand(session);
  readNothing(session);
  if (prepared === null || prepared.failure !== null) return discard(session);
  session.running = prepared;
  execute(session);
}

/** COM_STMT_CLOSE has no answer, either. */
export function onClose(session: Session): void {
  const prepared = preparedInHand(session);
  if (prepared === null) return discard(session);
  closePrepared(session, prepared);
  setPins(session, (session.pins & ~PINS_OF_PREPARED) | pinsOfPrepared(session));
  restBetweenStatements(session);
}

/** Rows of an open cursor, which is on the session's connection. */
export function onFetch(session: Session): void {
  if (isTooShort(session)) return forwardAsIs(session);
  const prepared = preparedInHand(session);
  readNothing(session);
  if (prepared === null) return unknown(session, "mysqld_stmt_fetch");
  if (!prepared.hasCursor) {
    const end = isMariadbSession(session) ? "" : ".";
    return fail(session, ER_STMT_HAS_NO_OPEN_CURSOR, `The statement (${prepared.id}) has no open cursor${end}`);
  }
  session.running = prepared;
  execute(session);
}

/** Frees what is in a statement; nearly always there is nothing. */
export function onReset(session: Session): void {
  if (isTooShort(session)) return forwardAsIs(session);
  const prepared = preparedInHand(session);
  readNothing(session);
  if (prepared === null) return unknown(session, "mysqld_stmt_reset");
  prepared.failure = null;
  if (prepared.held === null) {
    session.counts.rowCount = 0;
    session.last.isRowCountAhead = true;
    return replyOk(session);
  }
  session.running = prepared;
  execute(session);
}

/** True when an execution, of which [start, end) is here, leaves out types that a server may have to be told. */
export function leavesOutTypes(session: Session, bytes: Uint8Array, start: number, end: number): boolean {
  try {
    const prepared = preparedAt(session, bytes, start, end);
    if (prepared === null) return false;
    return leavesOut(prepared, bytes, start + PACKET_HEADER_BYTES, end, session.capabilities);
  } catch (error) {
    if (error instanceof ProtocolError) return false; // it is refused when it is looked at as a command
    throw error;
  }
}

/** True for a command that the server refuses before it looks at the statement's id; MariaDB reads some of them all the same. */
function isTooShort(session: Session): boolean {
  const { command, start, end } = session.request;
  const length = end - start - PACKET_HEADER_BYTES - 1;
  if (length >= BYTES_ENOUGH) return false;
  const bytesMin = isMariadbSession(session) ? BYTES_MIN_OF_MARIADB[command] : BYTES_MIN_OF_MYSQL[command];
  return bytesMin !== undefined && length < bytesMin;
}

/** The server says what is wrong with it. */
function forwardAsIs(session: Session): void {
  readNothing(session);
  execute(session);
}

function preparedInHand(session: Session): PreparedStatement | null {
  const { bytes, start, end } = session.request;
  return preparedAt(session, bytes, start, end);
}

/** The command has no text of its own. */
function readNothing({ statement, request }: Session): void {
  readStatement(statement, request.command, request.bytes, request.end, request.end);
}

/** In the servers' words: `inMariadb` is what MariaDB calls the place. */
function unknown(session: Session, inMariadb: string): void {
  const { bytes, start, end } = session.request;
  const id = statementIdAt(bytes, start, end);
  const where = isMariadbSession(session) ? inMariadb : "mysql_stmt_precheck";
  fail(session, ER_UNKNOWN_STMT_HANDLER, `Unknown prepared statement handler (${id}) given to ${where}`);
}

/** Says a server's error in its stead, which no connection knows of: ROW_COUNT() says so, and SHOW WARNINGS cannot show it. */
function fail(session: Session, code: number, message: string): void {
  session.counts.rowCount = -1;
  session.last.isRowCountAhead = true;
  session.last.hasLostDiagnostics = true;
  refuse(session, code, message);
}

/** A command without an answer that concerns nobody. */
function discard(session: Session): void {
  if (hasMoreToCome(session.request)) session.phase = "discarding";
}
