/**
 * The packets of a log-in: greeting, TLS, the client's response. What the client answers is judged in client-auth.ts.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
import { sharedText } from "../lib/shared-text.ts";
import { CLIENT_SSL } from "../mysql/capabilities.ts";
import { newCursor, readRestBytes } from "../mysql/cursor.ts";
import {
  ER_HANDSHAKE_ERROR,
  ER_NET_PACKET_TOO_LARGE,
  ER_NET_PACKETS_OUT_OF_ORDER,
  ER_SECURE_TRANSPORT_REQUIRED,
  ProtocolError,
} from "../mysql/errors.ts";
import { isSslRequest, readHandshakeResponse } from "../mysql/handshake-response.ts";
import { writeHandshakeV10 } from "../mysql/handshake-v10.ts";
import { PACKET_HEADER_BYTES, payloadLengthAt, sequenceAt } from "../mysql/packet.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { readProxyHeader } from "../net/proxy-protocol.ts";
import { upgradeToTlsServer } from "../net/tls.ts";
import { isSecure } from "../net/wire.ts";
import { takeAttributes } from "./attributes.ts";
import { currentOptions } from "./certificate.ts";
import { judgeClient, newScramble, readAnswer } from "./client-auth.ts";
import { dropInbox, inboxLength } from "./inbox.ts";
import { profileOf, sqlModeOf } from "./listener.ts";
import { countFailure, fail, hasUsableCollation } from "./login-end.ts";
import { reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { setShape } from "./shape.ts";

/** In MySQL's words, which its clients know. */
const TLS_REQUIRED = "Connections using insecure transport are prohibited while --require_secure_transport=ON.";

/** This much of a PROXY header no packet of MySQL begins with. */
const PROXY_PREFIX_BYTES = 6;

/** Sends the greeting. */
export function greet(session: Session): void {
  const profile = profileOf(session.listener);
  session.scramble = newScramble();
  session.login.sequence = 1;
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

/** Reads one packet of the log-in, if it is here. Returns true when the inbox should be looked at again. */
export function readHandshake(session: Session): boolean {
  const { inbox, listener } = session;
  if (session.login.sequence === 0 || inboxLength(inbox) === 0) return false;
  if (session.login.step === "response" && !isBehindProxyHeader(session)) return false;
  if (inboxLength(inbox) < PACKET_HEADER_BYTES) return false;
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
  if (sequence !== session.login.sequence) {
    fail(session, "protocol", sequence + 1, ER_NET_PACKETS_OUT_OF_ORDER, "Got packets out of order");
    return false;
  }
  if (inboxLength(inbox) < PACKET_HEADER_BYTES + length) return false;
  const packet = newCursor(bytes, start + PACKET_HEADER_BYTES, start + PACKET_HEADER_BYTES + length);
  dropInbox(inbox, PACKET_HEADER_BYTES + length);
  try {
    if (session.login.step === "response") readResponse(session, packet, sequence);
    else readAnswer(session, readRestBytes(packet), sequence);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    fail(session, "protocol", sequence + 1, error.code, `Bad handshake: ${error.message}`);
  }
  return true;
}

/**
 * Steps over a PROXY header, which tells where the client really is. False while it is incomplete, or when the log-in has
 * failed for it.
 */
function isBehindProxyHeader(session: Session): boolean {
  const { inbox, mayHaveProxyHeader, remoteAddress } = session;
  const header = readProxyHeader(inbox.bytes, inbox.start, inbox.end);
  if (header.kind === "none") {
    session.mayHaveProxyHeader = false;
    return true;
  }
  // A packet of MySQL that began like this would be larger than a log-in may be.
  if (!mayHaveProxyHeader) {
    if (inboxLength(inbox) < PROXY_PREFIX_BYTES) return true;
    const whose = `a PROXY header from ${remoteAddress}, which is in none of proxy_protocol.networks`;
    fail(session, "protocol", session.login.sequence + 1, ER_HANDSHAKE_ERROR, `Bad handshake: ${whose}`);
    return false;
  }
  if (header.kind === "incomplete") return false;
  if (header.kind === "broken") {
    const message = `Bad handshake: the PROXY header is broken: ${header.reason}`;
    fail(session, "protocol", session.login.sequence + 1, ER_HANDSHAKE_ERROR, message);
    return false;
  }
  dropInbox(inbox, header.length);
  session.mayHaveProxyHeader = false;
  if (header.client === null) return true;
  session.remoteAddress = header.client.address;
  session.remotePort = header.client.port;
  return true;
}

function readResponse(session: Session, packet: ReturnType<typeof newCursor>, sequence: number): void {
  if (isSslRequest(packet)) return startTls(session, sequence);
  const { tls } = session.listener.config;
  if (tls?.mode === "required" && !isSecure(session.wire)) {
    fail(session, "tls", sequence + 1, ER_SECURE_TRANSPORT_REQUIRED, TLS_REQUIRED);
    return;
  }
  const response = readHandshakeResponse(packet);
  if (!hasUsableCollation(session, response.collation, sequence)) return;
  session.capabilities &= response.capabilities;
  session.mariadbCapabilities &= response.mariadbCapabilities;
  takeAttributes(session, response.attributes);
  session.login.collation = response.collation;
  setShape(session, response.collation);
  session.zstdLevel = response.zstdLevel;
  session.user = sharedText(response.user);
  session.schema = sharedText(response.schema);
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
  const options = currentOptions(certificate, listener);
  if (options === null) {
    session.phase = "waiting";
    void certificate.ready.then(() => {
      if (session.phase !== "waiting") return;
      session.phase = "handshake";
      startTls(session, sequence);
    });
    return;
  }
  const early = inbox.bytes.slice(inbox.start, inbox.end);
  dropInbox(inbox, early.length);
  session.login.sequence = sequence + 1;
  upgradeToTlsServer(wire, options, early, (failure) => {
    if (failure !== null) countFailure(session, "tls", failure);
  });
}

/** Gives a log-in its time; when that is over the client is told and closed. */
export function startDeadline(session: Session): void {
  const { clock, config } = session.listener;
  const limitMs = config.limits.timeout_handshake_ms;
  session.cancelDeadline = clock.after(limitMs, () => {
    const message = `No log-in within ${limitMs} ms`;
    const sequence = session.login.sequence === 0 ? 0 : session.login.sequence + 1;
    fail(session, "timeout", sequence, ER_HANDSHAKE_ERROR, message);
  });
}
