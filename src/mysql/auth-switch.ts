/** Protocol::AuthSwitchRequest. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html */
import { CLIENT_ED25519 } from "./auth-plugins.ts";
import { type Cursor, readNulBytes, readRestBytes, skip, textOfBytes } from "./cursor.ts";
import { beginPacket, endPacket, type Writer, writeBytes, writeNulText, writeUint8 } from "./writer.ts";

export const AUTH_SWITCH_REQUEST = 0xfe;

export interface AuthSwitchRequest {
  authPlugin: string;
  /** A copy, without the NUL at its end. */
  scramble: Uint8Array;
}

/** Asks the client to answer `scramble` with another plugin. */
export function writeAuthSwitchRequest(writer: Writer, sequence: number, request: AuthSwitchRequest): void {
  beginPacket(writer, sequence);
  writeUint8(writer, AUTH_SWITCH_REQUEST);
  writeNulText(writer, request.authPlugin);
  writeBytes(writer, request.scramble);
  // Clients of client_ed25519 sign all that comes, and some refuse a byte more than its scramble has.
  if (request.authPlugin !== CLIENT_ED25519) writeUint8(writer, 0);
  endPacket(writer);
}

/** Reads the request's payload. @throws ProtocolError when the name has no end. */
export function readAuthSwitchRequest(cursor: Cursor): AuthSwitchRequest {
  skip(cursor, 1); // AUTH_SWITCH_REQUEST
  const authPlugin = textOfBytes(readNulBytes(cursor, "auth plugin name"));
  const data = readRestBytes(cursor);
  // Of client_ed25519 no NUL follows the scramble, which may end in one itself: the length tells.
  const hasNul = data.length % 2 === 1 && data[data.length - 1] === 0;
  return { authPlugin, scramble: data.slice(0, hasNul ? data.length - 1 : data.length) };
}
