/** COM_CHANGE_USER. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html */
import { CLIENT_CONNECT_ATTRS, CLIENT_PLUGIN_AUTH, CLIENT_SECURE_CONNECTION } from "./capabilities.ts";
import { COM_CHANGE_USER } from "./commands.ts";
import { type AttributesBlock, NO_ATTRIBUTES, readAttributes } from "./connection-attributes.ts";
import {
  type Cursor,
  readBytes,
  readLenencBytes,
  readNulBytes,
  readUint8,
  readUint16,
  skip,
  textOfBytes,
} from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { readPluginName } from "./handshake-v10.ts";
import {
  beginPacket,
  endPacket,
  type Writer,
  writeBytes,
  writeLenencBytes,
  writeNulText,
  writeUint8,
  writeUint16,
} from "./writer.ts";

export interface ChangeUser {
  user: string;
  /** Valid as long as the packet's buffer. */
  authResponse: Uint8Array;
  /** "" when the client names none. */
  schema: string;
  /** 0 when the client names none. */
  collation: number;
  /** "" when the client names none. */
  authPlugin: string;
  /** Valid as long as the packet's buffer. */
  attributes: AttributesBlock;
}

/**
 * Reads the command's payload; `capabilities` are those of the session.
 * @throws ProtocolError on fields that point past the packet.
 */
export function readChangeUser(cursor: Cursor, capabilities: number): ChangeUser {
  skip(cursor, 1); // COM_CHANGE_USER
  const user = textOfBytes(readNulBytes(cursor, "user name"));
  const hasLength = (capabilities & CLIENT_SECURE_CONNECTION) !== 0;
  const authResponse = hasLength
    ? readBytes(cursor, readUint8(cursor, "auth response length"), "auth response")
    : readNulBytes(cursor, "auth response");
  const schema = textOfBytes(readNulBytes(cursor, "schema"));
  // Clients from before 5.1 end here.
  const collation = cursor.at < cursor.end ? readUint16(cursor, "character set") : 0;
  const hasPlugin = (capabilities & CLIENT_PLUGIN_AUTH) !== 0;
  // A client that knows of plugins names one.
  if (hasPlugin && cursor.at >= cursor.end) throw new ProtocolError("the auth plugin name is missing");
  const authPlugin = hasPlugin ? readPluginName(cursor) : "";
  const hasAttributes = (capabilities & CLIENT_CONNECT_ATTRS) !== 0 && cursor.at < cursor.end;
  const attributes = hasAttributes ? readLenencBytes(cursor, "connection attributes") : NO_ATTRIBUTES;
  readAttributes(attributes); // what is malformed is not passed on
  return { user, authResponse, schema, collation, authPlugin, attributes };
}

/** Writes the whole command; `capabilities` are those of the connection, with CLIENT_SECURE_CONNECTION and CLIENT_PLUGIN_AUTH. */
export function writeChangeUser(writer: Writer, request: ChangeUser, capabilities: number): void {
  beginPacket(writer, 0);
  writeUint8(writer, COM_CHANGE_USER);
  writeNulText(writer, request.user);
  writeUint8(writer, request.authResponse.length);
  writeBytes(writer, request.authResponse);
  writeNulText(writer, request.schema);
  writeUint16(writer, request.collation);
  writeNulText(writer, request.authPlugin);
  if ((capabilities & CLIENT_CONNECT_ATTRS) !== 0) writeLenencBytes(writer, request.attributes);
  endPacket(writer);
}
