/** A client that logs in properly when asked to and then sends whatever bytes it is given. */
import { connect, type Socket } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { CACHING_SHA2_FAST_AUTH_SUCCESS } from "../../mysql/auth-more-data.ts";
import { AUTH_SWITCH_REQUEST, readAuthSwitchRequest } from "../../mysql/auth-switch.ts";
import {
  CLIENT_CONNECT_WITH_DB,
  CLIENT_LONG_PASSWORD,
  CLIENT_PLUGIN_AUTH,
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
  CLIENT_PROTOCOL_41,
  CLIENT_SECURE_CONNECTION,
} from "../../mysql/capabilities.ts";
import { newCursor } from "../../mysql/cursor.ts";
import { ERR_HEADER, readErr } from "../../mysql/err.ts";
import { type HandshakeResponse, writeHandshakeResponse } from "../../mysql/handshake-response.ts";
import { type HandshakeV10, readHandshakeV10 } from "../../mysql/handshake-v10.ts";
import { OK_HEADER } from "../../mysql/ok.ts";
import { PACKET_HEADER_BYTES, payloadLengthAt, sequenceAt } from "../../mysql/packet.ts";
import { answerOf } from "../../mysql/scramble.ts";
import { beginPacket, endPacket, newWriter, writeBytes, writtenBytes } from "../../mysql/writer.ts";
import type { ClientLogin } from "../manifests.ts";

const CAPABILITIES =
  CLIENT_LONG_PASSWORD |
  CLIENT_PROTOCOL_41 |
  CLIENT_SECURE_CONNECTION |
  CLIENT_PLUGIN_AUTH |
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA |
  CLIENT_CONNECT_WITH_DB;

export interface RawClient {
  socket: Socket;
  login: ClientLogin;
  greeting: HandshakeV10;
  /** Bytes that came and were not taken as packets yet. */
  received: Buffer;
  isClosed: boolean;
  /** Resolves the reader that waits for more bytes or the close. */
  wake: () => void;
}

/** Connects and reads the greeting. */
export async function openRawClient(login: ClientLogin, limitMs: number): Promise<RawClient> {
  const socket = connect({ host: login.host, port: login.port, allowHalfOpen: true });
  const greeting: HandshakeV10 = {
    serverVersion: "",
    connectionId: 0,
    scramble: new Uint8Array(),
    capabilities: 0,
    mariadbCapabilities: 0,
    collation: 0,
    status: 0,
    authPlugin: "",
  };
  const client: RawClient = { socket, login, greeting, received: Buffer.alloc(0), isClosed: false, wake: () => {} };
  const finish = () => {
    client.isClosed = true;
    client.wake();
  };
  socket.on("data", (bytes: Buffer) => {
    client.received = Buffer.concat([client.received, bytes]);
    client.wake();
  });
  socket.on("end", finish);
  socket.on("close", finish);
  // A reset is one of the ends that a hostile client may meet; "close" follows.
  socket.on("error", () => {});
  const packet = await nextPacket(client, limitMs);
  if (packet === null) throw new Error("the server closed before its greeting");
  if (packet.payload[0] === ERR_HEADER) throw new Error(`the server greets with ERR ${errCode(packet.payload)}`);
  client.greeting = readHandshakeV10(newCursor(packet.payload));
  return client;
}

/** A packet as it came. */
export interface RawPacket {
  sequence: number;
  payload: Uint8Array;
}

/** The next packet; null at the end of the stream. Throws when nothing comes for `limitMs`. */
export async function nextPacket(client: RawClient, limitMs: number): Promise<RawPacket | null> {
  const hasPacket = () => {
    const { received } = client;
    return (
      received.length >= PACKET_HEADER_BYTES && received.length >= PACKET_HEADER_BYTES + payloadLengthAt(received, 0)
    );
  };
  while (!hasPacket()) {
    if (client.isClosed) return null;
    await moreBytes(client, limitMs);
  }
  const end = PACKET_HEADER_BYTES + payloadLengthAt(client.received, 0);
  const packet = {
    sequence: sequenceAt(client.received, 0),
    payload: client.received.subarray(PACKET_HEADER_BYTES, end),
  };
  client.received = client.received.subarray(end);
  return packet;
}

function moreBytes(client: RawClient, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(limitMs, () =>
      reject(new Error(`neither an answer nor a close within ${limitMs} ms`)),
    );
    client.wake = () => {
      cancel();
      client.wake = () => {};
      resolve();
    };
  });
}

/** A response to the greeting that is right in every field. */
export function properResponse({ login, greeting }: RawClient): HandshakeResponse {
  return {
    capabilities: CAPABILITIES,
    mariadbCapabilities: 0,
    packetBytesMax: 1 << 24,
    collation: 45,
    user: login.user,
    authResponse: answerOf(greeting.authPlugin, login.password, greeting.scramble) ?? new Uint8Array(),
    schema: login.database,
    authPlugin: greeting.authPlugin,
    attributes: new Uint8Array(),
    zstdLevel: 0,
  };
}

/** The bytes of a packet with `response`. */
export function responseBytes(response: HandshakeResponse): Uint8Array {
  const writer = newWriter();
  writeHandshakeResponse(writer, 1, response);
  return writtenBytes(writer);
}

/** The bytes of one packet. */
export function packetBytes(sequence: number, payload: Uint8Array): Uint8Array {
  const writer = newWriter(payload.length + PACKET_HEADER_BYTES);
  beginPacket(writer, sequence);
  writeBytes(writer, payload);
  endPacket(writer);
  return writtenBytes(writer);
}

/** Authenticates; throws when the server does not let this client in. */
export async function logIn(client: RawClient, limitMs: number): Promise<void> {
  client.socket.write(responseBytes(properResponse(client)));
  for (;;) {
    const packet = await nextPacket(client, limitMs);
    if (packet === null) throw new Error("the server closed while a proper client authenticated");
    const { payload, sequence } = packet;
    if (payload[0] === OK_HEADER) return;
    if (payload[0] === AUTH_SWITCH_REQUEST) {
      const request = readAuthSwitchRequest(newCursor(payload));
      const answer = answerOf(request.authPlugin, client.login.password, request.scramble);
      client.socket.write(packetBytes(sequence + 1, answer ?? new Uint8Array()));
    } else if (payload[1] !== CACHING_SHA2_FAST_AUTH_SUCCESS) {
      throw new Error(`the server answers a proper client with ${Buffer.from(payload).toString("hex").slice(0, 80)}`);
    }
  }
}

/** The number of an ERR packet. */
export function errCode(payload: Uint8Array): number {
  return readErr(newCursor(payload)).code;
}
