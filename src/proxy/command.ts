/** Takes commands out of a session's inbox and starts what each of them asks for. */
import { NO_SETTINGS } from "../backend/settings.ts";
import { queryTextAt } from "../mysql/com-query.ts";
import {
  COM_CHANGE_USER,
  COM_DEBUG,
  COM_FIELD_LIST,
  COM_INIT_DB,
  COM_PING,
  COM_PROCESS_INFO,
  COM_PROCESS_KILL,
  COM_QUERY,
  COM_QUIT,
  COM_REFRESH,
  COM_REGISTER_SLAVE,
  COM_RESET_CONNECTION,
  COM_SET_OPTION,
  COM_SHUTDOWN,
  COM_STATISTICS,
  COM_STMT_BULK_EXECUTE,
  COM_STMT_CLOSE,
  COM_STMT_EXECUTE,
  COM_STMT_FETCH,
  COM_STMT_PREPARE,
  COM_STMT_RESET,
  COM_STMT_SEND_LONG_DATA,
  isEndless,
} from "../mysql/commands.ts";
import { errBytes } from "../mysql/err.ts";
import {
  ER_MAX_PREPARED_STMT_COUNT_REACHED,
  ER_NET_PACKET_TOO_LARGE,
  ER_NET_PACKETS_OUT_OF_ORDER,
  ER_UNKNOWN_COM_ERROR,
  ProtocolError,
} from "../mysql/errors.ts";
import { PACKET_HEADER_BYTES } from "../mysql/packet.ts";
import { pause, resume } from "../net/transport.ts";
import { isBackedUp } from "../net/wire.ts";
import { EFFECT_UNKNOWN } from "../sql/effects.ts";
import { readStatement } from "../sql/read-statement.ts";
import { changeUser } from "./change-user.ts";
import { execute } from "./execute.ts";
import { governAndExecute } from "./govern.ts";
import { readHandshake } from "./handshake.ts";
import { pinSession } from "./hold.ts";
import { dropInbox } from "./inbox.ts";
import { killOwn } from "./kill.ts";
import { watchStatement } from "./parse-failure.ts";
import { PIN_REPLICATION, PIN_SESSION_STATE } from "./pin.ts";
import { leavesOutTypes, onClose, onExecute, onFetch, onLongData, onReset } from "./prepared-command.ts";
import { refuse, refuseMalformed } from "./refuse.ts";
import { closeInOrder, reply, replyErrAndClose, replyOk } from "./reply.ts";
import { hasMoreToCome, payloadOf, startRequest } from "./request.ts";
import { onResetConnection } from "./reset.ts";
import type { Session } from "./session.ts";
import { takeOption } from "./set-option.ts";
import { isMariadbSession } from "./shape.ts";
import { discardCommand, streamCommand, streamDedicated, streamFile } from "./stream.ts";

/** Works through the inbox as far as the session's phase allows. Call it when bytes came or the phase changed. */
export function pump(session: Session): void {
  while (step(session)) {
    // every step takes something out of the inbox
  }
  if (session.hasClientEnded && session.phase === "ready" && !isBackedUp(session.wire)) closeInOrder(session);
}

/** True when there may be more to do. */
function step(session: Session): boolean {
  switch (session.phase) {
    case "handshake":
      return readHandshake(session);
    case "ready":
      if (isBackedUp(session.wire)) {
        // Who does not read its answers gets no more of them until onClientDrain.
        pause(session.wire);
        return false;
      }
      resume(session.wire);
      return startCommand(session);
    case "busy":
      if (hasMoreToCome(session.request)) streamCommand(session);
      return false;
    case "streaming":
      streamCommand(session);
      return becomeReady(session);
    case "local-infile":
      streamFile(session);
      return false;
    case "dedicated":
      streamDedicated(session);
      return false;
    case "discarding":
      discardCommand(session);
      return becomeReady(session);
    default:
      return false;
  }
}

/** True when the last byte of an unanswered or refused command has come. */
function becomeReady(session: Session): boolean {
  if (hasMoreToCome(session.request)) return false;
  session.phase = "ready";
  return true;
}

/** What a rule or a later PREPARE has to read, and what types of parameters may have to be added to, is taken as a whole. */
function needsWhole(session: Session, command: number, bytes: Uint8Array, start: number, end: number): boolean {
  switch (command) {
    case COM_STMT_PREPARE:
      return true;
    case COM_QUERY:
      return session.listener.setup.isTextNeeded;
    case COM_STMT_EXECUTE:
    case COM_STMT_BULK_EXECUTE:
      return leavesOutTypes(session, bytes, start, end);
    default:
      return false;
  }
}

function startCommand(session: Session): boolean {
  const { request, inbox, listener } = session;
  const bytesMax = listener.config.limits.statement_bytes_max;
  const start = startRequest(request, inbox, bytesMax, needsWhole, session);
  switch (start) {
    case "incomplete":
      return false;
    case "out-of-order":
      replyErrAndClose(session, 0, ER_NET_PACKETS_OUT_OF_ORDER, "Got packets out of order");
      session.phase = "closed";
      return false;
    case "empty":
      dropInbox(inbox, PACKET_HEADER_BYTES);
      reply(session, errBytes(1, ER_UNKNOWN_COM_ERROR, "Unknown command"));
      return true;
    case "too-large": {
      const message = `Got a packet bigger than statement_bytes_max (${bytesMax} bytes) of listener ${listener.config.name}`;
      replyErrAndClose(session, 1, ER_NET_PACKET_TOO_LARGE, message);
      session.phase = "closed";
      return false;
    }
  }
  dropInbox(inbox, request.end - request.start);
  try {
    onCommand(session);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    refuseMalformed(session, error);
  }
  return session.phase === "ready" || hasMoreToCome(request);
}

/** Starts the command in hand. */
function onCommand(session: Session): void {
  if (session.settings !== NO_SETTINGS) session.cancelDeadline();
  session.running = null;
  session.hasRetried = false;
  switch (session.request.command) {
    case COM_QUERY:
    case COM_STMT_PREPARE:
    case COM_INIT_DB:
      return onStatement(session);
    case COM_STMT_BULK_EXECUTE:
      if (!isMariadbSession(session)) return forwardUnknown(session);
      return onExecute(session);
    case COM_STMT_EXECUTE:
      return onExecute(session);
    case COM_STMT_SEND_LONG_DATA:
      return onLongData(session);
    case COM_STMT_CLOSE:
      return onClose(session);
    case COM_STMT_FETCH:
      return onFetch(session);
    case COM_STMT_RESET:
      return onReset(session);
    case COM_PING:
      if (session.connection !== null) return forwardPlain(session);
      session.counts.rowCount = 0;
      session.last.isRowCountAhead = true;
      return replyOk(session);
    case COM_QUIT:
      session.phase = "closed";
      closeInOrder(session);
      return;
    case COM_RESET_CONNECTION:
      return onResetConnection(session);
    case COM_CHANGE_USER:
      return changeUser(session);
    case COM_SET_OPTION:
      if (!takeOption(session)) forwardPlain(session);
      return;
    case COM_PROCESS_KILL:
      if (!killOwn(session, forwardPlain)) forwardPlain(session);
      return;
    case COM_FIELD_LIST:
    case COM_STATISTICS:
    case COM_PROCESS_INFO:
    case COM_DEBUG:
    case COM_REFRESH:
      return forwardPlain(session);
    case COM_REGISTER_SLAVE:
      forwardPlain(session);
      pinSession(session, PIN_REPLICATION);
      return;
    case COM_SHUTDOWN:
      return refuse(session, ER_UNKNOWN_COM_ERROR, "COM_SHUTDOWN is refused: clients of pisanix do not stop databases");
    default:
      return isEndless(session.request.command) ? dedicate(session) : forwardUnknown(session);
  }
}

function onStatement(session: Session): void {
  const { request, statement, prepared, listener } = session;
  const { command, bytes } = request;
  const max = listener.config.limits.prepared_statements_max;
  if (command === COM_STMT_PREPARE && prepared.size >= max) {
    const message = `Can't create more than prepared_statements_max statements in a session (current value: ${max})`;
    return refuse(session, ER_MAX_PREPARED_STMT_COUNT_REACHED, message);
  }
  if (request.sequence > 0) {
    const payload = payloadOf(request);
    const textAt = command === COM_QUERY ? queryTextAt(payload, 0, payload.length, session.capabilities) : 1;
    readStatement(statement, command, payload, textAt, payload.length);
  } else {
    const payloadAt = request.start + 4;
    const textAt =
      command === COM_QUERY ? queryTextAt(bytes, payloadAt, request.end, session.capabilities) : payloadAt + 1;
    readStatement(statement, command, bytes, textAt, request.end);
  }
  // No closure here or above: it would cost every statement a scope on the heap.
  if (statement.kind === "KILL" && killOwn(session, govern)) return;
  govern(session);
}

function govern(session: Session): void {
  // What a statement does that was not read to its end is unknown.
  if (hasMoreToCome(session.request)) pinSession(session, PIN_SESSION_STATE);
  else watchStatement(session);
  governAndExecute(session);
}

/** A command without SQL text. */
function forwardPlain(session: Session): void {
  const { request, statement } = session;
  readStatement(statement, request.command, request.bytes, request.end, request.end);
  execute(session);
}

/** The server says what it makes of it. One that carries it out may have changed anything. */
function forwardUnknown(session: Session): void {
  const { request, statement } = session;
  readStatement(statement, request.command, request.bytes, request.end, request.end);
  statement.effects = EFFECT_UNKNOWN;
  execute(session);
}

/** The binary log goes on without end, and so do other streams: the connection is this client's, and both sides say what they like. */
function dedicate(session: Session): void {
  const { request, statement } = session;
  readStatement(statement, request.command, request.bytes, request.end, request.end);
  pinSession(session, PIN_REPLICATION);
  execute(session);
}
