/** A client that sends the bytes it is told to and hands out the packets that come back, as they are. */
import { connect } from "node:net";
import { COM_QUERY } from "../mysql/commands.ts";
import { newCursor } from "../mysql/cursor.ts";
import { type ErrPacket, readErr } from "../mysql/err.ts";
import { readHandshakeV10 } from "../mysql/handshake-v10.ts";
import { type FakeClient, readAnswer } from "./fake-client-answer.ts";
import { type FakeClientOptions, logInFakeClient, nextPacketOf } from "./fake-client-login.ts";
import { newPacketStream, nextPacket, type PacketStream, packetsOf, type RawPacket } from "./packet-stream.ts";

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
  const stream = await dial(options.port);
  const first = await nextPacketOf(stream);
  if (first.payload[0] === 0xff) throw new Error(`greeted with ${errOf(first).code}: ${errOf(first).message}`);
  return logInFakeClient(stream, readHandshakeV10(newCursor(first.payload)), options);
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
