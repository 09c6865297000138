/**
 * What is known of an answer that is being passed on: where in it we are, and what its last OK or EOF said. response.ts
 * walks the packets.
 */
import { CLIENT_DEPRECATE_EOF, CLIENT_OPTIONAL_RESULTSET_METADATA } from "./capabilities.ts";
import { COM_FIELD_LIST, COM_STATISTICS, COM_STMT_FETCH, COM_STMT_PREPARE } from "./commands.ts";

/** The first packet of a result: OK, ERR, a request for a local file, or the column count. */
export const PHASE_FIRST = 0;
export const PHASE_COLUMNS = 1;
export const PHASE_COLUMNS_EOF = 2;
/** Rows, or the column definitions of COM_FIELD_LIST: any number of packets, then EOF, OK or ERR. */
export const PHASE_ROWS = 3;
export const PHASE_PREPARE = 4;
/** Definitions behind a COM_STMT_PREPARE OK: a counted number of packets, their EOFs included. */
export const PHASE_DEFINITIONS = 5;
/** COM_STATISTICS: one packet, whatever it holds. */
export const PHASE_TEXT = 6;
/** The client sends a file now; the answer goes on when it has ended. */
export const PHASE_LOCAL_INFILE = 7;

export interface ResponseTracker {
  phase: number;
  /** Of the connection. */
  capabilities: number;
  isEofDeprecated: boolean;
  /** A flag says of each result whether its column definitions are sent. */
  isMetadataOptional: boolean;
  /** The command asked for a cursor: then no rows may follow the column definitions. */
  isCursorWanted: boolean;
  /** Payload bytes of the current packet that have not arrived. */
  skip: number;
  /** The last packet was full: the next one continues it. */
  isContinued: boolean;
  /** The result in hand is the OUT parameters. */
  isOutParameters: boolean;
  /** Column definitions still to come. */
  definitions: number;
  isDone: boolean;
  /** The server asks the client for a file: relay client packets up to the empty one, then call fileSent. */
  wantsFile: boolean;
  /** Where the OK packet with a changed session state starts, when track stopped behind one; else -1. */
  stateAt: number;
  /** Of the last OK or EOF. An ERR leaves both as they were: it carries none. */
  status: number;
  warnings: number;
  /** Some result of the answer has had warnings. */
  hasWarned: boolean;
  /** An OK of this answer reported a changed session state. */
  hasToldState: boolean;
  /** An EOF of this answer says that session state changed; what changed is told in OK packets only. */
  hasUntoldState: boolean;
  /** The last result has rows, so many; else its OK says how many it affected. */
  hasRows: boolean;
  rows: number;
  affectedRows: number;
  /** An OK of this answer had a last insert id. */
  hasInsertId: boolean;
  /** Error number of the ERR that ended the answer; 0 when none did. */
  errorCode: number;
  /** Of COM_STMT_PREPARE's OK. */
  statementId: number;
  /** Where that id stands in the buffer that track() was shown last; -1 when it is not there. */
  statementIdAt: number;
  parameters: number;
}

/** A tracker; one per backend connection, reused for every answer. */
export function newResponseTracker(): ResponseTracker {
  return {
    phase: PHASE_FIRST,
    capabilities: 0,
    isEofDeprecated: false,
    isMetadataOptional: false,
    isCursorWanted: false,
    skip: 0,
    isContinued: false,
    isOutParameters: false,
    definitions: 0,
    isDone: true,
    wantsFile: false,
    stateAt: -1,
    status: 0,
    warnings: 0,
    hasWarned: false,
    hasToldState: false,
    hasUntoldState: false,
    hasRows: false,
    rows: 0,
    affectedRows: 0,
    hasInsertId: false,
    errorCode: 0,
    statementId: 0,
    statementIdAt: -1,
    parameters: 0,
  };
}

/** Expects the answer to `command` on a connection with `capabilities`. Status flags stay: they describe the session. */
export function beginResponse(
  tracker: ResponseTracker,
  command: number,
  capabilities: number,
  isCursorWanted = false,
): void {
  tracker.isCursorWanted = isCursorWanted;
  tracker.phase = firstPhaseOf(command);
  tracker.capabilities = capabilities;
  tracker.isEofDeprecated = (capabilities & CLIENT_DEPRECATE_EOF) !== 0;
  tracker.isMetadataOptional = (capabilities & CLIENT_OPTIONAL_RESULTSET_METADATA) !== 0;
  tracker.skip = 0;
  tracker.isContinued = false;
  tracker.definitions = 0;
  tracker.isDone = false;
  tracker.wantsFile = false;
  tracker.stateAt = -1;
  tracker.statementIdAt = -1;
  tracker.warnings = 0;
  tracker.hasWarned = false;
  tracker.isOutParameters = false;
  tracker.hasToldState = false;
  tracker.hasUntoldState = false;
  tracker.hasRows = false;
  tracker.rows = 0;
  tracker.affectedRows = 0;
  tracker.hasInsertId = false;
  tracker.errorCode = 0;
}

function firstPhaseOf(command: number): number {
  switch (command) {
    case COM_STMT_PREPARE:
      return PHASE_PREPARE;
    case COM_STMT_FETCH:
    case COM_FIELD_LIST:
      return PHASE_ROWS;
    case COM_STATISTICS:
      return PHASE_TEXT;
    default:
      return PHASE_FIRST;
  }
}
