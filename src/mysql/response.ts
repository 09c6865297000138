/**
 * The ResponseTracker: walks the packets of one answer without decoding rows, knows when it ends and what its last
 * OK or EOF said. It looks at five bytes of a packet and reads whole only the packets that decide something.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
 */
import { CLIENT_LOCAL_FILES } from "./capabilities.ts";
import { readPrepareOk, STATEMENT_ID_AT } from "./com-stmt-prepare.ts";
import type { Cursor } from "./cursor.ts";
import { ERR_HEADER } from "./err.ts";
import { ProtocolError } from "./errors.ts";
import { EOF_HEADER, OK_HEADER } from "./ok.ts";
import { PACKET_HEADER_BYTES, PACKET_PAYLOAD_MAX, payloadLengthAt } from "./packet.ts";
import {
  PHASE_COLUMNS,
  PHASE_COLUMNS_EOF,
  PHASE_DEFINITIONS,
  PHASE_FIRST,
  PHASE_LOCAL_INFILE,
  PHASE_PREPARE,
  PHASE_ROWS,
  PHASE_TEXT,
  type ResponseTracker,
} from "./response-tracker.ts";
import {
  SERVER_MORE_RESULTS_EXISTS,
  SERVER_PS_OUT_PARAMS,
  SERVER_SESSION_STATE_CHANGED,
  SERVER_STATUS_CURSOR_EXISTS,
} from "./status-flags.ts";

const LOCAL_INFILE_HEADER = 0xfb;
const EOF_PAYLOAD_BYTES = 5;
/** Error number of MariaDB's progress reports, which end nothing. */
const PROGRESS_REPORT = 0xffff;
/** OK, EOF and ERR packets, and a request for a local file, are never longer; one that claims to be is a lie. */
const DECIDING_PAYLOAD_MAX = 1 << 20;

/** The client has sent its file's last, empty packet: the server answers now. */
export function fileSent(tracker: ResponseTracker): void {
  tracker.wantsFile = false;
  tracker.phase = PHASE_FIRST;
}

/**
 * Walks [start, end) of `bytes`. Returns the place up to which bytes may be passed on; what is behind it must be
 * shown again together with more. Stops early when the answer is done, when the server wants a file, and behind an
 * OK packet that reports a changed session state (`stateAt`).
 * @throws ProtocolError when the server sends what no answer may hold.
 */
export function track(tracker: ResponseTracker, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  tracker.stateAt = -1;
  tracker.statementIdAt = -1;
  while (at < end) {
    if (tracker.skip > 0) {
      const taken = Math.min(tracker.skip, end - at);
      tracker.skip -= taken;
      at += taken;
      if (tracker.skip === 0 && !tracker.isContinued) packetPassed(tracker);
      if (tracker.isDone) return at;
      continue;
    }
    if (tracker.phase === PHASE_ROWS && !tracker.isContinued) at = passRows(tracker, bytes, at, end);
    if (end - at < PACKET_HEADER_BYTES) return at;
    const length = payloadLengthAt(bytes, at);
    if (length > 0 && end - at === PACKET_HEADER_BYTES) return at;
    // Nothing is written as an empty packet, but the end of one that was full.
    const isPassed = length > 0 && isPlain(tracker, bytes[at + PACKET_HEADER_BYTES] as number, length);
    if (tracker.isContinued || isPassed) {
      tracker.isContinued = length === PACKET_PAYLOAD_MAX;
      tracker.skip = length;
      at += PACKET_HEADER_BYTES;
      if (length === 0) packetPassed(tracker);
      if (tracker.isDone) return at;
      continue;
    }
    if (length > DECIDING_PAYLOAD_MAX)
      throw new ProtocolError(`the server sent a packet of ${length} bytes where OK, EOF or ERR must stand`);
    if (end - at < PACKET_HEADER_BYTES + length) return at;
    const packetAt = at;
    at += PACKET_HEADER_BYTES + length;
    decide(tracker, bytes, packetAt, length);
    if (tracker.isDone || tracker.wantsFile || tracker.stateAt >= 0) return at;
  }
  return at;
}

/** Steps over whole rows: the loop that large results live in. Returns where the first packet stands that is none. */
function passRows(tracker: ResponseTracker, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let rows = 0;
  const lengthOfEnd = tracker.isEofDeprecated ? PACKET_PAYLOAD_MAX : 9;
  while (end - at > PACKET_HEADER_BYTES) {
    const length = payloadLengthAt(bytes, at);
    const first = bytes[at + PACKET_HEADER_BYTES] as number;
    const next = at + PACKET_HEADER_BYTES + length;
    if (next > end || length === PACKET_PAYLOAD_MAX || length === 0) break;
    if (first >= EOF_HEADER && (first === ERR_HEADER || length < lengthOfEnd)) break;
    at = next;
    rows++;
  }
  tracker.rows += rows;
  return at;
}

/** True for a packet that passes without being read: a row or a definition. */
function isPlain(tracker: ResponseTracker, first: number, length: number): boolean {
  switch (tracker.phase) {
    case PHASE_ROWS:
      if (first === ERR_HEADER) return false;
      return first !== EOF_HEADER || length >= (tracker.isEofDeprecated ? PACKET_PAYLOAD_MAX : 9);
    case PHASE_COLUMNS:
      return first !== ERR_HEADER;
    case PHASE_DEFINITIONS:
      return true;
    default:
      return false;
  }
}

/** Counts a packet that isPlain let through, once its last byte has passed. */
function packetPassed(tracker: ResponseTracker): void {
  if (tracker.phase === PHASE_ROWS) {
    tracker.rows++;
    return;
  }
  tracker.definitions--;
  if (tracker.definitions > 0) return;
  if (tracker.phase === PHASE_DEFINITIONS) tracker.isDone = true;
  else tracker.phase = tracker.isEofDeprecated ? PHASE_ROWS : PHASE_COLUMNS_EOF;
}

/** Reads a packet that changes the phase. It stands whole in the buffer. */
function decide(tracker: ResponseTracker, bytes: Uint8Array, packetAt: number, length: number): void {
  const payloadAt = packetAt + PACKET_HEADER_BYTES;
  if (tracker.phase === PHASE_TEXT && (length === 0 || bytes[payloadAt] !== ERR_HEADER)) {
    tracker.isDone = true;
    return;
  }
  if (length === 0) throw new ProtocolError("the server sent an empty packet where an answer must stand");
  // Passing it on would have the rest of the file taken for commands.
  if (tracker.phase === PHASE_LOCAL_INFILE)
    throw new ProtocolError("the server answered before the end of the file that it asked for");
  const first = bytes[payloadAt] as number;
  if (first === ERR_HEADER) {
    const code = length >= 3 ? (bytes[payloadAt + 1] as number) | ((bytes[payloadAt + 2] as number) << 8) : 1;
    if (code === PROGRESS_REPORT) return;
    tracker.errorCode = code;
    tracker.isDone = true;
  } else if (tracker.phase === PHASE_PREPARE) {
    beginDefinitions(tracker, bytes, payloadAt, length);
  } else if (first === EOF_HEADER && length === EOF_PAYLOAD_BYTES) {
    readStatus(tracker, bytes, payloadAt + 3, payloadAt + 1);
    if ((tracker.status & SERVER_SESSION_STATE_CHANGED) !== 0) {
      // An EOF has no room to say what, and clients that did not ask must not hear of it.
      tracker.hasUntoldState = true;
      bytes[payloadAt + 4] = (bytes[payloadAt + 4] as number) & ~(SERVER_SESSION_STATE_CHANGED >>> 8);
    }
    endOfPart(tracker);
  } else if (first === EOF_HEADER || (first === OK_HEADER && tracker.phase === PHASE_FIRST)) {
    readOkStatus(tracker, bytes, payloadAt, length);
    if (tracker.phase === PHASE_FIRST) {
      tracker.hasRows = false;
      tracker.affectedRows = lenencAt(bytes, payloadAt + 1);
    }
    if ((tracker.status & SERVER_SESSION_STATE_CHANGED) !== 0) {
      tracker.stateAt = packetAt;
      tracker.hasToldState = true;
    }
    endOfPart(tracker);
  } else if (tracker.phase === PHASE_FIRST) {
    readResultHeader(tracker, bytes, payloadAt, length);
  } else {
    throw new ProtocolError(`the server sent a packet that starts with 0x${first.toString(16)} where EOF must stand`);
  }
}

/** The end of column definitions, of rows, or of an answer without rows. */
function endOfPart(tracker: ResponseTracker): void {
  // The flag alone does not tell: a CALL of a routine that has used a cursor has it, too, and sends its rows.
  const isCursor = tracker.isCursorWanted && (tracker.status & SERVER_STATUS_CURSOR_EXISTS) !== 0;
  if (tracker.phase === PHASE_COLUMNS_EOF && !isCursor) {
    tracker.phase = PHASE_ROWS;
    tracker.isOutParameters = (tracker.status & SERVER_PS_OUT_PARAMS) !== 0;
  } else if ((tracker.status & SERVER_MORE_RESULTS_EXISTS) !== 0 || tracker.isOutParameters) {
    // MySQL's EOF behind OUT parameters does not say that an OK follows.
    tracker.phase = PHASE_FIRST;
    tracker.isOutParameters = false;
  } else {
    tracker.isDone = true;
  }
}

function readResultHeader(tracker: ResponseTracker, bytes: Uint8Array, payloadAt: number, length: number): void {
  const first = bytes[payloadAt] as number;
  if (first === LOCAL_INFILE_HEADER) {
    if ((tracker.capabilities & CLIENT_LOCAL_FILES) === 0)
      throw new ProtocolError("the server asks for a file of a client that gives none away");
    tracker.phase = PHASE_LOCAL_INFILE;
    tracker.wantsFile = true;
    return;
  }
  const count =
    first === 0xfc && length >= 3 ? (bytes[payloadAt + 1] as number) | ((bytes[payloadAt + 2] as number) << 8) : first;
  if (first > 0xfc || count === 0) throw new ProtocolError(`0x${first.toString(16)} is no column count`);
  tracker.hasRows = true;
  tracker.rows = 0;
  tracker.definitions = count;
  tracker.phase = PHASE_COLUMNS;
  if (!tracker.isMetadataOptional) return;
  const flagAt = payloadAt + (first === 0xfc ? 3 : 1);
  if (flagAt >= payloadAt + length) throw new ProtocolError("the server left out whether column definitions follow");
  if (bytes[flagAt] === 0) tracker.phase = tracker.isEofDeprecated ? PHASE_ROWS : PHASE_COLUMNS_EOF;
}

function beginDefinitions(tracker: ResponseTracker, bytes: Uint8Array, payloadAt: number, length: number): void {
  const cursor: Cursor = { bytes, at: payloadAt, end: payloadAt + length };
  const { statementId, parameters, packets } = readPrepareOk(cursor, tracker.capabilities);
  tracker.statementId = statementId;
  tracker.statementIdAt = payloadAt + STATEMENT_ID_AT;
  tracker.parameters = parameters;
  tracker.definitions = packets;
  tracker.phase = PHASE_DEFINITIONS;
  tracker.isDone = packets === 0;
}

function readOkStatus(tracker: ResponseTracker, bytes: Uint8Array, payloadAt: number, length: number): void {
  const affectedAt = payloadAt + 1;
  const insertIdAt = affectedAt + lenencBytes(bytes[affectedAt] as number);
  const statusAt = insertIdAt + lenencBytes(bytes[insertIdAt] as number);
  if (statusAt + 4 > payloadAt + length) throw new ProtocolError("the server's OK packet ends before its status flags");
  if (bytes[insertIdAt] !== 0) tracker.hasInsertId = true;
  readStatus(tracker, bytes, statusAt, statusAt + 2);
}

function readStatus(tracker: ResponseTracker, bytes: Uint8Array, statusAt: number, warningsAt: number): void {
  tracker.status = (bytes[statusAt] as number) | ((bytes[statusAt + 1] as number) << 8);
  tracker.warnings = (bytes[warningsAt] as number) | ((bytes[warningsAt + 1] as number) << 8);
  if (tracker.warnings > 0) tracker.hasWarned = true;
}

/** The int<lenenc> at `at`; the packet has been checked to hold it. Past 2^53 it loses low bits. */
function lenencAt(bytes: Uint8Array, at: number): number {
  const width = lenencBytes(bytes[at] as number) - 1;
  if (width === 0) return bytes[at] as number;
  let value = 0;
  for (let i = width; i > 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}

/** Bytes that the int<lenenc> starting with `first` takes. */
function lenencBytes(first: number): number {
  if (first < 0xfb) return 1;
  return first === 0xfc ? 3 : first === 0xfd ? 4 : 9;
}
