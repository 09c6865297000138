/**
 * Logging a client in. We know its password, so caching_sha2_password always takes its fast path.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
import { reveal } from "../lib/secret.ts";
import { CACHING_SHA2_FAST_AUTH_SUCCESS, writeAuthMoreData } from "../mysql/auth-more-data.ts";
import { writeAuthSwitchRequest } from "../mysql/auth-switch.ts";
import {
  BACKEND_CAPABILITIES,
  CLIENT_PLUGIN_AUTH,
  CLIENT_SESSION_TRACK,
  CLIENT_SSL,
  SHAPE_CAPABILITIES,
} from "../mysql/capabilities.ts";
import { newCursor, readRestBytes } from "../mysql/cursor.ts";
import {
  ER_ACCESS_DENIED_ERROR,
  ER_BAD_DB_ERROR,
  ER_HANDSHAKE_ERROR,
  ER_NET_PACKET_TOO_LARGE,
  ER_NET_PACKETS_OUT_OF_ORDER,
  ER_SECURE_TRANSPORT_REQUIRED,
  ProtocolError,
} from "../mysql/errors.ts";
import { isSslRequest, readHandshakeResponse } from "../mysql/handshake-response.ts";
import { SCRAMBLE_BYTES, writeHandshakeV10 } from "../mysql/handshake-v10.ts";
import { writeOk } from "../mysql/ok.ts";
import { PACKET_HEADER_BYTES, payloadLengthAt, sequenceAt } from "../mysql/packet.ts";
import { answerOf, CACHING_SHA2_PASSWORD, isSameAnswer, MYSQL_NATIVE_PASSWORD } from "../mysql/scramble.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { upgradeToTlsServer } from "../net/tls.ts";
import { logLimited } from "../telemetry/log-limit.ts";
import { type HandshakeFailure, LISTENER } from "../telemetry/metrics-table.ts";
import { add } from "../telemetry/series.ts";
import { currentOptions } from "./certificate.ts";
import { dropInbox, inboxLength } from "./inbox.ts";
import { profileOf, sqlModeOf } from "./listener.ts";
import { reply, replyErrAndClose } from "./reply.ts";
import type { Session } from "./session.ts";
import { shapeOf } from "./shape.ts";

/** In MySQL's words, which its clients know. */
const TLS_REQUIRED = "Connections using insecure transport are prohibited while --require_secure_transport=ON.";

/** Sends the greeting. */
export function greet(session: Session): void {
  const profile = profileOf(session.listener);
  session.scramble = newScramble();
  session.loginSequence = 1;
  session.authPlugin = profile.authPlugin;
  session.capabilities = profile.capabilities;
  session.mariadbCapabilities = profile.mariadbCapabilities;
  session.serverVersion = profile.version;
  if (session.listener.setup.certificate !== null) session.capabilities |= CLIENT_SSL;
  session.status = profile.status;
  session.statement.sqlMode = sqlModeOf(session.listener);
  const writer = newWriter(128);
  writeHandshakeV10(writer, {
    serverVersion: profile.version,
    connectionId: session.id,
    scramble: session.scramble,
    capabilities: session.capabilities,
    mariadbCapabilities: session.mariadbCapabilities,
    collation: profile.collation,
    status: profile.status,
    authPlugin: session.authPlugin,
  });
  reply(session, writtenBytes(writer));
}

/** SCRAMBLE_BYTES unpredictable bytes, none of which ends a string or a field of the original's clients. */
function newScramble(): Uint8Array {
  const scramble = crypto.getRandomValues(new Uint8Array(SCRAMBLE_BYTES));
  for (let i = 0; i < scramble.length; i++) {
    const byte = (scramble[i] as number) & 0x7f;
    scramble[i] = byte === 0 || byte === 0x24 ? byte + 1 : byte;
  }
  return scramble;
}

/** Reads one packet of the log-in, if it is here. Returns true when the inbox should be looked at again. */
export function readHandshake(session: Session): boolean {
  const { inbox, listener } = session;
  if (session.loginSequence === 0 || inboxLength(inbox) < PACKET_HEADER_BYTES) return false;
  const { bytes, start } = inbox;
  const length = payloadLengthAt(bytes, start);
  const sequence = sequenceAt(bytes, start);
  const max = listener.config.limits.packet_before_auth_bytes_max;
  if (length > max) {
    fail(
      session,
      "packet_too_large",
      sequence + 1,
      ER_NET_PACKET_TOO_LARGE,
      "Got a packet bigger than a log-in may be",
    );
    return false;
  }
  if (sequence !== session.loginSequence) {
    fail(session, "protocol", sequence + 1, ER_NET_PACKETS_OUT_OF_ORDER, "Got packets out of order");
    return false;
  }
  if (inboxLength(inbox) < PACKET_HEADER_BYTES + length) return false;
  const packet = newCursor(bytes, start + PACKET_HEADER_BYTES, start + PACKET_HEADER_BYTES + length);
  dropInbox(inbox, PACKET_HEADER_BYTES + length);
  try {
    if (session.hasSwitched) checkAnswer(session, readRestBytes(packet), sequence);
    else readResponse(session, packet, sequence);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    fail(session, "protocol", sequence + 1, error.code, `Bad handshake: ${error.message}`);
  }
  return true;
}

function readResponse(session: Session, packet: ReturnType<typeof newCursor>, sequence: number): void {
  if (isSslRequest(packet)) return startTls(session, sequence);
  const { tls } = session.listener.config;
  if (tls?.mode === "required" && !session.wire.isTls) {
    fail(session, "tls", sequence + 1, ER_SECURE_TRANSPORT_REQUIRED, TLS_REQUIRED);
    return;
  }
  const response = readHandshakeResponse(packet);
  session.capabilities &= response.capabilities;
  session.mariadbCapabilities &= response.mariadbCapabilities;
  session.shape = shapeOf(session, response.collation);
  session.user = response.user;
  session.schema = response.schema;
  judgeClient(session, response.authPlugin, response.authResponse, sequence);
}

/** What has come behind the SSLRequest is the client's hello already, or plain text that somebody slipped in. */
function startTls(session: Session, sequence: number): void {
  const { inbox, wire, listener } = session;
  const { certificate } = listener.setup;
  if (certificate === null) {
    throw new ProtocolError("the client asks for TLS, which this listener does not offer", ER_HANDSHAKE_ERROR);
  }
  if (wire.isTls) throw new ProtocolError("the client asks for TLS inside TLS", ER_HANDSHAKE_ERROR);
  const early = inbox.bytes.slice(inbox.start, inbox.end);
  dropInbox(inbox, early.length);
  session.loginSequence = sequence + 1;
  upgradeToTlsServer(wire, currentOptions(certificate, listener), early, (failure) => {
    if (failure !== null) countFailure(session, "tls", failure);
  });
}

/**
 * Judges the answer that came along with a user's name, or asks for another one. `plugin` is what the client answered
 * with, "" when it named none; `sequence` is that of its packet.
 */
export function judgeClient(session: Session, plugin: string, answer: Uint8Array, sequence: number): void {
  const canSwitch = (session.capabilities & CLIENT_PLUGIN_AUTH) !== 0;
  // Before plugins had names there was one.
  const named = plugin === "" ? MYSQL_NATIVE_PASSWORD : plugin;
  const isAsked = named === session.authPlugin && !session.isLoggedIn;
  // COM_CHANGE_USER: libraries answer the last scramble at once, or nothing, or that of the greeting; then they are asked.
  const isRightAtOnce = session.isLoggedIn && isRightAnswer(session, named, answer);
  if (!canSwitch || isAsked || isRightAtOnce) {
    session.authPlugin = named;
    checkAnswer(session, answer, sequence);
  } else {
    // The client may lack the plugin of the greeting: it is asked again with the one that it named.
    session.hasSwitched = true;
    session.loginSequence = sequence + 2;
    session.authPlugin = named === MYSQL_NATIVE_PASSWORD ? named : CACHING_SHA2_PASSWORD;
    // libmariadb would not look at another scramble in COM_CHANGE_USER; the servers keep theirs, too.
    if (!session.isLoggedIn) session.scramble = newScramble();
    const writer = newWriter(64);
    writeAuthSwitchRequest(writer, sequence + 1, session);
    reply(session, writtenBytes(writer));
  }
}

/** True when `answer` is what `plugin` makes of the password and the scramble. */
function isRightAnswer(session: Session, plugin: string, answer: Uint8Array): boolean {
  const { config } = session.listener;
  const expected = answerOf(plugin, reveal(config.password), session.scramble);
  return expected !== null && isSameAnswer(withoutNul(answer), expected) && session.user === config.user;
}

/** An empty password is answered with nothing, or with the NUL that ends an empty string. */
function withoutNul(answer: Uint8Array): Uint8Array {
  return answer.length === 1 && answer[0] === 0 ? answer.subarray(1) : answer;
}

/** Judges the client's answer to the scramble; the session is logged in, or told off and closed. */
function checkAnswer(session: Session, answer: Uint8Array, sequence: number): void {
  const { config } = session.listener;
  if (!isRightAnswer(session, session.authPlugin, answer)) {
    const using = withoutNul(answer).length > 0 ? "YES" : "NO";
    const message = `Access denied for user '${session.user}'@'${session.remoteAddress}' (using password: ${using})`;
    fail(session, "access_denied", sequence + 1, ER_ACCESS_DENIED_ERROR, message);
    return;
  }
  if (config.db !== "" && session.schema !== "" && session.schema !== config.db) {
    fail(session, "unknown_schema", sequence + 1, ER_BAD_DB_ERROR, `Unknown database '${session.schema}'`);
    return;
  }
  if (session.schema === "") session.schema = config.db;
  loggedIn(session, sequence + 1, reveal(config.password) !== "");
}

function loggedIn(session: Session, sequence: number, hasPassword: boolean): void {
  const writer = newWriter(32);
  let next = sequence;
  if (hasPassword && session.authPlugin === CACHING_SHA2_PASSWORD) {
    writeAuthMoreData(writer, next++, Uint8Array.of(CACHING_SHA2_FAST_AUTH_SUCCESS));
  }
  writeOk(writer, next, session.status);
  session.cancelDeadline();
  session.isLoggedIn = true;
  session.capabilities &= BACKEND_CAPABILITIES | SHAPE_CAPABILITIES | CLIENT_SESSION_TRACK;
  session.phase = "ready";
  reply(session, writtenBytes(writer));
}

/** Gives a log-in its time; when that is over the client is told and closed. */
export function startDeadline(session: Session): void {
  const { clock, config } = session.listener;
  const limitMs = config.limits.timeout_handshake_ms;
  session.cancelDeadline = clock.after(limitMs, () => {
    const message = `No log-in within ${limitMs} ms`;
    const sequence = session.loginSequence === 0 ? 0 : session.loginSequence + 1;
    fail(session, "timeout", sequence, ER_HANDSHAKE_ERROR, message);
  });
}

/** Ends a log-in that went wrong: an ERR, then the socket is closed; no command is ever read after it. */
export function fail(
  session: Session,
  failure: HandshakeFailure,
  sequence: number,
  code: number,
  message: string,
): void {
  countFailure(session, failure, failure);
  session.cancelDeadline();
  session.phase = "closed";
  replyErrAndClose(session, sequence, code, message);
}

function countFailure(session: Session, failure: HandshakeFailure, reason: string): void {
  const { counters, log, logLimit, config } = session.listener;
  add(counters, LISTENER.slots.handshakeFailures[failure], 1);
  const fields = { domain: config.name, client: session.remoteAddress, reason };
  logLimited(logLimit, log, "info", `log-in ${failure}`, "log-in failed", fields);
}
