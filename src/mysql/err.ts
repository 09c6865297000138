/** ERR_Packet. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html */
import { type Cursor, readBytes, readRestBytes, readUint16, skip, textOfBytes } from "./cursor.ts";
import { sqlStateOf } from "./errors.ts";
import {
  beginPacket,
  endPacket,
  newWriter,
  type Writer,
  writeText,
  writeUint8,
  writeUint16,
  writtenBytes,
} from "./writer.ts";

export const ERR_HEADER = 0xff;
/** Longest message sent, in characters; the servers' own limit is 512 bytes. */
const MESSAGE_CHARACTERS_MAX = 500;

export interface ErrPacket {
  code: number;
  sqlState: string;
  message: string;
}

/** Writes an ERR packet of protocol 4.1. */
export function writeErr(writer: Writer, sequence: number, error: ErrPacket): void {
  beginPacket(writer, sequence);
  writeUint8(writer, ERR_HEADER);
  writeUint16(writer, error.code);
  writeText(writer, `#${error.sqlState}${error.message.slice(0, MESSAGE_CHARACTERS_MAX)}`);
  endPacket(writer);
}

/** An ERR packet as bytes of its own. */
export function errBytes(sequence: number, code: number, message: string, sqlState = sqlStateOf(code)): Uint8Array {
  const writer = newWriter(64);
  writeErr(writer, sequence, { code, sqlState, message });
  return writtenBytes(writer);
}

/** An ERR before the greeting, when nobody knows yet whether the other side reads a SQLSTATE: there is none in it. */
export function earlyErrBytes(code: number, message: string): Uint8Array {
  const writer = newWriter(64);
  beginPacket(writer, 0);
  writeUint8(writer, ERR_HEADER);
  writeUint16(writer, code);
  writeText(writer, message);
  endPacket(writer);
  return writtenBytes(writer);
}

/** Reads an ERR packet's payload; before authentication a server may leave the SQLSTATE out. */
export function readErr(cursor: Cursor): ErrPacket {
  skip(cursor, 1); // ERR_HEADER
  const code = readUint16(cursor, "error number");
  let sqlState = "HY000";
  if (cursor.bytes[cursor.at] === 0x23 && cursor.end - cursor.at >= 6) {
    skip(cursor, 1); // '#'
    sqlState = textOfBytes(readBytes(cursor, 5, "SQLSTATE"));
  }
  return { code, sqlState, message: textOfBytes(readRestBytes(cursor)) };
}
