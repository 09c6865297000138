/**
 * Logging in to a database: greeting, TLS where configured, the plugin's exchange, OK.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
import { assert } from "../lib/assert.ts";
import { newSecret, reveal } from "../lib/secret.ts";
import {
  AUTH_MORE_DATA,
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_FULL_AUTHENTICATION,
  writeAuthResponse,
} from "../mysql/auth-more-data.ts";
import { CACHING_SHA2_PASSWORD, SHA256_PASSWORD } from "../mysql/auth-plugins.ts";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest } from "../mysql/auth-switch.ts";
import {
  BACKEND_CAPABILITIES,
  CLIENT_CONNECT_WITH_DB,
  CLIENT_LONG_PASSWORD,
  CLIENT_SSL,
} from "../mysql/capabilities.ts";
import { type AttributesBlock, NO_ATTRIBUTES } from "../mysql/connection-attributes.ts";
import { type Cursor, skip, textOfBytes } from "../mysql/cursor.ts";
import { ERR_HEADER, readErr } from "../mysql/err.ts";
import { ER_NOT_SUPPORTED_AUTH_MODE, ProtocolError } from "../mysql/errors.ts";
import { type HandshakeResponse, writeHandshakeResponse, writeSslRequest } from "../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { OK_HEADER } from "../mysql/ok.ts";
import { encryptPassword } from "../mysql/scramble.ts";
import { newWriter, type Writer, writtenBytes } from "../mysql/writer.ts";
import { readPem } from "../net/pem.ts";
import { sendAll } from "../net/send.ts";
import { upgradeToTlsClient } from "../net/tls.ts";
import type { TlsClientOptions } from "../net/tls-options.ts";
import { firstAnswer, fullAnswer, whyNoAnswer } from "./auth-answer.ts";
import type { Connection } from "./connection.ts";
import { type Endpoint, isMariadb } from "./endpoint.ts";

/** Largest packet that we say we take; answers pass through, so it is the protocol's own limit. */
const PACKET_BYTES_MAX = 1 << 30;

/** Packets of a server from its greeting to OK; each plugin of an account takes two or three. */
const EXCHANGE_PACKETS_MAX = 32;

/** How logging in ended. `code` is the server's error number, 0 when it never got so far. */
export type AuthenticateResult = { kind: "ok" } | { kind: "failed"; code: number; reason: string };

/** What one log-in remembers between packets. */
interface Exchange {
  endpoint: Endpoint;
  attributes: AttributesBlock;
  plugin: string;
  scramble: Uint8Array;
  /** Sequence id of the server's next packet. */
  sequence: number;
  /** Packets that the server has sent behind its greeting. */
  packets: number;
  onEnd: (result: AuthenticateResult) => void;
}

/** Logs in on a wire that has just opened; `onEnd` is called once, unless the wire closes first. */
export function authenticate<Holder>(
  connection: Connection<Holder>,
  endpoint: Endpoint,
  attributes: AttributesBlock,
  onEnd: (result: AuthenticateResult) => void,
): void {
  const scramble = new Uint8Array(0);
  const exchange: Exchange = { endpoint, attributes, plugin: "", scramble, sequence: 0, packets: 0, onEnd };
  connection.phase = (_, packet, sequence) => {
    checkOrder(exchange, packet, sequence);
    readGreeting(connection, exchange, packet, sequence);
  };
}

/** @throws ProtocolError when a packet is missing, or one too many. A refusal may come at any time. */
function checkOrder(exchange: Exchange, packet: Cursor, sequence: number): void {
  if (firstByte(packet) === ERR_HEADER) return;
  if (sequence !== (exchange.sequence & 0xff)) throw new ProtocolError("the server's packets are out of order");
  exchange.sequence = sequence + 1;
}

function readGreeting<Holder>(
  connection: Connection<Holder>,
  exchange: Exchange,
  packet: Cursor,
  sequence: number,
): void {
  if (firstByte(packet) === ERR_HEADER) return failed(connection, exchange, packet);
  const greeting = readHandshakeV10(packet);
  const { endpoint } = exchange;
  endpoint.profile = {
    version: greeting.serverVersion,
    capabilities: greeting.capabilities,
    mariadbCapabilities: greeting.mariadbCapabilities,
    collation: greeting.collation,
    status: greeting.status,
    authPlugin: greeting.authPlugin,
  };
  connection.serverConnectionId = greeting.connectionId;
  exchange.plugin = greeting.authPlugin;
  exchange.scramble = greeting.scramble;
  const wanted = BACKEND_CAPABILITIES | connection.shape.capabilities;
  connection.capabilities = wanted & greeting.capabilities;
  // To a server that has capabilities of MariaDB's own, a client without this flag says its own.
  if (connection.shape.mariadbCapabilities !== 0) connection.capabilities &= ~CLIENT_LONG_PASSWORD;
  const lacks =
    (connection.shape.capabilities & ~greeting.capabilities) |
    (connection.shape.mariadbCapabilities & ~greeting.mariadbCapabilities);
  if (lacks !== 0) {
    exchange.onEnd({ kind: "failed", code: 0, reason: "the server lacks a capability that the client was promised" });
    return;
  }
  const mode = endpoint.tls.mode;
  const offersTls = (greeting.capabilities & CLIENT_SSL) !== 0;
  if (mode === "disabled" || (mode === "preferred" && !offersTls)) {
    respond(connection, exchange, sequence + 1);
  } else if (!offersTls) {
    exchange.onEnd({ kind: "failed", code: 0, reason: `the server offers no TLS, and tls.mode is ${mode}` });
  } else {
    startTls(connection, exchange, sequence + 1);
  }
}

function startTls<Holder>(connection: Connection<Holder>, exchange: Exchange, sequence: number): void {
  const { tls, host } = exchange.endpoint;
  const wire = connection.wire;
  assert(wire !== null, "TLS starts on an open wire");
  connection.capabilities |= CLIENT_SSL;
  const writer = newWriter(64);
  writeSslRequest(writer, sequence, handshakeResponse(connection, exchange));
  sendAll(wire, writtenBytes(writer));
  const mustVerifyName = tls.mode === "verify-identity";
  const mustVerifyCertificate = mustVerifyName || tls.mode === "verify-ca";
  const options: TlsClientOptions = { serverName: host, mustVerifyCertificate, mustVerifyName };
  try {
    if (tls.ca !== undefined) options.ca = readPem(tls.ca);
    if (tls.cert !== undefined)
      options.own = { cert: readPem(tls.cert), key: readPem(reveal(tls.key ?? newSecret(""))) };
  } catch (error) {
    exchange.onEnd({
      kind: "failed",
      code: 0,
      reason: `TLS: ${error instanceof Error ? error.message : String(error)}`,
    });
    return;
  }
  upgradeToTlsClient(wire, options, () => respond(connection, exchange, sequence + 1));
}

function respond<Holder>(connection: Connection<Holder>, exchange: Exchange, sequence: number): void {
  exchange.sequence = sequence + 1;
  connection.phase = (_, packet, at) => {
    checkOrder(exchange, packet, at);
    readAuthPacket(connection, exchange, packet, at);
  };
  write(connection, (writer) => writeHandshakeResponse(writer, sequence, handshakeResponse(connection, exchange)));
}

function handshakeResponse<Holder>(connection: Connection<Holder>, exchange: Exchange): HandshakeResponse {
  const { endpoint } = exchange;
  const password = reveal(endpoint.password);
  const answer = firstAnswer(exchange.plugin, password, exchange.scramble, isTls(connection));
  const schema = connection.schema;
  return {
    capabilities: schema === "" ? connection.capabilities & ~CLIENT_CONNECT_WITH_DB : connection.capabilities,
    mariadbCapabilities: connection.shape.mariadbCapabilities,
    packetBytesMax: PACKET_BYTES_MAX,
    collation: isMariadb(endpoint) ? connection.shape.collationMariadb : connection.shape.collation,
    user: endpoint.user,
    // A default plugin of the server that we lack is no failure yet: the account may have another one.
    authResponse: answer ?? new Uint8Array(0),
    schema,
    authPlugin: answer === null ? CACHING_SHA2_PASSWORD : exchange.plugin,
    attributes: Buffer.concat([
      connection.origin?.attributes ?? NO_ATTRIBUTES,
      Buffer.from(connection.shape.attributes, "latin1"),
      exchange.attributes,
    ]),
    zstdLevel: 0,
  };
}

function readAuthPacket<Holder>(
  connection: Connection<Holder>,
  exchange: Exchange,
  packet: Cursor,
  sequence: number,
): void {
  const first = firstByte(packet);
  if (++exchange.packets > EXCHANGE_PACKETS_MAX) throw new ProtocolError("the server's log-in has no end");
  switch (first) {
    case OK_HEADER:
      if (connection.rest !== null) throw new ProtocolError("the server said more than it was asked");
      connection.phase = null;
      return exchange.onEnd({ kind: "ok" });
    case ERR_HEADER:
      return failed(connection, exchange, packet);
    case AUTH_SWITCH_REQUEST:
      return switchPlugin(connection, exchange, packet, sequence);
    case AUTH_MORE_DATA:
      skip(packet, 1); // AUTH_MORE_DATA
      return readMoreData(connection, exchange, packet, sequence);
    default:
      throw new ProtocolError(
        `the server sent ${first === null ? "an empty packet" : `0x${first.toString(16)}`} while authenticating`,
      );
  }
}

/** null of an empty packet: what stands behind it is the next one's. */
function firstByte({ bytes, at, end }: Cursor): number | null {
  return at < end ? (bytes[at] as number) : null;
}

function switchPlugin<Holder>(
  connection: Connection<Holder>,
  exchange: Exchange,
  packet: Cursor,
  sequence: number,
): void {
  const request = readAuthSwitchRequest(packet);
  const { user, password } = exchange.endpoint;
  const answer = firstAnswer(request.authPlugin, reveal(password), request.scramble, isTls(connection));
  if (answer === null) {
    const reason = whyNoAnswer(request.authPlugin, user);
    return exchange.onEnd({ kind: "failed", code: ER_NOT_SUPPORTED_AUTH_MODE, reason });
  }
  exchange.plugin = request.authPlugin;
  exchange.scramble = request.scramble;
  answerWith(connection, exchange, sequence + 1, answer);
}

/** What the SHA-2 plugins send between their scramble and OK. */
function readMoreData<Holder>(
  connection: Connection<Holder>,
  exchange: Exchange,
  packet: Cursor,
  sequence: number,
): void {
  const isCaching = exchange.plugin === CACHING_SHA2_PASSWORD;
  if (!isCaching && exchange.plugin !== SHA256_PASSWORD) {
    throw new ProtocolError(`the server sent AuthMoreData, which ${exchange.plugin} has none of`);
  }
  const first = packet.bytes[packet.at];
  const isByte = isCaching && packet.end - packet.at === 1;
  const password = reveal(exchange.endpoint.password);
  if (isByte && first === CACHING_SHA2_FAST_AUTH_SUCCESS) return;
  if (isByte && first === CACHING_SHA2_FULL_AUTHENTICATION) {
    answerWith(connection, exchange, sequence + 1, fullAnswer(password, isTls(connection)));
    return;
  }
  const publicKey = textOfBytes(packet.bytes.subarray(packet.at, packet.end));
  const encrypted = encryptedFor(publicKey, password, exchange.scramble);
  answerWith(connection, exchange, sequence + 1, encrypted);
}

/** @throws ProtocolError when what the server sent is no key. */
function encryptedFor(publicKey: string, password: string, scramble: Uint8Array): Uint8Array {
  try {
    return encryptPassword(password, scramble, publicKey);
  } catch (error) {
    throw new ProtocolError(
      `the server's public key cannot be used: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function answerWith<Holder>(
  connection: Connection<Holder>,
  exchange: Exchange,
  sequence: number,
  answer: Uint8Array,
): void {
  exchange.sequence = sequence + 1;
  write(connection, (writer) => writeAuthResponse(writer, sequence, answer));
}

function isTls<Holder>(connection: Connection<Holder>): boolean {
  return connection.wire?.isTls === true;
}

function failed<Holder>(connection: Connection<Holder>, exchange: Exchange, packet: Cursor): void {
  const error = readErr(packet);
  connection.phase = null;
  exchange.onEnd({ kind: "failed", code: error.code, reason: `error ${error.code}: ${error.message}` });
}

function write<Holder>(connection: Connection<Holder>, fill: (writer: Writer) => void): void {
  const writer = newWriter();
  fill(writer);
  if (connection.wire !== null) sendAll(connection.wire, writtenBytes(writer));
}
