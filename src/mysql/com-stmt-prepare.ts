/** COM_STMT_PREPARE_OK. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html */
import { CLIENT_DEPRECATE_EOF, CLIENT_OPTIONAL_RESULTSET_METADATA } from "./capabilities.ts";
import { type Cursor, readUint8, readUint16, readUint32, skip } from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { OK_HEADER } from "./ok.ts";

/** Where the statement id stands in the payload, and in those of the commands that name it. */
export const STATEMENT_ID_AT = 1;

export interface PrepareOk {
  statementId: number;
  parameters: number;
  /** Packets that follow: definitions of parameters and columns, and the EOFs behind them. */
  packets: number;
}

/** Reads the payload. @throws ProtocolError when it is too short, or no OK. */
export function readPrepareOk(cursor: Cursor, capabilities: number): PrepareOk {
  if (readUint8(cursor, "COM_STMT_PREPARE OK") !== OK_HEADER)
    throw new ProtocolError("the server's answer to COM_STMT_PREPARE is neither OK nor ERR");
  const statementId = readUint32(cursor, "statement id");
  const columns = readUint16(cursor, "number of columns");
  const parameters = readUint16(cursor, "number of parameters");
  let hasDefinitions = true;
  if ((capabilities & CLIENT_OPTIONAL_RESULTSET_METADATA) !== 0 && cursor.end - cursor.at >= 4) {
    skip(cursor, 3); // filler, warnings
    hasDefinitions = readUint8(cursor, "metadata_follows") !== 0;
  }
  const definitions = hasDefinitions ? columns + parameters : 0;
  const isEofDeprecated = (capabilities & CLIENT_DEPRECATE_EOF) !== 0;
  const eofs = isEofDeprecated ? 0 : Math.sign(columns) + Math.sign(parameters);
  return { statementId, parameters, packets: definitions + eofs };
}
