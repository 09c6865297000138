/**
 * Logging in to a database: greeting, TLS where configured, the plugin's exchange, OK.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
import { assert } from "../lib/assert.ts";
import { newSecret, reveal } from "../lib/secret.ts";
import { CACHING_SHA2_PASSWORD } from "../mysql/auth-plugins.ts";
import {
  BACKEND_CAPABILITIES,
  CLIENT_CONNECT_WITH_DB,
  CLIENT_LONG_PASSWORD,
  CLIENT_SSL,
} from "../mysql/capabilities.ts";
import { type AttributesBlock, NO_ATTRIBUTES } from "../mysql/connection-attributes.ts";
import type { Cursor } from "../mysql/cursor.ts";
import { ERR_HEADER } from "../mysql/err.ts";
import { type HandshakeResponse, writeHandshakeResponse, writeSslRequest } from "../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { readPem } from "../net/pem.ts";
import { sendAll } from "../net/send.ts";
import { upgradeToTlsClient } from "../net/tls.ts";
import type { TlsClientOptions } from "../net/tls-options.ts";
import { firstAnswer } from "./auth-answer.ts";
import {
  type AuthenticateResult,
  checkOrder,
  type Exchange,
  failed,
  firstByte,
  isTls,
  newExchange,
  readExchange,
  refusal,
  write,
} from "./auth-exchange.ts";
import type { ClientLogin } from "./client-login.ts";
import type { Connection } from "./connection.ts";
import { type Endpoint, isMariadb } from "./endpoint.ts";

const NO_ANSWER = new Uint8Array(0);

/** Largest packet that we say we take; answers pass through, so it is the protocol's own limit. */
const PACKET_BYTES_MAX = 1 << 30;

/**
 * Logs in on a wire that has just opened; `onEnd` is called once, unless the wire closes first. While a client is asked its
 * server has all the time that the client has; `armDeadline` begins its own time anew.
 */
export function authenticate<Holder>(
  connection: Connection<Holder>,
  endpoint: Endpoint,
  attributes: AttributesBlock,
  onEnd: (result: AuthenticateResult) => void,
  armDeadline: () => void = () => {},
): void {
  const exchange = newExchange(endpoint, attributes, armDeadline, onEnd);
  connection.phase = (_, packet, sequence) => {
    checkOrder(exchange, packet, sequence);
    readGreeting(connection, exchange, packet, sequence);
  };
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
    return exchange.onEnd(refusal("the server lacks a capability that the client was promised"));
  }
  const mode = endpoint.tls.mode;
  const offersTls = (greeting.capabilities & CLIENT_SSL) !== 0;
  if (mode === "disabled" || (mode === "preferred" && !offersTls)) {
    respond(connection, exchange, sequence + 1);
  } else if (!offersTls) {
    exchange.onEnd(refusal(`the server offers no TLS, and tls.mode is ${mode}`));
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
    return exchange.onEnd(refusal(`TLS: ${error instanceof Error ? error.message : String(error)}`));
  }
  upgradeToTlsClient(wire, options, () => respond(connection, exchange, sequence + 1));
}

function respond<Holder>(connection: Connection<Holder>, exchange: Exchange, sequence: number): void {
  exchange.sequence = sequence + 1;
  readExchange(connection, exchange);
  write(connection, (writer) => writeHandshakeResponse(writer, sequence, handshakeResponse(connection, exchange)));
}

function handshakeResponse<Holder>(connection: Connection<Holder>, exchange: Exchange): HandshakeResponse {
  const { endpoint } = exchange;
  const { login, schema } = connection;
  const password = reveal(endpoint.password);
  const answer =
    login === null ? firstAnswer(exchange.plugin, password, exchange.scramble, isTls(connection)) : NO_ANSWER;
  return {
    capabilities: schema === "" ? connection.capabilities & ~CLIENT_CONNECT_WITH_DB : connection.capabilities,
    mariadbCapabilities: connection.shape.mariadbCapabilities,
    packetBytesMax: PACKET_BYTES_MAX,
    collation: isMariadb(endpoint) ? connection.shape.collationMariadb : connection.shape.collation,
    user: login?.user ?? endpoint.user,
    // A default plugin of the server that we lack is no failure yet: the account may have another one.
    authResponse: answer ?? NO_ANSWER,
    schema,
    authPlugin: pluginToName(login, answer, exchange),
    attributes: Buffer.concat([
      connection.origin?.attributes ?? NO_ATTRIBUTES,
      Buffer.from(connection.shape.attributes, "latin1"),
      exchange.attributes,
    ]),
    zstdLevel: 0,
  };
}

/** A client is asked for its answer by the server itself, with the account's own plugin: no account has one without a name. */
function pluginToName(login: ClientLogin | null, answer: Uint8Array | null, { plugin }: Exchange): string {
  if (login !== null) return "";
  return answer === null ? CACHING_SHA2_PASSWORD : plugin;
}
