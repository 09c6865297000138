/** The exchange of an authentication plugin: what a server asks once it knows who logs in, until its OK or ERR. */
import { reveal } from "../lib/secret.ts";
import {
  AUTH_MORE_DATA,
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_FULL_AUTHENTICATION,
  writeAuthResponse,
} from "../mysql/auth-more-data.ts";
import { CACHING_SHA2_PASSWORD, SHA256_PASSWORD } from "../mysql/auth-plugins.ts";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest } from "../mysql/auth-switch.ts";
import type { AttributesBlock } from "../mysql/connection-attributes.ts";
import { type Cursor, newCursor, skip, textOfBytes } from "../mysql/cursor.ts";
import { ERR_HEADER, type ErrPacket, readErr } from "../mysql/err.ts";
import { ER_NOT_SUPPORTED_AUTH_MODE, ProtocolError, sqlStateOf } from "../mysql/errors.ts";
import { OK_HEADER, readOkStatus } from "../mysql/ok.ts";
import { encryptPassword } from "../mysql/scramble.ts";
import { newWriter, type Writer, writtenBytes } from "../mysql/writer.ts";
import { sendAll } from "../net/send.ts";
import { firstAnswer, fullAnswer, whyNoAnswer } from "./auth-answer.ts";
import type { ClientLogin } from "./client-login.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";

/** First byte of AuthNextFactor, by which MySQL asks for a second proof. */
const AUTH_NEXT_FACTOR = 0x02;

/** Packets of a server from its greeting to OK; each plugin of an account takes two or three. */
const EXCHANGE_PACKETS_MAX = 32;

/**
 * How logging in ended. `status` are the flags of the server's OK to a client; `code` is its error number, 0 when it never
 * got so far, and `error` all that it has said.
 */
export type AuthenticateResult =
  | { kind: "ok"; status: number }
  | { kind: "failed"; code: number; reason: string; error: ErrPacket | null };

/** What one log-in remembers between packets. */
export interface Exchange {
  readonly endpoint: Endpoint;
  readonly attributes: AttributesBlock;
  plugin: string;
  scramble: Uint8Array;
  /** Sequence id of the server's next packet. */
  sequence: number;
  /** Packets that the server has sent behind its greeting. */
  packets: number;
  /** Begins the time that the server has for its next packet, anew after a client was asked. */
  readonly armDeadline: () => void;
  readonly onEnd: (result: AuthenticateResult) => void;
}

/** A log-in of which nothing has been heard yet. */
export function newExchange(
  endpoint: Endpoint,
  attributes: AttributesBlock,
  armDeadline: () => void,
  onEnd: (result: AuthenticateResult) => void,
): Exchange {
  return { endpoint, attributes, plugin: "", scramble: new Uint8Array(0), sequence: 0, packets: 0, armDeadline, onEnd };
}

/** Nobody was let in, for a reason of ours. `code` is the number that fits it; 0 for none. */
export function refusal(reason: string, code = 0): AuthenticateResult {
  return { kind: "failed", code, reason, error: null };
}

/** The same as the server would say it. */
function refusedByUs(message: string): AuthenticateResult {
  const code = ER_NOT_SUPPORTED_AUTH_MODE;
  return { kind: "failed", code, reason: message, error: { code, sqlState: sqlStateOf(code), message } };
}

/** Hands the packets of the server that follow to the exchange, until it ends. */
export function readExchange<Holder>(connection: Connection<Holder>, exchange: Exchange): void {
  connection.phase = (_, packet, at) => {
    checkOrder(exchange, packet, at);
    readAuthPacket(connection, exchange, packet, at);
  };
}

/** @throws ProtocolError when a packet is missing, or one too many. A refusal may come at any time. */
export function checkOrder(exchange: Exchange, packet: Cursor, sequence: number): void {
  if (firstByte(packet) === ERR_HEADER) return;
  if (sequence !== (exchange.sequence & 0xff)) throw new ProtocolError("the server's packets are out of order");
  exchange.sequence = sequence + 1;
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
      return succeeded(connection, exchange, packet);
    case ERR_HEADER:
      return failed(connection, exchange, packet);
    case AUTH_NEXT_FACTOR:
      if (connection.login === null) throw new ProtocolError("the server wants a second factor, and pisanix has one");
      connection.phase = null;
      return exchange.onEnd(refusedByUs("The account wants more than one factor, and pisanix passes on one"));
    case AUTH_SWITCH_REQUEST:
      if (connection.login !== null) return askClient(connection, exchange, connection.login, packet, sequence);
      return switchPlugin(connection, exchange, packet, sequence);
    case AUTH_MORE_DATA:
      if (connection.login !== null) return askClient(connection, exchange, connection.login, packet, sequence);
      skip(packet, 1); // AUTH_MORE_DATA
      return readMoreData(connection, exchange, packet, sequence);
    default:
      throw new ProtocolError(
        `the server sent ${first === null ? "an empty packet" : `0x${first.toString(16)}`} while authenticating`,
      );
  }
}

/** null of an empty packet: what stands behind it is the next one's. */
export function firstByte({ bytes, at, end }: Cursor): number | null {
  return at < end ? (bytes[at] as number) : null;
}

/** Has the client answer in our place. The server has no time limit of ours meanwhile: the client has. */
function askClient<Holder>(
  connection: Connection<Holder>,
  exchange: Exchange,
  login: ClientLogin,
  packet: Cursor,
  sequence: number,
): void {
  const payload = packet.bytes.slice(packet.at, packet.end);
  if (payload[0] === AUTH_SWITCH_REQUEST) exchange.plugin = readAuthSwitchRequest(newCursor(payload)).authPlugin;
  const isNews =
    exchange.plugin === CACHING_SHA2_PASSWORD &&
    payload[0] === AUTH_MORE_DATA &&
    payload.length === 2 &&
    payload[1] === CACHING_SHA2_FAST_AUTH_SUCCESS;
  if (!isNews) connection.cancelDeadline();
  let isAnswered = isNews;
  const answer = (bytes: Uint8Array) => {
    if (isAnswered || connection.state === "closed") return;
    isAnswered = true;
    exchange.armDeadline();
    answerWith(connection, exchange, sequence + 1, bytes);
  };
  login.onAsked({ payload, needsAnswer: !isNews, isTls: isTls(connection), answer });
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
    return exchange.onEnd(refusal(whyNoAnswer(request.authPlugin, user), ER_NOT_SUPPORTED_AUTH_MODE));
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

/** True when nobody can read along between the server and us. */
export function isTls<Holder>(connection: Connection<Holder>): boolean {
  return connection.wire?.isTls === true;
}

function succeeded<Holder>(connection: Connection<Holder>, exchange: Exchange, packet: Cursor): void {
  // Those of other connections are known from the greeting.
  const status = connection.login === null ? 0 : readOkStatus(packet);
  if (connection.rest !== null) throw new ProtocolError("the server said more than it was asked");
  connection.phase = null;
  exchange.onEnd({ kind: "ok", status });
}

/** The server has answered with an ERR. */
export function failed<Holder>(connection: Connection<Holder>, exchange: Exchange, packet: Cursor): void {
  const error = readErr(packet);
  connection.phase = null;
  exchange.onEnd({ kind: "failed", code: error.code, reason: `error ${error.code}: ${error.message}`, error });
}

/** Sends what `fill` writes. */
export function write<Holder>(connection: Connection<Holder>, fill: (writer: Writer) => void): void {
  const writer = newWriter();
  fill(writer);
  if (connection.wire !== null) sendAll(connection.wire, writtenBytes(writer));
}
