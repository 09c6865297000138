/** Answers of a server as payloads, written from the manual's field lists; packetsOf() makes packets of them. */
import { CLIENT_DEPRECATE_EOF } from "../mysql/capabilities.ts";
import { SERVER_SESSION_STATE_CHANGED, SERVER_STATUS_AUTOCOMMIT } from "../mysql/status-flags.ts";
import {
  newWriter,
  type Writer,
  writeBytes,
  writeLenencBytes,
  writeLenencInt,
  writeLenencText,
  writeText,
  writeUint8,
  writeUint16,
  writeUint32,
  writeZeros,
  writtenBytes,
} from "../mysql/writer.ts";

export interface OkFields {
  /** 0x00, or 0xfe for the end of a result set under CLIENT_DEPRECATE_EOF. */
  header?: number;
  affectedRows?: number;
  insertId?: number;
  status?: number;
  warnings?: number;
  info?: string;
  /** Entries of the session state block; sets SERVER_SESSION_STATE_CHANGED. */
  state?: readonly StateEntry[];
}

/** type, and the entry's data. */
export type StateEntry = readonly [type: number, data: Uint8Array];

/** What `fill` writes, without a packet header. */
export function payload(fill: (writer: Writer) => void): Uint8Array {
  const writer = newWriter();
  fill(writer);
  return writtenBytes(writer);
}

/** An OK packet, in the shape that a client with CLIENT_SESSION_TRACK gets. */
export function ok(fields: OkFields = {}): Uint8Array {
  const { header = 0, affectedRows = 0, insertId = 0, warnings = 0, info = "", state } = fields;
  const status = (fields.status ?? SERVER_STATUS_AUTOCOMMIT) | (state === undefined ? 0 : SERVER_SESSION_STATE_CHANGED);
  return payload((writer) => {
    writeUint8(writer, header);
    writeLenencInt(writer, affectedRows);
    writeLenencInt(writer, insertId);
    writeUint16(writer, status);
    writeUint16(writer, warnings);
    if (info !== "" || state !== undefined) writeLenencText(writer, info);
    if (state === undefined) return;
    const block = payload((inner) => {
      for (const [type, data] of state) {
        writeUint8(inner, type);
        writeLenencBytes(inner, data);
      }
    });
    writeLenencBytes(writer, block);
  });
}

/** A session state entry of lenenc texts: a schema, or names and values of variables. */
export function stateEntry(type: number, ...texts: string[]): StateEntry {
  return [type, payload((writer) => texts.forEach((text) => void writeLenencText(writer, text)))];
}

/** An ERR packet. */
export function err(code: number, message: string, sqlState = "HY000"): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, 0xff);
    writeUint16(writer, code);
    writeText(writer, `#${sqlState}${message}`);
  });
}

/** An EOF packet. */
export function eof(status: number = SERVER_STATUS_AUTOCOMMIT, warnings = 0): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, 0xfe);
    writeUint16(writer, warnings);
    writeUint16(writer, status);
  });
}

/** A column of type VARCHAR. */
export function columnDefinition(name: string): Uint8Array {
  return payload((writer) => {
    for (const text of ["def", "", "", "", name, ""]) writeLenencText(writer, text);
    writeLenencInt(writer, 12); // length of the fixed fields
    writeUint16(writer, 45); // character set
    writeUint32(writer, 1024); // column length
    writeUint8(writer, 0xfd); // MYSQL_TYPE_VAR_STRING
    writeUint16(writer, 0); // flags
    writeUint8(writer, 0); // decimals
    writeZeros(writer, 2); // filler
  });
}

/** A row of the text protocol. */
export function textRow(values: ReadonlyArray<string | Uint8Array | null>): Uint8Array {
  return payload((writer) => {
    for (const value of values) {
      if (value === null) writeUint8(writer, 0xfb);
      else if (typeof value === "string") writeLenencText(writer, value);
      else writeLenencBytes(writer, value);
    }
  });
}

/** A row of the binary protocol: header, NULL bitmap, and values as they are. */
export function binaryRow(columns: number, values: Uint8Array): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, 0x00);
    writeZeros(writer, (columns + 9) >> 3);
    writeBytes(writer, values);
  });
}

/** What ends rows: an EOF packet, or an OK packet with its header. */
export function endOfRows(capabilities: number, fields: OkFields = {}): Uint8Array {
  if ((capabilities & CLIENT_DEPRECATE_EOF) !== 0) return ok({ ...fields, header: 0xfe });
  return eof(fields.status, fields.warnings);
}

/** A result set: column count, definitions, rows, and EOFs as the capabilities want them. */
export function resultSet(
  capabilities: number,
  columns: readonly string[],
  rows: ReadonlyArray<Uint8Array>,
  end: OkFields = {},
): Uint8Array[] {
  const head = [payload((writer) => writeLenencInt(writer, columns.length)), ...columns.map(columnDefinition)];
  if ((capabilities & CLIENT_DEPRECATE_EOF) === 0) head.push(eof(end.status));
  return [...head, ...rows, endOfRows(capabilities, end)];
}

/** The answer to COM_STMT_PREPARE. */
export function prepareOk(capabilities: number, id: number, columns: number, parameters: number): Uint8Array[] {
  const hasEof = (capabilities & CLIENT_DEPRECATE_EOF) === 0;
  const definitions = (count: number, name: string) => {
    const all = Array.from({ length: count }, (_, i) => columnDefinition(`${name}${i}`));
    return hasEof && count > 0 ? [...all, eof()] : all;
  };
  const head = payload((writer) => {
    writeUint8(writer, 0);
    writeUint32(writer, id);
    writeUint16(writer, columns);
    writeUint16(writer, parameters);
    writeUint8(writer, 0); // filler
    writeUint16(writer, 0); // warnings
  });
  return [head, ...definitions(parameters, "?"), ...definitions(columns, "c")];
}

/** What asks a client for a file. */
export function localInfile(name: string): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, 0xfb);
    writeText(writer, name);
  });
}
