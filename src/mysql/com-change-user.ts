/** COM_CHANGE_USER. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html */
import { CLIENT_PLUGIN_AUTH, CLIENT_SECURE_CONNECTION } from "./capabilities.ts";
import { type Cursor, readBytes, readNulBytes, readUint8, readUint16, skip, textOfBytes } from "./cursor.ts";
import { readPluginName } from "./handshake-v10.ts";

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
}

/**
 * Reads the command's payload; `capabilities` are those of the session. Connection attributes at its end are left.
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
  const hasPlugin = (capabilities & CLIENT_PLUGIN_AUTH) !== 0 && cursor.at < cursor.end;
  const authPlugin = hasPlugin ? readPluginName(cursor) : "";
  return { user, authResponse, schema, collation, authPlugin };
}
