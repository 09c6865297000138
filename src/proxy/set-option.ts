/** COM_SET_OPTION: whether a text may hold several statements. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_set_option.html */
import { CLIENT_DEPRECATE_EOF, CLIENT_MULTI_STATEMENTS } from "../mysql/capabilities.ts";
import { writeEof } from "../mysql/ok.ts";
import { PACKET_HEADER_BYTES } from "../mysql/packet.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { shapeOf } from "./shape.ts";

const MYSQL_OPTION_MULTI_STATEMENTS_ON = 0;
const MYSQL_OPTION_MULTI_STATEMENTS_OFF = 1;

/**
 * Takes the option in hand over: a session that wants it otherwise wants connections of another shape. Servers keep it over
 * a COM_RESET_CONNECTION, so the one that it has changes, too. True when that is all and the client has its answer; false
 * when the session's connection has to hear of it, or has to refuse it.
 */
export function takeOption(session: Session): boolean {
  const { request, connection, capabilities } = session;
  const optionAt = request.start + PACKET_HEADER_BYTES + 1;
  if (request.end - optionAt < 2) return false;
  const option = (request.bytes[optionAt] as number) | ((request.bytes[optionAt + 1] as number) << 8);
  if (option === MYSQL_OPTION_MULTI_STATEMENTS_ON) session.capabilities |= CLIENT_MULTI_STATEMENTS;
  else if (option === MYSQL_OPTION_MULTI_STATEMENTS_OFF) session.capabilities &= ~CLIENT_MULTI_STATEMENTS;
  else return false;
  session.shape = shapeOf(session, session.shape.collation);
  if (connection !== null) {
    connection.shape = session.shape;
    return false;
  }
  const writer = newWriter(16);
  writeEof(writer, request.sequence + 1, session.status, (capabilities & CLIENT_DEPRECATE_EOF) !== 0);
  reply(session, writtenBytes(writer));
  return true;
}
