/**
 * Protocol::AuthMoreData and the single bytes of the SHA-2 plugins inside it.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
 */
import { beginPacket, endPacket, type Writer, writeBytes, writeUint8 } from "./writer.ts";

export const AUTH_MORE_DATA = 0x01;
/** Client to server: send me your public key. */
export const CACHING_SHA2_REQUEST_PUBLIC_KEY = 0x02;
/** The same of sha256_password, in place of an answer. */
export const SHA256_REQUEST_PUBLIC_KEY = 0x01;
/** Server to client: the scramble was right, OK follows. */
export const CACHING_SHA2_FAST_AUTH_SUCCESS = 0x03;
/** Server to client: send the password itself, over TLS or encrypted. */
export const CACHING_SHA2_FULL_AUTHENTICATION = 0x04;

/** Writes `data` as one AuthMoreData packet. */
export function writeAuthMoreData(writer: Writer, sequence: number, data: Uint8Array): void {
  beginPacket(writer, sequence);
  writeUint8(writer, AUTH_MORE_DATA);
  writeBytes(writer, data);
  endPacket(writer);
}

/** Writes a bare payload, as a client answers AuthSwitchRequest and AuthMoreData. */
export function writeAuthResponse(writer: Writer, sequence: number, data: Uint8Array): void {
  beginPacket(writer, sequence);
  writeBytes(writer, data);
  endPacket(writer);
}
