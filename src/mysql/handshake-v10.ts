/** Protocol::HandshakeV10, the server's greeting. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html */
import { CLIENT_LONG_PASSWORD, CLIENT_PLUGIN_AUTH, CLIENT_SECURE_CONNECTION } from "./capabilities.ts";
import {
  type Cursor,
  readBytes,
  readNulBytes,
  readUint8,
  readUint16,
  readUint32,
  skip,
  textOfBytes,
} from "./cursor.ts";
import { ER_HANDSHAKE_ERROR, ProtocolError } from "./errors.ts";
import {
  beginPacket,
  endPacket,
  type Writer,
  writeBytes,
  writeNulText,
  writeUint8,
  writeUint16,
  writeUint32,
  writeZeros,
} from "./writer.ts";

export const PROTOCOL_VERSION = 10;
/** Bytes of a scramble, without the NUL that follows it on the wire. */
export const SCRAMBLE_BYTES = 20;

export interface HandshakeV10 {
  serverVersion: string;
  connectionId: number;
  /** SCRAMBLE_BYTES bytes, none of them NUL. */
  scramble: Uint8Array;
  capabilities: number;
  /** MariaDB's own; 0 of other servers. */
  mariadbCapabilities: number;
  /** Low byte of the server's default collation id. */
  collation: number;
  status: number;
  authPlugin: string;
}

/** Writes the greeting as a packet with sequence id 0. */
export function writeHandshakeV10(writer: Writer, greeting: HandshakeV10): void {
  beginPacket(writer, 0);
  writeUint8(writer, PROTOCOL_VERSION);
  writeNulText(writer, greeting.serverVersion);
  writeUint32(writer, greeting.connectionId);
  writeBytes(writer, greeting.scramble.subarray(0, 8));
  writeUint8(writer, 0); // filler
  writeUint16(writer, greeting.capabilities & 0xffff);
  writeUint8(writer, greeting.collation);
  writeUint16(writer, greeting.status);
  writeUint16(writer, greeting.capabilities >>> 16);
  writeUint8(writer, SCRAMBLE_BYTES + 1);
  writeZeros(writer, 6); // reserved
  writeUint32(writer, greeting.mariadbCapabilities);
  writeBytes(writer, greeting.scramble.subarray(8, SCRAMBLE_BYTES));
  writeUint8(writer, 0);
  writeNulText(writer, greeting.authPlugin);
  endPacket(writer);
}

/**
 * Reads a greeting's payload. The scramble is copied, so it outlives the packet.
 * @throws ProtocolError on another protocol version, or a server older than 4.1.
 */
export function readHandshakeV10(cursor: Cursor): HandshakeV10 {
  const version = readUint8(cursor, "protocol version");
  if (version !== PROTOCOL_VERSION) {
    throw new ProtocolError(
      `the server speaks protocol version ${version}; pisanix needs ${PROTOCOL_VERSION}`,
      ER_HANDSHAKE_ERROR,
    );
  }
  const serverVersion = textOfBytes(readNulBytes(cursor, "server version"));
  const connectionId = readUint32(cursor, "connection id");
  const scramble = new Uint8Array(SCRAMBLE_BYTES);
  scramble.set(readBytes(cursor, 8, "auth-plugin-data-part-1"));
  skip(cursor, 1); // filler
  let capabilities = readUint16(cursor, "capability flags");
  const collation = readUint8(cursor, "character set");
  const status = readUint16(cursor, "status flags");
  capabilities |= readUint16(cursor, "upper capability flags") << 16;
  const dataLength = readUint8(cursor, "auth-plugin-data length");
  skip(cursor, 6); // reserved
  const lastReserved = readUint32(cursor, "reserved");
  const mariadbCapabilities = (capabilities & CLIENT_LONG_PASSWORD) === 0 ? lastReserved : 0;
  if ((capabilities & CLIENT_SECURE_CONNECTION) === 0) {
    throw new ProtocolError(
      "the server is older than MySQL 4.1: it lacks CLIENT_SECURE_CONNECTION",
      ER_HANDSHAKE_ERROR,
    );
  }
  const partTwo = readBytes(cursor, Math.max(13, dataLength - 8), "auth-plugin-data-part-2");
  scramble.set(partTwo.subarray(0, SCRAMBLE_BYTES - 8), 8);
  const hasPlugin = (capabilities & CLIENT_PLUGIN_AUTH) !== 0;
  // Some servers forget the NUL after the name, so the rest of the packet is taken up to the first NUL.
  const authPlugin = hasPlugin ? readPluginName(cursor) : "mysql_native_password";
  return {
    serverVersion,
    connectionId,
    scramble,
    capabilities,
    mariadbCapabilities,
    collation,
    status,
    authPlugin,
  };
}

/** A plugin's name at the end of a packet, with or without its NUL. */
export function readPluginName(cursor: Cursor): string {
  const nul = cursor.bytes.indexOf(0, cursor.at);
  const length = (nul < 0 || nul > cursor.end ? cursor.end : nul) - cursor.at;
  const name = textOfBytes(readBytes(cursor, length, "auth plugin name"));
  if (cursor.at < cursor.end) skip(cursor, 1); // its NUL
  return name;
}
