/** The fake client's side of the connection phase: every plugin, with TLS and without. */
import { connect as connectTls } from "node:tls";
import { firstAnswer } from "../backend/auth-answer.ts";
import {
  AUTH_MORE_DATA,
  CACHING_SHA2_FAST_AUTH_SUCCESS,
  CACHING_SHA2_FULL_AUTHENTICATION,
  CACHING_SHA2_REQUEST_PUBLIC_KEY,
} from "../mysql/auth-more-data.ts";
import { CACHING_SHA2_PASSWORD } from "../mysql/auth-plugins.ts";
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
  CLIENT_SSL,
  CLIENT_TRANSACTIONS,
} from "../mysql/capabilities.ts";
import { attributesBlock } from "../mysql/connection-attributes.ts";
import { newCursor } from "../mysql/cursor.ts";
import { type HandshakeResponse, writeHandshakeResponse, writeSslRequest } from "../mysql/handshake-response.ts";
import type { HandshakeV10 } from "../mysql/handshake-v10.ts";
import { encryptPassword } from "../mysql/scramble.ts";
import { newWriter, writtenBytes } from "../mysql/writer.ts";
import type { FakeClient } from "./fake-client-answer.ts";
import { attachSocket, nextPacket, type PacketStream, packetsOf, type RawPacket } from "./packet-stream.ts";

export interface FakeClientOptions {
  port: number;
  user?: string;
  password?: string;
  schema?: string;
  capabilities?: number;
  /** Said only when `capabilities` lack CLIENT_LONG_PASSWORD. */
  mariadbCapabilities?: number;
  attributes?: ReadonlyArray<readonly [name: string, value: string]>;
  collation?: number;
  /** The plugin that the client answers the greeting with; the greeting's own by default. */
  plugin?: string;
  /** The greeting's scramble is answered wrongly, whatever the password. */
  isScrambleForgotten?: boolean;
  /** TLS before the response. */
  isTls?: boolean;
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

/** Logs in behind the greeting; `last` is the OK or ERR that the exchange ended with. */
export async function logInFakeClient(
  stream: PacketStream,
  greeting: HandshakeV10,
  options: FakeClientOptions,
): Promise<{ client: FakeClient; last: RawPacket }> {
  const { password = "pw", isTls = false } = options;
  const response = responseTo(greeting, options);
  let sequence = 1;
  if (isTls) await startTls(stream, response, sequence++);
  const writer = newWriter();
  writeHandshakeResponse(writer, sequence, response);
  stream.socket.write(writtenBytes(writer));
  const client: FakeClient = { stream, greeting, capabilities: response.capabilities };
  let { scramble } = greeting;
  let plugin = response.authPlugin;
  for (;;) {
    const last = await nextPacketOf(stream);
    const [first, second] = last.payload;
    const answer = (bytes: Uint8Array) => void stream.socket.write(packetsOf([bytes], last.sequence + 1));
    if (first === AUTH_SWITCH_REQUEST) {
      const request = readAuthSwitchRequest(newCursor(last.payload));
      scramble = request.scramble;
      plugin = request.authPlugin;
      answer(firstAnswer(plugin, password, scramble, isTls) ?? new Uint8Array(0));
    } else if (first !== AUTH_MORE_DATA) {
      return { client, last };
    } else if (plugin === CACHING_SHA2_PASSWORD && second === CACHING_SHA2_FULL_AUTHENTICATION) {
      answer(isTls ? Buffer.from(`${password}\0`) : Uint8Array.of(CACHING_SHA2_REQUEST_PUBLIC_KEY));
    } else if (plugin !== CACHING_SHA2_PASSWORD || second !== CACHING_SHA2_FAST_AUTH_SUCCESS) {
      answer(encryptPassword(password, scramble, Buffer.from(last.payload.subarray(1)).toString()));
    }
  }
}

/** What the client says to a greeting. */
export function responseTo(greeting: HandshakeV10, options: FakeClientOptions): HandshakeResponse {
  const { user = "app", password = "pw", schema = "", isTls = false } = options;
  const plugin = options.plugin ?? greeting.authPlugin;
  const scramble = options.isScrambleForgotten === true ? greeting.scramble.toReversed() : greeting.scramble;
  const wanted = (options.capabilities ?? FAKE_CLIENT_CAPABILITIES) | (schema === "" ? 0 : CLIENT_CONNECT_WITH_DB);
  return {
    capabilities: (wanted & greeting.capabilities) | (isTls ? CLIENT_SSL : 0),
    mariadbCapabilities: (options.mariadbCapabilities ?? 0) & greeting.mariadbCapabilities,
    packetBytesMax: 1 << 30,
    collation: options.collation ?? 45,
    user,
    authResponse: firstAnswer(plugin, password, scramble, isTls) ?? Buffer.from("?"),
    schema,
    authPlugin: plugin,
    attributes: attributesBlock(options.attributes ?? []),
    zstdLevel: 3,
  };
}

async function startTls(stream: PacketStream, response: HandshakeResponse, sequence: number): Promise<void> {
  const writer = newWriter();
  writeSslRequest(writer, sequence, response);
  const plain = stream.socket;
  plain.removeAllListeners("data");
  plain.write(writtenBytes(writer));
  const secure = connectTls({ socket: plain, rejectUnauthorized: false });
  attachSocket(stream, secure);
  await new Promise<void>((resolve, reject) => {
    secure.once("secureConnect", resolve);
    secure.once("error", reject);
    plain.once("close", () => resolve());
  });
}

/** The next packet. @throws Error when the connection ends instead. */
export async function nextPacketOf(stream: PacketStream): Promise<RawPacket> {
  const next = await nextPacket(stream);
  if (next === null) throw new Error("the connection ended where a packet was due");
  return next;
}
