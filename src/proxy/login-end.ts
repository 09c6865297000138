/** How a log-in ends: let in, or told off and closed. */
import { CLIENT_SESSION_TRACK } from "../mysql/capabilities.ts";
import { wideCharsetOf } from "../mysql/collations.ts";
import { errBytes } from "../mysql/err.ts";
import {
  ER_ACCESS_DENIED_ERROR,
  ER_BAD_DB_ERROR,
  ER_TOO_MANY_USER_CONNECTIONS,
  ER_WRONG_VALUE_FOR_VAR,
} from "../mysql/errors.ts";
import { writeOk, writeOkWithSchema } from "../mysql/ok.ts";
import { newWriter, writeBytes, writtenBytes } from "../mysql/writer.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { type HandshakeFailure, LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { admitAttributes } from "./attributes.ts";
import { dropCollation } from "./collation.ts";
import { startCompression } from "./compression.ts";
import { abandon, leaveAccount, leaveLine } from "./hold.ts";
import { releaseInbox } from "./inbox.ts";
import { noDeadline } from "./new-session.ts";
import { stopPassing } from "./passing.ts";
import { hangUpOn, reply, replyErrAndClose } from "./reply.ts";
import { checkSchema } from "./schema-check.ts";
import type { Session } from "./session.ts";
import { isMariadbSession } from "./shape.ts";
import { joinUser, leaveUser, rejoinUser } from "./user-count.ts";

const NOTHING = new Uint8Array(0);

/** After these MariaDB's sessions go on. */
const REFUSALS: readonly HandshakeFailure[] = [
  "access_denied",
  "unknown_schema",
  "user_sessions_max",
  "character_set",
  "server_refused",
  "unavailable",
];

/** The client has proved who it is. `before` goes out ahead of the OK or of the ERR about its schema. */
export function loggedIn(session: Session, sequence: number, before: Uint8Array = NOTHING): void {
  admitAttributes(session);
  if (!admit(session, sequence, before)) return;
  if (session.schema === "") session.schema = session.listener.config.db;
  leaveAccount(session);
  checkSchema(session, (error) => {
    if (session.phase === "closed") return;
    if (error === null) return letIn(session, sequence, before);
    if (before.length > 0) reply(session, before);
    fail(session, "unknown_schema", sequence, error.code, error.message, error.sqlState);
  });
}

/** Whether the listener has a place for who has proved who it is, and the schema that it names; else the log-in fails. */
export function admit(session: Session, sequence: number, before: Uint8Array = NOTHING): boolean {
  const { config } = session.listener;
  if (config.db !== "" && session.schema !== "" && session.schema !== config.db) {
    if (before.length > 0) reply(session, before);
    fail(session, "unknown_schema", sequence, ER_BAD_DB_ERROR, `Unknown database '${session.schema}'`);
    return false;
  }
  if (!joinUser(session)) {
    if (before.length > 0) reply(session, before);
    const message = `User ${session.user} already has more than 'max_user_connections' active connections`;
    fail(session, "user_sessions_max", sequence, ER_TOO_MANY_USER_CONNECTIONS, message);
    return false;
  }
  // The client has done its part; what is still waited for has limits of its own.
  session.cancelDeadline();
  session.cancelDeadline = noDeadline;
  return true;
}

/** The session begins; `before` goes out ahead of the OK. */
export function letIn(session: Session, sequence: number, before: Uint8Array = NOTHING): void {
  const writer = newWriter(32);
  writeBytes(writer, before);
  if (isToldSchema(session)) writeOkWithSchema(writer, sequence, session.status, session.schema);
  else writeOk(writer, sequence, session.status);
  releaseInbox(session.inbox);
  session.phase = "ready";
  reply(session, writtenBytes(writer));
  if (!session.isLoggedIn) startCompression(session);
  session.isLoggedIn = true;
}

/** Servers tell it unless session_track_schema says otherwise. */
function isToldSchema({ capabilities, schema, listener }: Session): boolean {
  const isWanted = (capabilities & CLIENT_SESSION_TRACK) !== 0 && schema !== "";
  return isWanted && listener.setup.endpoints.every(({ tracking }) => tracking?.hasSchema !== false);
}

/** A wrong user or a wrong password: nobody is told which. */
export function accessDenied(session: Session, sequence: number, hasPassword: boolean): void {
  const using = hasPassword ? "YES" : "NO";
  const message = `Access denied for user '${session.user}'@'${session.remoteAddress}' (using password: ${using})`;
  fail(session, "access_denied", sequence, ER_ACCESS_DENIED_ERROR, message);
}

/**
 * Ends a log-in that went wrong: an ERR, then the socket is closed; no command is ever read after it. But MariaDB's
 * sessions go on as they were when COM_CHANGE_USER names nobody, or a schema that is not there.
 */
export function fail(
  session: Session,
  failure: HandshakeFailure,
  sequence: number,
  code: number,
  message: string,
  sqlState?: string,
): void {
  countFailure(session, failure, failure);
  session.cancelDeadline();
  leaveLine(session);
  const isChange = REFUSALS.includes(failure) && session.isLoggedIn;
  const goesOn = isChange && isMariadbSession(session) && isStillWho(session);
  stopPassing(session);
  if (!goesOn || !session.isOfAccount) abandon(session, "the log-in of its session failed");
  if (isChange) reply(session, errBytes(sequence, code, message, sqlState));
  if (goesOn) {
    session.former.failures++;
    leaveUser(session);
    session.user = session.former.user;
    session.schema = session.former.schema;
    rejoinUser(session);
    dropCollation(session);
    // Of its own connection the server has reset all that.
    if (session.isOfAccount && session.connection !== null) session.connection.settings = session.settings;
    session.phase = "ready";
    return;
  }
  session.phase = "closed";
  if (isChange) hangUpOn(session, "COM_CHANGE_USER failed");
  else replyErrAndClose(session, sequence, code, message, sqlState);
}

/**
 * Whether the session can be who it was: the listener's user, or whom the connection that it has is. In the middle of a
 * question nobody knows who that is going to be.
 */
function isStillWho({ isOfAccount, connection, former, listener, passing }: Session): boolean {
  if (!isOfAccount) return former.user === listener.config.user;
  return (passing?.question ?? null) === null && connection?.login?.user === former.user;
}

/** Fails the log-in whose packet has `sequence` when no statement can be written in the character set of `id`, whoever logs in. */
export function hasUsableCollation(session: Session, id: number, sequence: number): boolean {
  const charset = wideCharsetOf(id, isMariadbSession(session));
  if (charset === "") return true;
  const message = `Variable 'character_set_client' can't be set to the value of '${charset}'`;
  fail(session, "character_set", sequence + 1, ER_WRONG_VALUE_FOR_VAR, message);
  return false;
}

/** Counts a failed log-in, and logs it within limits. */
export function countFailure(session: Session, failure: HandshakeFailure, reason: string): void {
  const { counters, log, logLimit, config } = session.listener;
  add(counters, LISTENER.slots.handshakeFailures[failure], 1);
  const fields = { domain: config.name, client: session.remoteAddress, reason };
  logLimited(logLimit, log, "info", `log-in ${failure}`, "log-in failed", fields);
}
