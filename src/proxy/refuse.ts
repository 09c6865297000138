/** A command that is not carried out. */
import { COM_STMT_CLOSE, COM_STMT_SEND_LONG_DATA } from "../mysql/commands.ts";
import type { ProtocolError } from "../mysql/errors.ts";
import { rememberTypes } from "./prepared.ts";
import { replyErr } from "./reply.ts";
import { hasMoreToCome } from "./request.ts";
import type { Session } from "./session.ts";
import { isMariadbSession } from "./shape.ts";

/** What the session's server says of a packet that it cannot read. */
export function malformed(session: Session): string {
  return `Malformed communication packet${isMariadbSession(session) ? "" : "."}`;
}

/** Answers the command in hand with an ERR; what is left of a large one is read and thrown away. */
export function refuse(session: Session, code: number, message: string, sqlState?: string): void {
  const { request, running } = session;
  // Its client does not say them again.
  if (running !== null) rememberTypes(session, running);
  // Long data has no answer: the execution that it is for gets this one.
  if (request.command !== COM_STMT_SEND_LONG_DATA) replyErr(session, code, message, sqlState);
  else if (running !== null) running.failure = { code, message };
  session.phase = hasMoreToCome(session.request) ? "discarding" : "ready";
}

/**
 * Answers the command in hand, which broke the protocol. What has no answer has none then, either, where the server is
 * MariaDB; MySQL answers it.
 */
export function refuseMalformed(session: Session, { code }: ProtocolError): void {
  const { command } = session.request;
  const text = malformed(session);
  if (command !== COM_STMT_CLOSE && command !== COM_STMT_SEND_LONG_DATA) return refuse(session, code, text);
  if (!isMariadbSession(session)) replyErr(session, code, text);
  session.phase = hasMoreToCome(session.request) ? "discarding" : "ready";
}
