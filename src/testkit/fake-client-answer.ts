/**
 * Where an answer ends, worked out packet by packet from the manual and on payloads, so that it is a second opinion
 * beside the proxy's ResponseTracker.
 */
import { CLIENT_DEPRECATE_EOF } from "../mysql/capabilities.ts";
import { COM_FIELD_LIST, COM_STATISTICS, COM_STMT_FETCH, COM_STMT_PREPARE } from "../mysql/commands.ts";
import { newCursor, readLenencInt, readUint16, skip } from "../mysql/cursor.ts";
import type { HandshakeV10 } from "../mysql/handshake-v10.ts";
import {
  SERVER_MORE_RESULTS_EXISTS,
  SERVER_PS_OUT_PARAMS,
  SERVER_STATUS_CURSOR_EXISTS,
} from "../mysql/status-flags.ts";
import { nextPacket, type PacketStream, type RawPacket } from "./packet-stream.ts";

const FULL = 0xffffff;

/** A client that has logged in. */
export interface FakeClient {
  readonly stream: PacketStream;
  greeting: HandshakeV10;
  /** What both sides have. */
  capabilities: number;
}

/** Reads all packets of the answer to `command`. @throws Error when the connection ends before the answer does. */
export async function readAnswer(client: FakeClient, command: number): Promise<RawPacket[]> {
  const answer: RawPacket[] = [];
  const read = async (): Promise<Uint8Array> => {
    const packet = await nextPacket(client.stream);
    if (packet === null) throw new Error(`the connection ended inside an answer, after ${answer.length} packets`);
    answer.push(packet);
    return packet.payload;
  };
  const isEofDeprecated = (client.capabilities & CLIENT_DEPRECATE_EOF) !== 0;
  if (command === COM_STATISTICS) await read();
  else if (command === COM_STMT_PREPARE) await readPrepared(read, isEofDeprecated);
  else if (command === COM_FIELD_LIST || command === COM_STMT_FETCH) await readRows(read, isEofDeprecated);
  else await readResults(read, isEofDeprecated);
  return answer;
}

type Read = () => Promise<Uint8Array>;

async function readResults(read: Read, isEofDeprecated: boolean): Promise<void> {
  for (;;) {
    const first = await read();
    if (first[0] === 0xff || first[0] === 0xfb) return;
    let status = 0;
    let columnsStatus = 0;
    if (first[0] === 0x00 || first[0] === 0xfe) {
      status = first.length === 5 ? eofStatus(first) : okStatus(first);
    } else {
      const columns = readLenencInt(newCursor(first));
      for (let i = 0; i < columns; i++) await read();
      if (!isEofDeprecated) columnsStatus = eofStatus(await read());
      if ((columnsStatus & SERVER_STATUS_CURSOR_EXISTS) !== 0) return;
      status = await readRows(read, isEofDeprecated);
    }
    // Behind OUT parameters an OK follows, whether or not their last EOF says so.
    if (((status & SERVER_MORE_RESULTS_EXISTS) | (columnsStatus & SERVER_PS_OUT_PARAMS)) === 0) return;
  }
}

/** Reads rows up to their end. Returns the status flags there; 0 for an ERR. */
async function readRows(read: Read, isEofDeprecated: boolean): Promise<number> {
  let isContinuation = false;
  for (;;) {
    const row = await read();
    const isEnd = row[0] === 0xfe && row.length < (isEofDeprecated ? FULL : 9);
    if (!isContinuation && row[0] === 0xff) return 0;
    if (!isContinuation && isEnd) return isEofDeprecated ? okStatus(row) : eofStatus(row);
    isContinuation = row.length === FULL;
  }
}

async function readPrepared(read: Read, isEofDeprecated: boolean): Promise<void> {
  const head = await read();
  if (head[0] === 0xff) return;
  const cursor = newCursor(head);
  skip(cursor, 5); // OK header, statement id
  const counts = [readUint16(cursor), readUint16(cursor)];
  for (const count of counts) {
    const packets = count === 0 || isEofDeprecated ? count : count + 1;
    for (let i = 0; i < packets; i++) await read();
  }
}

/** Status flags of an OK packet. */
export function okStatus(payload: Uint8Array): number {
  const cursor = newCursor(payload);
  skip(cursor, 1); // header
  readLenencInt(cursor); // affected rows
  readLenencInt(cursor); // last insert id
  return readUint16(cursor);
}

function eofStatus(payload: Uint8Array): number {
  const cursor = newCursor(payload);
  skip(cursor, 3); // header, warnings
  return readUint16(cursor);
}
