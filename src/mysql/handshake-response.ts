/** Protocol::HandshakeResponse41 and SSLRequest. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html */
import {
  CLIENT_CONNECT_ATTRS,
  CLIENT_CONNECT_WITH_DB,
  CLIENT_LONG_PASSWORD,
  CLIENT_PLUGIN_AUTH,
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
  CLIENT_PROTOCOL_41,
  CLIENT_SECURE_CONNECTION,
  CLIENT_SSL,
  CLIENT_ZSTD_COMPRESSION_ALGORITHM,
} from "./capabilities.ts";
import { type AttributesBlock, NO_ATTRIBUTES, readAttributes } from "./connection-attributes.ts";
import {
  type Cursor,
  readBytes,
  readLenencBytes,
  readNulBytes,
  readUint8,
  readUint16,
  readUint32,
  skip,
  textOfBytes,
} from "./cursor.ts";
import { ER_HANDSHAKE_ERROR, ProtocolError } from "./errors.ts";
import { readPluginName } from "./handshake-v10.ts";
import {
  beginPacket,
  endPacket,
  type Writer,
  writeLenencBytes,
  writeNulText,
  writeUint8,
  writeUint32,
  writeZeros,
} from "./writer.ts";

/** Payload bytes of an SSLRequest: the first four fields of the response and nothing else. */
export const SSL_REQUEST_BYTES = 32;

export interface HandshakeResponse {
  capabilities: number;
  /** MariaDB's own; 0 of clients that know none. */
  mariadbCapabilities: number;
  packetBytesMax: number;
  collation: number;
  user: string;
  /** Valid as long as the packet's buffer. */
  authResponse: Uint8Array;
  /** "" when the client names none. */
  schema: string;
  /** "" when the client names none. */
  authPlugin: string;
  /** Valid as long as the packet's buffer. */
  attributes: AttributesBlock;
  /** 0 when the client names none. */
  zstdLevel: number;
}

/**
 * True when the payload is an SSLRequest. The SSL bit alone does not tell: a full response sent inside TLS has it, too.
 */
export function isSslRequest(cursor: Cursor): boolean {
  if (cursor.end - cursor.at !== SSL_REQUEST_BYTES) return false;
  const low = (cursor.bytes[cursor.at] as number) | ((cursor.bytes[cursor.at + 1] as number) << 8);
  return (low & CLIENT_SSL) !== 0;
}

/**
 * Reads a client's handshake response.
 * @throws ProtocolError on a client older than 4.1 or fields that point past the packet.
 */
export function readHandshakeResponse(cursor: Cursor): HandshakeResponse {
  const low = readUint16(cursor, "capability flags");
  if ((low & CLIENT_PROTOCOL_41) === 0) {
    throw new ProtocolError("the client is older than MySQL 4.1: it lacks CLIENT_PROTOCOL_41", ER_HANDSHAKE_ERROR);
  }
  const capabilities = low | (readUint16(cursor, "capability flags") << 16);
  const packetBytesMax = readUint32(cursor, "max packet size");
  const collation = readUint8(cursor, "character set");
  skip(cursor, 19); // filler
  const lastFiller = readUint32(cursor, "filler");
  const mariadbCapabilities = (capabilities & CLIENT_LONG_PASSWORD) === 0 ? lastFiller : 0;
  const user = textOfBytes(readNulBytes(cursor, "user name"));
  const authResponse = readAuthResponse(cursor, capabilities);
  const hasSchema = (capabilities & CLIENT_CONNECT_WITH_DB) !== 0 && cursor.at < cursor.end;
  const schema = hasSchema ? textOfBytes(readNulBytes(cursor, "schema")) : "";
  const hasPlugin = (capabilities & CLIENT_PLUGIN_AUTH) !== 0 && cursor.at < cursor.end;
  const authPlugin = hasPlugin ? readPluginName(cursor) : "";
  const hasAttributes = (capabilities & CLIENT_CONNECT_ATTRS) !== 0 && cursor.at < cursor.end;
  const attributes = hasAttributes ? readLenencBytes(cursor, "connection attributes") : NO_ATTRIBUTES;
  readAttributes(attributes); // what is malformed is not passed on
  const hasLevel = (capabilities & CLIENT_ZSTD_COMPRESSION_ALGORITHM) !== 0 && cursor.at < cursor.end;
  const zstdLevel = hasLevel ? readUint8(cursor, "zstd compression level") : 0;
  return {
    capabilities,
    mariadbCapabilities,
    packetBytesMax,
    collation,
    user,
    authResponse,
    schema,
    authPlugin,
    attributes,
    zstdLevel,
  };
}

function readAuthResponse(cursor: Cursor, capabilities: number): Uint8Array {
  if ((capabilities & CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) !== 0) return readLenencBytes(cursor, "auth response");
  if ((capabilities & CLIENT_SECURE_CONNECTION) !== 0) {
    return readBytes(cursor, readUint8(cursor, "auth response length"), "auth response");
  }
  return readNulBytes(cursor, "auth response");
}

/** Writes the response to a greeting; `capabilities` must have CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA. */
export function writeHandshakeResponse(writer: Writer, sequence: number, response: HandshakeResponse): void {
  beginPacket(writer, sequence);
  writeFixedPart(writer, response);
  writeNulText(writer, response.user);
  writeLenencBytes(writer, response.authResponse);
  if ((response.capabilities & CLIENT_CONNECT_WITH_DB) !== 0) writeNulText(writer, response.schema);
  if ((response.capabilities & CLIENT_PLUGIN_AUTH) !== 0) writeNulText(writer, response.authPlugin);
  if ((response.capabilities & CLIENT_CONNECT_ATTRS) !== 0) writeLenencBytes(writer, response.attributes);
  if ((response.capabilities & CLIENT_ZSTD_COMPRESSION_ALGORITHM) !== 0) writeUint8(writer, response.zstdLevel);
  endPacket(writer);
}

/** Writes the packet that asks the server for TLS; the handshake response follows inside it. */
export function writeSslRequest(writer: Writer, sequence: number, response: HandshakeResponse): void {
  beginPacket(writer, sequence);
  writeFixedPart(writer, response);
  endPacket(writer);
}

function writeFixedPart(writer: Writer, response: HandshakeResponse): void {
  writeUint32(writer, response.capabilities);
  writeUint32(writer, response.packetBytesMax);
  writeUint8(writer, response.collation);
  writeZeros(writer, 19); // filler
  writeUint32(writer, response.mariadbCapabilities);
}
