/** The fake server's side of the connection phase: every exchange that real servers know. */
import { constants, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import {
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_FULL_AUTHENTICATION,
  CACHING_SHA2_REQUEST_PUBLIC_KEY,
} from "../mysql/auth-more-data.ts";
import { CACHING_SHA2_PASSWORD, MYSQL_CLEAR_PASSWORD } from "../mysql/auth-plugins.ts";
import { CLIENT_SSL } from "../mysql/capabilities.ts";
import { newCursor } from "../mysql/cursor.ts";
import { isSslRequest, readHandshakeResponse } from "../mysql/handshake-response.ts";
import { writeHandshakeV10 } from "../mysql/handshake-v10.ts";
import { answerOf } from "../mysql/scramble.ts";
import { SERVER_STATUS_AUTOCOMMIT } from "../mysql/status-flags.ts";
import { newWriter, writeBytes, writeNulText, writeUint8, writtenBytes } from "../mysql/writer.ts";
import { err, ok, payload } from "./answers.ts";
import type { FakeConnection } from "./fake-server-types.ts";
import { attachSocket, nextPacket, type PacketStream, packetsOf } from "./packet-stream.ts";

const SCRAMBLE = Buffer.from("abcdefghijklmnopqrst");
const SWITCH_SCRAMBLE = Buffer.from("ABCDEFGHIJKLMNOPQRST");

let keys: { publicKey: string; privateKey: string } | null = null;

function rsaKeys(): { publicKey: string; privateKey: string } {
  keys ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return keys;
}

/** Logs the client in, or tells it off; true when commands may follow. */
export async function logInClient(connection: FakeConnection): Promise<boolean> {
  const { account, version, capabilities } = connection.server;
  const { stream } = connection;
  if (account.isSilent) {
    await nextPacket(stream);
    return false;
  }
  if (account.refuse !== null) {
    stream.socket.write(packetsOf([err(account.refuse.code, account.refuse.message)]));
    return false;
  }
  const greetingPlugin = account.greetingPlugin ?? account.plugin;
  const writer = newWriter();
  writeHandshakeV10(writer, {
    serverVersion: version,
    connectionId: connection.id,
    scramble: SCRAMBLE,
    capabilities: account.tls === null ? capabilities : capabilities | CLIENT_SSL,
    mariadbCapabilities: connection.server.mariadbCapabilities,
    collation: 255,
    status: SERVER_STATUS_AUTOCOMMIT,
    authPlugin: greetingPlugin,
  });
  stream.socket.write(writtenBytes(writer));
  let packet = await nextPacket(stream);
  if (packet !== null && isSslRequest(newCursor(packet.payload))) {
    await startTls(connection);
    packet = await nextPacket(stream);
  }
  if (packet === null) return false;
  const response = readHandshakeResponse(newCursor(packet.payload));
  connection.capabilities = response.capabilities & (capabilities | CLIENT_SSL);
  connection.user = response.user;
  connection.schema = response.schema;
  connection.collation = response.collation;
  const exchange = { stream, sequence: packet.sequence + 1 };
  const isRight = await isPasswordRight(connection, exchange, response.authPlugin, response.authResponse);
  if (!isRight) {
    say(exchange, err(1045, `Access denied for user '${response.user}'`, "28000"));
    return false;
  }
  if (response.schema !== "" && account.schemas?.includes(response.schema) === false) {
    say(exchange, err(1049, `Unknown database '${response.schema}'`, "42000"));
    return false;
  }
  say(exchange, ok());
  return true;
}

interface Exchange {
  readonly stream: PacketStream;
  sequence: number;
}

function say(exchange: Exchange, bytes: Uint8Array): void {
  exchange.stream.socket.write(packetsOf([bytes], exchange.sequence));
}

/** Says `bytes` and reads what the client answers; empty when it goes away. */
async function ask(exchange: Exchange, bytes: Uint8Array): Promise<Uint8Array> {
  say(exchange, bytes);
  const packet = await nextPacket(exchange.stream);
  if (packet === null) return new Uint8Array(0);
  exchange.sequence = packet.sequence + 1;
  return packet.payload;
}

async function isPasswordRight(
  connection: FakeConnection,
  exchange: Exchange,
  plugin: string,
  given: Uint8Array,
): Promise<boolean> {
  const { account } = connection.server;
  let answer = given;
  let scramble = SCRAMBLE;
  if (plugin !== account.plugin) {
    scramble = SWITCH_SCRAMBLE;
    answer = await ask(exchange, authSwitch(account.plugin, scramble));
  }
  if (account.plugin === MYSQL_CLEAR_PASSWORD) {
    return connection.isTls && Buffer.from(answer).toString() === `${account.password}\0`;
  }
  const expected = answerOf(account.plugin, account.password, scramble);
  if (expected === null) return false;
  if (account.plugin !== CACHING_SHA2_PASSWORD || expected.length === 0) return Buffer.compare(answer, expected) === 0;
  if (account.isCached) {
    if (Buffer.compare(answer, expected) !== 0) return false;
    say(exchange, moreData(Uint8Array.of(CACHING_SHA2_FAST_AUTH_SUCCESS)));
    exchange.sequence++;
    return true;
  }
  const password = await fullAuthentication(connection, exchange, scramble);
  account.isCached = password === `${account.password}\0`;
  return account.isCached;
}

/** The password as the client gives it away: inside TLS in clear, else encrypted with our public key. */
async function fullAuthentication(connection: FakeConnection, exchange: Exchange, scramble: Buffer): Promise<string> {
  const answer = await ask(exchange, moreData(Uint8Array.of(CACHING_SHA2_FULL_AUTHENTICATION)));
  if (connection.isTls) return Buffer.from(answer).toString();
  if (answer.length !== 1 || answer[0] !== CACHING_SHA2_REQUEST_PUBLIC_KEY) return "";
  const { publicKey, privateKey } = rsaKeys();
  const encrypted = await ask(exchange, moreData(Buffer.from(publicKey)));
  const plain = decrypted(privateKey, encrypted);
  return Buffer.from(plain.map((byte, i) => byte ^ (scramble[i % scramble.length] as number))).toString();
}

/** Empty where it is not encrypted with our key. */
function decrypted(key: string, encrypted: Uint8Array): Buffer {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, encrypted);
  } catch {
    return Buffer.alloc(0);
  }
}

function authSwitch(plugin: string, scramble: Uint8Array): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, 0xfe);
    writeNulText(writer, plugin);
    writeBytes(writer, scramble);
    writeUint8(writer, 0);
  });
}

function moreData(data: Uint8Array): Uint8Array {
  return payload((writer) => {
    writeUint8(writer, 0x01);
    writeBytes(writer, data);
  });
}

/** TLS over a stream that we feed: the runtime's TLSSocket does not take over a socket that has been read from. */
async function startTls(connection: FakeConnection): Promise<void> {
  const { stream, server } = connection;
  const plain = stream.socket;
  plain.removeAllListeners("data");
  plain.removeAllListeners("end");
  const cipher = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      plain.write(chunk, () => done());
    },
    final(done) {
      plain.end();
      done();
    },
  });
  cipher.push(stream.bytes.slice(stream.start, stream.end));
  stream.start = stream.end;
  plain.on("data", (chunk: Buffer) => void cipher.push(chunk));
  plain.on("end", () => void cipher.push(null));
  plain.on("close", () => cipher.destroy());
  const secure = new TLSSocket(cipher, { isServer: true, ...server.account.tls });
  attachSocket(stream, secure);
  connection.isTls = true;
  await new Promise<void>((resolve) => {
    secure.once("secure", resolve);
    plain.once("close", () => resolve());
  });
}
