/** Answers of a model session, and what they leave in it: counts, warnings, and what is reported of its state. */
import { CLIENT_DEPRECATE_EOF, CLIENT_SESSION_TRACK } from "../../../mysql/capabilities.ts";
import { SESSION_TRACK_SCHEMA, SESSION_TRACK_STATE_CHANGE, SESSION_TRACK_SYSTEM_VARIABLES } from "../../../mysql/ok.ts";
import {
  newWriter,
  writeBytes,
  writeLenencInt,
  writeLenencText,
  writeUint8,
  writeUint16,
  writeUint32,
  writeZeros,
  writtenBytes,
} from "../../../mysql/writer.ts";
import { eof, err, ok, type StateEntry, stateEntry, textRow } from "../../answers.ts";
import { type Diagnostic, type ModelSession, statusOf } from "./session.ts";

export type Answer = Uint8Array[];

export interface OkDetails {
  affected?: number;
  insertId?: number;
  info?: string;
  warnings?: readonly Diagnostic[];
  /** Status flags besides those of the session. */
  flags?: number;
}

/** An OK: the statement has run. */
export function okAnswer(session: ModelSession, details: OkDetails = {}): Answer {
  const { affected = 0, insertId = 0, info = "", warnings = [], flags = 0 } = details;
  session.rowCount = affected;
  if (insertId !== 0) session.lastInsertId = insertId;
  session.diagnostics = warnings;
  return [okPacket(session, { affected, insertId, info, warnings: warnings.length, flags, header: 0 })];
}

interface OkPacket {
  affected: number;
  insertId: number;
  info: string;
  warnings: number;
  flags: number;
  header: number;
}

function okPacket(session: ModelSession, { affected, insertId, info, warnings, flags, header }: OkPacket): Uint8Array {
  const state = stateOf(session);
  return ok({
    header,
    affectedRows: affected,
    insertId,
    info,
    warnings,
    status: statusOf(session) | flags,
    ...(state.length === 0 ? {} : { state }),
  });
}

/** What the session has asked to be told. */
function stateOf({ capabilities, report, tracked, tracksSchema, tracksState }: ModelSession): StateEntry[] {
  if ((capabilities & CLIENT_SESSION_TRACK) === 0) return [];
  const entries: StateEntry[] = [];
  for (let i = 0; i < report.variables.length; i += 2) {
    const [name = "", value = ""] = report.variables.slice(i, i + 2);
    if (tracked.has(name)) entries.push(stateEntry(SESSION_TRACK_SYSTEM_VARIABLES, name, value));
  }
  if (report.schema !== null && tracksSchema) entries.push(stateEntry(SESSION_TRACK_SCHEMA, report.schema));
  if (report.hasStateChange && tracksState) entries.push(stateEntry(SESSION_TRACK_STATE_CHANGE, "1"));
  return entries;
}

/** COM_PING leaves the warnings that are there, and MySQL counts them once more. */
export function answerPing(session: ModelSession): Answer {
  const { diagnostics } = session;
  const answer = okAnswer(session, { warnings: session.flavour === "mysql" ? diagnostics : [] });
  session.diagnostics = diagnostics;
  return answer;
}

/** An ERR: it is all that is left to be asked for. */
export function errAnswer(session: ModelSession, code: number, message: string, sqlState = "HY000"): Answer {
  session.rowCount = -1;
  session.diagnostics = [["Error", String(code), message]];
  return [err(code, message, sqlState)];
}

export interface RowsDetails {
  warnings?: readonly Diagnostic[];
  /** The statement names no table, which on MariaDB leaves the warnings of the one before. */
  hasNoTable?: boolean;
  flags?: number;
  isBinary?: boolean;
  /** What FOUND_ROWS() will say, when it is not the number of rows. */
  foundRows?: number;
}

/** A result set. */
export function rowsAnswer(
  session: ModelSession,
  columns: readonly string[],
  rows: ReadonlyArray<ReadonlyArray<string | null>>,
  details: RowsDetails = {},
): Answer {
  const { warnings = [], isBinary = false, flags = 0 } = details;
  session.rowCount = -1;
  session.foundRows = details.foundRows ?? rows.length;
  const isLeft = details.hasNoTable === true && session.flavour === "mariadb" && warnings.length === 0;
  if (!isLeft) session.diagnostics = warnings;
  const packets = rows.map((row) => (isBinary ? binaryTextRow(row) : textRow(row)));
  return [...headOf(session, columns), ...packets, endOf(session, warnings.length, flags)];
}

/** Column count, definitions and the EOF behind them. */
export function headOf(session: ModelSession, columns: readonly string[]): Answer {
  const head = [newPayload((writer) => writeLenencInt(writer, columns.length))];
  for (const name of columns) head.push(columnDefinition(name, session.names.id));
  if ((session.capabilities & CLIENT_DEPRECATE_EOF) === 0) head.push(eof(statusOf(session)));
  return head;
}

/** What ends rows. */
export function endOf(session: ModelSession, warnings: number, flags: number): Uint8Array {
  if ((session.capabilities & CLIENT_DEPRECATE_EOF) === 0) return eof(statusOf(session) | flags, warnings);
  return okPacket(session, { affected: 0, insertId: 0, info: "", warnings, flags, header: 0xfe });
}

/** A column whose definition shows the character set of the session, as those of real servers do. */
export function columnDefinition(name: string, collationId: number): Uint8Array {
  return newPayload((writer) => {
    for (const text of ["def", "", "", "", name, ""]) writeLenencText(writer, text);
    writeLenencInt(writer, 12); // length of the fixed fields
    writeUint16(writer, collationId);
    writeUint32(writer, 1024); // column length
    writeUint8(writer, 0xfd); // MYSQL_TYPE_VAR_STRING
    writeUint16(writer, 0); // flags
    writeUint8(writer, 0); // decimals
    writeZeros(writer, 2); // filler
  });
}

/** A row of the binary protocol whose columns are all texts. */
export function binaryTextRow(values: ReadonlyArray<string | null>): Uint8Array {
  const nulls = new Uint8Array((values.length + 9) >> 3);
  values.forEach((value, i) => {
    if (value === null) nulls[(i + 2) >> 3] = (nulls[(i + 2) >> 3] as number) | (1 << ((i + 2) & 7));
  });
  return newPayload((writer) => {
    writeUint8(writer, 0x00);
    writeBytes(writer, nulls);
    for (const value of values) if (value !== null) writeLenencText(writer, value);
  });
}

function newPayload(fill: (writer: ReturnType<typeof newWriter>) => void): Uint8Array {
  const writer = newWriter(64);
  fill(writer);
  return writtenBytes(writer);
}

/** COM_STMT_RESET: the diagnostics stay, though its OK counts none. */
export function answerStatementReset(session: ModelSession): Answer {
  const { diagnostics } = session;
  const answer = okAnswer(session);
  session.diagnostics = diagnostics;
  return answer;
}
