/** Statements of the proxy's own on a connection: small questions, answered whole, several in one segment. */
import { CLIENT_DEPRECATE_EOF, CLIENT_QUERY_ATTRIBUTES } from "../mysql/capabilities.ts";
import { writeNoAttributes } from "../mysql/com-query.ts";
import { readPrepareOk } from "../mysql/com-stmt-prepare.ts";
import { COM_QUERY, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { type Cursor, readLenencBytes, readLenencInt, textOfBytes } from "../mysql/cursor.ts";
import { ERR_HEADER, readErr } from "../mysql/err.ts";
import { ProtocolError } from "../mysql/errors.ts";
import { EOF_HEADER, OK_HEADER } from "../mysql/ok.ts";
import { PACKET_PAYLOAD_MAX } from "../mysql/packet.ts";
import { beginPacket, endPackets, newWriter, writeBytes, writeUint8, writtenBytes } from "../mysql/writer.ts";
import { sendAll } from "../net/send.ts";
import type { Connection, OwnAnswer, OwnStatement } from "./connection.ts";

/** Answers to our own questions are small: all rows of one together. */
const ROWS_BYTES_MAX = 1 << 22;
const TOO_MUCH = "the server said more than it was asked";
/** What a row takes besides its values. */
const ROW_BYTES = 64;

/** A statement for ask(). `text` is the payload behind the command byte. */
export function newOwnStatement(
  command: number,
  text: string | Uint8Array,
  onAnswer: (answer: OwnAnswer) => void,
): OwnStatement {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const packets = 1 + Math.floor((1 + bytes.length) / PACKET_PAYLOAD_MAX);
  return {
    command,
    text: bytes,
    onAnswer,
    id: 0,
    sequence: packets,
    definitions: -1,
    columns: 0,
    rows: [],
    rowsBytes: 0,
  };
}

/** Sends `statements` in one segment; each hears its answer, in order. The connection must be at a clean boundary. */
export function ask<Holder>(connection: Connection<Holder>, statements: readonly OwnStatement[]): void {
  connection.answeredBytes = 0;
  const writer = newWriter(256);
  const hasAttributes = (connection.capabilities & CLIENT_QUERY_ATTRIBUTES) !== 0;
  for (const statement of statements) {
    beginPacket(writer, 0);
    writeUint8(writer, statement.command);
    if (statement.command === COM_QUERY && hasAttributes) writeNoAttributes(writer);
    writeBytes(writer, statement.text);
    endPackets(writer);
    connection.ownStatements.push(statement);
  }
  if (connection.wire !== null) sendAll(connection.wire, writtenBytes(writer));
}

/**
 * Reads one packet of the oldest unanswered statement's answer.
 * @throws ProtocolError on a broken packet, and on one that answers nothing that was asked.
 */
export function readOwnAnswer<Holder>(connection: Connection<Holder>, packet: Cursor, sequence: number): void {
  const statement = connection.ownStatements[0];
  if (statement === undefined) throw new ProtocolError(TOO_MUCH);
  if (packet.at === packet.end) throw new ProtocolError("the server sent an empty packet where an answer must stand");
  const first = packet.bytes[packet.at] as number;
  if (first === ERR_HEADER) return answered(connection, statement, { kind: "error", error: readErr(packet) });
  // An answer that is one late is another statement's.
  if (sequence !== (statement.sequence & 0xff)) throw new ProtocolError("the server's packets are out of order");
  statement.sequence++;
  if (statement.command === COM_STMT_PREPARE) readPreparePacket(connection, statement, packet);
  else readResultPacket(connection, statement, packet, first);
}

function readResultPacket<Holder>(
  connection: Connection<Holder>,
  statement: OwnStatement,
  packet: Cursor,
  first: number,
): void {
  if (statement.definitions < 0) {
    if (first === OK_HEADER || first === EOF_HEADER) return answered(connection, statement, rowsOf(statement));
    const isEofDeprecated = (connection.capabilities & CLIENT_DEPRECATE_EOF) !== 0;
    statement.columns = readLenencInt(packet, "column count");
    statement.definitions = statement.columns + (isEofDeprecated ? 0 : 1);
  } else if (statement.definitions > 0) {
    statement.definitions--;
  } else if (first === EOF_HEADER && packet.end - packet.at < 0xffffff) {
    answered(connection, statement, rowsOf(statement));
  } else {
    statement.rowsBytes += packet.end - packet.at + ROW_BYTES;
    if (statement.rowsBytes > ROWS_BYTES_MAX) throw new ProtocolError("the server's answer to us has no end");
    statement.rows.push(readTextRow(packet, statement.columns));
  }
}

/** The first packet of COM_STMT_PREPARE's answer tells how many more there are; none of them is looked at. */
function readPreparePacket<Holder>(connection: Connection<Holder>, statement: OwnStatement, packet: Cursor): void {
  if (statement.definitions < 0) {
    const { statementId, packets } = readPrepareOk(packet, connection.capabilities);
    statement.id = statementId;
    statement.definitions = packets;
  } else {
    statement.definitions--;
  }
  if (statement.definitions === 0) answered(connection, statement, { kind: "prepared", id: statement.id });
}

function rowsOf(statement: OwnStatement): OwnAnswer {
  return { kind: "rows", rows: statement.rows };
}

function answered<Holder>(connection: Connection<Holder>, statement: OwnStatement, answer: OwnAnswer): void {
  connection.ownStatements.shift();
  // What came with the last answer cannot answer what is asked next.
  if (connection.ownStatements.length === 0 && connection.rest !== null) throw new ProtocolError(TOO_MUCH);
  statement.onAnswer(answer);
}

/** ProtocolText::ResultsetRow. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html */
function readTextRow(packet: Cursor, columns: number): Array<string | null> {
  const row: Array<string | null> = [];
  for (let i = 0; i < columns; i++) {
    if (packet.at < packet.end && packet.bytes[packet.at] === 0xfb) {
      packet.at++; // NULL
      row.push(null);
    } else {
      row.push(textOfBytes(readLenencBytes(packet, "column value")));
    }
  }
  return row;
}
