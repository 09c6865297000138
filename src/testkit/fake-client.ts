/** A client that sends the bytes it is told to and hands out the packets that come back, as they are. */
import { connect } from "node:net";
import {
  AUTH_MORE_DATA,
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_FULL_AUTHENTICATION,
  CACHING_SHA2_REQUEST_PUBLIC_KEY,
} from "../mysql/auth-more-data.ts";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest } from "../mysql/auth-switch.ts";
import {
  CLIENT_CONNECT_WITH_DB,
  CLIENT_DEPRECATE_EOF,
  CLIENT_LONG_PASSWORD,
  CLIENT_MULTI_RESULTS,
  CLIENT_MULTI_STATEMENTS,
  CLIENT_PLUGIN_AUTH,
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
  CLIENT_PROTOCOL_41,
  CLIENT_PS_MULTI_RESULTS,
  CLIENT_SECURE_CONNECTION,
  CLIENT_TRANSACTIONS,
} from "../mysql/capabilities.ts";
import { COM_QUERY } from "../mysql/commands.ts";
import { newCursor } from "../mysql/cursor.ts";
import { type ErrPacket, readErr } from "../mysql/err.ts";
import { writeHandshakeResponse } from "../mysql/handshake-response.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { answerOf, encryptPassword } from "../mysql/scramble.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import { type FakeClient, readAnswer } from "./fake-client-answer.ts";
import { newPacketStream, nextPacket, type PacketStream, packetsOf, type RawPacket } from "./packet-stream.ts";

export interface FakeClientOptions {
  port: number;
  user?: string;
  password?: string;
  schema?: string;
  capabilities?: number;
  /** Said only when `capabilities` lack CLIENT_LONG_PASSWORD. */
  mariadbCapabilities?: number;
  attributes?: ReadonlyArray<readonly [string, string]>;
  collation?: number;
  /** The plugin that the client answers the greeting with; the greeting's own by default. */
  plugin?: string;
}

/** What a modern driver asks for. */
export const FAKE_CLIENT_CAPABILITIES: number =
  CLIENT_LONG_PASSWORD |
  CLIENT_PROTOCOL_41 |
  CLIENT_TRANSACTIONS |
  CLIENT_SECURE_CONNECTION |
  CLIENT_PLUGIN_AUTH |
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA |
  CLIENT_MULTI_STATEMENTS |
  CLIENT_MULTI_RESULTS |
  CLIENT_PS_MULTI_RESULTS |
  CLIENT_DEPRECATE_EOF;

/** Connects, reads nothing. */
export async function dial(port: number): Promise<PacketStream> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  const stream = newPacketStream(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.setNoDelay(true);
  return stream;
}

/** Connects and logs in. @throws Error with the server's words when it refuses. */
export async function openFakeClient(options: FakeClientOptions): Promise<FakeClient> {
  const { client, last } = await tryFakeClient(options);
  if (last.payload[0] === 0x00) return client;
  const { code, message } = errOf(last);
  throw new Error(`log-in refused with ${code}: ${message}`);
}

/** Connects and tries to log in; `last` is the OK or ERR that the exchange ended with. */
export async function tryFakeClient(options: FakeClientOptions): Promise<{ client: FakeClient; last: RawPacket }> {
  const { user = "app", password = "pw", schema = "" } = options;
  const stream = await dial(options.port);
  const first = await packet(stream);
  if (first.payload[0] === 0xff) throw new Error(`greeted with ${errOf(first).code}: ${errOf(first).message}`);
  const greeting = readHandshakeV10(newCursor(first.payload));
  const plugin = options.plugin ?? greeting.authPlugin;
  const wanted = (options.capabilities ?? FAKE_CLIENT_CAPABILITIES) | (schema === "" ? 0 : CLIENT_CONNECT_WITH_DB);
  const capabilities = wanted & greeting.capabilities;
  const writer = newWriter();
  writeHandshakeResponse(writer, 1, {
    capabilities,
    mariadbCapabilities: (options.mariadbCapabilities ?? 0) & greeting.mariadbCapabilities,
    packetBytesMax: 1 << 30,
    collation: options.collation ?? 45,
    user,
    authResponse: answerOf(plugin, password, greeting.scramble) ?? Buffer.from("?"),
    schema,
    authPlugin: plugin,
    attributes: options.attributes ?? [],
    zstdLevel: 3,
  });
  stream.socket.write(writtenBytes(writer));
  const client: FakeClient = { stream, greeting, capabilities };
  let { scramble } = greeting;
  for (;;) {
    const last = await packet(stream);
    const [first, second] = last.payload;
    if (first === AUTH_SWITCH_REQUEST) {
      const request = readAuthSwitchRequest(newCursor(last.payload));
      scramble = request.scramble;
      const answer = answerOf(request.authPlugin, password, scramble) ?? new Uint8Array(0);
      stream.socket.write(packetsOf([answer], last.sequence + 1));
    } else if (first === AUTH_MORE_DATA && second === CACHING_SHA2_FULL_AUTHENTICATION) {
      await sendEncrypted(stream, password, scramble, last.sequence + 1);
    } else if (first !== AUTH_MORE_DATA || second !== CACHING_SHA2_FAST_AUTH_SUCCESS) {
      return { client, last };
    }
  }
}

/** What a server without a cached password wants: the password itself, encrypted with its public key. */
async function sendEncrypted(
  stream: PacketStream,
  password: string,
  scramble: Uint8Array,
  sequence: number,
): Promise<void> {
  stream.socket.write(packetsOf([Uint8Array.of(CACHING_SHA2_REQUEST_PUBLIC_KEY)], sequence));
  const key = await packet(stream);
  const encrypted = encryptPassword(password, scramble, Buffer.from(key.payload.subarray(1)).toString());
  stream.socket.write(packetsOf([encrypted], key.sequence + 1));
}

async function packet(stream: PacketStream): Promise<RawPacket> {
  const next = await nextPacket(stream);
  if (next === null) throw new Error("the connection ended where a packet was due");
  return next;
}

/** A command's bytes. */
export function commandBytes(command: number, body: string | Uint8Array = ""): Uint8Array {
  return packetsOf([Buffer.concat([Uint8Array.of(command), typeof body === "string" ? Buffer.from(body) : body])]);
}

/** Sends a command and does not wait. */
export function sendCommand(client: FakeClient, command: number, body: string | Uint8Array = ""): void {
  client.stream.socket.write(commandBytes(command, body));
}

/** Sends a command and reads its whole answer, packet by packet. */
export async function ask(client: FakeClient, command: number, body: string | Uint8Array = ""): Promise<RawPacket[]> {
  sendCommand(client, command, body);
  return await readAnswer(client, command);
}

/** Asks a COM_QUERY. */
export async function query(client: FakeClient, text: string): Promise<RawPacket[]> {
  return await ask(client, COM_QUERY, text);
}

/** Reads the ERR packet that an answer ends with. @throws Error when it ends otherwise. */
export function errOf(answer: RawPacket | readonly RawPacket[]): ErrPacket {
  const last = Array.isArray(answer) ? (answer.at(-1) as RawPacket) : (answer as RawPacket);
  if (last.payload[0] !== 0xff) throw new Error(`no ERR but ${Buffer.from(last.payload).toString("hex").slice(0, 80)}`);
  return readErr(newCursor(last.payload));
}

/** An answer in a few words, for a test to compare: "OK", "ERR 1045 ...", "5 packets", or its first bytes. */
export function brief(answer: readonly RawPacket[]): string {
  const [first] = answer;
  if (first === undefined) return "nothing";
  if (answer.length > 1) return `${answer.length} packets`;
  const { payload } = first;
  if (payload[0] === 0x00) return "OK";
  if (payload[0] === 0xff) return `ERR ${errOf(first).code} ${errOf(first).message}`;
  return Buffer.from(payload).toString("hex").slice(0, 80);
}

/** Resolves when the server has closed its side; bytes that come before are dropped. */
export async function closedBy(client: FakeClient): Promise<void> {
  while ((await nextPacket(client.stream)) !== null) {
    // dropped
  }
}
